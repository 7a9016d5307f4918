// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The scheduler's view of the workers of every pool: states, waits, block reasons, thieves. */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "wire.h"
#include "sched_maps.h"
#include "compat.bpf.h"
#include "past.h"
#include "settle.h"
#include "events.h"
#include "block_reason.h"
#include "waits.h"
#include "thieves.h"
#include "workers.h"
#include "members.h"

char LICENSE[] SEC("license") = "GPL";

/* Looked at about once a millisecond. The second clock is read later than the first, by up to a time slice where the
 * vCPU is preempted between: so an offset is never too large, and the largest of the last 100 to 200 ms is the best. */
static __always_inline void refresh_clock_offset(u64 now)
{
	if (now - control.clock_at < 1000000)
		return;
	u64 offset = now - bpf_ktime_get_ns();
	if (!control.clock_at || (s64)(now - control.clock_window) > 0) {
		control.clock_offset = control.clock_at ? control.clock_best : offset;
		control.clock_best = offset;
		control.clock_window = now + 100000000;
	}
	if ((s64)(offset - control.clock_best) > 0)
		control.clock_best = offset;
	if ((s64)(offset - control.clock_offset) > 0)
		control.clock_offset = offset;
	control.clock_at = now;
}

static __always_inline void count_host(struct cpu_cell *cell, u64 *ctx, struct task_struct *prev)
{
	if (!prev->pid)
		cell->idle++;
	else if (!ctx[0] && switched_out_state(ctx, prev))
		cell->voluntary++;
	else
		cell->involuntary++;
}

static __always_inline void on_stranger(struct cpu_cell *cell, struct task_struct *prev, struct task_struct *next)
{
	if (cell->armed == ARM_AT_SWITCH)
		rearm(cell, prev, 0, rq_clock(next));
	u32 key = run_key(next, 0);
	if (key == cell->last_key)
		return;
	u64 now = rq_clock(next);
	refresh_clock_offset(now);
	record_run(cell, key, now);
	if (cell->head - cell->quiet_from > QUIET_RUNS)
		disarm(cell, now);
}

/* Out of line: 5 ns less for strangers, whose registers it would else spill. */
static __noinline int on_pool_switch(u64 *ctx, struct cpu_cell *cell, u32 cpu)
{
	struct task_struct *prev = (struct task_struct *)ctx[1];
	struct task_struct *next = (struct task_struct *)ctx[2];
	u32 in_index = worker_index(next), out_index = worker_index(prev);
	struct worker_slot *out = bpf_map_lookup_elem(&slots, &out_index);
	struct worker_slot *in = bpf_map_lookup_elem(&slots, &in_index);
	u64 now = rq_clock(next);
	refresh_clock_offset(now);
	if (out)
		leave_cpu(ctx, prev, out_index, out, now);
	if (cell->armed != ARMED && !control.no_thieves)
		rearm(cell, prev, out ? out->pool + 1 : 0, now);
	if (in)
		enter_cpu(next, in_index, in, cell, cpu, now);
	if (cell->armed) {
		record_run(cell, run_key(next, in ? in->pool + 1 : 0), now);
		cell->quiet_from = cell->head;
		if (control.no_thieves)
			disarm(cell, now);
	}
	return 0;
}

SEC("tp_btf/sched_switch")
int on_sched_switch(u64 *ctx)
{
	struct task_struct *prev = (struct task_struct *)ctx[1];
	struct task_struct *next = (struct task_struct *)ctx[2];
	u32 cpu = bpf_get_smp_processor_id();
	struct cpu_cell *cell = bpf_map_lookup_elem(&cells, &cpu);
	if (!cell)
		return 0;
	if (constants.count_all)
		count_host(cell, ctx, prev);
	if (prev->bpf_storage)
		return on_pool_switch(ctx, cell, cpu);
	if (next->bpf_storage)
		return on_pool_switch(ctx, cell, cpu);
	if (cell->armed)
		on_stranger(cell, prev, next);
	return 0;
}

SEC("tp_btf/sched_waking")
int on_sched_waking(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct worker_slot *slot = worker_of(task);
	if (!slot)
		return 0;
	u32 waker = bpf_get_current_pid_tgid();
	slot->waker = waker;
	note_woken(slot, waker);
	struct rq *rq = task->se.cfs_rq->rq;
	u32 cpu = bpf_get_smp_processor_id();
	/* An idle CPU's rq->clock is as old as its sleep. */
	if (task->nr_cpus_allowed > 1 || rq->cpu != cpu || !rq->curr->pid) {
		slot->woken_ns = host_clock() & ~WOKEN_IN_PLACE;
		return 0;
	}
	slot->woken_ns = rq->clock | WOKEN_IN_PLACE;
	struct cpu_cell *cell = bpf_map_lookup_elem(&cells, &cpu);
	if (cell && !cell->armed && !control.no_thieves)
		cell->armed = ARM_AT_SWITCH;
	return 0;
}

/* A waiting worker leaves a run queue: what it waited there is in run_delay by now. */
SEC("tp_btf/sched_migrate_task")
int on_sched_migrate_task(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct worker_slot *slot = worker_of(task);
	if (!slot)
		return 0;
	account_hop(task, slot);
	slot->queued_on = ctx[1];
	return 0;
}

SEC("tp_btf/sched_process_fork")
int on_process_fork(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	bool thread = child->pid != child->tgid;
	u32 pool = inherit(parent, child, thread);
	if (!thread)
		emit(ctx, PROCESS_FORK, child, pool, child->comm);
	else if (pool)
		emit(ctx, PROCESS_THREAD_START, child, pool, child->comm);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int on_process_exec(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	expel(task, true);
	emit(ctx, PROCESS_EXEC, task, 0, task->comm);
	return 0;
}

/* Early in do_exit since 6.16: the work of tearing down is still to come, so the worker retires at its last switch. */
SEC("tp_btf/sched_process_exit")
int on_process_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	u32 pool = pool_of(task);
	if (!task->signal->live.counter)
		emit(ctx, PROCESS_EXIT, task, pool, task->comm);
	else if (pool)
		emit(ctx, PROCESS_THREAD_EXIT, task, pool, task->comm);
	return 0;
}

/* The task is dead and reaped: retired long since, unless its last switch never reached us. */
SEC("tp_btf/sched_process_free")
int on_process_free(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct worker_slot *slot = worker_of(task);
	if (slot && slot->tid == task->pid && !slot->retired)
		expel(task, true);
	return 0;
}

SEC("tp_btf/task_rename")
int on_task_rename(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	u32 pool = pool_of(task);
	if (pool || task->pid == task->tgid)
		emit(ctx, PROCESS_RENAME, task, pool, (const char *)ctx[1]);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int on_cgroup_attach_task(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[2];
	emit(ctx, PROCESS_CGROUP, task, pool_of(task), task->comm);
	return 0;
}

/* Puts existing tasks where assign() asked for. */
SEC("iter/task")
int seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task)
		return 0;
	u32 tid = task->pid;
	struct assignment *wanted = bpf_map_lookup_elem(&assignments, &tid);
	if (wanted)
		assign(task, wanted->pool, wanted->worker);
	return 0;
}

/* Some kernels make a few switches that no tracepoint tells of (here: away from threads of process 1): a worker that came
 * on by one looks as if it waited still, until it leaves. When it came on, for those that have a CPU. */
SEC("iter/task")
int look(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task || !task->bpf_storage)
		return 0;
	u32 index = slot_index(task);
	u64 *arrival = bpf_map_lookup_elem(&arrivals, &index);
	if (arrival)
		*arrival = (u64)task->se.cfs_rq->rq->curr == (u64)task ? task->sched_info.last_arrival : 0;
	return 0;
}
