/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Each worker's last times off the CPU, so that what it did between two moments can be told afterwards. Written at the
 * switch-in by bpf/sched.bpf.c, read by bpf/request.bpf.c. One entry where requests are not measured. */
#ifndef POOLDRIFT_PAST_H
#define POOLDRIFT_PAST_H

#include "wire_sockets.h"

#define PAST_EPISODES 32 /* a power of two */
/* So often a worker's counters are marked; marks of the same level are twice as far apart as those of the one below. */
#define MARK_EVERY 16
#define MARK_LEVELS 6
#define MARKS_A_LEVEL 4
#define REGULAR_MARKS (MARK_LEVELS * MARKS_A_LEVEL)
/* Beside these, the ends of the last absences of at least so long: what follows is of another kind than what was before. */
#define LONG_MARKS 4 /* a power of two */
#define LONG_NS 1000000
#define MARKS (REGULAR_MARKS + LONG_MARKS)
#define MARKS_REACH (MARK_EVERY * (MARKS_A_LEVEL << (MARK_LEVELS - 1)))
/* Counters beside times are kept in ticks of 16 ns, modulo 2^32: 68 s. */
#define TICK_SHIFT 4
/* Two clocks may differ by a little: a difference of counters beyond 64.4 s is one below zero. */
#define BELOW_ZERO 0xf0000000

/* What the first part of an episode was, until its wait began; below: enum block_reason. */
#define EPISODE_THROTTLED BLOCK_REASONS
#define EPISODE_WAIT (BLOCK_REASONS + 1) /* preempted: all of it was a wait */
#define EPISODE_BORN (BLOCK_REASONS + 2) /* the thread was not there: `waker` started it */
#define EPISODE_KIND 0xff
#define EPISODE_BUSY 0x100 /* between the thread's reading of a request and its response */
/* Above: the thread that it woke last from a futex before it went off, or 0. PID_MAX_LIMIT is 2^22. */
#define EPISODE_WOKE_SHIFT 9

/* [out_ns, in_ns) on the scheduler's clock: blocked or throttled, then woken and waiting for waited_ns, of that queued_ns
 * on a run queue. Waits are cut at 4.29 s. */
struct episode {
	u64 out_ns;
	u64 in_ns;
	u32 waited_ns;
	u32 queued_ns;
	u32 kind;
	u32 waker;
};

/* A worker's counters when it came on the CPU at `at_ns`, or was woken, as ticks of each enum request_part. */
struct mark {
	u64 at_ns;       /* 0: none */
	u32 ticks[PARTS];
};

/* Touched by requests too: the last response of this thread, how often it began or ended one, and whether it has read one
 * and not responded since: EPISODE_BUSY or 0. `woke`: whom it woke last since it came on. */
struct past {
	u64 answered_ns;
	u32 touches;
	u32 busy;
	u32 woke;
	u32 starter;     /* thread that started this one, while the first mark is there; 0: not known */
	u32 longs;       /* long absences so far */
	u32 pad;
	struct episode episode[PAST_EPISODES];
	struct mark mark[MARKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct past);
} pasts SEC(".maps");

/* In bounds for the verifier as well. */
static __always_inline u32 reason_index(struct worker_slot *slot)
{
	u32 reason = slot->reason;
	return reason < BLOCK_REASONS ? reason : BLOCK_OTHER;
}

static __always_inline u32 cut_ns(u64 ns)
{
	return ns > 0xffffffff ? 0xffffffff : ns;
}

/* A worker's counters as parts, its open time on the CPU included: for the thread that runs. */
static __always_inline void counters_now(struct worker_slot *slot, u64 now, u64 *parts)
{
	parts[PART_QUEUE] = 0;
	parts[PART_ONCPU] = slot->oncpu_ns + (now - slot->since_ns);
	parts[PART_WAKEUP] = slot->wakeup_ns;
	parts[PART_RUNQUEUE] = slot->runqueue_ns;
	parts[PART_THROTTLED] = slot->throttled_ns;
	for (int i = 0; i < BLOCK_REASONS; i++)
		parts[PART_BLOCKED + i] = slot->blocked_ns[i];
}

/* The newest two stay in any case: every fourth of a level is written over, and its neighbours are of other levels. */
static __always_inline u32 mark_place(u32 number)
{
	u32 level = MARK_LEVELS - 1, shift = MARK_LEVELS - 1;
	for (int i = MARK_LEVELS - 2; i >= 0; i--)
		if (number & 1U << i)
			level = i, shift = i + 1;
	u32 place = level * MARKS_A_LEVEL + (number >> shift) % MARKS_A_LEVEL;
	asm volatile("" : "+r"(place)); /* or the compiler leaves out the bound, and the verifier does not see it */
	return place < REGULAR_MARKS ? place : 0;
}

/* Those of the place's last worker. */
static __noinline int forget_marks(struct past *past)
{
	for (int i = 0; past && i < MARKS; i++)
		past->mark[i].at_ns = 0;
	return 0;
}

static __noinline int mark_counters(struct past *past, struct worker_slot *slot, u32 place, u64 now)
{
	if (!past || !slot || place >= MARKS)
		return 0;
	struct mark *mark = &past->mark[place];
	u64 parts[PARTS];
	counters_now(slot, now, parts);
	mark->at_ns = now;
	for (int i = 0; i < PARTS; i++)
		mark->ticks[i] = parts[i] >> TICK_SHIFT;
	return 0;
}

/* The end of a long absence, the wait for a CPU not counted. */
static __noinline int mark_waking(struct past *past, struct worker_slot *slot, u64 now, u64 waited_ns, u64 queued_ns)
{
	if (!past || !slot)
		return 0;
	u32 place = REGULAR_MARKS + past->longs++ % LONG_MARKS;
	mark_counters(past, slot, place, now);
	struct mark *mark = &past->mark[place];
	mark->at_ns -= waited_ns;
	mark->ticks[PART_RUNQUEUE] -= (u32)(queued_ns >> TICK_SHIFT);
	mark->ticks[PART_WAKEUP] -= (u32)((waited_ns - queued_ns) >> TICK_SHIFT);
	return 0;
}

/* As take_slot() leaves the slot of a new thread. */
static __always_inline bool is_born(struct worker_slot *slot, u32 state, u64 out)
{
	return !slot->past_head && state == WORKER_BLOCKED && slot->woken_ns == (out | WOKEN_IN_PLACE);
}

/* The running thread wakes one that may have waited for it to hand on some work. */
static __always_inline void note_woken(struct worker_slot *woken, u32 waker)
{
	u64 *place = woken->reason == BLOCK_LOCK ? front_place(waker) : NULL;
	u32 index = place && *place >> 32 == waker ? (u32)*place : NO_SLOT;
	struct past *past = index == NO_SLOT ? NULL : bpf_map_lookup_elem(&pasts, &index);
	if (past)
		past->woke = woken->tid;
}

/* A worker came on at `now` that had gone off at `out`. */
static __always_inline void remember(u32 index, struct worker_slot *slot, u32 state, u64 out, u64 now, u64 waited_ns,
				     u64 queued_ns)
{
	struct past *past = bpf_map_lookup_elem(&pasts, &index);
	if (!past || state < WORKER_RUNQUEUE)
		return;
	u32 head = slot->past_head;
	struct episode *episode = &past->episode[head % PAST_EPISODES];
	episode->out_ns = out;
	episode->in_ns = now;
	episode->waited_ns = cut_ns(waited_ns);
	episode->queued_ns = cut_ns(queued_ns);
	u32 kind = state == WORKER_BLOCKED ? reason_index(slot) : state == WORKER_THROTTLED ? EPISODE_THROTTLED : EPISODE_WAIT;
	episode->kind = kind | past->busy | past->woke << EPISODE_WOKE_SHIFT;
	past->woke = 0;
	if (!head || head > MARKS_REACH)
		past->starter = 0;
	if (is_born(slot, state, out)) {
		past->starter = slot->waker;
		past->touches = past->busy = 0; /* its place's last worker's */
		past->answered_ns = 0;
		episode->out_ns = 0;
		episode->kind = EPISODE_BORN;
	}
	episode->waker = slot->waker;
	if (!head)
		forget_marks(past);
	if (head % MARK_EVERY == 0)
		mark_counters(past, slot, mark_place(head / MARK_EVERY), now);
	if ((s64)(now - waited_ns - out) > LONG_NS)
		mark_waking(past, slot, now, waited_ns, queued_ns);
	slot->past_head = head + 1;
}

#endif
