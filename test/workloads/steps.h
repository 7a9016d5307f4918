/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler does for a request: words, done one after the other.
 *   cpu=US               computes: so much CPU time
 *   sleep=US             sleeps
 *   lognormal=US,SIGMA   sleeps; US is the median, the seed is fixed
 *   lock=US              takes the one lock of the server, sleeps holding it
 *   fault=US             a page fault that another thread serves after US
 *   fsync=FILE           writes 4 KiB and waits for the disk
 *   pages=N,FILE         looks at N pages here and there in a mapped file, which is made with 64 MiB if it is not there
 *   call=[HOST:]PORT     asks another server, by IPv4, and waits for the answer
 * WORD%N does it at every Nth request only. Of the server, not of a request:
 *   holder=US,PERIOD_US  a thread beside takes the lock for US in each period
 *   bytes=N              the answer's body
 * A line "steps WORD..." on stdin changes them; the answer is "ok". */
#ifndef STEPS_H
#define STEPS_H

#include <fcntl.h>
#include <math.h>
#include <sys/prctl.h>
#include "faults.h"
#include "http.h"
#include "pages.h"

#define MAX_STEPS 16

struct step {
	void (*work)(struct step *step);
	long us, period_us, every;
	double sigma;
	char *text;
	atomic_long requests;
};

struct steps {
	int count;
	struct step step[MAX_STEPS];
	struct step holder;
	size_t answer_bytes;
	char *answer;
};

static _Atomic(struct steps *) current_steps;
static pthread_mutex_t the_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_long drawn;
static __thread int called_fd = -1, synced_fd = -1;

static inline long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* By the thread's own clock: what else runs on the core, or its speed, does not change how long it takes. */
static inline void compute(struct step *step)
{
	long end_ns = cpu_ns() + step->us * 1000;

	while (cpu_ns() < end_ns)
		spin(4000);
}

static inline void rest(struct step *step)
{
	sleep_us(step->us);
}

static inline void rest_lognormal(struct step *step)
{
	long i = atomic_fetch_add(&drawn, 2);
	double normal = sqrt(-2 * log(uniform(i))) * cos(2 * M_PI * uniform(i + 1));

	sleep_us(step->us * exp(step->sigma * normal));
}

static inline void hold(struct step *step)
{
	pthread_mutex_lock(&the_lock);
	sleep_us(step->us);
	pthread_mutex_unlock(&the_lock);
}

static inline void *hold_on(void *of)
{
	struct steps *steps = of;

	while (atomic_load(&current_steps) == steps) {
		hold(&steps->holder);
		sleep_us(steps->holder.period_us - steps->holder.us);
	}
	return NULL;
}

static inline void wait_for_page(struct step *step)
{
	fault_in();
}

static inline void sync_file(struct step *step)
{
	static const char block[4096] = { 1 };

	if (synced_fd < 0)
		synced_fd = open(step->text, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (pwrite(synced_fd, block, sizeof(block), 0) < 0 || fsync(synced_fd))
		die(step->text);
}

static inline void look_at_pages(struct step *step)
{
	see_pages(step->us);
}

static inline void call(struct step *step)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: downstream\r\n\r\n";
	static __thread char answer[65536];
	struct sockaddr_storage address;
	const char *colon = strchr(step->text, ':');
	char *host = colon ? strndup(step->text, colon - step->text) : strdup("127.0.0.1");
	size_t have = 0;

	socklen_t size = address_of(host, atoi(colon ? colon + 1 : step->text), &address);
	free(host);
	if (called_fd < 0) {
		called_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(called_fd, (struct sockaddr *)&address, size))
			die("downstream");
		no_delay(called_fd);
	}
	if (send(called_fd, request, sizeof(request) - 1, 0) < 0)
		die("downstream");
	while (!message_bytes(answer, have)) {
		ssize_t got = recv(called_fd, answer + have, sizeof(answer) - have, 0);
		if (got <= 0)
			die("downstream");
		have += got;
	}
}

/* A thread that ends gives back what its steps opened. */
static inline void end_steps(void)
{
	if (called_fd >= 0)
		close(called_fd);
	if (synced_fd >= 0)
		close(synced_fd);
	end_faults();
}

static inline void do_steps(struct steps *steps)
{
	for (int i = 0; i < steps->count; i++) {
		struct step *step = &steps->step[i];
		if (atomic_fetch_add(&step->requests, 1) % step->every == step->every - 1)
			step->work(step);
	}
}

static inline void read_step(struct steps *steps, char *word)
{
	static const struct { const char *name; void (*work)(struct step *); } kinds[] = {
		{ "cpu=", compute }, { "sleep=", rest }, { "lognormal=", rest_lognormal }, { "lock=", hold },
		{ "fault=", wait_for_page }, { "fsync=", sync_file }, { "call=", call },
		{ "pages=", look_at_pages },
	};
	char *value = strchr(word, '='), *percent = strrchr(word, '%'), *comma = strchr(word, ',');
	int is_holder = !strncmp(word, "holder=", 7);
	struct step *step = is_holder ? &steps->holder : &steps->step[steps->count];

	if (!value++ || steps->count == MAX_STEPS)
		die(word);
	if (!strncmp(word, "bytes=", 6)) {
		steps->answer_bytes = atol(value);
		return;
	}
	step->every = percent ? atol(percent + 1) : 1;
	step->text = percent ? strndup(value, percent - value) : strdup(value);
	step->us = atol(value);
	step->period_us = comma ? atol(comma + 1) : 0;
	step->sigma = comma ? atof(comma + 1) : 0;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(word, kinds[i].name, strlen(kinds[i].name)))
			step->work = kinds[i].work;
	if (step->work == wait_for_page)
		prepare_faults(step->us);
	if (step->work == look_at_pages)
		map_pages(comma ? comma + 1 : "");
	if (!step->work && !is_holder)
		die(word);
	steps->count += !is_holder;
}

static inline void answer_with(struct steps *steps)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n";
	size_t body = steps->answer_bytes ? steps->answer_bytes : 3;

	steps->answer = malloc(sizeof(head) + 20 + body);
	steps->answer_bytes = sprintf(steps->answer, head, body);
	memset(steps->answer + steps->answer_bytes, '.', body);
	steps->answer_bytes += body;
}

/* The steps from now on. What they replace is kept: a request may be at it. */
static inline void use_steps(char **words, int count)
{
	struct steps *steps = calloc(1, sizeof(*steps));

	for (int i = 0; i < count; i++)
		read_step(steps, words[i]);
	answer_with(steps);
	atomic_store(&current_steps, steps);
	if (steps->holder.period_us)
		spawn(hold_on, steps);
}

/* Before any thread is started: timers without slack, the steps of the command line. */
static inline void prepare(int argc, char **argv, int first)
{
	prctl(PR_SET_TIMERSLACK, 1);
	many_files();
	use_steps(argv + first, argc > first ? argc - first : 0);
}

/* The main thread: says who its workers are, then takes new steps until stdin closes. */
static inline int serve_steps(int workers)
{
	char line[1024], *words[MAX_STEPS + 2], *rest_of;

	announce(workers);
	while (fgets(line, sizeof(line), stdin)) {
		int count = 0;
		char *word = strtok_r(line, " \n", &rest_of);
		while (count < MAX_STEPS && (word = strtok_r(NULL, " \n", &rest_of)))
			words[count++] = word;
		use_steps(words, count);
		printf("ok\n");
		fflush(stdout);
	}
	_exit(0);
}

#endif
