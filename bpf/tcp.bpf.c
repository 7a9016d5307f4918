// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The TCP sockets of every pool: who listens, connects, their failures, retransmits, resets, round trips. */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "wire_sockets.h"
#include "pool_maps.h"
#include "waits.h"
#include "sockets.h"
#include "connections.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct listener *anchor_listener __attribute__((unused));
const volatile enum connect_failure *anchor_connect_failure __attribute__((unused));

#define ECONNREFUSED 111
#define ETIMEDOUT 110
#define ECONNRESET 104
#define ENETUNREACH 101
#define EHOSTDOWN 112
#define EHOSTUNREACH 113

static __always_inline u32 failure_of(int error)
{
	switch (error) {
	case 0:
		return CONNECT_ABORTED;
	case ECONNREFUSED:
		return CONNECT_REFUSED;
	case ETIMEDOUT:
		return CONNECT_TIMEOUT;
	case ECONNRESET:
		return CONNECT_RESET;
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return CONNECT_UNREACHABLE;
	}
	return CONNECT_OTHER;
}

static __always_inline void end_connect(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals, int state)
{
	u64 ns = bpf_ktime_get_ns() - own->connect_ns;
	if (state == TCP_ESTABLISHED) {
		count_shared(totals->connects, ns);
		__sync_fetch_and_add(&totals->connect_sum_ns, ns);
	} else
		__sync_fetch_and_add(&totals->failures[failure_of(sk->sk_err)], 1);
}

static __always_inline void begin_connect(struct sock *sk, struct socket_ctx *own)
{
	u32 pool = pool_of(bpf_get_current_task_btf());
	if (!own && pool)
		own = enroll(sk, pool - 1);
	if (own)
		own->connect_ns = bpf_ktime_get_ns();
}

/* A connection has come to a listener that is followed: its storage is a clone. */
static __always_inline void begin_accepted(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals)
{
	if (over_limit(totals)) {
		bpf_sk_storage_delete(&sockets, sk);
		return;
	}
	own->segments = own->retransmits = 0;
	own_up(sk, own);
}

static __always_inline void end_socket(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals, int was)
{
	if (own->owner != (u64)sk)
		return;
	if (totals && was == TCP_LISTEN)
		harvest_drops(sk, own);
	else if (totals)
		harvest(sk, own, totals);
	own->owner = 0;
	__sync_fetch_and_add(&tcp_control.sockets, -1);
}

SEC("tp_btf/inet_sock_set_state")
int on_set_state(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int was = (int)ctx[1], state = (int)ctx[2];
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	struct socket_ctx *own = socket_of(sk);
	if (state == TCP_SYN_SENT) {
		begin_connect(sk, own);
		return 0;
	}
	if (!own)
		return 0;
	struct tcp_totals *totals = totals_of(own);
	if (totals && was == TCP_SYN_SENT)
		end_connect(sk, own, totals, state);
	if (totals && was == TCP_SYN_RECV && state == TCP_ESTABLISHED && own->owner != (u64)sk)
		begin_accepted(sk, own, totals);
	if (state == TCP_CLOSE)
		end_socket(sk, own, totals, was);
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int on_retransmit_skb(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_ctx *own = socket_of(sk);
	struct tcp_totals *totals = own ? totals_of(own) : NULL;
	if (totals)
		harvest(sk, own, totals);
	return 0;
}

/* The connection has no socket of its own yet: its listener's pool sent the segment again. */
SEC("tp_btf/tcp_retransmit_synack")
int on_retransmit_synack(u64 *ctx)
{
	struct socket_ctx *own = socket_of((struct sock *)ctx[0]);
	struct tcp_totals *totals = own ? totals_of(own) : NULL;
	if (totals)
		__sync_fetch_and_add(&totals->retransmits, 1);
	return 0;
}

/* The first argument may be NULL: a reset that answers a segment for no socket. */
SEC("tp_btf/tcp_send_reset")
int on_send_reset(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	if (!sk)
		return 0;
	struct socket_ctx *own = socket_of(sk);
	struct tcp_totals *totals = own ? totals_of(own) : NULL;
	if (totals)
		__sync_fetch_and_add(&totals->resets_sent, 1);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int on_receive_reset(u64 *ctx)
{
	struct socket_ctx *own = socket_of((struct sock *)ctx[0]);
	struct tcp_totals *totals = own ? totals_of(own) : NULL;
	if (totals)
		__sync_fetch_and_add(&totals->resets_received, 1);
	return 0;
}

/* Where requests are not followed, whose program sees to it else. */
SEC("tp_btf/sk_data_ready")
int on_listener_ready(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_ctx *own = sk->__sk_common.skc_state == TCP_LISTEN ? socket_of(sk) : NULL;
	if (own)
		note_backlog(sk, own);
	return 0;
}

/* Brings what is known of a pool's socket up to date. */
static __always_inline void follow(struct sock *sk, u32 pool, u32 state)
{
	struct port_key key = { .pool = pool, .port = sk->__sk_common.skc_num };
	struct port_plan *plan = bpf_map_lookup_elem(&ports, &key);
	struct socket_ctx *own = socket_of(sk);
	struct tcp_totals *totals = totals_at(pool);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	bool fresh = !own || own->pool != pool || !totals || own->generation != totals->generation;
	if (!totals || !tcp)
		return;
	if (!own)
		own = enroll(sk, pool);
	if (!own)
		return;
	if (fresh) {
		own->pool = pool;
		own->generation = totals->generation;
		own->segments = tcp->segs_out;
		own->retransmits = tcp->total_retrans;
		own->drops = sk->sk_drops.counter;
	}
	own->serves = plan && plan->requests;
	if (state == TCP_LISTEN) {
		own->cell = plan ? plan->cell : NO_CELL;
		harvest_drops(sk, own);
	} else
		harvest(sk, own, totals);
}

static __always_inline void report(struct bpf_iter__task_file *ctx, struct task_struct *task, struct sock *sk, u64 inode)
{
	struct listener found = {
		.tgid = task->tgid,
		.port = sk->__sk_common.skc_num,
		.family = sk->__sk_common.skc_family,
		.netns = sk->__sk_common.skc_net.net->ns.inum,
		.backlog_max = sk->sk_max_ack_backlog,
		.backlog = sk->sk_ack_backlog,
		.inode = inode,
	};
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
}

/* Which process holds which listening TCP socket, in every network namespace, in one pass over the open files; on the
 * way each pool's sockets are followed, those too that are older than the daemon. */
SEC("iter/task_file")
int look_at_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	if (!task || !file)
		return 0;
	struct socket *socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	struct sock *sk = socket->sk;
	if (!sk || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	u32 family = sk->__sk_common.skc_family, state = sk->__sk_common.skc_state;
	if ((family != AF_INET && family != AF_INET6) || state == TCP_CLOSE)
		return 0;
	u32 pool = pool_of(task);
	if (pool)
		follow(sk, pool - 1, state);
	if (state == TCP_LISTEN)
		report(ctx, task, sk, file->f_inode->i_ino);
	return 0;
}
