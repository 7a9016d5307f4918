/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Why a task went off the CPU by itself: from the system call it is in, without a system-call tracepoint. */
#ifndef POOLDRIFT_BLOCK_REASON_H
#define POOLDRIFT_BLOCK_REASON_H

#include "syscalls.h"

static __always_inline u32 inode_reason(struct inode *inode)
{
	u32 kind = inode->i_mode & S_IFMT;
	if (kind == S_IFSOCK)
		return BLOCK_NETWORK;
	if (kind == S_IFBLK || kind == S_IFDIR)
		return BLOCK_IO;
	/* Since 6.16 the inode of eventfd and its like is a regular file within the kernel. */
	if (kind == S_IFREG && inode->i_sb->s_magic != ANON_INODE_FS_MAGIC)
		return BLOCK_IO;
	return BLOCK_OTHER;
}

/* The file behind a descriptor. */
static __always_inline u32 file_reason(struct task_struct *task, u64 fd)
{
	if (!task->files)
		return BLOCK_OTHER;
	struct fdtable *table = task->files->fdt;
	if (fd >= table->max_fds)
		return BLOCK_OTHER;
	struct file *file = file_at(table->fd + fd);
	return file ? inode_reason(file->f_inode) : BLOCK_OTHER;
}

static __always_inline u32 block_reason(struct task_struct *task, u32 state)
{
	if (state & TASK_HALTED)
		return BLOCK_OTHER;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long number = syscall_number(regs);
	if (number < 0)
		return BLOCK_FAULT;
	u32 class = number < SYSCALLS && !compat_syscall(task) ? syscall_classes[number] : CLASS_PLAIN;
	switch (class) {
	case CLASS_LOCK:
		return BLOCK_LOCK;
	case CLASS_EPOLL:
		return BLOCK_EPOLL;
	case CLASS_NETWORK:
		return BLOCK_NETWORK;
	case CLASS_IO:
		return BLOCK_IO;
	case CLASS_SLEEP:
		return BLOCK_SLEEP;
	case CLASS_OTHER:
		return BLOCK_OTHER;
	}
	/* A disk is waited for uninterruptibly, a peer is not. */
	if (state & TASK_UNINTERRUPTIBLE)
		return BLOCK_IO;
	if (class == CLASS_FILE && !control.no_files)
		return file_reason(task, syscall_first_argument(regs));
	return BLOCK_OTHER;
}

#endif
