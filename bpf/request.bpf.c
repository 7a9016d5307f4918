// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Requests on the sockets of pools: from the first byte's arrival to the response's first byte, and what that time was. */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "wire_sockets.h"
#include "pool_maps.h"
#include "compat.bpf.h"
#include "waits.h"
#include "past.h"
#include "settle.h"
#include "timeline.h"
#include "sockets.h"
#include "sniff.h"
#include "split.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct exemplar *anchor_exemplar __attribute__((unused));
const volatile enum request_part *anchor_request_part __attribute__((unused));
const volatile enum request_doubt *anchor_request_doubt __attribute__((unused));

struct request_control request_control SEC(".data.request");

MAPPED_ARRAY(request_stripes, struct request_stripe); /* pool * stripes + stripe */
MAPPED_ARRAY(request_plans, struct request_plan);     /* a pool */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} exemplars SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} perf_exemplars SEC(".maps");

static __always_inline struct request_stripe *request_stripe_of(u32 pool)
{
	u32 index = pool * (constants.stripe_mask + 1) + (bpf_get_smp_processor_id() & constants.stripe_mask);
	return bpf_map_lookup_elem(&request_stripes, &index);
}

static __always_inline struct request_plan *plan_of(struct socket_ctx *own)
{
	u32 pool = own->pool;
	struct request_plan *plan = bpf_map_lookup_elem(&request_plans, &pool);
	return plan && plan->generation == own->generation ? plan : NULL;
}

/* Bytes that the program has not read yet, the end of the stream not counted. */
static __always_inline u32 unread_bytes(struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	u32 bytes = tcp ? tcp->rcv_nxt - tcp->copied_seq : 0;
	return bytes && sk->sk_shutdown & RCV_SHUTDOWN ? bytes - 1 : bytes;
}

/* When TCP last took the time for a connection (CLOCK_MONOTONIC), as it does at every segment that comes and whenever bytes
 * are read (tcp_rcv_space_adjust()): a look at the clock, 36 ns, is saved. 0: no TCP. */
static __always_inline u64 tcp_clock(struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	return tcp ? tcp->tcp_clock_cache : 0;
}

/* Bytes have arrived, or the end of the stream has. */
SEC("tp_btf/sk_data_ready")
int on_data_ready(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_ctx *own = socket_of(sk);
	if (!own)
		return 0;
	if (sk->__sk_common.skc_state == TCP_LISTEN) {
		note_backlog(sk, own);
		return 0;
	}
	if (!own->serves)
		return 0;
	struct request *request = &own->request;
	if (request_control.off) {
		request->count = 0; /* what is read from now on was not seen to come */
		return 0;
	}
	/* The end comes alone nearly always: nothing of the request that waits to be read. */
	if (sk->sk_shutdown & RCV_SHUTDOWN && (request->arrived_ns || !unread_bytes(sk)))
		return 0;
	u64 now = tcp_clock(sk);
	request->last_ns = now;
	if (!request->arrived_ns)
		request->arrived_ns = now;
	return 0;
}

/* The beginning of a request is looked at, seldom. */
static __always_inline void sniff(struct socket_ctx *own, struct task_struct *task, u32 length, u64 now)
{
	struct request *request = &own->request;
	if (request->count % SNIFF_OF >= SNIFF_FIRST || own->doubt)
		return;
	struct request_stripe *stripe = request_stripe_of(own->pool);
	if (!stripe)
		return;
	bool whole = now - stripe->sniffed_ns > SNIFF_EVERY_NS;
	if (whole)
		stripe->sniffed_ns = now;
	if (!whole && request->count >= SNIFF_FIRST)
		return;
	u32 protocol = PROTOCOL_OTHER;
	own->doubt = sniff_request(task, length, whole, &protocol);
	if (!request->count)
		request->protocol = protocol;
}

/* Bytes that are read when their request has been read from, or even answered: another request, unless they are the rest
 * of its body. Once may be chance: the daemon came upon the connection between two requests. */
static __always_inline void read_on(struct socket_ctx *own, struct task_struct *task, u32 length)
{
	struct request *request = &own->request;
	bool answered = !request->arrived_ns;
	if (own->doubt || !request->count || (!answered && request->count % SNIFF_OF))
		return;
	bool known = !answered || request->protocol != PROTOCOL_OTHER;
	if ((!known || begins_request(task, length)) && ++request->ahead > 1)
		own->doubt = DOUBT_PIPELINING + 1;
}

SEC("tp_btf/sock_recv_length")
int on_recv_length(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int length = (int)ctx[1], flags = (int)ctx[2];
	struct socket_ctx *own = length > 0 && !(flags & MSG_PEEK) ? socket_of(sk) : NULL;
	if (!own || !own->serves)
		return 0;
	struct request *request = &own->request;
	struct task_struct *task = bpf_get_current_task_btf();
	bool again = request->read_ns;
	if (!request->arrived_ns || again) {
		read_on(own, task, length);
		if (!request->arrived_ns || own->doubt || (s64)(request->last_ns - request->read_ns) <= 0)
			return 0;
	}
	u64 now = tcp_clock(sk);
	if (now == request->last_ns) /* none was taken at the reading */
		now = bpf_ktime_get_ns();
	request->read_ns = now;
	request->reader = worker_index(task);
	begin_reading(request, task);
	if (!again)
		sniff(own, task, length, now);
	return 0;
}

static __always_inline void note_doubt(struct request_stripe *stripe, struct socket_ctx *own, struct task_struct *task)
{
	u32 doubt = own->doubt;
	if (task->flags & (PF_USER_WORKER | PF_IO_WORKER))
		doubt = DOUBT_IO_URING + 1;
	else if (!own->request.read_ns && !doubt)
		doubt = DOUBT_SPLICE + 1;
	if (doubt && doubt <= DOUBTS)
		add_ns(&stripe->doubted[doubt - 1], 1);
}

static __always_inline void emit_exemplar(u64 *ctx, struct request_plan *plan, struct exemplar *copy)
{
	__sync_fetch_and_add(&plan->left, -1);
	__sync_fetch_and_add(&request_control.exemplars_produced, 1);
	long failed = constants.perf_ring ? bpf_perf_event_output(ctx, &perf_exemplars, BPF_F_CURRENT_CPU, copy, sizeof(*copy))
					  : bpf_ringbuf_output(&exemplars, copy, sizeof(*copy), BPF_RB_NO_WAKEUP);
	if (failed)
		__sync_fetch_and_add(&request_control.exemplars_lost, 1);
}

/* `moved`: another thread read it. */
static __always_inline void book(struct request_stripe *stripe, u64 *parts, u64 latency_ns, u64 last_ns, bool moved,
				 bool shared)
{
	u32 bucket = wait_bucket(latency_ns), place = bucket / (WAIT_BUCKETS / BUDGET_BUCKETS);
	count_in(stripe->first, bucket);
	count_in(stripe->last, last_ns == latency_ns ? bucket : wait_bucket(last_ns));
	if (place >= BUDGET_BUCKETS)
		return;
	struct budget_row *row = &stripe->budget[place];
	add_ns(&row->requests, 1);
	add_ns(&row->latency_ns, latency_ns);
	for (int i = 0; i < PARTS; i++)
		add_ns(&row->part_ns[i], parts[i]);
	if (moved)
		add_ns(&row->moved, 1);
	if (shared)
		add_ns(&row->shared_ns, parts[PART_ONCPU]);
}

/* When a response was sent that is seen only afterwards: TCP takes the time as it sends; what it has done since (whom it
 * woke may have had the CPU) is not the request's. Not sent at once, or the CPU lost since: now. */
static __always_inline u64 sent_by(struct sock *sk, struct request *request, u32 sender, u64 now)
{
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &sender);
	u64 sent = tcp_clock(sk), since = slot ? slot->since_ns - control.clock_offset : 0;
	return sent > request->read_ns && sent > request->arrived_ns && sent < now && sent > since ? sent : now;
}

/* Not counted: a response without a request, or the rest of the last one. */
static __always_inline int respond(u64 *ctx, struct sock *sk, bool afterwards)
{
	struct socket_ctx *own = socket_of(sk);
	if (!own || !own->request.arrived_ns)
		return 0;
	struct request *request = &own->request;
	if (!request->read_ns && unread_bytes(sk))
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	u32 index = worker_index(task);
	u64 now = bpf_ktime_get_ns();
	if (afterwards)
		now = sent_by(sk, request, index, now);
	u64 latency_ns = now - request->arrived_ns;
	u64 parts[PARTS] = {};
	bool moved = request->reader != index || !request->read_ns;
	bool shared = tell_request(parts, request, task, index, moved, now);
	struct request_stripe *stripe = request_stripe_of(own->pool);
	struct request_plan *plan = plan_of(own);
	if (stripe && plan) {
		book(stripe, parts, latency_ns, now - request->last_ns, moved, shared);
		note_doubt(stripe, own, task);
		if (latency_ns >= plan->slow_ns && (int)plan->left > 0) {
			struct exemplar slow = {
				.at_ns = now,
				.latency_ns = latency_ns,
				.pool = own->pool,
				.tid = task->pid,
				.port = sk->__sk_common.skc_num,
				.moved = moved,
			};
			__builtin_memcpy(slow.part_ns, parts, sizeof(slow.part_ns));
			emit_exemplar(ctx, plan, &slow);
		}
	}
	request->count++;
	request->sender = index;
	/* The next one may have come meanwhile. */
	bool next = afterwards && (s64)(request->last_ns - request->read_ns) > 0 && unread_bytes(sk);
	request->arrived_ns = next ? request->last_ns : 0;
	request->read_ns = 0;
	return 0;
}

/* Since 6.16. */
SEC("tp_btf/tcp_sendmsg_locked")
int on_sendmsg_locked(u64 *ctx)
{
	return respond(ctx, (struct sock *)ctx[0], false);
}

/* Before: where the kernel allows fentry. */
SEC("fentry/tcp_sendmsg_locked")
int on_sendmsg_entry(u64 *ctx)
{
	return respond(ctx, (struct sock *)ctx[0], false);
}

/* Else after the sending: some us late. */
SEC("tp_btf/sock_send_length")
int on_send_length(u64 *ctx)
{
	return (int)ctx[1] > 0 ? respond(ctx, (struct sock *)ctx[0], true) : 0;
}
