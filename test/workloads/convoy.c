// SPDX-License-Identifier: Apache-2.0
/* convoy WORKERS HOLD_US: all want one mutex; whoever has it computes, the others wait in futex(2). */
#include "workload.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long hold_us;

static void *work(void *unused)
{
	enlist();
	for (;;) {
		pthread_mutex_lock(&mutex);
		burn_us(hold_us);
		pthread_mutex_unlock(&mutex);
		burn_us(5);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int workers = argument(argc, argv, 1, 8);

	hold_us = argument(argc, argv, 2, 500);
	calibrate();
	for (int i = 0; i < workers; i++)
		spawn(work, NULL);
	return serve(workers);
}
