// SPDX-License-Identifier: Apache-2.0
/* handoff PORT MODE WORKERS WORD...: an HTTP server whose first thread hands requests to workers; steps.h has the words.
 * accept: a connection is passed on when it is accepted and whenever a request comes; the worker reads and answers.
 * read: the first thread also reads the request; the worker answers. Names the first thread, then the workers. */
#include "connection.h"

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER;
static struct connection *first, **last = &first;
static int epoll_fd, listener, reads;

static void put(struct connection *connection)
{
	connection->next = NULL;
	pthread_mutex_lock(&queue_lock);
	*last = connection;
	last = &connection->next;
	pthread_mutex_unlock(&queue_lock);
	pthread_cond_signal(&queue_filled);
}

static struct connection *take(void)
{
	pthread_mutex_lock(&queue_lock);
	while (!first)
		pthread_cond_wait(&queue_filled, &queue_lock);
	struct connection *connection = first;
	first = connection->next;
	if (!first)
		last = &first;
	pthread_mutex_unlock(&queue_lock);
	return connection;
}

/* Told once: whoever has the connection then asks again. */
static void watch(struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.ptr = connection };
	int how = connection->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	connection->watched = 1;
	if (epoll_ctl(epoll_fd, how, connection->fd, &event))
		die("epoll_ctl");
}

static void *work(void *unused)
{
	enlist();
	for (;;) {
		struct connection *connection = take();
		long request = reads ? message_bytes(connection->in, connection->have) : receive(connection);
		while (request == 0 && !reads)
			request = receive(connection);
		if (request < 0 || answer(connection, request))
			end_connection(connection);
		else
			watch(connection);
	}
	return unused;
}

static void welcome(void)
{
	struct connection *connection = accept_one(listener);

	if (!connection)
		return;
	if (reads)
		watch(connection);
	else
		put(connection);
}

static void pass_on(struct connection *connection)
{
	long request = reads ? receive(connection) : 1;

	if (request > 0)
		put(connection);
	else if (request == 0)
		watch(connection);
	else
		end_connection(connection);
}

static void *accept_all(void *unused)
{
	struct epoll_event events[64], event = { .events = EPOLLIN };

	enlist();
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int ready = epoll_wait(epoll_fd, events, 64, -1);
		for (int i = 0; i < ready; i++) {
			if (events[i].data.ptr)
				pass_on(events[i].data.ptr);
			else
				welcome();
		}
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	reads = !strcmp(argv[2], "read");
	int workers = atoi(argv[3]);
	prepare(argc, argv, 4);
	listener = listen_on(atoi(argv[1]), 4096);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	spawn(accept_all, NULL);
	while (atomic_load(&enlisted) < 1)
		sleep_us(100);
	for (int i = 0; i < workers; i++)
		spawn(work, NULL);
	return serve_steps(workers + 1);
}
