// SPDX-License-Identifier: Apache-2.0
/* life: prints "ready PID", then does what each line on stdin says and prints "PID-or-TID" of whom it concerned. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *thread(void *tid)
{
	*(pid_t *)tid = syscall(SYS_gettid);
	return NULL;
}

static pid_t one_thread(void)
{
	pthread_t handle;
	pid_t tid = 0;

	if (pthread_create(&handle, NULL, thread, &tid))
		perror("pthread_create");
	pthread_join(handle, NULL);
	return tid;
}

static pid_t one_child(int executes)
{
	pid_t pid = fork();

	if (pid == 0 && executes)
		execl("/bin/true", "true", NULL);
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

/* A newline, a terminal escape, a byte that is no UTF-8. */
static pid_t rename_hostile(void)
{
	prctl(PR_SET_NAME, "a\n\033[1m\377z");
	return getpid();
}

static pid_t act(const char *line)
{
	if (!strcmp(line, "thread\n"))
		return one_thread();
	if (!strcmp(line, "fork\n"))
		return one_child(0);
	if (!strcmp(line, "exec\n"))
		return one_child(1);
	if (!strcmp(line, "rename\n"))
		return rename_hostile();
	return -1;
}

int main(void)
{
	char line[16];

	printf("ready %d\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%d\n", act(line));
		fflush(stdout);
	}
	return 0;
}
