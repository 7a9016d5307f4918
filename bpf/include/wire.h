/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Every struct and enum that crosses to user space. src/decode/layout.gen.ts is generated from the
 * compiled object's BTF; a struct here has no hole, no tail padding, no bitfield and no pointer. */
#ifndef POOLDRIFT_WIRE_H
#define POOLDRIFT_WIRE_H

#define COMM_BYTES 16
#define WAIT_BUCKETS 832      /* 26 octaves of 32 sub-buckets, from 1,024 ns to 68.7 s */
#define THIEF_SLOTS 64        /* a pool, stripe and epoch */
#define RUN_ENTRIES 1024      /* who came on, a CPU */

enum worker_state {
	WORKER_FREE = 0,
	WORKER_UNSEEDED = 1,  /* has a slot, its state not yet known */
	WORKER_ONCPU = 2,
	WORKER_RUNQUEUE = 3,  /* preempted, waits for a CPU */
	WORKER_THROTTLED = 4,
	WORKER_BLOCKED = 5,   /* or waking, where woken_ns > since_ns */
};

enum block_reason {
	BLOCK_LOCK = 0,
	BLOCK_EPOLL = 1,
	BLOCK_NETWORK = 2,
	BLOCK_IO = 3,
	BLOCK_SLEEP = 4,
	BLOCK_FAULT = 5,
	BLOCK_OTHER = 6,
	BLOCK_REASONS = 7,
};

/* Widest boundary that a move between CPUs crossed. */
enum migration_scope { MIGRATION_CORE = 0, MIGRATION_LLC = 1, MIGRATION_NODE = 2, MIGRATION_SCOPES = 3 };

/* One worker. Times on the scheduler's clock (rq->clock), nanoseconds.
 * Writer: the CPU that switches the worker, under its run-queue lock; woken_ns: the waker alone;
 * retired: who takes the worker out of its pool. */
struct worker_slot {
	__u32 seq;            /* odd while written */
	__u32 state;          /* enum worker_state */
	__u64 since_ns;       /* state entered */
	__u64 woken_ns;       /* last sched_waking; older than since_ns: not woken yet; WOKEN_IN_PLACE */
	__u64 run_delay_ns;   /* sched_info.run_delay that is accounted for */
	__u64 hopped_ns;      /* of this wait, on run queues it has left */
	__u32 pool;
	__u32 cpu;            /* where it ran last */
	__u32 reason;         /* enum block_reason, while blocked */
	__u32 tid;
	__u32 tgid;
	__u32 retired;        /* 1: final values; user space harvests and frees the slot */
	__u64 oncpu_ns;
	__u64 wakeup_ns;      /* waking until the kernel has it queued */
	__u64 runqueue_ns;
	__u64 throttled_ns;
	__u64 voluntary;
	__u64 involuntary;
	__u32 migrations[3];  /* enum migration_scope */
	__u32 queued_on;      /* the CPU that it waits for, while it waits */
	__u64 throttle_clock_ns; /* of its run queue, when it was throttled */
	__u64 blocked_ns[7];  /* enum block_reason */
	__u32 waker;          /* thread that was on the CPU where it was woken last */
	__u32 past_head;      /* episodes ever remembered, modulo 2^32 (past.h) */
};

struct thief_entry {
	__u32 key;            /* see enum thief_key; 0: empty */
	__u32 pad;
	__u64 stolen_ns;
};

/* Run-queue time of one pool's workers by who ran meanwhile: one stripe of CPUs, one epoch. */
struct thief_table {
	struct thief_entry entry[THIEF_SLOTS];
	__u64 other_ns;       /* no free entry near the key's place */
	__u64 unknown_ns;     /* the CPU's ring of runs did not reach back */
};

/* Who runs on a CPU, in 32 bits: THIEF_SET | [THIEF_KTHREAD] | (pool + 1) << THIEF_POOL_SHIFT | tgid.
 * The idle task has tgid 0 and no flag. */
enum thief_key {
	THIEF_TGID_MASK = 0x3fffff,   /* PID_MAX_LIMIT is 2^22 */
	THIEF_POOL_SHIFT = 22,        /* 8 bits: pool + 1 where a pool's worker ran, else 0 */
	THIEF_POOL_MASK = 0xff,
	THIEF_KTHREAD = 0x40000000,
	THIEF_SET = 0x80000000,
};

/* One pool on one stripe of CPUs: its run-queue waits (wake-up included, throttled time excluded) and its thieves,
 * by the parity of the epoch. */
struct pool_stripe {
	__u32 waits[WAIT_BUCKETS];
	struct thief_table thieves[2];
};

enum pool_policy {
	POLICY_THREADS = 1,   /* new threads of a member process are workers at once */
	POLICY_CHILDREN = 2,  /* new child processes of a member join at once */
};

enum process_event_kind {
	PROCESS_FORK = 1,
	PROCESS_EXEC = 2,
	PROCESS_EXIT = 3,        /* the whole process has gone */
	PROCESS_THREAD_START = 4, /* threads of pool members only */
	PROCESS_THREAD_EXIT = 5,
	PROCESS_RENAME = 6,
	PROCESS_CGROUP = 7,
};

/* One ring record. */
struct process_event {
	__u32 kind;           /* enum process_event_kind */
	__u32 tid;
	__u32 tgid;
	__u32 parent_tgid;
	__u64 cgroup_id;      /* of the cpu controller's cgroup: the kernfs node's id */
	__u64 at_ns;          /* CLOCK_MONOTONIC */
	__u8 comm[COMM_BYTES];
	__u32 pool;           /* pool + 1 of a member, else 0 */
	__u32 pad;
};

/* Fixed before the load; the verifier removes what they rule out. */
struct sched_constants {
	__u32 count_all;      /* tests only: host-wide switches are counted */
	__u32 perf_ring;      /* events go to per-CPU perf buffers */
	__u32 shared_stripes; /* more CPUs than stripes: additions are atomic */
	__u32 stripe_mask;    /* stripes - 1; stripes is a power of two */
	__u32 has_prev_state; /* sched_switch tells the state that prev left with */
	__u32 front_mask;     /* entries of `front`, a power of two, less one */
};

/* What the daemon tells the programs, and what they count, in one mapped variable. */
struct sched_control {
	__u64 clock_offset;   /* rq->clock less CLOCK_MONOTONIC, nanoseconds */
	__u64 clock_at;       /* rq->clock when the offset was last looked at */
	__u64 clock_best;     /* largest offset seen in this window */
	__u64 clock_window;   /* rq->clock at the window's end */
	__u32 epoch;          /* thief tables of this parity are written */
	__u32 no_thieves;     /* shed: run-queue time goes to unknown */
	__u32 no_files;       /* shed: what a read waits for is not looked up */
	__u32 slots_high;     /* slots from here on have never been taken */
	__u64 events_produced;
	__u64 events_lost;    /* produced, and refused by the ring */
	__u64 workers_refused;
};

/* A CPU's place, from sysfs; equal numbers are the same core, last-level cache or NUMA node. */
struct cpu_place {
	__u32 core;
	__u32 llc;
	__u32 node;
	__u32 pad;
};

/* Who came on a CPU, and when: rq->clock and a thief_key. */
struct cpu_run {
	__u64 start_ns;
	__u32 key;
	__u32 pad;
};

/* One CPU. Written under its run-queue lock. */
struct cpu_cell {
	__u32 armed;          /* runs are recorded */
	__u32 quiet_from;     /* head when the pools were last active here */
	__u32 head;           /* runs ever recorded, modulo 2^32 */
	__u32 last_key;
	__u64 voluntary;      /* host-wide, where everything is counted */
	__u64 involuntary;
	__u64 idle;
	__u64 unused[3];
	struct cpu_run run[RUN_ENTRIES];
};

/* What assign() asks of the task iterator. */
struct assignment {
	__u32 pool;           /* ASSIGN_NONE: out of its pool */
	__u32 worker;         /* 0: a member that is no worker */
};

#endif
