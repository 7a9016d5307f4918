// SPDX-License-Identifier: Apache-2.0
/* busy WORKERS [CPU]: never leaves the CPU by itself. */
#include "workload.h"

static long cpu;

static void *work(void *unused)
{
	pin(cpu);
	enlist();
	for (;;)
		spin(1000000);
	return unused;
}

int main(int argc, char **argv)
{
	int workers = argument(argc, argv, 1, 1);

	cpu = argument(argc, argv, 2, -1);
	for (int i = 0; i < workers; i++)
		spawn(work, NULL);
	return serve(workers);
}
