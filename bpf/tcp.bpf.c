// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The TCP sockets of every pool: who listens, connects, their failures, retransmits, resets, round trips. */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "wire_sockets.h"
#include "pool_maps.h"
#include "compat.bpf.h"
#include "waits.h"
#include "sockets.h"
#include "connections.h"
#include "look.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct listener *anchor_listener __attribute__((unused));
const volatile enum connect_failure *anchor_connect_failure __attribute__((unused));

#define EACCES 13
#define ENETUNREACH 101
#define ECONNABORTED 103
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTDOWN 112
#define EHOSTUNREACH 113

/* No error: the program has closed it, or the kernel found no port or route before it sent anything. */
static __always_inline u32 failure_of(struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	switch (sk->sk_err) {
	case 0:
		return tcp && tcp->segs_out ? CONNECT_ABORTED : CONNECT_OTHER;
	case ECONNABORTED:
		return CONNECT_ABORTED;
	case ECONNREFUSED:
		return CONNECT_REFUSED;
	case ETIMEDOUT:
		return CONNECT_TIMEOUT;
	case ECONNRESET:
		return CONNECT_RESET;
	case EACCES: /* ICMPv6: administratively prohibited */
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return CONNECT_UNREACHABLE;
	}
	return CONNECT_OTHER;
}

static __always_inline void begin_connect(struct sock *sk)
{
	u32 pool = pool_of(bpf_get_current_task_btf());
	struct socket_ctx *own = pool ? enroll(sk, socket_of(sk), pool - 1) : NULL;
	if (own)
		own->connect_ns = bpf_ktime_get_ns();
}

/* connect_ns is 0 where the connect is older than the daemon. */
static __always_inline void end_connect(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals, int state)
{
	u64 ns = bpf_ktime_get_ns() - own->connect_ns;
	if (!own->connect_ns)
		return;
	own->connect_ns = 0;
	if (state == TCP_ESTABLISHED) {
		count_shared(totals->connects, ns);
		__sync_fetch_and_add(&totals->connect_sum_ns, ns);
	} else
		__sync_fetch_and_add(&totals->failures[failure_of(sk)], 1);
}

/* A connection has come to a listener that is followed: its storage is a clone. Its SYN-ACK was nobody's yet; what was
 * sent of it again has been counted, and the kernel's counter begins with that. */
static __always_inline void begin_accepted(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp || over_limit(totals)) {
		bpf_sk_storage_delete(&sockets, sk);
		return;
	}
	own->connect_ns = 0;
	own->segments = 0;
	own->retransmits = tcp->total_retrans;
	own_up(sk, own);
	__sync_fetch_and_add(&totals->segments_sent, 1);
}

/* A connection has come to a listener inside one of MPTCP. */
static __always_inline void begin_inherited(struct sock *sk)
{
	struct mptcp_port at = { .netns = sk->__sk_common.skc_net.net->ns.inum, .port = sk->__sk_common.skc_num };
	struct mptcp_pool *word = bpf_map_lookup_elem(&mptcp_ports, &at);
	struct tcp_totals *totals = word ? totals_at(word->pool) : NULL;
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!totals || totals->generation != word->generation || tcp_control.look - word->look > 1 || !tcp || speaks_mptcp(tcp))
		return;
	struct port_key key = { .pool = word->pool, .port = at.port };
	struct port_plan *plan = bpf_map_lookup_elem(&ports, &key);
	struct socket_ctx *own = enroll(sk, NULL, word->pool);
	if (!own)
		return;
	own->serves = plan && plan->requests;
	__sync_fetch_and_add(&totals->segments_sent, 1);
}

static __always_inline void end_socket(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals, int was)
{
	if (totals && was != TCP_LISTEN)
		look_at_connection(sk, own, totals);
	disown(own);
}

static __always_inline bool is_connecting(int state)
{
	return state == TCP_SYN_SENT || state == TCP_SYN_RECV;
}

SEC("tp_btf/inet_sock_set_state")
int on_set_state(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int was = (int)ctx[1], state = (int)ctx[2];
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (state == TCP_SYN_SENT) {
		begin_connect(sk);
		return 0;
	}
	if (is_connecting(state) || (!is_connecting(was) && state != TCP_CLOSE))
		return 0;
	struct socket_ctx *own = socket_of(sk);
	if (!own) {
		if (tcp_control.mptcp && was == TCP_SYN_RECV && state == TCP_ESTABLISHED)
			begin_inherited(sk);
		return 0;
	}
	struct tcp_totals *totals = totals_of(own);
	if (!is_followed(sk, own)) {
		if (totals && was == TCP_SYN_RECV && state == TCP_ESTABLISHED)
			begin_accepted(sk, own, totals);
		return 0;
	}
	if (totals && is_connecting(was))
		end_connect(sk, own, totals, state);
	if (state == TCP_CLOSE)
		end_socket(sk, own, totals, was);
	return 0;
}

/* The kernel runs no program that it has interrupted on the same CPU: whose end was missed so, is ended here. */
SEC("tp_btf/tcp_destroy_sock")
int on_destroy_sock(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct socket_ctx *own = socket_of(sk);
	if (own && is_followed(sk, own))
		end_socket(sk, own, totals_of(own), TCP_CLOSE);
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
	struct tcp_totals *totals = totals_for((struct sock *)ctx[0]);
	if (totals) {
		__sync_fetch_and_add(&totals->retransmits, 1);
		__sync_fetch_and_add(&totals->segments_sent, 1);
	}
	return 0;
}

/* The first argument may be NULL: a reset that answers a segment for no socket; or a socket in TIME_WAIT, which has no
 * storage. With no second one the connection sent the reset by itself, after its state had changed. */
SEC("tp_btf/tcp_send_reset")
int on_send_reset(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	if (!sk)
		return 0;
	struct socket_ctx *own = socket_of(sk);
	struct tcp_totals *totals = own ? totals_of(own) : NULL;
	if (!totals)
		return 0;
	__sync_fetch_and_add(&totals->resets_sent, 1);
	u64 answered = 0;
	bpf_probe_read_kernel(&answered, sizeof(answered), &ctx[1]); /* or the verifier may hold that it is never NULL */
	if (answered)
		__sync_fetch_and_add(&totals->segments_sent, 1);
	else
		harvest(sk, own, totals);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int on_receive_reset(u64 *ctx)
{
	struct tcp_totals *totals = totals_for((struct sock *)ctx[0]);
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
	struct sock *sk = socket ? socket->sk : NULL;
	if (!sk || (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_MPTCP))
		return 0;
	u32 family = sk->__sk_common.skc_family, state = sk->__sk_common.skc_state;
	if ((family != AF_INET && family != AF_INET6) || state == TCP_CLOSE)
		return 0;
	u32 pool = tcp_control.sockets_most ? pool_of(task) : 0;
	bool plain = sk->sk_protocol == IPPROTO_TCP;
	if (pool && plain)
		follow(sk, pool - 1, state);
	else if (plain)
		forget(sk);
	if (state != TCP_LISTEN)
		return 0;
	struct queue queue = {};
	read_queue(sk, &queue);
	if (pool && !plain)
		leave_word(sk, &queue, pool - 1);
	report(ctx, sk, &queue);
	return 0;
}
