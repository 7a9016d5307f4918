/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a task that blocks in a system call waits for. The numbers are the architecture's own. */
#ifndef POOLDRIFT_SYSCALLS_H
#define POOLDRIFT_SYSCALLS_H

#if defined(__TARGET_ARCH_x86)
#include <asm/unistd_64.h>
#else
#include <asm-generic/unistd.h>
#endif

/* CLASS_PLAIN: uninterruptible is io, else other. CLASS_FILE: the first argument is a descriptor that decides. */
enum syscall_class {
	CLASS_PLAIN = 0,
	CLASS_FILE,
	CLASS_LOCK,
	CLASS_EPOLL,
	CLASS_NETWORK,
	CLASS_IO,
	CLASS_SLEEP,
	CLASS_OTHER,
};

#define SYSCALLS 512

static const u8 syscall_classes[SYSCALLS] = {
	[__NR_read] = CLASS_FILE, [__NR_write] = CLASS_FILE, [__NR_readv] = CLASS_FILE, [__NR_writev] = CLASS_FILE,
	[__NR_pread64] = CLASS_FILE, [__NR_pwrite64] = CLASS_FILE, [__NR_preadv] = CLASS_FILE,
	[__NR_pwritev] = CLASS_FILE, [__NR_preadv2] = CLASS_FILE, [__NR_pwritev2] = CLASS_FILE,
	[__NR_sendfile] = CLASS_FILE, [__NR_splice] = CLASS_FILE, [__NR_ioctl] = CLASS_FILE,

	[__NR_futex] = CLASS_LOCK, [449 /* futex_waitv */] = CLASS_LOCK, [455 /* futex_wait */] = CLASS_LOCK,
	[__NR_flock] = CLASS_LOCK, [__NR_fcntl] = CLASS_LOCK, [__NR_semop] = CLASS_LOCK, [__NR_semtimedop] = CLASS_LOCK,
	/* mmap_lock */
	[__NR_mmap] = CLASS_LOCK, [__NR_munmap] = CLASS_LOCK, [__NR_mprotect] = CLASS_LOCK, [__NR_mremap] = CLASS_LOCK,
	[__NR_brk] = CLASS_LOCK, [__NR_madvise] = CLASS_LOCK,

	[__NR_epoll_pwait] = CLASS_EPOLL, [441 /* epoll_pwait2 */] = CLASS_EPOLL, [__NR_ppoll] = CLASS_EPOLL,
	[__NR_pselect6] = CLASS_EPOLL,
#ifdef __NR_epoll_wait
	[__NR_epoll_wait] = CLASS_EPOLL, [__NR_poll] = CLASS_EPOLL, [__NR_select] = CLASS_EPOLL,
#endif

	[__NR_recvfrom] = CLASS_NETWORK, [__NR_sendto] = CLASS_NETWORK, [__NR_recvmsg] = CLASS_NETWORK,
	[__NR_sendmsg] = CLASS_NETWORK, [__NR_recvmmsg] = CLASS_NETWORK, [__NR_sendmmsg] = CLASS_NETWORK,
	[__NR_accept] = CLASS_NETWORK, [__NR_accept4] = CLASS_NETWORK, [__NR_connect] = CLASS_NETWORK,
	[__NR_shutdown] = CLASS_NETWORK,

	[__NR_fsync] = CLASS_IO, [__NR_fdatasync] = CLASS_IO, [__NR_sync_file_range] = CLASS_IO, [__NR_sync] = CLASS_IO,
	[__NR_syncfs] = CLASS_IO, [__NR_msync] = CLASS_IO, [__NR_io_getevents] = CLASS_IO,
	[426 /* io_uring_enter */] = CLASS_IO, [__NR_fallocate] = CLASS_IO,

	[__NR_nanosleep] = CLASS_SLEEP, [__NR_clock_nanosleep] = CLASS_SLEEP,

	[__NR_wait4] = CLASS_OTHER, [__NR_waitid] = CLASS_OTHER, [__NR_clone] = CLASS_OTHER, [435 /* clone3 */] = CLASS_OTHER,
	[__NR_exit] = CLASS_OTHER, [__NR_exit_group] = CLASS_OTHER, [__NR_rt_sigsuspend] = CLASS_OTHER,
	[__NR_rt_sigtimedwait] = CLASS_OTHER, [__NR_ptrace] = CLASS_OTHER,
#ifdef __NR_vfork
	[__NR_vfork] = CLASS_OTHER, [__NR_fork] = CLASS_OTHER, [__NR_pause] = CLASS_OTHER,
#endif
};

#endif
