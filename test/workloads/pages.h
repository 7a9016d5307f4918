/* SPDX-License-Identifier: Apache-2.0 */
/* A mapped file whose pages the kernel may drop, and must read again. They count for the cgroup that made the file. */
#ifndef PAGES_H
#define PAGES_H

#include <fcntl.h>
#include <sys/mman.h>
#include "workload.h"

#define FILE_PAGES 16384

static const volatile char *file_pages;
static atomic_long pages_seen;

static inline void write_pages(int fd)
{
	static char block[1 << 20];

	memset(block, 1, sizeof(block));
	for (int i = 0; i < FILE_PAGES * 4096 / (1 << 20); i++)
		if (write(fd, block, sizeof(block)) != sizeof(block))
			die("pages");
	if (fsync(fd))
		die("pages");
}

static inline void see_pages(long count)
{
	for (long i = 0; i < count; i++)
		(void)file_pages[4096L * (long)(uniform(atomic_fetch_add(&pages_seen, 1)) * FILE_PAGES)];
}

/* Once; and looks at all of them. */
static inline void map_pages(const char *path)
{
	if (file_pages)
		return;
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	if (lseek(fd, 0, SEEK_END) == 0)
		write_pages(fd);
	char *all = mmap(NULL, FILE_PAGES * 4096L, PROT_READ, MAP_SHARED, fd, 0);
	if (all == MAP_FAILED || madvise(all, FILE_PAGES * 4096L, MADV_RANDOM))
		die(path);
	file_pages = all;
	for (long i = 0; i < FILE_PAGES; i++)
		(void)file_pages[4096 * i];
	close(fd);
}

#endif
