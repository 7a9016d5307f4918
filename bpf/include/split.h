/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The split of a request's time, by the worker that read it and the one that answers. */
#ifndef POOLDRIFT_SPLIT_H
#define POOLDRIFT_SPLIT_H

/* From the last arrival to the read of it. Out of line: the busy thread's way needs none of it. */
static __noinline int tell_reader(struct request *request, u32 slot, u64 from, u64 to)
{
	struct past *past = bpf_map_lookup_elem(&pasts, &slot);
	struct story *story = story_of(READING);
	if (!story || !past)
		return 0;
	__builtin_memset(story, 0, __builtin_offsetof(struct story, idle));
	story->slot = slot;
	story->from = from;
	story->to = story->own_from = to;
	story->answered_ns = past->answered_ns;
	u32 sender = request->sender;
	struct worker_slot *holder = request->count && sender != slot ? bpf_map_lookup_elem(&slots, &sender) : NULL;
	if (holder)
		story->holder = holder->tid;
	tell_all(story, READING);
	for (int i = 0; i < PARTS; i++)
		request->told[i] = story->parts[i] >> TICK_SHIFT;
	return 0;
}

/* The same without a story, where the last episodes reach back to the arrival and are simple. */
struct short_story {
	struct request *request;
	struct past *past;
	u64 from;
	u64 to;          /* `from`: all is told */
	u32 head;
	u32 pad;
};

/* One episode, and the time on the CPU after it. 1: the end, or one for a walk. */
static long tell_shortly(u32 i, struct short_story *story)
{
	struct episode *episode = &story->past->episode[(story->head - 1 - i) % PAST_EPISODES];
	u32 *told = story->request->told, kind = episode->kind & EPISODE_KIND;
	u64 out = later(episode->out_ns, story->from), in = later(episode->in_ns, story->from);
	u64 queued = later(in - episode->queued_ns, out), woken = later(in - episode->waited_ns, out);
	told[PART_QUEUE] += (story->to - in) >> TICK_SHIFT;
	told[PART_RUNQUEUE] += (in - queued) >> TICK_SHIFT;
	told[PART_WAKEUP] += (queued - woken) >> TICK_SHIFT;
	if (kind != EPISODE_WAIT && in != story->from) {
		if (kind == BLOCK_LOCK || kind >= BLOCK_REASONS || (kind == BLOCK_EPOLL && woken - out > EPOLL_AWAKE_NS))
			return 1;
		told[PART_BLOCKED + kind] += (woken - out) >> TICK_SHIFT;
	}
	story->to = out;
	return out == story->from;
}

static __always_inline bool is_short(struct request *request, struct past *past, u32 head, u64 from, u64 to)
{
	struct short_story story = { .request = request, .past = past, .from = from, .to = to, .head = head };
	if (has_loop())
		bpf_loop(head < PAST_EPISODES ? head : PAST_EPISODES - 1, tell_shortly, &story, 0);
	return story.to == from;
}

static __always_inline void begin_reading(struct request *request, struct task_struct *task)
{
	u32 index = request->reader;
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct past *past = bpf_map_lookup_elem(&pasts, &index);
	__builtin_memset(request->told, 0, sizeof(request->told));
	if (!slot || !past)
		return;
	u64 last = *(volatile u64 *)&request->last_ns;
	if ((s64)(last - request->read_ns) > 0)
		last = request->read_ns;
	u64 offset = control.clock_offset, from = last + offset;
	settle_running(index, slot, task);
	if ((s64)(slot->since_ns - offset - request->read_ns) > 0) /* preempted since: it has read by now */
		request->read_ns = slot->since_ns - offset;
	if (on_cpu_since(slot, from))
		request->told[PART_QUEUE] = (request->read_ns - last) >> TICK_SHIFT;
	else if (!is_short(request, past, slot->past_head, from, request->read_ns + offset))
		tell_reader(request, index, from, request->read_ns + offset);
	/* Until its last bytes came the request waited for its client, whatever the worker did. */
	request->told[PART_BLOCKED + BLOCK_NETWORK] += (last - request->arrived_ns) >> TICK_SHIFT;
	u64 counters[PARTS];
	counters_now(slot, request->read_ns + offset, counters);
	for (int i = 0; i < PARTS; i++)
		request->delta[i] = request->told[i] - (u32)(counters[i] >> TICK_SHIFT);
	request->touches = ++past->touches;
	past->busy = EPISODE_BUSY;
}

/* The parts of a request that the same worker read and answers now; mostly it has not left the CPU meanwhile. */
static __always_inline void tell_own(u64 *parts, struct request *request, struct worker_slot *slot, u64 now, u64 offset)
{
	u64 read = request->read_ns + offset;
	if (on_cpu_since(slot, read)) {
		for (int i = 0; i < PARTS; i++)
			parts[i] = (u64)request->told[i] << TICK_SHIFT;
		parts[PART_ONCPU] += now - read;
		return;
	}
	counters_now(slot, now, parts);
	for (int i = 0; i < PARTS; i++) {
		u32 ticks = request->delta[i] + (u32)(parts[i] >> TICK_SHIFT);
		parts[i] = ticks > BELOW_ZERO ? 0 : (u64)ticks << TICK_SHIFT;
	}
}

/* The parts of a request that another thread has read, or nobody by a system call that is seen: the reader's until it
 * had read, then the sender's. */
static __noinline int tell_moved(struct request *request, u32 sender, u64 now, u64 offset)
{
	struct story *story = story_of(SENDING);
	struct past *past = bpf_map_lookup_elem(&pasts, &sender);
	u32 reader = request->reader;
	struct worker_slot *reading = bpf_map_lookup_elem(&slots, &reader);
	if (!story || !past)
		return 0;
	__builtin_memset(story, 0, __builtin_offsetof(struct story, idle));
	story->reader = !request->read_ns ? 0 : reading ? reading->tid : READER_UNKNOWN;
	story->slot = sender;
	story->from = (request->read_ns ? request->read_ns : request->arrived_ns) + offset;
	story->to = now;
	story->own_from = story->answered_ns = past->answered_ns;
	story->handler = story->reader;
	tell_all(story, SENDING);
	for (int i = 0; i < PARTS && request->read_ns; i++)
		story->parts[i] += (u64)request->told[i] << TICK_SHIFT;
	return 0;
}

/* The parts of [arrival, now]. True: the sender has had to do with other requests meanwhile. */
static __always_inline bool tell_request(u64 *parts, struct request *request, struct task_struct *task, u32 sender, bool moved,
					 u64 now)
{
	struct worker_slot *slot = bpf_map_lookup_elem(&slots, &sender);
	struct past *past = bpf_map_lookup_elem(&pasts, &sender);
	if (!slot || !past)
		return false;
	u64 offset = control.clock_offset;
	bool shared = moved ? past->busy : past->touches != request->touches;
	settle_running(sender, slot, task);
	struct story *story = moved ? story_of(SENDING) : NULL;
	if (!moved)
		tell_own(parts, request, slot, now + offset, offset);
	else if (story) {
		tell_moved(request, sender, now + offset, offset);
		__builtin_memcpy(parts, story->parts, sizeof(story->parts));
	}
	past->touches++;
	past->busy = 0;
	past->answered_ns = now + offset;
	return shared;
}

#endif
