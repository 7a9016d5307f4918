/* SPDX-License-Identifier: Apache-2.0 */
/* Every workload prints "ready PID TID..." once its threads run, works until its stdin closes, and ends. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 256

static int tids[MAX_THREADS];
static atomic_int enlisted;
static long loops_per_us;

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

static inline long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static inline void spin(long loops)
{
	for (long i = 0; i < loops; i++)
		__asm__ volatile("" ::: "memory");
}

/* The fastest of several tries: the one that nothing interrupted. */
static inline void calibrate(void)
{
	for (int i = 0; i < 20; i++) {
		long start = now_ns();
		spin(200000);
		long loops = 200000L * 1000 / (now_ns() - start);
		if (loops > loops_per_us)
			loops_per_us = loops;
	}
}

/* Uses the CPU for so long, however often it is taken away meanwhile; no system call. */
static inline void burn_us(long us)
{
	spin(us * loops_per_us);
}

static inline void sleep_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

/* cpu < 0: anywhere. */
static inline void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* A worker calls this once, before its work. */
static inline void enlist(void)
{
	int i = atomic_fetch_add(&enlisted, 1);

	tids[i] = syscall(SYS_gettid);
}

static inline void spawn(void *(*work)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, argument))
		die("pthread_create");
}

/* Waits for the workers to enlist, and says so. */
static inline void announce(int workers)
{
	while (atomic_load(&enlisted) < workers)
		sleep_us(1000);
	printf("ready %d", getpid());
	for (int i = 0; i < workers; i++)
		printf(" %d", tids[i]);
	printf("\n");
	fflush(stdout);
}

/* The main thread: says who its workers are, sleeps until stdin closes. */
static inline int serve(int workers)
{
	announce(workers);
	struct pollfd in = { .fd = 0, .events = POLLIN };
	while (poll(&in, 1, -1) < 0)
		;
	_exit(0);
}

/* A number in (0, 1) by its place in a sequence that is always the same (splitmix64). */
static inline double uniform(unsigned long i)
{
	unsigned long z = (i + 1) * 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return ((z ^ z >> 31) >> 11) * 0x1p-53 + 0x1p-54;
}

static inline long argument(int argc, char **argv, int i, long otherwise)
{
	return i < argc ? atol(argv[i]) : otherwise;
}

#endif
