/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Who is in a pool: slots taken and given back, at fork, exec, exit and where user space asks. */
#ifndef POOLDRIFT_MEMBERS_H
#define POOLDRIFT_MEMBERS_H

/* An atomic maximum: whoever loses against a greater value is done. */
static __always_inline void raise_high(u32 high)
{
	for (int i = 0; i < 8; i++) {
		u32 was = control.slots_high;
		if (was >= high || __sync_val_compare_and_swap(&control.slots_high, was, high) == was)
			return;
	}
}

/* A slot for a new worker, filled before anyone can see it. */
static __always_inline u32 take_slot(struct task_struct *task, u32 pool, u32 state)
{
	u32 index;
	if (bpf_map_pop_elem(&free_slots, &index)) {
		__sync_fetch_and_add(&control.workers_refused, 1);
		return NO_SLOT;
	}
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &index);
	if (!slot)
		return NO_SLOT;
	raise_high(index + 1);
	u32 seq = slot_begin(&slot->seq);
	__builtin_memset(&slot->state, 0, sizeof(*slot) - sizeof(slot->seq));
	slot->since_ns = host_clock() & ~WOKEN_IN_PLACE;
	slot->woken_ns = slot->since_ns | WOKEN_IN_PLACE; /* what fork spends before it queues the child is no wait */
	slot->run_delay_ns = task->sched_info.run_delay;
	slot->tid = task->pid;
	slot->tgid = task->tgid;
	slot->pool = pool;
	slot->reason = BLOCK_OTHER;
	slot->queued_on = task->se.cfs_rq->rq->cpu;
	slot->cpu = state == WORKER_UNSEEDED ? slot->queued_on : NO_CPU; /* a child's first placement is no migration */
	slot->state = state;
	slot_end(&slot->seq, seq);
	return index;
}

static __always_inline struct worker_slot *join(struct task_struct *task, u32 pool, bool worker, u32 state)
{
	struct task_ctx fresh = { .slot = NO_SLOT, .pool = pool };
	u32 tid = task->pid;
	u64 *place = front_place(tid);
	if (worker)
		fresh.slot = take_slot(task, pool, state);
	if (place)
		*place = (u64)tid << 32 | fresh.slot;
	bpf_task_storage_get(&tasks, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return bpf_map_lookup_elem(&slots, &fresh.slot);
}

/* About 2 us: a switch elsewhere that has found the slot is through with it by then. */
static __always_inline void let_switches_end(void)
{
	for (int i = 0; i < 64; i++)
		bpf_ktime_get_ns();
}

/* Takes a task out of its pool: itself, or one that may be switching elsewhere. Returns pool + 1, or 0. */
static __always_inline u32 expel(struct task_struct *task, bool itself)
{
	struct task_ctx *own = task->bpf_storage ? bpf_task_storage_get(&tasks, task, 0, 0) : NULL;
	if (!own)
		return 0;
	u32 pool = own->pool, index = own->slot;
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &index);
	forget_place(task->pid);
	bpf_task_storage_delete(&tasks, task);
	if (!itself)
		let_switches_end();
	if (slot) {
		forget_place(slot->tid); /* exec gives a thread its leader's id */
		u32 seq = slot_begin(&slot->seq);
		settle(slot, host_clock());
		slot->retired = 1;
		slot_end(&slot->seq, seq);
	}
	return pool + 1;
}

/* Fork: the child is not yet queued. Returns pool + 1, or 0. */
static __always_inline u32 inherit(struct task_struct *parent, struct task_struct *child, bool thread)
{
	u32 pool = pool_of(parent);
	if (!pool)
		return 0;
	u32 index = pool - 1;
	u32 *policy = bpf_map_lookup_elem(&policies, &index);
	if (!policy || (!thread && !(*policy & POLICY_CHILDREN)))
		return 0;
	struct worker_slot *slot = join(child, index, *policy & POLICY_THREADS, WORKER_BLOCKED);
	if (slot)
		slot->waker = parent->pid;
	return pool;
}

/* The state of a task that is not ours to stop: a switch that comes in between has already written the truth.
 * rq->curr and on_rq change before sched_switch is traced, on_cpu only after it. */
static __always_inline void seed_state(struct task_struct *task, struct worker_slot *slot)
{
	u32 state = WORKER_BLOCKED;
	if (task->__state || !task->on_rq) {
		slot->reason = block_reason(task, task->__state);
		slot->woken_ns = (slot->since_ns - 2) & ~WOKEN_IN_PLACE;
	} else if ((u64)task->se.cfs_rq->rq->curr == (u64)task) {
		state = WORKER_ONCPU;
	} else {
		state = task_throttled(task) ? WORKER_THROTTLED : WORKER_RUNQUEUE;
		slot->throttle_clock_ns = throttle_clock(task);
	}
	__sync_val_compare_and_swap(&slot->state, WORKER_UNSEEDED, state);
}

static __always_inline void assign(struct task_struct *task, u32 pool, bool worker)
{
	struct task_ctx *own = bpf_task_storage_get(&tasks, task, 0, 0);
	if (own && own->pool == pool && (own->slot != NO_SLOT) == worker)
		return;
	if (own)
		expel(task, false);
	if (pool == ASSIGN_NONE)
		return;
	struct worker_slot *slot = join(task, pool, worker, WORKER_UNSEEDED);
	if (slot)
		seed_state(task, slot);
}

#endif
