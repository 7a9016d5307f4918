// SPDX-License-Identifier: Apache-2.0
/* connector HOST PORT COUNT HOW [MS]: at a line on stdin connects COUNT times, all at once, and says in a line of JSON
 * what became of them; the time is of those that were connected. The next line ends them by HOW, close or reset, and is
 * answered by "ok". What has no answer after MS is given up. */
#include "http.h"
#include "samples.h"

static struct { long connected, refused, timed_out, unreachable, reset, given_up, other; } came;
static struct samples times;
static struct sockaddr_storage address;
static socklen_t address_bytes;
static int *fds, epoll_fd;
static long *begun;

static void count_error(int error)
{
	if (error == ECONNREFUSED)
		came.refused++;
	else if (error == ETIMEDOUT)
		came.timed_out++;
	else if (error == EHOSTUNREACH || error == ENETUNREACH)
		came.unreachable++;
	else if (error == ECONNRESET)
		came.reset++;
	else
		came.other++;
}

static int begin(int i)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLONESHOT, .data.u32 = i };

	begun[i] = now_ns();
	fds[i] = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fds[i] < 0)
		die("socket");
	if (connect(fds[i], (struct sockaddr *)&address, address_bytes) && errno != EINPROGRESS) {
		count_error(errno);
		return 0;
	}
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i], &event);
	return 1;
}

static void finish(int i)
{
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &error, &size);
	if (error) {
		count_error(error);
		return;
	}
	came.connected++;
	keep(&times, now_ns() - begun[i]);
}

static void connect_all(int count, long give_up_ms)
{
	struct epoll_event events[256];
	int open = 0;

	for (int i = 0; i < count; i++)
		open += begin(i);
	for (long end = now_ns() + give_up_ms * 1000000; open && now_ns() < end;) {
		int ready = epoll_wait(epoll_fd, events, 256, 10);
		for (int i = 0; i < ready; i++, open--)
			finish(events[i].data.u32);
	}
	came.given_up = open;
}

static void end_all(int count, int by_reset)
{
	struct linger at_once = { .l_onoff = 1 };

	for (int i = 0; i < count; i++) {
		if (by_reset)
			setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fds[i]);
	}
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc < 5)
		return 2;
	int count = atoi(argv[3]);
	address_bytes = address_of(argv[1], atoi(argv[2]), &address);
	many_files();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	fds = calloc(count, sizeof(*fds));
	begun = calloc(count, sizeof(*begun));
	enlist();
	announce(1);
	if (read(0, line, sizeof(line)) <= 0)
		return 0;
	connect_all(count, argument(argc, argv, 5, 10000));
	sort_samples(&times);
	printf("{\"connected\":%ld,\"refused\":%ld,\"timedOut\":%ld,\"unreachable\":%ld,\"reset\":%ld,\"givenUp\":%ld,"
		"\"other\":%ld,\"p50Ns\":%ld,\"maxNs\":%ld}\n", came.connected, came.refused, came.timed_out,
		came.unreachable, came.reset, came.given_up, came.other, permille(&times, 500), permille(&times, 1000));
	fflush(stdout);
	if (read(0, line, sizeof(line)) <= 0)
		return 0;
	end_all(count, !strcmp(argv[4], "reset"));
	printf("ok\n");
	fflush(stdout);
	return read(0, line, sizeof(line)) < 0;
}
