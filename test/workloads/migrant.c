// SPDX-License-Identifier: Apache-2.0
/* migrant WORKERS PERIOD_US CPU_A CPU_B: busy, and each asks to be moved to the other CPU every period. */
#include "workload.h"

static long period_us, cpus[2];

static void *work(void *index)
{
	long turn = (long)index;

	enlist();
	for (;; turn++) {
		pin(cpus[turn & 1]);
		burn_us(period_us);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int workers = argument(argc, argv, 1, 2);

	period_us = argument(argc, argv, 2, 20000);
	cpus[0] = argument(argc, argv, 3, 0);
	cpus[1] = argument(argc, argv, 4, 1);
	calibrate();
	for (long i = 0; i < workers; i++)
		spawn(work, (void *)i);
	return serve(workers);
}
