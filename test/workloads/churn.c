// SPDX-License-Identifier: Apache-2.0
/* churn thread|process COUNT GAP_US: for each line on stdin, starts COUNT short-lived threads or processes one after
 * another, each burning 50 us, and prints "done". */
#include <sys/wait.h>
#include "workload.h"

static void *briefly(void *unused)
{
	burn_us(50);
	return unused;
}

static void one_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, briefly, NULL))
		die("pthread_create");
	pthread_join(thread, NULL);
}

static void one_process(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		briefly(NULL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void churn(int threads, long count, long gap_us)
{
	for (long i = 0; i < count; i++) {
		if (threads)
			one_thread();
		else
			one_process();
		if (gap_us)
			sleep_us(gap_us);
	}
}

int main(int argc, char **argv)
{
	int threads = argc > 1 && !strcmp(argv[1], "thread");
	long count = argument(argc, argv, 2, 1000);
	long gap_us = argument(argc, argv, 3, 0);
	char line[16];

	calibrate();
	enlist();
	printf("ready %d %d\n", getpid(), getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		churn(threads, count, gap_us);
		printf("done\n");
		fflush(stdout);
	}
	return 0;
}
