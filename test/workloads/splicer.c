// SPDX-License-Identifier: Apache-2.0
/* splicer PORT BACKEND_PORT: passes connections on to a server on 127.0.0.1, a thread each, by splice() through pipes,
 * so that neither requests nor answers are received or sent by a call. Names its acceptor. */
#include "connection.h"

static int listener;
static struct sockaddr_storage backend;
static socklen_t backend_bytes;

struct half {
	int from, to, pipe[2];
};

/* What has come on one side goes out on the other; 0: that side has closed. */
static int pass(struct half *half)
{
	ssize_t got = splice(half->from, NULL, half->pipe[1], NULL, 1 << 16, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (got < 0 && errno == EAGAIN)
		return 1;
	for (ssize_t left = got; left > 0;) {
		ssize_t put = splice(half->pipe[0], NULL, half->to, NULL, left, SPLICE_F_MOVE);
		if (put <= 0)
			return 0;
		left -= put;
	}
	return got > 0;
}

static void *attend(void *of)
{
	struct connection *connection = of;
	int up = socket(backend.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct half there = { connection->fd, up }, back = { up, connection->fd };
	struct pollfd sides[] = { { .fd = connection->fd, .events = POLLIN }, { .fd = up, .events = POLLIN } };

	pthread_detach(pthread_self());
	if (connect(up, (struct sockaddr *)&backend, backend_bytes) || pipe(there.pipe) || pipe(back.pipe))
		die("backend");
	no_delay(up);
	for (int open = 1; open;) {
		poll(sides, 2, -1);
		if (sides[0].revents)
			open = pass(&there);
		if (open && sides[1].revents)
			open = pass(&back);
	}
	for (int i = 0; i < 2; i++) {
		close(there.pipe[i]);
		close(back.pipe[i]);
	}
	close(up);
	end_connection(connection);
	return NULL;
}

static void *accept_all(void *unused)
{
	enlist();
	for (;;) {
		struct connection *connection = accept_one(listener);
		if (connection)
			spawn(attend, connection);
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	prepare(argc, argv, argc);
	backend_bytes = address_of("127.0.0.1", atoi(argv[2]), &backend);
	listener = listen_on(atoi(argv[1]), 4096);
	spawn(accept_all, NULL);
	return serve_steps(1);
}
