/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Process events to user space: the one place that reserves and submits, every refusal counted. */
#ifndef POOLDRIFT_EVENTS_H
#define POOLDRIFT_EVENTS_H

static __always_inline void fill_event(struct process_event *event, u32 kind, struct task_struct *task, u32 pool,
				       const char *comm)
{
	event->kind = kind;
	event->tid = task->pid;
	event->tgid = task->tgid;
	event->parent_tgid = task->real_parent->tgid;
	event->cgroup_id = task->sched_task_group->css.cgroup->kn->id;
	event->at_ns = bpf_ktime_get_ns();
	event->pool = pool;
	event->pad = 0;
	__builtin_memset(event->comm, 0, sizeof(event->comm));
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), comm);
}

static __always_inline void emit(void *ctx, u32 kind, struct task_struct *task, u32 pool, const char *comm)
{
	__sync_fetch_and_add(&control.events_produced, 1);
	if (constants.perf_ring) {
		struct process_event copy;
		fill_event(&copy, kind, task, pool, comm);
		if (bpf_perf_event_output(ctx, &perf_events, BPF_F_CURRENT_CPU, &copy, sizeof(copy)))
			__sync_fetch_and_add(&control.events_lost, 1);
		return;
	}
	struct process_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&control.events_lost, 1);
		return;
	}
	fill_event(event, kind, task, pool, comm);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

#endif
