/* SPDX-License-Identifier: Apache-2.0 */
/* A server's end of a connection. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "steps.h"

struct connection {
	int fd, watched;
	size_t have;
	struct connection *next;
	char in[32768];
};

static inline struct connection *new_connection(int fd)
{
	struct connection *connection = malloc(sizeof(*connection));

	connection->fd = fd;
	connection->have = connection->watched = 0;
	no_delay(fd);
	return connection;
}

static inline struct connection *accept_one(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	return fd < 0 ? NULL : new_connection(fd);
}

static inline void end_connection(struct connection *connection)
{
	close(connection->fd);
	free(connection);
}

/* One read. Bytes of a whole request, 0: not yet, -1: the other end has closed. */
static inline long receive(struct connection *connection)
{
	size_t space = sizeof(connection->in) - connection->have;
	ssize_t got = recv(connection->fd, connection->in + connection->have, space, 0);

	if (got <= 0)
		return -1;
	connection->have += got;
	return message_bytes(connection->in, connection->have);
}

static inline int send_all(int fd, const char *from, size_t bytes)
{
	while (bytes) {
		ssize_t sent = send(fd, from, bytes, 0);
		if (sent < 0)
			return -1;
		from += sent;
		bytes -= sent;
	}
	return 0;
}

/* Answers the first request, of so many bytes, and what has come whole behind it. -1: the connection is over. */
static inline int answer(struct connection *connection, size_t request)
{
	for (; request; request = message_bytes(connection->in, connection->have)) {
		struct steps *steps = atomic_load(&current_steps);
		do_steps(steps);
		if (send_all(connection->fd, steps->answer, steps->answer_bytes))
			return -1;
		connection->have -= request;
		memmove(connection->in, connection->in + request, connection->have);
	}
	return 0;
}

#endif
