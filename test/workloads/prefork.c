// SPDX-License-Identifier: Apache-2.0
/* prefork PORT BACKLOG WORKERS WORD...: an HTTP server whose workers each accept a connection and see it to its end;
 * meanwhile others, whose requests have come, wait in the accept queue. steps.h has the words. Names the workers. */
#include "connection.h"

static int listener;

static void *work(void *unused)
{
	enlist();
	for (;;) {
		struct connection *connection = accept_one(listener);
		long request;

		while (connection && (request = receive(connection)) >= 0)
			if (answer(connection, request))
				break;
		if (connection)
			end_connection(connection);
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	int workers = atoi(argv[3]), seconds = 60;
	prepare(argc, argv, 4);
	listener = listen_on(atoi(argv[1]), atoi(argv[2]));
	setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	for (int i = 0; i < workers; i++)
		spawn(work, NULL);
	return serve_steps(workers);
}
