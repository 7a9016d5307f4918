// SPDX-License-Identifier: Apache-2.0
/* receiver SYSCALL [PERIOD_US]: a worker waits on a TCP connection whose other end, a thread that is no worker, sends
 * a byte each period. SYSCALL: recv, read (a read on a socket looks like one on a file), poll, epoll, accept. */
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "workload.h"

static const char *how;
static long period_us;
static int listener, near_end, far_end, epoll_fd;
static struct sockaddr_in address = { .sin_family = AF_INET };

static int connected(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	return fd;
}

static void await(void)
{
	char byte;
	struct epoll_event event;
	struct pollfd wanted = { .fd = near_end, .events = POLLIN };

	if (!strcmp(how, "accept")) {
		close(accept(listener, NULL, NULL));
		return;
	}
	if (!strcmp(how, "epoll"))
		epoll_wait(epoll_fd, &event, 1, -1);
	if (!strcmp(how, "poll"))
		poll(&wanted, 1, -1);
	if (!strcmp(how, "read") ? read(near_end, &byte, 1) < 0 : recv(near_end, &byte, 1, 0) < 0)
		die("receive");
}

static void *work(void *unused)
{
	enlist();
	for (;;)
		await();
	return unused;
}

static void *send_on(void *unused)
{
	for (;;) {
		sleep_us(period_us);
		if (!strcmp(how, "accept"))
			close(connected());
		else if (send(far_end, "x", 1, 0) < 0)
			die("send");
	}
	return unused;
}

int main(int argc, char **argv)
{
	socklen_t size = sizeof(address);

	how = argc > 1 ? argv[1] : "recv";
	period_us = argument(argc, argv, 2, 10000);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 16))
		die("listen");
	getsockname(listener, (struct sockaddr *)&address, &size);
	far_end = connected();
	near_end = accept(listener, NULL, NULL);
	struct epoll_event event = { .events = EPOLLIN };
	epoll_fd = epoll_create1(0);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, near_end, &event);
	spawn(work, NULL);
	spawn(send_on, NULL);
	return serve(1);
}
