// SPDX-License-Identifier: Apache-2.0
/* burst WORKERS BURST_US SLEEP_US [CPU]: computes, sleeps, again. SLEEP_US is spread from half to one and a half,
 * so that workers do not march in step. BURST_US 0: a sleeper. */
#include "workload.h"

static long burst_us, pause_us, cpu;

static void *work(void *seed)
{
	unsigned int random = (unsigned long)seed;

	pin(cpu);
	enlist();
	for (;;) {
		burn_us(burst_us);
		sleep_us(pause_us / 2 + rand_r(&random) % (pause_us + 1));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int workers = argument(argc, argv, 1, 1);

	burst_us = argument(argc, argv, 2, 2000);
	pause_us = argument(argc, argv, 3, 2000);
	cpu = argument(argc, argv, 4, -1);
	calibrate();
	for (long i = 0; i < workers; i++)
		spawn(work, (void *)(i + 1));
	return serve(workers);
}
