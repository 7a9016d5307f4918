// SPDX-License-Identifier: Apache-2.0
/* produce CPU PRODUCER RECORDS: for a line on stdin, runs the BPF program that it was given as descriptor 3 until it has
 * set out to write so many records, on one CPU; prints "done REFUSED". */
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM 3
#define BATCH 499

struct batch {
	uint64_t producer, first, records;
};

static uint32_t run(struct batch *batch)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = PROGRAM;
	attr.test.ctx_in = (uintptr_t)batch;
	attr.test.ctx_size_in = sizeof(*batch);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr))) {
		perror("BPF_PROG_TEST_RUN");
		exit(1);
	}
	return attr.test.retval;
}

int main(int argc, char **argv)
{
	cpu_set_t set;
	char line[16];

	if (argc != 4)
		return 2;
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		return 1;
	}
	struct batch batch = { atoi(argv[2]), 0, 0 };
	uint64_t total = atoi(argv[3]), refused = 0;
	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 0;
	for (; batch.first < total; batch.first += batch.records) {
		batch.records = total - batch.first < BATCH ? total - batch.first : BATCH;
		refused += run(&batch);
	}
	printf("done %lu\n", refused);
	return 0;
}
