/* SPDX-License-Identifier: Apache-2.0 */
/* Page faults that block for a given time: another thread serves them (userfaultfd). */
#ifndef FAULTS_H
#define FAULTS_H

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "workload.h"

static int fault_fd = -1;
static atomic_long fault_us;
static __thread volatile char *fault_page;

/* Blocks the caller for fault_us. */
static inline void fault_in(void)
{
	long bytes = sysconf(_SC_PAGESIZE);

	if (!fault_page) {
		fault_page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct uffdio_register range = { .range = { (unsigned long)fault_page, bytes },
			.mode = UFFDIO_REGISTER_MODE_MISSING };
		if (ioctl(fault_fd, UFFDIO_REGISTER, &range))
			die("UFFDIO_REGISTER");
	}
	(void)*fault_page;
	madvise((void *)fault_page, bytes, MADV_DONTNEED);
}

static inline void serve_fault(unsigned long address, char *zero, long bytes)
{
	struct uffdio_copy copy = { .dst = address & -bytes, .src = (unsigned long)zero, .len = bytes };

	if (ioctl(fault_fd, UFFDIO_COPY, &copy))
		die("UFFDIO_COPY");
}

/* Each fault is served fault_us after it came, however many there are. */
static inline void *serve_faults(void *unused)
{
	struct { long at; unsigned long address; } due[MAX_THREADS];
	unsigned first = 0, last = 0;
	long bytes = sysconf(_SC_PAGESIZE);
	char *zero = calloc(1, bytes);

	for (;;) {
		struct uffd_msg message;
		struct pollfd in = { .fd = fault_fd, .events = POLLIN };
		long left = first == last ? 1000000000 : due[first % MAX_THREADS].at - now_ns();
		struct timespec wait = { left / 1000000000, left % 1000000000 };

		if (left > 0 && ppoll(&in, 1, &wait, NULL) > 0 && read(fault_fd, &message, sizeof(message)) > 0) {
			due[last % MAX_THREADS].at = now_ns() + atomic_load(&fault_us) * 1000;
			due[last++ % MAX_THREADS].address = message.arg.pagefault.address;
		}
		for (; first != last && due[first % MAX_THREADS].at <= now_ns(); first++)
			serve_fault(due[first % MAX_THREADS].address, zero, bytes);
	}
	return unused;
}

static inline void prepare_faults(long us)
{
	struct uffdio_api api = { .api = UFFD_API };

	atomic_store(&fault_us, us);
	if (fault_fd >= 0)
		return;
	fault_fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fault_fd < 0 || ioctl(fault_fd, UFFDIO_API, &api))
		die("userfaultfd");
	spawn(serve_faults, NULL);
}

/* Before a thread ends. */
static inline void end_faults(void)
{
	if (fault_page)
		munmap((void *)fault_page, sysconf(_SC_PAGESIZE));
}

#endif
