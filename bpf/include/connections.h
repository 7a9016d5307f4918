/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which sockets are followed, and what the kernel has counted on them. Additions are atomic: softirqs and processes share
 * a pool's row. */
#ifndef POOLDRIFT_CONNECTIONS_H
#define POOLDRIFT_CONNECTIONS_H

struct tcp_control tcp_control SEC(".data.tcp");

MAPPED_ARRAY(tcp_totals, struct tcp_totals); /* a pool */

/* The ports that the daemon knows of its pools. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct port_key);
	__type(value, struct port_plan);
} ports SEC(".maps");

/* Of pools that listen with MPTCP. */
struct mptcp_port {
	u32 netns;
	u32 port;
};

struct mptcp_pool {
	u32 pool;
	u32 generation;
	u32 look;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, struct mptcp_port);
	__type(value, struct mptcp_pool);
} mptcp_ports SEC(".maps");

static __always_inline void count_shared(u32 *counts, u64 ns)
{
	u32 bucket = wait_bucket(ns);
	if (bucket < WAIT_BUCKETS)
		__sync_fetch_and_add(&counts[bucket], 1);
}

static __always_inline struct tcp_totals *totals_at(u32 pool)
{
	return bpf_map_lookup_elem(&tcp_totals, &pool);
}

/* NULL where the pool's index has passed to another pool. */
static __always_inline struct tcp_totals *totals_of(struct socket_ctx *own)
{
	struct tcp_totals *totals = totals_at(own->pool);
	return totals && totals->generation == own->generation ? totals : NULL;
}

/* NULL: a stranger's, or the pool has gone. */
static __always_inline struct tcp_totals *totals_for(struct sock *sk)
{
	struct socket_ctx *own = socket_of(sk);
	return own ? totals_of(own) : NULL;
}

static __always_inline bool is_followed(struct sock *sk, struct socket_ctx *own)
{
	return own->owner == (u64)sk;
}

static __always_inline bool over_limit(struct tcp_totals *totals)
{
	if (tcp_control.sockets < (s64)tcp_control.sockets_most)
		return false;
	__sync_fetch_and_add(&totals->sockets_refused, 1);
	return true;
}

static __always_inline void own_up(struct sock *sk, struct socket_ctx *own)
{
	own->look = tcp_control.look;
	own->owner = (u64)sk;
	__sync_fetch_and_add(&tcp_control.sockets, 1);
}

static __always_inline void disown(struct socket_ctx *own)
{
	if (__sync_lock_test_and_set(&own->owner, 0))
		__sync_fetch_and_add(&tcp_control.sockets, -1);
}

/* The storage of a socket that is to be followed. NULL: no room. */
static __always_inline struct socket_ctx *room_for(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals)
{
	if (own && is_followed(sk, own))
		return own;
	if (over_limit(totals))
		return NULL;
	if (!own)
		own = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (own)
		own_up(sk, own);
	else
		__sync_fetch_and_add(&totals->sockets_refused, 1);
	return own;
}

/* A socket of a pool is followed, and counts for it from now on. NULL: no room. */
static __always_inline struct socket_ctx *enroll(struct sock *sk, struct socket_ctx *own, u32 pool)
{
	struct tcp_totals *totals = totals_at(pool);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!totals || !totals->taken || !tcp)
		return NULL;
	own = room_for(sk, own, totals);
	if (!own)
		return NULL;
	own->pool = pool;
	own->generation = totals->generation;
	own->connect_ns = 0;
	own->serves = 0;
	own->segments = tcp->segs_out;
	own->retransmits = tcp->total_retrans;
	return own;
}

/* What a counter of the kernel's has grown by; 0 where another CPU accounts for it. `before` was read first. */
static __always_inline u32 account(u32 *accounted, u32 before, u32 now)
{
	if ((int)(now - before) <= 0 || __sync_val_compare_and_swap(accounted, before, now) != before)
		return 0;
	return now - before;
}

/* What the kernel has counted on a connection since. Returns the segments sent. */
static __always_inline u32 harvest(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	u32 segments = *(volatile u32 *)&own->segments, retransmits = *(volatile u32 *)&own->retransmits;
	if (!tcp)
		return 0;
	asm volatile("" ::: "memory");
	u32 sent = account(&own->segments, segments, tcp->segs_out);
	u32 again = account(&own->retransmits, retransmits, tcp->total_retrans);
	if (sent)
		__sync_fetch_and_add(&totals->segments_sent, sent);
	if (again)
		__sync_fetch_and_add(&totals->retransmits, again);
	return sent;
}

/* At a look and at the end: the round trip, too, of a connection that has sent meanwhile. */
static __always_inline void look_at_connection(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!harvest(sk, own, totals) || !tcp || !tcp->srtt_us)
		return;
	u64 rtt_ns = (u64)(tcp->srtt_us >> 3) * 1000;
	count_shared(totals->rtt, rtt_ns);
	__sync_fetch_and_add(&totals->rtt_sum_ns, rtt_ns);
}

#endif
