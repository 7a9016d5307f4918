// SPDX-License-Identifier: Apache-2.0
/* family: does what each line on stdin says, and answers with an id:
 * thread: a thread that sleeps for ever; brief: one that ends at once; fork: a child that sleeps for ever;
 * exec: a child that then becomes "sleep"; reap: ends the last child; rename: gives itself a hostile name. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "workload.h"

static atomic_int born;

static void *rest(void *seconds)
{
	atomic_store(&born, (int)syscall(SYS_gettid));
	sleep((long)seconds);
	return NULL;
}

static int thread(long seconds)
{
	atomic_store(&born, 0);
	spawn(rest, (void *)seconds);
	while (!atomic_load(&born))
		sleep_us(100);
	return atomic_load(&born);
}

static int child(int becomes)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (becomes)
		execlp("sleep", "sleep", "1000", NULL);
	sleep(1000);
	_exit(0);
}

static int reap(int pid)
{
	kill(pid, SIGKILL);
	return waitpid(pid, NULL, 0);
}

int main(void)
{
	char line[32];
	int last = 0;

	printf("ready %d %d\n", getpid(), getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int id = getpid();
		if (!strcmp(line, "thread\n"))
			id = thread(1000);
		else if (!strcmp(line, "brief\n"))
			id = thread(0);
		else if (!strcmp(line, "fork\n"))
			id = last = child(0);
		else if (!strcmp(line, "exec\n"))
			id = last = child(1);
		else if (!strcmp(line, "reap\n"))
			id = reap(last);
		else
			prctl(PR_SET_NAME, "a\"\n\033[31m\xff");
		printf("%d\n", id);
		fflush(stdout);
	}
	return 0;
}
