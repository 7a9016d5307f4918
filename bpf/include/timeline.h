/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a worker did between two moments: from its counters where it is the same worker at both, else from its past. */
#ifndef POOLDRIFT_TIMELINE_H
#define POOLDRIFT_TIMELINE_H

#include "marks.h"

/* An idle thread's wait is explained by the one who woke it; whom that one waited for, and so on. */
#define FOLLOWED 48
#define IDLES 16 /* a power of two */
/* A thread in epoll is woken as soon as a request arrives, but where another must ask again for its connection first: the
 * one who answered on it last, as a rule. */
#define EPOLL_AWAKE_NS 20000
/* Who read a request: somebody outside the pool. */
#define READER_UNKNOWN 0xffffffff

/* A wait for work, [from, to). */
struct idle {
	u64 from;
	u64 to;
	u32 waker;
	u32 kind;         /* enum block_reason */
};

/* A walk from the newest episode back. All of [from, to) up to now is explained; times on the scheduler's clock. */
struct story {
	u64 from;
	u64 to;
	u64 own_from;     /* on-CPU time before it is another request's: queue */
	u64 answered_ns;  /* the thread's last response: before it, it may have been busy with other requests */
	u64 parts[PARTS];
	u32 slot;
	u32 head;
	u32 reader;       /* thread that has read the request by `from` and hands it over; 0: nobody has read it */
	u32 handler;      /* thread whose on-CPU time belongs to the request as well, for it brought it */
	u32 holder;       /* thread that answered the connection's last request, if it is not this one */
	u32 idles;
	u32 asked;        /* whose story it is where another waited for him, else 0 */
	u32 pad;
	struct idle idle[IDLES];
};

/* In a map, not on the stack: there the verifier would follow every value it might take. One for each program, which
 * never runs twice at once on a CPU. */
enum teller { READING = 0, SENDING = 1, TELLERS = 2 };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TELLERS);
	__type(key, u32);
	__type(value, struct story);
} stories SEC(".maps");

static __always_inline struct story *story_of(u32 teller)
{
	return bpf_map_lookup_elem(&stories, &teller);
}

static __always_inline u64 later(u64 a, u64 b)
{
	return (s64)(a - b) > 0 ? a : b;
}

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

/* Where the thread waits for work, and not for what another request needs: who tells more, else 0. Before this request is
 * read it waits wherever it is idle; afterwards, where it waits for the one who hands it over. One who has handed it over
 * and idles in epoll again waits for whom he woke to come on. */
static __always_inline u32 who_tells(struct story *story, struct episode *episode, u64 from, u64 to)
{
	u64 out = episode->out_ns;
	u32 kind = episode->kind & EPISODE_KIND, waker = episode->waker, woke = episode->kind >> EPISODE_WOKE_SHIFT;
	bool before = (s64)(out - story->answered_ns) < 0, since = (s64)(out - story->from) <= 0;
	if (kind == EPISODE_BORN)
		return waker;
	if (kind == BLOCK_EPOLL) {
		if (story->reader || to - from <= EPOLL_AWAKE_NS)
			return 0;
		if (story->asked && !since && woke)
			return woke;
		return story->holder && story->holder != story->asked ? story->holder : waker;
	}
	if (kind != BLOCK_LOCK)
		return 0;
	if (story->reader)
		return waker == story->reader || (!before && since) ? waker : 0;
	return !before || !(episode->kind & EPISODE_BUSY) ? waker : 0;
}

static __always_inline void put_aside(struct story *story, u64 from, u64 to, u32 teller, u32 kind)
{
	struct idle *idle = &story->idle[story->idles++ % IDLES];
	idle->from = from;
	idle->to = to;
	idle->waker = teller;
	idle->kind = kind;
}

/* [out, woken) of an episode: told, or left to the waker. */
static __always_inline void tell_absence(struct story *story, struct episode *episode, u64 woken)
{
	u64 from = episode->out_ns, to = woken;
	u32 kind = episode->kind & EPISODE_KIND, teller;
	if ((s64)(from - story->from) < 0)
		from = story->from;
	if ((s64)(to - story->to) > 0)
		to = story->to;
	if (kind == EPISODE_WAIT || (s64)(to - from) <= 0)
		return;
	if (kind == EPISODE_THROTTLED)
		story->parts[PART_THROTTLED] += to - from;
	else if (story->idles < IDLES && (teller = who_tells(story, episode, from, to))) {
		put_aside(story, from, to, teller, kind);
	} else if (kind < BLOCK_REASONS)
		story->parts[PART_BLOCKED + kind] += to - from;
}

/* The on-CPU time after an episode, then the episode itself. True: `from` is reached. */
static __always_inline bool tell_episode(struct story *story, struct episode *episode)
{
	u64 out = episode->out_ns, in = episode->in_ns;
	u64 woken = in - episode->waited_ns, queued = in - episode->queued_ns;
	tell_oncpu(story, in, story->to);
	if ((s64)(in - story->to) < 0)
		story->to = in;
	tell(story, PART_RUNQUEUE, queued, in);
	tell(story, PART_WAKEUP, woken, queued);
	tell_absence(story, episode, woken);
	if ((s64)(out - story->to) < 0)
		story->to = out;
	return (s64)(out - story->from) <= 0;
}

static __always_inline bool walk_episode(struct story *story, u32 i)
{
	u32 slot = story->slot;
	struct past *past = bpf_map_lookup_elem(&pasts, &slot);
	return !past || tell_episode(story, &past->episode[(story->head - 1 - i) % PAST_EPISODES]);
}

static long walk_on(u32 i, u32 *teller)
{
	struct story *story = story_of(*teller);
	return !story || walk_episode(story, i + 1);
}

/* [from, to) by the marks. What lies before the oldest one stays untold, unexplained, but where the thread was not there
 * yet. On-CPU time from `own_from` on is the request's own, as near as can be. */
static __noinline int tell_coarsely(struct story *story, u32 teller, u64 from, u64 to)
{
	if (!story)
		return 0;
	u32 index = story->slot;
	struct past *past = bpf_map_lookup_elem(&pasts, &index);
	struct edge *begin = edge_at(2 * teller, index, from), *end = edge_at(2 * teller + 1, index, to);
	if (!begin || !end || !past)
		return 0;
	u64 marked = begin->at;
	if ((s64)(marked - from) > 0 && past->starter && story->idles < IDLES)
		put_aside(story, from, (s64)(to - marked) > 0 ? marked : to, past->starter, BLOCK_OTHER);
	if ((s64)(to - marked) <= 0)
		return 0;
	for (int i = 0; i < PARTS; i++) {
		u64 ns = (u64)(u32)(end->ticks[i] - begin->ticks[i]) << TICK_SHIFT;
		bool queue = i == PART_ONCPU && (s64)(story->own_from - marked) > 0;
		if (ns <= to - marked) /* or the worker has written meanwhile */
			story->parts[queue ? PART_QUEUE : i] += ns;
	}
	return 0;
}

/* The time off the CPU that has not ended: of a thread whose waking or coming on never reached us. */
static __always_inline void tell_open(struct story *story, struct worker_slot *slot)
{
	u64 since = slot->since_ns, woken = slot->woken_ns;
	u32 state = slot->state;
	if (state < WORKER_RUNQUEUE || (s64)(story->to - since) <= 0)
		return;
	if (state == WORKER_BLOCKED && (s64)(woken - since) > 0) {
		tell(story, PART_BLOCKED + reason_index(slot), since, woken);
		since = woken;
		state = WORKER_RUNQUEUE;
	}
	if (state == WORKER_BLOCKED)
		tell(story, PART_BLOCKED + reason_index(slot), since, story->to);
	else
		tell(story, state == WORKER_THROTTLED ? PART_THROTTLED : PART_RUNQUEUE, since, story->to);
	story->to = slot->since_ns;
}

/* The episodes since the last mark but one, then the marks. */
static __noinline int walk_past(struct story *story, u32 teller)
{
	if (!story)
		return 0;
	u32 index = story->slot;
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct past *past = bpf_map_lookup_elem(&pasts, &index);
	if (!slot || !past)
		return 0;
	tell_open(story, slot);
	u64 from = story->from, to = story->to, marked = 0;
	u32 head = slot->past_head, last = (head - 1) / MARK_EVERY;
	story->head = head;
	if (!head) {
		tell_oncpu(story, slot->since_ns, to);
		return 0;
	}
	if (last)
		marked = past->mark[mark_place(last - 1)].at_ns;
	if ((s64)(marked - from) > 0)
		story->from = marked;
	if (!walk_episode(story, 0) && has_loop())
		bpf_loop((head < PAST_EPISODES ? head : PAST_EPISODES) - 1, walk_on, &teller, 0);
	if ((s64)(marked - from) > 0)
		tell_coarsely(story, teller, from, (s64)(marked - to) < 0 ? marked : to);
	return 0;
}

/* NO_SLOT: no worker, or one whose place another has taken. */
static __always_inline u32 slot_by_tid(u32 tid)
{
	u64 *place = front_place(tid);
	return place && *place >> 32 == tid ? (u32)*place : NO_SLOT;
}

/* A wait for work is told by what the one who ended it did meanwhile; where that is a stranger, by its name. */
static long tell_idle(u32 i, u32 *teller)
{
	struct story *story = story_of(*teller);
	if (!story || !story->idles)
		return 1;
	struct idle *idle = &story->idle[--story->idles % IDLES];
	u32 slot = i < FOLLOWED ? slot_by_tid(idle->waker) : NO_SLOT, kind = idle->kind;
	if (slot == NO_SLOT) {
		if (kind < BLOCK_REASONS)
			story->parts[PART_BLOCKED + kind] += idle->to - idle->from;
		return 0;
	}
	story->slot = slot;
	story->from = idle->from;
	story->to = idle->to;
	story->own_from = idle->waker == story->handler ? story->from : story->to;
	story->answered_ns = story->reader = 0;
	story->asked = idle->waker;
	walk_past(story, *teller);
	return 0;
}

/* The whole story: where the thread waited for work, that of the one who brought it. */
static __always_inline void tell_all(struct story *story, u32 teller)
{
	walk_past(story, teller);
	if (story->idles && has_loop())
		bpf_loop(FOLLOWED + IDLES, tell_idle, &teller, 0);
}

static __always_inline bool on_cpu_since(struct worker_slot *slot, u64 from)
{
	return slot->state == WORKER_ONCPU && (s64)(slot->since_ns - from) <= 0;
}

#endif
