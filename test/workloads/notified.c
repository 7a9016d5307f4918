// SPDX-License-Identifier: Apache-2.0
/* notified SOCKET: a service manager's end of sd_notify(3). It prints each message as a line, "PID NS FIELD;FIELD...":
 * who sent it, as the kernel tells, and CLOCK_MONOTONIC when it came. @NAME is an abstract socket. Ends with its stdin. */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "workload.h"

static int bound(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + strlen(path);
	int on = 1, fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(address.sun_path, path, strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = 0;
	else
		unlink(path);
	if (bind(fd, (struct sockaddr *)&address, size) || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		die("bind");
	return fd;
}

static void take(int fd)
{
	char text[4096], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(fd, &message, 0);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct ucred sender;

	if (length < 0 || !header || header->cmsg_type != SCM_CREDENTIALS)
		die("recvmsg");
	memcpy(&sender, CMSG_DATA(header), sizeof(sender));
	text[length] = 0;
	for (char *at = text; (at = strchr(at, '\n')); *at = ';')
		;
	printf("%d %ld %s\n", sender.pid, now_ns(), text);
}

int main(int argc, char **argv)
{
	struct pollfd wanted[] = { { .events = POLLIN }, { .events = POLLIN } };

	if (argc < 2 || strlen(argv[1]) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return 2;
	wanted[1].fd = bound(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", getpid());
	while (poll(wanted, 2, -1) > 0 && !wanted[0].revents)
		if (wanted[1].revents)
			take(wanted[1].fd);
	return 0;
}
