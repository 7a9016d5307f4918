// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Tests only: streams every scheduler event of the host, so that what the probes aggregate can be rebuilt without them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "trace.h"

#define PF_KTHREAD 0x00200000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct rq { unsigned long long clock; };
struct cfs_rq { struct rq *rq; };
struct sched_entity { struct cfs_rq *cfs_rq; };
struct sched_info { unsigned long long run_delay, last_queued; };
struct thread_info { unsigned int cpu; };
struct task_struct {
	struct thread_info thread_info;
	struct sched_entity se;
	struct sched_info sched_info;
	unsigned int flags;
	int pid;
	int tgid;
};
/* since 6.18, task-based throttling */
struct task_struct___throttle { _Bool throttled; };
#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 20);
} events SEC(".maps");

__u64 lost = 0;

static __always_inline unsigned int throttled(struct task_struct *task)
{
	struct task_struct___throttle *t = (void *)task;

	return bpf_core_field_exists(t->throttled) && t->throttled ? TRACE_THROTTLED : 0;
}

/* `info` is the task whose sched_info goes into the record. */
static __always_inline struct trace_event *record(int kind, struct task_struct *task, struct task_struct *info)
{
	struct trace_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e->ktime_ns = bpf_ktime_get_ns();
	e->clock_ns = task->se.cfs_rq->rq->clock;
	e->last_queued_ns = info->sched_info.last_queued;
	e->run_delay_ns = info->sched_info.run_delay;
	e->kind_cpu = kind << 16 | bpf_get_smp_processor_id();
	e->tid = task->pid;
	e->tgid = task->tgid;
	e->next_tid = 0;
	e->next_tgid = 0;
	e->flags = task->flags & PF_KTHREAD ? TRACE_KTHREAD : 0;
	e->state = 0;
	e->task_cpu = task->thread_info.cpu;
	return e;
}

static __always_inline int submit(struct trace_event *e)
{
	if (e)
		bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(trace_switch, _Bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	struct trace_event *e = record(TRACE_SWITCH, prev, next);

	if (!e)
		return 0;
	e->next_tid = next->pid;
	e->next_tgid = next->tgid;
	e->state = prev_state;
	e->flags |= (preempt ? TRACE_PREEMPT : 0) | throttled(prev) | (next->flags & PF_KTHREAD ? TRACE_NEXT_KTHREAD : 0);
	return submit(e);
}

SEC("tp_btf/sched_waking")
int BPF_PROG(trace_waking, struct task_struct *task)
{
	return submit(record(TRACE_WAKING, task, task));
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(trace_wakeup, struct task_struct *task)
{
	return submit(record(TRACE_WAKEUP, task, task));
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(trace_wakeup_new, struct task_struct *task)
{
	return submit(record(TRACE_WAKEUP_NEW, task, task));
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(trace_migrate, struct task_struct *task, int dest_cpu)
{
	struct trace_event *e = record(TRACE_MIGRATE, task, task);

	if (e)
		e->task_cpu = dest_cpu;
	return submit(e);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(trace_fork, struct task_struct *parent, struct task_struct *child)
{
	struct trace_event *e = record(TRACE_FORK, child, child);

	if (e) {
		e->next_tid = parent->pid;
		e->next_tgid = parent->tgid;
	}
	return submit(e);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(trace_exit, struct task_struct *task)
{
	return submit(record(TRACE_EXIT, task, task));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
