// SPDX-License-Identifier: Apache-2.0
/* faulter FILE: reads a mapped file one byte a page, having dropped it from the page cache: major faults.
 * faulter userfaultfd DELAY_US: each fault is served after a delay by another thread: a fault that surely blocks. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "workload.h"

#define PAGES 8192

static long page_bytes, delay_us;
static char *area;
static int fd;
static volatile char sink;

static void *read_file(void *unused)
{
	enlist();
	for (;;) {
		area = mmap(NULL, PAGES * page_bytes, PROT_READ, MAP_SHARED, fd, 0);
		madvise(area, PAGES * page_bytes, MADV_RANDOM);
		for (long i = 0; i < PAGES; i++)
			sink = area[i * 4051 % PAGES * page_bytes];
		munmap(area, PAGES * page_bytes);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	return unused;
}

static void map_file(const char *path)
{
	fd = open(path, O_CREAT | O_RDWR, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, PAGES * page_bytes))
		die(path);
	char *block = calloc(1, page_bytes);
	for (long i = 0; i < PAGES; i++)
		if (pwrite(fd, block, page_bytes, i * page_bytes) < 0)
			die("write");
	if (fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		die("drop");
	spawn(read_file, NULL);
}

static void *touch(void *unused)
{
	enlist();
	for (;;) {
		for (long i = 0; i < PAGES; i++)
			sink = area[i * page_bytes];
		madvise(area, PAGES * page_bytes, MADV_DONTNEED);
	}
	return unused;
}

static void *serve_faults(void *unused)
{
	struct uffd_msg message;
	char *zero = calloc(1, page_bytes);

	while (read(fd, &message, sizeof(message)) == sizeof(message)) {
		struct uffdio_copy copy = { .dst = message.arg.pagefault.address & -page_bytes,
			.src = (unsigned long)zero, .len = page_bytes };
		sleep_us(delay_us);
		if (ioctl(fd, UFFDIO_COPY, &copy))
			die("UFFDIO_COPY");
	}
	return unused;
}

static void map_delayed(void)
{
	struct uffdio_api api = { .api = UFFD_API };

	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	area = mmap(NULL, PAGES * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = { .range = { (unsigned long)area, PAGES * page_bytes }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		die("userfaultfd");
	spawn(serve_faults, NULL);
	spawn(touch, NULL);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	page_bytes = sysconf(_SC_PAGESIZE);
	delay_us = argument(argc, argv, 2, 1000);
	if (strcmp(argv[1], "userfaultfd"))
		map_file(argv[1]);
	else
		map_delayed();
	return serve(1);
}
