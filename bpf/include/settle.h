/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Workers whose switch never reached us: some kernels make a few that no tracepoint tells of. */
#ifndef POOLDRIFT_SETTLE_H
#define POOLDRIFT_SETTLE_H

static __always_inline void account_unknown(struct pool_stripe *stripe, u64 ns)
{
	add_ns(&stripe->thieves[control.epoch & 1].unknown_ns, ns);
}

/* Closes the open interval at `at`, where no switch does: what a wait was spent on is not known then. */
static __always_inline void settle(struct worker_slot *slot, u64 at)
{
	u64 ns = at - slot->since_ns;
	u64 before = slot->runqueue_ns;
	if ((s64)ns < 0)
		return;
	if (slot->state == WORKER_BLOCKED) {
		u64 waited_ns = at - slot->woken_ns;
		if (waited_ns > ns) /* not woken since */
			waited_ns = 0;
		slot->blocked_ns[reason_index(slot)] += ns - waited_ns;
		slot->runqueue_ns += waited_ns;
	} else if (slot->state == WORKER_RUNQUEUE)
		slot->runqueue_ns += ns;
	else if (slot->state == WORKER_THROTTLED)
		slot->throttled_ns += ns;
	else if (slot->state == WORKER_ONCPU)
		slot->oncpu_ns += ns;
	slot->since_ns = at;
	struct pool_stripe *stripe = stripe_of(slot->pool);
	if (stripe && slot->runqueue_ns != before)
		account_unknown(stripe, slot->runqueue_ns - before);
}

/* The thread that runs, with preemption off, looks as if it were off the CPU: it came on when the kernel says it did. */
static __always_inline void settle_running(u32 index, struct worker_slot *slot, struct task_struct *task)
{
	u32 state = slot->state;
	u64 since = slot->since_ns, arrival = task->sched_info.last_arrival;
	if (state < WORKER_RUNQUEUE || (s64)(arrival - since) < 0)
		return;
	u64 waited_ns = state == WORKER_RUNQUEUE ? arrival - since : 0;
	if (state == WORKER_BLOCKED && (s64)(slot->woken_ns - since) > 0 && (s64)(arrival - slot->woken_ns) > 0)
		waited_ns = arrival - slot->woken_ns;
	u32 seq = slot_begin(&slot->seq);
	settle(slot, arrival);
	slot->state = WORKER_ONCPU;
	slot_end(&slot->seq, seq);
	remember(index, slot, state, since, arrival, waited_ns, waited_ns);
}

#endif
