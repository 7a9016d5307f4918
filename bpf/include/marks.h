/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a worker did before the episodes that are remembered one by one: by the marks of its counters, in proportion where a
 * moment lies between two. */
#ifndef POOLDRIFT_MARKS_H
#define POOLDRIFT_MARKS_H

/* A moment of a worker's past, and its counters then. */
struct edge {
	u64 at;
	u64 below_ns;    /* 0: none so old */
	u64 above_ns;
	u32 below;       /* places of these marks */
	u32 above;
	u32 slot;
	u32 pad;
	u32 ticks[PARTS];
};

/* From, to; in a map for the verifier's sake, as are stories. One pair for each program. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, struct edge);
} edges SEC(".maps");

static long look_at_mark(u32 i, u32 *which)
{
	u32 index = *which;
	struct edge *edge = bpf_map_lookup_elem(&edges, &index);
	if (!edge)
		return 1;
	struct past *past = bpf_map_lookup_elem(&pasts, &edge->slot);
	if (!past)
		return 1;
	u64 at = i < MARKS ? past->mark[i].at_ns : 0;
	if (!at)
		return 0;
	if ((s64)(at - edge->at) <= 0 && at > edge->below_ns) {
		edge->below_ns = at;
		edge->below = i;
	}
	if ((s64)(at - edge->at) >= 0 && (!edge->above_ns || at < edge->above_ns)) {
		edge->above_ns = at;
		edge->above = i;
	}
	return 0;
}

/* Before the oldest mark: the counters of that. False: there is no mark at all. */
static __noinline int find_edge(u32 which, u32 slot, u64 at)
{
	struct edge *edge = bpf_map_lookup_elem(&edges, &which);
	struct past *past = bpf_map_lookup_elem(&pasts, &slot);
	if (!edge || !past)
		return false;
	edge->at = at;
	edge->below_ns = edge->above_ns = 0;
	edge->below = edge->above = 0;
	edge->slot = slot;
	bpf_loop(MARKS, look_at_mark, &which, 0);
	u32 high = edge->above, low = edge->below;
	if (high >= MARKS || low >= MARKS)
		return false;
	struct mark *above = &past->mark[high], *below = &past->mark[low];
	u64 span = (edge->above_ns - edge->below_ns) >> TICK_SHIFT, part = (at - edge->below_ns) >> TICK_SHIFT;
	if (!edge->above_ns)
		return false;
	for (int i = 0; i < PARTS; i++) {
		u64 grown = above->ticks[i] - below->ticks[i];
		if (!edge->below_ns)
			edge->ticks[i] = above->ticks[i];
		else
			edge->ticks[i] = below->ticks[i] + (span ? grown * part / span : 0);
	}
	if (!edge->below_ns)
		edge->at = edge->above_ns;
	return true;
}

static __always_inline struct edge *edge_at(u32 which, u32 slot, u64 at)
{
	return find_edge(which, slot, at) ? bpf_map_lookup_elem(&edges, &which) : NULL;
}

#endif
