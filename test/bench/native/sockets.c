/* SPDX-License-Identifier: Apache-2.0 */
/* sockets N: accepts N connections that its child process makes over loopback, and keeps them. */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void many_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A reset at the end: nothing stays behind in TIME_WAIT. */
static int connect_all(struct sockaddr_in *address, int connections)
{
	struct linger at_once = { .l_onoff = 1 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < connections; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		if (connect(fd, (struct sockaddr *)address, sizeof(*address)))
			return 1;
	}
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int connections = argc == 2 ? atoi(argv[1]) : 0, listener = socket(AF_INET, SOCK_STREAM, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	many_files();
	if (connections < 1 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		return 2;
	if (!fork()) {
		close(listener);
		return connect_all(&address, connections);
	}
	for (int i = 0; i < connections; i++)
		if (accept(listener, NULL, NULL) < 0)
			return 1;
	pause();
	return 0;
}
