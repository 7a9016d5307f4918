/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Who is a worker of which pool: maps of bpf/sched.bpf.c that the other objects are given. Sizes marked 1 are set by the
 * loader. */
#ifndef POOLDRIFT_POOL_MAPS_H
#define POOLDRIFT_POOL_MAPS_H

#define NO_SLOT 0xffffffff
/* Set in woken_ns where the worker was woken on the one CPU that it may use: it is queued there at once (ttwu_queue_cond()
 * in kernel/sched/core.c), so the kernel's own time of queueing is the time, and a look at a clock, 40 ns, is saved. */
#define WOKEN_IN_PLACE 1ULL

const volatile struct sched_constants constants SEC(".rodata.constants");
struct sched_control control SEC(".data.control");

/* Which slot a task has; the kernel frees it with its task. */
struct task_ctx {
	u32 slot;        /* NO_SLOT: a member of the pool that is no worker */
	u32 pool;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} tasks SEC(".maps");

#define MAPPED_ARRAY(name, value_type)                 \
	struct {                                       \
		__uint(type, BPF_MAP_TYPE_ARRAY);      \
		__uint(map_flags, BPF_F_MMAPABLE);     \
		__uint(max_entries, 1);                \
		__type(key, u32);                      \
		__type(value, value_type);             \
	} name SEC(".maps")

MAPPED_ARRAY(slots, struct worker_slot);
MAPPED_ARRAY(pool_stripes, struct pool_stripe); /* pool * stripes + stripe */

/* tid << 32 | slot at tid & front_mask, before the task storage: 3 ns where that takes 14. The later of two tasks that
 * share a place has it, the other is found in its storage. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} front SEC(".maps");

static __always_inline u64 rq_clock(struct task_struct *task)
{
	return task->se.cfs_rq->rq->clock;
}

/* rq->clock outside a switch, where the run queue's own may be stale. */
static __always_inline u64 host_clock(void)
{
	return bpf_ktime_get_ns() + control.clock_offset;
}

static __always_inline u64 *front_place(u32 tid)
{
	u32 index = tid & constants.front_mask;
	return bpf_map_lookup_elem(&front, &index);
}

/* NO_SLOT: no worker. For tasks that have some storage, ours or another program's. */
static __always_inline u32 slot_index(struct task_struct *task)
{
	u32 tid = task->pid;
	u64 *entry = front_place(tid);
	if (entry && *entry >> 32 == tid)
		return (u32)*entry;
	struct task_ctx *own = bpf_task_storage_get(&tasks, task, 0, 0);
	return own ? own->slot : NO_SLOT;
}

/* NO_SLOT: no worker. */
static __always_inline u32 worker_index(struct task_struct *task)
{
	return task->bpf_storage ? slot_index(task) : NO_SLOT;
}

/* NULL: no worker. */
static __always_inline struct worker_slot *worker_of(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	u32 index = slot_index(task);
	return bpf_map_lookup_elem(&slots, &index);
}

/* Pool + 1, or 0. */
static __always_inline u32 pool_of(struct task_struct *task)
{
	struct task_ctx *own = task->bpf_storage ? bpf_task_storage_get(&tasks, task, 0, 0) : NULL;
	return own ? own->pool + 1 : 0;
}

static __always_inline struct pool_stripe *stripe_of(u32 pool)
{
	u32 index = pool * (constants.stripe_mask + 1) + (bpf_get_smp_processor_id() & constants.stripe_mask);
	return bpf_map_lookup_elem(&pool_stripes, &index);
}

static __always_inline void add_ns(u64 *sum, u64 ns)
{
	if (constants.shared_stripes)
		__sync_fetch_and_add(sum, ns);
	else
		*sum += ns;
}

#endif
