/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Every difference between kernels and architectures, each with the version that made it. */
#ifndef POOLDRIFT_COMPAT_BPF_H
#define POOLDRIFT_COMPAT_BPF_H

/* sched_switch has prev_state as its fourth argument since 5.18 (9c2136be0878, "sched/tracing: Append prev_state to
 * tp args instead"). The loader reads the tracepoint's prototype; the other branch is dead code to the verifier. */
static __always_inline u32 switched_out_state(u64 *ctx, struct task_struct *prev)
{
	return constants.has_prev_state ? (u32)ctx[3] : prev->__state;
}

/* Throttled: each task carries it since 6.18 (task-based throttling); before, the run queue it is on knows
 * (untested: no such kernel here). */
static __always_inline bool task_throttled(struct task_struct *task)
{
	if (bpf_core_field_exists(task->throttled))
		return task->throttled;
	if (bpf_core_field_exists(task->se.cfs_rq->throttle_count))
		return task->se.cfs_rq->throttle_count != 0;
	return false;
}

/* How long the run queue that a task is on has been throttled with tasks on it, in all; since 6.6 ("sched: add throttled time stat for
 * throttled children"). 0: not told. */
static __always_inline u64 throttle_clock(struct task_struct *task)
{
	if (bpf_core_field_exists(task->se.cfs_rq->throttled_clock_self_time))
		return task->se.cfs_rq->throttled_clock_self_time;
	return 0;
}

/* Since 5.17 (e6f2dd0f8067, "bpf: Add bpf_loop helper"). */
static __always_inline bool has_loop(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop);
}

/* Since 5.6, where the kernel is built with it. The socket of TCP in one of MPTCP; for reads that may fail. */
static __always_inline struct sock *inside_mptcp(struct sock *sk)
{
	struct mptcp_sock *whole = (struct mptcp_sock *)sk;
	if (bpf_core_field_exists(whole->first))
		return BPF_CORE_READ(whole, first);
	return NULL;
}

static __always_inline bool speaks_mptcp(struct tcp_sock *tcp)
{
	return bpf_core_field_exists(tcp->is_mptcp) && tcp->is_mptcp;
}

/* The system call a task is in, and its first argument; negative: in none (an exception or interrupt from user mode). */
static __always_inline long syscall_number(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return (int)regs->orig_ax;
#else
	return regs->syscallno;
#endif
}

static __always_inline u64 syscall_first_argument(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->di;
#else
	return regs->orig_x0;
#endif
}

static __always_inline u64 syscall_second_argument(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->si;
#else
	return regs->regs[1];
#endif
}

/* 32-bit system calls have other numbers. x86: TS_COMPAT in thread_info.status (arch/x86/include/asm/thread_info.h). */
static __always_inline bool compat_syscall(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return task->thread_info.status & 2;
#else
	return false;
#endif
}

/* bpf_rdonly_cast: since 6.2 ("bpf: Add a kfunc for generic type cast"). It lets plain loads, 1 ns each, do
 * what three calls of bpf_probe_read_kernel, 8 ns each, do before. The only kernel type needed of it is one that holds
 * a struct file pointer at a known place: bpf_iter__task_file. */
extern void *bpf_rdonly_cast(const void *address, u32 type) __ksym __weak;

static __always_inline struct file *file_at(struct file **place)
{
	struct bpf_iter__task_file *around;
	struct file *file = NULL;
	if (bpf_rdonly_cast) {
		around = (void *)place - bpf_core_field_offset(struct bpf_iter__task_file, file);
		around = bpf_rdonly_cast(around, bpf_core_type_id_kernel(struct bpf_iter__task_file));
		return around->file;
	}
	bpf_probe_read_kernel(&file, sizeof(file), place);
	return file;
}

/* The reader takes a slot whose seq is even and unchanged. x86-64 keeps stores in order, the compiler must; elsewhere
 * an atomic with a fetched result is the only full barrier that a BPF program has before 6.15. Both ends are absolute:
 * two writers at once (a worker that leaves its pool while it switches) cannot turn odd and even round. */
static __always_inline void full_barrier(u32 *word)
{
#if defined(__TARGET_ARCH_x86)
	asm volatile("" ::: "memory");
#else
	volatile u32 was = __sync_fetch_and_add(word, 0);
	(void)was;
#endif
}

static __always_inline u32 slot_begin(u32 *seq)
{
	u32 odd = *seq | 1;
	*(volatile u32 *)seq = odd;
	full_barrier(seq);
	return odd;
}

static __always_inline void slot_end(u32 *seq, u32 odd)
{
	full_barrier(seq);
	*(volatile u32 *)seq = odd + 1;
}

#endif
