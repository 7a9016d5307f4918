/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* One scheduler event as trace.bpf.c saw it; test/lib/trace.ts reads the same 64 bytes. */
#ifndef POOLDRIFT_TRACE_H
#define POOLDRIFT_TRACE_H

enum trace_kind {
	TRACE_SWITCH = 1,
	TRACE_WAKING = 2,
	TRACE_WAKEUP = 3,
	TRACE_WAKEUP_NEW = 4,
	TRACE_MIGRATE = 5,
	TRACE_FORK = 6,
	TRACE_EXIT = 7,
};

enum trace_flag {
	TRACE_PREEMPT = 1,
	TRACE_THROTTLED = 2,     /* prev */
	TRACE_KTHREAD = 4,       /* the task; prev of a switch */
	TRACE_NEXT_KTHREAD = 8,
};

struct trace_event {
	unsigned long long clock_ns;       /* rq->clock; of the task's run queue */
	unsigned long long ktime_ns;
	unsigned long long last_queued_ns; /* sched_info of the task, next's of a switch */
	unsigned long long run_delay_ns;
	unsigned int kind_cpu;             /* kind << 16 | cpu the event happened on */
	unsigned int tid;                  /* the task; prev of a switch; child of a fork */
	unsigned int tgid;
	unsigned int next_tid;             /* next of a switch; parent of a fork */
	unsigned int next_tgid;
	unsigned int flags;                /* enum trace_flag */
	unsigned int state;                /* prev_state of a switch */
	unsigned int task_cpu;             /* the task's CPU; destination of a migration */
};

#endif
