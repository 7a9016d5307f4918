/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is known of each TCP socket of a pool: in socket storage, freed by the kernel with its socket. bpf/tcp.bpf.c
 * puts it there, a listener's is cloned into every connection it accepts; bpf/request.bpf.c is given the map. */
#ifndef POOLDRIFT_SOCKETS_H
#define POOLDRIFT_SOCKETS_H

#define NO_CELL 0xffffffff

/* The request under way on a connection. Times on CLOCK_MONOTONIC; parts in ticks (timeline.h), modulo 2^32. */
struct request {
	u64 arrived_ns;      /* its first byte; 0: none */
	u64 last_ns;         /* its last arrival */
	u64 read_ns;         /* the first read of what arrived last; 0: none yet */
	u32 reader;          /* slot of the thread that did, or NO_SLOT */
	u32 sender;          /* slot of the thread that answered the one before, once there was one */
	u32 count;           /* requests answered so far */
	u32 touches;         /* past.touches of the reader, then */
	u16 protocol;        /* enum protocol of the first request */
	u16 ahead;           /* times that bytes were read which had come before the last response */
	u32 told[PARTS];     /* arrival to read_ns */
	u32 delta[PARTS];    /* that, less the reader's counters then */
};

struct socket_ctx {
	u64 owner;           /* its socket: a clone has its listener's until it is established; 0: it has ended */
	union {
		u64 connect_ns;      /* outgoing: SYN sent; 0: its fate is known */
		struct {
			u32 cell;    /* a listener's accept_cell, or NO_CELL */
			u32 full;    /* its accept queue has been, since the last look */
		};
	};
	u32 generation;      /* of the pool's index */
	u32 segments;        /* of these counters of the kernel's this much is accounted for */
	u32 retransmits;
	u32 look;            /* in which a process of the pool was last seen to hold it */
	u16 pool;
	u8 serves;           /* requests are measured on it */
	u8 doubt;            /* enum request_doubt + 1, or 0 */
	struct request request;
};

/* With the 72 bytes that the kernel puts before it, one object of 256 bytes; the next size is 512. */
_Static_assert(sizeof(struct socket_ctx) <= 256 - 72, "struct socket_ctx");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_ctx);
} sockets SEC(".maps");

MAPPED_ARRAY(accept_cells, struct accept_cell);

/* NULL: a stranger's. */
static __always_inline struct socket_ctx *socket_of(struct sock *sk)
{
	return sk->sk_bpf_storage ? bpf_sk_storage_get(&sockets, sk, 0, 0) : NULL;
}

/* NULL where the daemon knows nothing of its port. */
static __always_inline struct accept_cell *cell_of(struct sock *sk, struct socket_ctx *own)
{
	u64 owner = (u64)own->generation << 32 | own->pool << 16 | sk->__sk_common.skc_num;
	u32 index = own->cell;
	struct accept_cell *cell = bpf_map_lookup_elem(&accept_cells, &index);
	return cell && cell->owner == owner ? cell : NULL;
}

/* Several CPUs queue at once. */
static __always_inline void raise_most(struct accept_cell *cell, u32 waiting)
{
	u32 most = cell->most;
	for (int i = 0; i < 4 && waiting > most; i++) {
		u32 was = __sync_val_compare_and_swap(&cell->most, most, waiting);
		if (was == most)
			break;
		most = was;
	}
}

/* A connection has been queued for accept(). */
static __always_inline void note_backlog(struct sock *sk, struct socket_ctx *own)
{
	struct accept_cell *cell = cell_of(sk, own);
	u32 waiting = sk->sk_ack_backlog;
	if (waiting > sk->sk_max_ack_backlog)
		own->full = 1;
	if (cell)
		raise_most(cell, waiting);
}

#endif
