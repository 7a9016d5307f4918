/* SPDX-License-Identifier: Apache-2.0 */
/* company spin: wants the CPU all the time. company tick: wakes up every millisecond.
 * company crowd N: N threads, each asleep but for one wake-up a second. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

static void *tick(void *period_us)
{
	for (;;)
		usleep((useconds_t)(long)period_us);
}

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc == 2 && !strcmp(argv[1], "spin"))
		for (volatile long turns = 0;; turns++)
			;
	if (argc == 2 && !strcmp(argv[1], "tick"))
		tick((void *)1000L);
	if (argc != 3 || strcmp(argv[1], "crowd"))
		return 2;
	for (int i = 1; i < atoi(argv[2]); i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, tick, (void *)999983L))
			return 1;
	}
	tick((void *)999983L);
}
