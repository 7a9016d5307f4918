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

static __always_inline bool over_limit(struct tcp_totals *totals)
{
	if (tcp_control.sockets < (s64)tcp_control.sockets_most)
		return false;
	__sync_fetch_and_add(&totals->sockets_refused, 1);
	return true;
}

static __always_inline void own_up(struct sock *sk, struct socket_ctx *own)
{
	own->owner = (u64)sk;
	__sync_fetch_and_add(&tcp_control.sockets, 1);
}

/* A socket of a pool that is not followed yet. */
static __always_inline struct socket_ctx *enroll(struct sock *sk, u32 pool)
{
	struct tcp_totals *totals = totals_at(pool);
	if (!totals || over_limit(totals))
		return NULL;
	struct socket_ctx *own = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!own) {
		__sync_fetch_and_add(&totals->sockets_refused, 1);
		return NULL;
	}
	own->pool = pool;
	own->generation = totals->generation;
	own->cell = NO_CELL;
	own_up(sk, own);
	return own;
}

/* What the kernel has counted on a connection since the last look. */
static __always_inline void harvest(struct sock *sk, struct socket_ctx *own, struct tcp_totals *totals)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	u32 segments = tcp->segs_out, retransmits = tcp->total_retrans;
	if (segments != own->segments && tcp->srtt_us) {
		u64 rtt_ns = (u64)(tcp->srtt_us >> 3) * 1000;
		count_shared(totals->rtt, rtt_ns);
		__sync_fetch_and_add(&totals->rtt_sum_ns, rtt_ns);
	}
	__sync_fetch_and_add(&totals->segments_sent, (u32)(segments - own->segments));
	__sync_fetch_and_add(&totals->retransmits, (u32)(retransmits - own->retransmits));
	own->segments = segments;
	own->retransmits = retransmits;
}

/* What a listener has dropped since: nearly all of it for want of room in its accept queue. */
static __always_inline void harvest_drops(struct sock *sk, struct socket_ctx *own)
{
	u32 index = own->cell, drops = sk->sk_drops.counter;
	struct accept_cell *cell = bpf_map_lookup_elem(&accept_cells, &index);
	if (!cell)
		return;
	__sync_fetch_and_add(&cell->overflows, (u32)(drops - own->drops));
	own->drops = drops;
	cell->limit = sk->sk_max_ack_backlog;
}

#endif
