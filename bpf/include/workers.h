/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The state machine of a worker: every moment of its life is in exactly one state. */
#ifndef POOLDRIFT_WORKERS_H
#define POOLDRIFT_WORKERS_H

/* Ends a state at `now`: its time goes where it belongs. `queued_ns`: the part of a wait that the kernel had it queued. */
static __always_inline u64 end_blocked(struct worker_slot *slot, u64 now, u64 queued_ns)
{
	u64 woken = slot->woken_ns;
	/* The waker raced the switch-out and stamped before it: the kernel's own queueing is all there is. */
	if ((s64)(woken - slot->since_ns) < 0)
		woken = now - queued_ns;
	if ((s64)(woken - slot->since_ns) < 0)
		woken = slot->since_ns;
	if ((s64)(woken - now) > 0)
		woken = now;
	u64 wait_ns = now - woken;
	if (queued_ns > wait_ns)
		queued_ns = wait_ns;
	slot->blocked_ns[slot->reason & 7] += woken - slot->since_ns;
	slot->wakeup_ns += wait_ns - queued_ns;
	slot->runqueue_ns += queued_ns;
	return wait_ns;
}

static __always_inline void account_wait(struct task_struct *task, struct task_ctx *own, struct cpu_cell *cell, u32 cpu,
					 u64 queued_ns, u64 now)
{
	u64 here_ns = now - task->sched_info.last_queued;
	u64 hopped_ns = own->hopped_ns;
	if (here_ns > queued_ns)
		here_ns = queued_ns;
	if (cell->armed)
		account_theft(cell, cpu, own->pool, now - here_ns, now);
	else
		account_unknown(own->pool, here_ns);
	if (queued_ns - here_ns > hopped_ns)
		account_unknown(own->pool, queued_ns - here_ns - hopped_ns);
	own->hopped_ns = 0;
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

static __always_inline void enter_cpu(struct task_struct *task, struct task_ctx *own, struct cpu_cell *cell, u32 cpu,
				      u64 now)
{
	struct worker_slot *slot = slot_of(own);
	if (!slot)
		return;
	u64 wait_ns = now - slot->since_ns, queued_ns = 0;
	bool waited = false;
	slot_turn(&slot->seq);
	switch (slot->state) {
	case WORKER_BLOCKED:
		if (task->sched_info.last_queued)
			queued_ns = now - task->sched_info.last_queued + (task->sched_info.run_delay - own->run_delay);
		u64 before = slot->runqueue_ns;
		wait_ns = end_blocked(slot, now, queued_ns);
		queued_ns = slot->runqueue_ns - before;
		waited = true;
		break;
	case WORKER_RUNQUEUE:
		slot->runqueue_ns += wait_ns;
		queued_ns = wait_ns;
		waited = true;
		break;
	case WORKER_THROTTLED:
		slot->throttled_ns += wait_ns;
		break;
	case WORKER_ONCPU: /* its switch-out never reached us */
		slot->oncpu_ns += wait_ns;
		break;
	default:
		slot->born_ns = now;
	}
	slot->state = WORKER_ONCPU;
	slot->since_ns = now;
	if (slot->cpu != cpu)
		count_migration(slot, cpu);
	slot_turn(&slot->seq);
	if (waited) {
		count_wait(stripe_of(own->pool), wait_ns);
		account_wait(task, own, cell, cpu, queued_ns, now);
	}
}

/* Its switch-in never reached us: what it waited is settled as of the kernel's own record of its arrival. */
static __always_inline void settle(struct worker_slot *slot, struct task_ctx *own, u64 at)
{
	u64 ns = at - slot->since_ns;
	if ((s64)ns < 0)
		return;
	if (slot->state == WORKER_BLOCKED) {
		u64 before = slot->runqueue_ns;
		end_blocked(slot, at, 0);
		account_unknown(own->pool, slot->runqueue_ns - before);
	} else if (slot->state == WORKER_RUNQUEUE) {
		slot->runqueue_ns += ns;
		account_unknown(own->pool, ns);
	} else if (slot->state == WORKER_THROTTLED) {
		slot->throttled_ns += ns;
	} else if (slot->state == WORKER_ONCPU) {
		slot->oncpu_ns += ns;
	} else {
		slot->born_ns = at;
	}
	slot->since_ns = at;
}

static __always_inline void leave_cpu(u64 *ctx, struct task_struct *task, struct task_ctx *own, u64 now)
{
	struct worker_slot *slot = slot_of(own);
	if (!slot)
		return;
	u32 state = switched_out_state(ctx, task);
	bool runnable = ctx[0] || !state;
	u32 reason = runnable ? 0 : block_reason(task, own, state);
	slot_turn(&slot->seq);
	if (slot->state == WORKER_UNSEEDED) {
		slot->born_ns = now;
	} else {
		if (slot->state != WORKER_ONCPU)
			settle(slot, own, task->sched_info.last_arrival);
		slot->oncpu_ns += now - slot->since_ns;
	}
	slot->since_ns = now;
	if (runnable) {
		slot->state = task_throttled(task) ? WORKER_THROTTLED : WORKER_RUNQUEUE;
		slot->involuntary++;
	} else {
		slot->state = WORKER_BLOCKED;
		slot->reason = reason;
		slot->voluntary++;
	}
	slot_turn(&slot->seq);
	own->run_delay = task->sched_info.run_delay;
	own->hopped_ns = 0;
}

/* A waiting worker is taken off a run queue. Delayed dequeue (6.12) moves tasks that still sleep: those do not wait. */
static __always_inline void account_hop(struct task_struct *task, struct task_ctx *own, struct worker_slot *slot)
{
	u64 waited_ns = task->sched_info.run_delay - own->run_delay - own->hopped_ns;
	if (task->__state || !waited_ns || slot->state == WORKER_THROTTLED || slot->state == WORKER_ONCPU)
		return;
	u32 cpu = task->se.cfs_rq->rq->cpu;
	struct cpu_cell *cell = bpf_map_lookup_elem(&cells, &cpu);
	if (!cell)
		return;
	own->hopped_ns += waited_ns;
	u64 now = rq_clock(task);
	if (cell->armed)
		account_theft(cell, cpu, own->pool, now - waited_ns, now);
	else
		account_unknown(own->pool, waited_ns);
}

/* A slot for a new worker, filled before anyone can see it. */
static __always_inline u32 take_slot(struct task_struct *task, u32 pool, u32 state, u64 now)
{
	u32 index;
	if (bpf_map_pop_elem(&free_slots, &index)) {
		__sync_fetch_and_add(&control.workers_refused, 1);
		return NO_SLOT;
	}
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &index);
	if (!slot)
		return NO_SLOT;
	u32 seq = slot->seq;
	__builtin_memset(slot, 0, sizeof(*slot));
	slot->seq = seq & ~1U;
	slot->since_ns = slot->woken_ns = slot->born_ns = now;
	slot->tid = task->pid;
	slot->tgid = task->tgid;
	slot->pool = pool;
	slot->reason = BLOCK_OTHER;
	slot->cpu = bpf_get_smp_processor_id();
	slot->state = state;
	return index;
}

static __always_inline void join(struct task_struct *task, u32 pool, bool worker, u32 state)
{
	struct task_ctx fresh = { .slot = NO_SLOT, .pool = pool, .run_delay = task->sched_info.run_delay };
	if (worker)
		fresh.slot = take_slot(task, pool, state, host_clock());
	bpf_task_storage_get(&tasks, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Final values into the slot; user space harvests it. Returns pool + 1, or 0. */
static __always_inline u32 retire(struct task_struct *task)
{
	if (!task->bpf_storage)
		return 0;
	struct task_ctx *own = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!own)
		return 0;
	u32 pool = own->pool;
	struct worker_slot *slot = slot_of(own);
	if (slot) {
		slot_turn(&slot->seq);
		settle(slot, own, host_clock());
		slot->state = WORKER_EXITED;
		slot_turn(&slot->seq);
	}
	bpf_task_storage_delete(&tasks, task);
	return pool + 1;
}

static __always_inline u32 pool_of(struct task_struct *task)
{
	struct task_ctx *own = task->bpf_storage ? bpf_task_storage_get(&tasks, task, 0, 0) : NULL;
	return own ? own->pool + 1 : 0;
}

/* Fork: the child is not yet queued, so its wait begins now. Returns pool + 1, or 0. */
static __always_inline u32 inherit(struct task_struct *parent, struct task_struct *child, bool thread)
{
	u32 pool = pool_of(parent);
	if (!pool)
		return 0;
	u32 index = pool - 1;
	u32 *policy = bpf_map_lookup_elem(&policies, &index);
	if (!policy || (!thread && !(*policy & POLICY_CHILDREN)))
		return 0;
	join(child, index, *policy & POLICY_THREADS, WORKER_BLOCKED);
	return pool;
}

/* The state of a task that is not ours to stop: a switch that comes in between has already written the truth. */
static __always_inline void seed_state(struct task_struct *task, struct task_ctx *own, struct worker_slot *slot)
{
	u32 state = WORKER_BLOCKED;
	if (task->on_cpu)
		state = WORKER_ONCPU;
	else if (task->on_rq && !task->__state)
		state = task_throttled(task) ? WORKER_THROTTLED : WORKER_RUNQUEUE;
	else
		slot->reason = block_reason(task, own, task->__state);
	if (state == WORKER_BLOCKED)
		slot->woken_ns = slot->since_ns - 1;
	__sync_val_compare_and_swap(&slot->state, WORKER_UNSEEDED, state);
}

static __always_inline void assign(struct task_struct *task, u32 pool, bool worker)
{
	struct task_ctx *own = bpf_task_storage_get(&tasks, task, 0, 0);
	if (own && own->pool == pool && (own->slot != NO_SLOT) == worker)
		return;
	if (own)
		retire(task);
	if (pool == ASSIGN_NONE)
		return;
	join(task, pool, worker, WORKER_UNSEEDED);
	own = bpf_task_storage_get(&tasks, task, 0, 0);
	struct worker_slot *slot = own ? slot_of(own) : NULL;
	if (slot)
		seed_state(task, own, slot);
}

#endif
