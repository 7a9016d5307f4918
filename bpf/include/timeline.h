/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a worker did between two moments: from its counters where it is the same worker at both, else from its past. */
#ifndef POOLDRIFT_TIMELINE_H
#define POOLDRIFT_TIMELINE_H

/* How soon after its last response an idle thread parks itself: a lock that it blocks on by then is no lock of the
 * request's, it waits for work. */
#define PARKED_NS 50000
/* A parked thread's wait is explained by the one who woke it; whom that one waited for, and so on. */
#define FOLLOWED 3

/* A walk from the newest episode back. All of [from, to) up to now is explained; times on the scheduler's clock. */
struct story {
	u64 from;
	u64 to;
	u64 parked_by;    /* a lock that the thread blocked on before this is where it waited for work */
	u64 own_from;     /* on-CPU time before it is another request's: queue */
	u64 parts[PARTS];
	u32 slot;
	u32 head;
	u32 waker;        /* who ended the wait for work; 0: nobody */
	u64 parked_from;  /* the wait for work: explained by its waker */
	u64 parked_to;
};

static __always_inline void tell(struct story *story, u32 part, u64 begin, u64 end)
{
	if ((s64)(begin - story->from) < 0)
		begin = story->from;
	if ((s64)(end - story->to) > 0)
		end = story->to;
	if ((s64)(end - begin) > 0 && part < PARTS)
		story->parts[part] += end - begin;
}

static __always_inline void tell_oncpu(struct story *story, u64 begin, u64 end)
{
	u64 own = story->own_from;
	if ((s64)(own - begin) > 0)
		tell(story, PART_QUEUE, begin, (s64)(own - end) < 0 ? own : end);
	if ((s64)(end - own) > 0)
		tell(story, PART_ONCPU, (s64)(own - begin) > 0 ? own : begin, end);
}

/* The on-CPU time after an episode, then the episode itself. True: `from` is reached. */
static __always_inline bool tell_episode(struct story *story, struct episode *episode)
{
	u64 out = episode->out_ns, in = episode->in_ns;
	u64 woken = in - episode->waited_ns, queued = in - episode->queued_ns;
	u32 kind = episode->kind;
	tell_oncpu(story, in, story->to);
	if ((s64)(in - story->to) < 0)
		story->to = in;
	tell(story, PART_RUNQUEUE, queued, in);
	tell(story, PART_WAKEUP, woken, queued);
	if (kind == BLOCK_LOCK && !story->waker && episode->waker && (s64)(out - story->parked_by) <= 0) {
		story->waker = episode->waker;
		story->parked_from = (s64)(out - story->from) > 0 ? out : story->from;
		story->parked_to = (s64)(woken - story->to) < 0 ? woken : story->to;
	} else if (kind != EPISODE_WAIT)
		tell(story, kind == EPISODE_THROTTLED ? PART_THROTTLED : PART_BLOCKED + kind, out, woken);
	if ((s64)(out - story->to) < 0)
		story->to = out;
	return (s64)(out - story->from) <= 0;
}

static long walk_episode(u32 i, struct story *story)
{
	struct past *past = bpf_map_lookup_elem(&pasts, &story->slot);
	return !past || tell_episode(story, &past->episode[(story->head - 1 - i) % PAST_EPISODES]);
}

static long walk_on(u32 i, struct story *story)
{
	return walk_episode(i + 1, story);
}

/* What lies before the oldest episode that is remembered stays untold: unexplained. */
static __always_inline void walk_past(struct story *story)
{
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &story->slot);
	if (!slot)
		return;
	u32 head = slot->past_head;
	story->head = head;
	if (!head)
		tell_oncpu(story, slot->since_ns, story->to);
	else if (!walk_episode(0, story) && has_loop())
		bpf_loop((head < PAST_EPISODES ? head : PAST_EPISODES) - 1, walk_on, story, 0);
}

/* NO_SLOT: no worker, or one whose place another has taken. */
static __always_inline u32 slot_by_tid(u32 tid)
{
	u64 *place = front_place(tid);
	return place && *place >> 32 == tid ? (u32)*place : NO_SLOT;
}

/* The whole story: where the thread waited for work, that of the one who brought it. `handler`: on-CPU time of those
 * others belongs to the request as well. */
static __always_inline void tell_all(struct story *story, bool handler)
{
	walk_past(story);
	for (int i = 0; i < FOLLOWED && story->waker; i++) {
		u32 slot = slot_by_tid(story->waker);
		if (slot == NO_SLOT)
			break;
		story->slot = slot;
		story->waker = 0;
		story->from = story->parked_by = story->parked_from;
		story->to = story->parked_to;
		story->own_from = handler ? story->from : story->to;
		walk_past(story);
	}
	if (story->waker) {
		story->from = story->parked_from;
		story->to = story->parked_to;
		tell(story, PART_BLOCKED + BLOCK_LOCK, story->from, story->to);
	}
}

static __always_inline bool on_cpu_since(struct worker_slot *slot, struct past *past, u64 from)
{
	u32 head = slot->past_head;
	return head && (s64)(past->episode[(head - 1) % PAST_EPISODES].in_ns - from) <= 0;
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

#endif
