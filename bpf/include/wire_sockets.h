/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Every struct and enum of bpf/tcp.bpf.c and bpf/request.bpf.c that crosses to user space; the rules are wire.h's. */
#ifndef POOLDRIFT_WIRE_SOCKETS_H
#define POOLDRIFT_WIRE_SOCKETS_H

#include "wire.h"

/* bpf/tcp.bpf.c writes one for each listening TCP socket a process holds. */
struct listener {
	__u32 tgid;
	__u32 port;
	__u32 family;         /* AF_INET 2, AF_INET6 10 */
	__u32 netns;          /* inode number of the network namespace */
	__u32 pool;           /* plus 1; 0: none */
	__u32 drops;          /* counted by the kernel */
	__u32 full;           /* its accept queue is, or has been since the last look */
	__u32 pad;
	__u64 inode;          /* the socket's */
};

/* A port of a pool, as the daemon asks for it. */
struct port_key {
	__u32 pool;
	__u32 port;
};

struct port_plan {
	__u32 cell;           /* its accept_cell */
	__u32 requests;       /* 1: latency is measured on it */
};

/* One listening port. */
struct accept_cell {
	__u64 owner;          /* generation << 32 | pool << 16 | port: a listener that has other ones keeps away */
	__u32 most;           /* waiting connections, the most seen; user space sets it back */
	__u32 limit;          /* plus 1; 0: no listener has been seen */
};

enum connect_failure {
	CONNECT_REFUSED = 0,
	CONNECT_TIMEOUT = 1,
	CONNECT_RESET = 2,
	CONNECT_UNREACHABLE = 3,
	CONNECT_ABORTED = 4,
	CONNECT_OTHER = 5,
	CONNECT_FAILURES = 6,
};

/* One pool's TCP. Every addition is atomic: softirqs and processes on all CPUs share it. */
struct tcp_totals {
	__u32 connects[WAIT_BUCKETS];
	__u32 rtt[WAIT_BUCKETS];
	__u64 connect_sum_ns;
	__u64 rtt_sum_ns;
	__u64 failures[6];    /* enum connect_failure */
	__u64 segments_sent;
	__u64 retransmits;
	__u64 resets_sent;
	__u64 resets_received;
	__u64 sockets_refused; /* over the limit: not followed; at each look again */
	__u32 taken;           /* 1: some pool has this index */
	__u32 generation;      /* of the index: user space adds one where the pool gives it back; the last field */
};

struct tcp_control {
	__s64 sockets;        /* followed now */
	__u64 sockets_most;   /* limit */
	__u32 look;           /* number of the last one */
	__u32 mptcp;          /* 1: some pool listens with MPTCP */
};

/* What a request's time is made of; PART_BLOCKED + enum block_reason. */
enum request_part {
	PART_QUEUE = 0,
	PART_ONCPU = 1,
	PART_WAKEUP = 2,
	PART_RUNQUEUE = 3,
	PART_THROTTLED = 4,
	PART_BLOCKED = 5,
	PARTS = 12,
};

enum request_doubt {
	DOUBT_PIPELINING = 0,
	DOUBT_HTTP2 = 1,
	DOUBT_TLS = 2,
	DOUBT_IO_URING = 3,
	DOUBT_SPLICE = 4,
	DOUBTS = 5,
};

#define BUDGET_BUCKETS 104    /* 4 an octave: wait bucket / 8 */

struct budget_row {
	__u64 requests;
	__u64 latency_ns;
	__u64 part_ns[12];    /* enum request_part */
	__u64 moved;          /* read by one thread, answered by another */
	__u64 shared_ns;      /* on-CPU time of requests whose thread touched other connections meanwhile */
};

/* The requests of one pool on one stripe of CPUs. */
struct request_stripe {
	__u32 first[WAIT_BUCKETS];  /* latency from the first arrival */
	__u32 last[WAIT_BUCKETS];   /* from the last arrival before the response */
	struct budget_row budget[BUDGET_BUCKETS];
	__u64 doubted[5];           /* enum request_doubt */
	__u64 sniffed_ns;           /* when the bytes of a request were last looked at */
};

/* What the daemon asks of a pool's requests. */
struct request_plan {
	__u64 slow_ns;        /* those as slow as this go to the ring */
	__u32 left;           /* so many more of them */
	__u32 generation;     /* tcp_totals.generation */
};

/* One ring record: a slow request. */
struct exemplar {
	__u64 at_ns;          /* CLOCK_MONOTONIC of the response */
	__u64 latency_ns;
	__u64 part_ns[12];    /* enum request_part */
	__u32 pool;
	__u32 tid;
	__u32 port;
	__u32 moved;
};

struct request_control {
	__u64 exemplars_produced;
	__u64 exemplars_lost;
	__u32 off;            /* shed: no request begins */
	__u32 pad;
};

#endif
