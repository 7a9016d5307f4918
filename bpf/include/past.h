/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Each worker's last times off the CPU, so that what it did between two moments can be told afterwards. Written at the
 * switch-in by bpf/sched.bpf.c, read by bpf/request.bpf.c. One entry where requests are not measured. */
#ifndef POOLDRIFT_PAST_H
#define POOLDRIFT_PAST_H

#define PAST_EPISODES 64

/* What the first part of an episode was, until its wait began; below: enum block_reason. */
#define EPISODE_THROTTLED BLOCK_REASONS
#define EPISODE_WAIT (BLOCK_REASONS + 1) /* preempted: all of it was a wait */
#define EPISODE_KIND 0xff
#define EPISODE_BUSY 0x100 /* between the thread's reading of a request and its response */

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

/* Touched by requests too: the last response of this thread, how often it began or ended one, and whether it has read one
 * and not responded since: EPISODE_BUSY or 0. */
struct past {
	u64 answered_ns;
	u32 touches;
	u32 busy;
	struct episode episode[PAST_EPISODES];
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
	episode->kind = kind | past->busy;
	episode->waker = slot->waker;
	slot->past_head = head + 1;
}

#endif
