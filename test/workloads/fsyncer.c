// SPDX-License-Identifier: Apache-2.0
/* fsyncer FILE: appends and waits for the disk, as a database's log does. */
#include <fcntl.h>
#include "workload.h"

static const char *path;

static void *work(void *unused)
{
	char block[4096] = { 1 };
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	if (fd < 0)
		die(path);
	enlist();
	for (long i = 0;; i++) {
		if (pwrite(fd, block, sizeof(block), i % 256 * 4096) < 0 || fsync(fd))
			die("fsync");
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	path = argv[1];
	spawn(work, NULL);
	return serve(1);
}
