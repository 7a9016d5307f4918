// SPDX-License-Identifier: Apache-2.0
/* perconn PORT WORD...: an HTTP server with a thread a connection; steps.h has the words. Names its acceptor. */
#include "connection.h"

static int listener;

static void *attend(void *of)
{
	struct connection *connection = of;
	long request;

	pthread_detach(pthread_self());
	while ((request = receive(connection)) >= 0)
		if (answer(connection, request))
			break;
	end_connection(connection);
	end_steps();
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
	if (argc < 2)
		return 2;
	prepare(argc, argv, 2);
	listener = listen_on(atoi(argv[1]), 4096);
	spawn(accept_all, NULL);
	return serve_steps(1);
}
