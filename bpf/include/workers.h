/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The state machine of a worker: every moment of its life is in exactly one state. */
#ifndef POOLDRIFT_WORKERS_H
#define POOLDRIFT_WORKERS_H

/* Ends a state at `now`: its time goes where it belongs. `queued_ns`: the part of a wait that the kernel had it queued. */
static __always_inline u64 end_blocked(struct worker_slot *slot, u64 now, u64 queued_ns)
{
	u64 woken = slot->woken_ns;
	/* Woken in place; or the waker raced the switch-out and stamped before it: the kernel's own queueing is the wait. */
	if (woken & WOKEN_IN_PLACE || (s64)(woken - slot->since_ns) < 0)
		woken = now - queued_ns;
	if ((s64)(woken - slot->since_ns) < 0)
		woken = slot->since_ns;
	if ((s64)(woken - now) > 0)
		woken = now;
	u64 wait_ns = now - woken;
	if (queued_ns > wait_ns)
		queued_ns = wait_ns;
	slot->blocked_ns[reason_index(slot)] += woken - slot->since_ns;
	slot->wakeup_ns += wait_ns - queued_ns;
	slot->runqueue_ns += queued_ns;
	return wait_ns;
}

/* A wait is over: its length, and who ran meanwhile; `queued_ns` of it on run queues, the last part on this CPU's. */
static __always_inline void account_wait(struct task_struct *task, struct worker_slot *slot, struct cpu_cell *cell, u32 cpu,
					 u64 wait_ns, u64 queued_ns, u64 now)
{
	struct pool_stripe *stripe = stripe_of(slot->pool);
	if (!stripe)
		return;
	count_wait(stripe->waits, wait_ns);
	u64 here_ns = now - task->sched_info.last_queued;
	u64 hopped_ns = slot->hopped_ns;
	if (here_ns > queued_ns)
		here_ns = queued_ns;
	account_theft(stripe, cell, cpu, slot->pool, now - here_ns, now);
	if (queued_ns - here_ns > hopped_ns)
		account_unknown(stripe, queued_ns - here_ns - hopped_ns);
}

static __always_inline void count_migration(struct worker_slot *slot, u32 cpu)
{
	u32 from = slot->cpu;
	struct cpu_place *a = bpf_map_lookup_elem(&places, &from);
	struct cpu_place *b = bpf_map_lookup_elem(&places, &cpu);
	slot->cpu = cpu;
	if (!a || !b)
		return;
	if (a->node != b->node)
		slot->migrations[MIGRATION_NODE]++;
	else if (a->llc != b->llc)
		slot->migrations[MIGRATION_LLC]++;
	else if (a->core != b->core)
		slot->migrations[MIGRATION_CORE]++;
}

/* A throttled worker that has been let go still queues: only what its run queue says was throttled is. Where that is
 * not known, or it has changed run queues, all is. */
static __always_inline u64 throttled_part(struct task_struct *task, struct worker_slot *slot, u32 cpu, u64 wait_ns)
{
	u64 clock = throttle_clock(task);
	u64 ns = clock - slot->throttle_clock_ns;
	return clock && slot->cpu == cpu && ns < wait_ns ? ns : wait_ns;
}

static __always_inline void enter_cpu(struct task_struct *task, u32 index, struct worker_slot *slot, struct cpu_cell *cell,
				      u32 cpu, u64 now)
{
	u64 since = slot->since_ns;
	u64 wait_ns = now - since, queued_ns = 0;
	u32 state = slot->state;
	u32 seq = slot_begin(&slot->seq);
	if (state == WORKER_BLOCKED) {
		if (task->sched_info.last_queued)
			queued_ns = now - task->sched_info.last_queued + (task->sched_info.run_delay - slot->run_delay_ns);
		u64 before = slot->runqueue_ns;
		wait_ns = end_blocked(slot, now, queued_ns);
		queued_ns = slot->runqueue_ns - before;
	} else if (state == WORKER_RUNQUEUE) {
		slot->runqueue_ns += wait_ns;
		queued_ns = wait_ns;
	} else if (state == WORKER_THROTTLED) {
		queued_ns = wait_ns - throttled_part(task, slot, cpu, wait_ns);
		slot->throttled_ns += wait_ns - queued_ns;
		slot->runqueue_ns += queued_ns;
		wait_ns = queued_ns;
	} else if (state == WORKER_ONCPU) { /* its switch-out never reached us */
		slot->oncpu_ns += wait_ns;
	}
	slot->state = WORKER_ONCPU;
	slot->since_ns = now;
	if (slot->cpu != cpu)
		count_migration(slot, cpu);
	slot_end(&slot->seq, seq);
	remember(index, slot, state, since, now, wait_ns, queued_ns);
	if (state == WORKER_BLOCKED || state == WORKER_RUNQUEUE || (state == WORKER_THROTTLED && queued_ns))
		account_wait(task, slot, cell, cpu, wait_ns, queued_ns, now);
}

static __always_inline void forget_place(u32 tid)
{
	u64 *place = front_place(tid);
	if (place && *place >> 32 == tid)
		*place = 0;
}

static __always_inline void leave_cpu(u64 *ctx, struct task_struct *task, u32 index, struct worker_slot *slot, u64 now)
{
	settle_running(index, slot, task);
	u32 left_with = switched_out_state(ctx, task);
	bool runnable = ctx[0] || !left_with;
	u32 state = slot->state, next = WORKER_BLOCKED, reason = 0;
	if (!runnable)
		reason = block_reason(task, left_with);
	else
		next = task_throttled(task) ? WORKER_THROTTLED : WORKER_RUNQUEUE;
	if (next == WORKER_THROTTLED)
		slot->throttle_clock_ns = throttle_clock(task);
	u32 seq = slot_begin(&slot->seq);
	if (state != WORKER_UNSEEDED)
		slot->oncpu_ns += now - slot->since_ns;
	slot->since_ns = now;
	slot->state = next;
	slot->reason = reason;
	slot->queued_on = slot->cpu;
	if (runnable)
		slot->involuntary++;
	else
		slot->voluntary++;
	if (left_with & TASK_DEAD && !runnable) {
		slot->retired = 1; /* its storage goes with the task */
		forget_place(slot->tid);
	}
	slot_end(&slot->seq, seq);
	slot->run_delay_ns = task->sched_info.run_delay;
	slot->hopped_ns = 0;
}

/* A waiting worker is taken off a run queue. Delayed dequeue (6.12) moves tasks that still sleep: those do not wait. */
static __always_inline void account_hop(struct task_struct *task, struct worker_slot *slot)
{
	u64 waited_ns = task->sched_info.run_delay - slot->run_delay_ns - slot->hopped_ns;
	if (task->__state || !waited_ns || slot->state == WORKER_THROTTLED || slot->state == WORKER_ONCPU)
		return;
	u32 cpu = task->se.cfs_rq->rq->cpu;
	struct cpu_cell *cell = bpf_map_lookup_elem(&cells, &cpu);
	struct pool_stripe *stripe = stripe_of(slot->pool);
	if (!cell || !stripe)
		return;
	u64 now = rq_clock(task);
	slot->hopped_ns += waited_ns;
	account_theft(stripe, cell, cpu, slot->pool, now - waited_ns, now);
}

#endif
