/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Who ran while a worker waited: each CPU records who came on; a worker that comes on walks back over its wait. */
#ifndef POOLDRIFT_THIEVES_H
#define POOLDRIFT_THIEVES_H

#define RUN_UNKNOWN 0
#define PROBES 8

static __always_inline u32 run_key(struct task_struct *task, u32 pool)
{
	if (task->flags & PF_KTHREAD)
		return task->pid ? THIEF_SET | THIEF_KTHREAD : THIEF_SET;
	return THIEF_SET | pool << THIEF_POOL_SHIFT | task->tgid;
}

static __always_inline void record_run(struct cpu_cell *cell, u32 key, u64 now)
{
	if (key == cell->last_key)
		return;
	u32 head = cell->head;
	struct cpu_run *run = &cell->run[head % RUN_ENTRIES];
	run->start_ns = now;
	run->key = key;
	cell->last_key = key;
	cell->head = head + 1;
}

/* Nobody's pool has been active here for long: strangers go free again. The gap is marked. */
static __always_inline void disarm(struct cpu_cell *cell, u64 now)
{
	record_run(cell, RUN_UNKNOWN, now);
	cell->armed = 0;
}

/* Recording stopped here; whoever leaves now had the CPU since its arrival. */
static __always_inline void rearm(struct cpu_cell *cell, struct task_struct *prev, u32 pool, u64 now)
{
	u64 arrived = prev->pid ? prev->sched_info.last_arrival : now;
	cell->armed = ARMED;
	cell->quiet_from = cell->head;
	cell->last_key = 0;
	record_run(cell, run_key(prev, pool), arrived);
}

static __always_inline bool claim(struct thief_entry *entry, u32 key)
{
	if (entry->key == key)
		return true;
	if (entry->key)
		return false;
	if (constants.shared_stripes)
		return !__sync_val_compare_and_swap(&entry->key, 0, key);
	entry->key = key;
	return true;
}

static __always_inline void add_theft(struct thief_table *table, u32 key, u64 ns)
{
	if (key == RUN_UNKNOWN) {
		add_ns(&table->unknown_ns, ns);
		return;
	}
	u32 place = (key * 0x9e3779b1U) >> 26;
	for (u32 i = 0; i < PROBES; i++) {
		struct thief_entry *entry = &table->entry[(place + i) % THIEF_SLOTS];
		if (claim(entry, key)) {
			add_ns(&entry->stolen_ns, ns);
			return;
		}
	}
	add_ns(&table->other_ns, ns);
}

struct walk {
	u32 cpu;
	u32 pool;
	u32 head;
	u32 epoch;
	u64 begin;
	u64 end;
};

/* One run, newest first; what is left of the wait ends where this run began. */
static long walk_run(u32 i, struct walk *walk)
{
	struct cpu_cell *cell = bpf_map_lookup_elem(&cells, &walk->cpu);
	struct pool_stripe *stripe = stripe_of(walk->pool);
	if (!cell || !stripe)
		return 1;
	struct cpu_run *run = &cell->run[(walk->head - 1 - i) % RUN_ENTRIES];
	u64 start = run->start_ns;
	if ((s64)(start - walk->end) >= 0)
		return 0;
	if ((s64)(start - walk->begin) <= 0)
		start = walk->begin;
	add_theft(&stripe->thieves[walk->epoch & 1], run->key, walk->end - start);
	walk->end = start;
	return start == walk->begin;
}

/* The wait [begin, end) of one of the pool's workers on one CPU, by who ran there. */
static __always_inline void account_theft(struct pool_stripe *stripe, struct cpu_cell *cell, u32 cpu, u32 pool, u64 begin,
					  u64 end)
{
	u32 epoch = control.epoch & 1;
	struct thief_table *table = &stripe->thieves[epoch];
	if ((s64)(end - begin) <= 0)
		return;
	if (!cell->armed) {
		add_ns(&table->unknown_ns, end - begin);
		return;
	}
	struct cpu_run *newest = &cell->run[(cell->head - 1) % RUN_ENTRIES];
	if ((s64)(newest->start_ns - begin) <= 0) {
		add_theft(table, newest->key, end - begin);
		return;
	}
	struct walk walk = { .cpu = cpu, .pool = pool, .head = cell->head, .epoch = epoch, .begin = begin, .end = end };
	if (has_loop())
		bpf_loop(cell->head < WALK_ENTRIES ? cell->head : WALK_ENTRIES, walk_run, &walk, 0);
	add_ns(&table->unknown_ns, walk.end - begin);
}

#endif
