// SPDX-License-Identifier: Apache-2.0
/* sockets: does with TCP sockets what lines on stdin say; each is answered by a line with a number, or -errno of what
 * failed last. It keeps one listener for each "listen" and a list of connections. */
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "http.h"

#define LISTENERS_MAX 16
#define FILES_MAX 100000

static int listeners[LISTENERS_MAX], listening, *fds, have, room;
static int sending = -1;

static void keep(int fd)
{
	if (have == room)
		fds = realloc(fds, (room = room ? room * 2 : 64) * sizeof(*fds));
	fds[have++] = fd;
}

/* FLAGS: m: MPTCP, r: SO_REUSEPORT, d: TCP_DEFER_ACCEPT, 4: IPv4 only. */
static int do_listen(int port, int backlog, const char *flags)
{
	struct sockaddr_storage address;
	int on = 1, seconds = 2;
	socklen_t bytes = address_of(strchr(flags, '4') ? "0.0.0.0" : "::", port, &address);
	int fd = socket(address.ss_family, SOCK_STREAM, strchr(flags, 'm') ? 262 : IPPROTO_TCP);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (strchr(flags, 'r'))
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (strchr(flags, 'd'))
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) || listen(fd, backlog))
		return -errno;
	listeners[listening++] = fd;
	return 0;
}

/* From the listeners in turn; those that wait, and COUNT at the least. */
static int do_accept(int count)
{
	struct pollfd ready[LISTENERS_MAX];
	int accepted = 0;

	for (int i = 0; i < listening; i++)
		ready[i] = (struct pollfd){ .fd = listeners[i], .events = POLLIN };
	while (poll(ready, listening, accepted < count ? 5000 : 0) > 0)
		for (int i = 0; i < listening; i++) {
			if (!ready[i].revents)
				continue;
			int fd = accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0)
				return -errno;
			keep(fd);
			accepted++;
		}
	return accepted;
}

/* One after another. COUNT 0: the last socket once again. FROM: its own port, 0: any. */
static int do_connect(const char *host, int port, int count, int from)
{
	struct sockaddr_storage address, own;
	int failed = 0, made = 0, on = 1;
	socklen_t bytes = address_of(host, port, &address);

	for (int i = 0; i < (count ? count : 1); i++) {
		int fd = count ? socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : fds[have - 1];
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		socklen_t size = address_of(address.ss_family == AF_INET ? "0.0.0.0" : "::", from, &own);
		if (from && bind(fd, (struct sockaddr *)&own, size))
			die("bind");
		if (count)
			keep(fd);
		if (connect(fd, (struct sockaddr *)&address, bytes))
			failed = errno;
		else
			made++;
	}
	return failed ? -failed : made;
}

static int do_send(int bytes)
{
	char data[65536] = "";
	int sent = 0;

	for (int i = 0; i < have; i++)
		sent += send(fds[i], data, bytes, MSG_NOSIGNAL) == bytes;
	return sent;
}

static int do_read(int bytes)
{
	char data[65536];
	int whole = 0;

	for (int i = 0; i < have; i++)
		whole += recv(fds[i], data, bytes, bytes ? MSG_WAITALL : 0) == bytes;
	return whole;
}

static int end_all(const struct linger *linger)
{
	int ended = have;

	for (int i = 0; i < have; i++) {
		if (linger)
			setsockopt(fds[i], SOL_SOCKET, SO_LINGER, linger, sizeof(*linger));
		close(fds[i]);
	}
	have = 0;
	return ended;
}

static int unlisten(void)
{
	for (; listening; listening--)
		close(listeners[listening - 1]);
	return 0;
}

/* A child that holds the same sockets and does nothing. */
static int do_fork(void)
{
	int pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static struct sockaddr_un place(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	return address;
}

static int await_gifts(const char *name)
{
	struct sockaddr_un address = place(name);

	sending = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(sending, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

static struct msghdr message(char *control, struct iovec *one)
{
	return (struct msghdr){ .msg_iov = one, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(int)) };
}

/* The connections go to the process that awaits gifts by that name. */
static int give(const char *name)
{
	struct sockaddr_un address = place(name);
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec one = { &byte, 1 };
	struct msghdr gift = message(control, &one);
	int to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), given = 0;

	gift.msg_name = &address;
	gift.msg_namelen = sizeof(address);
	for (int i = 0; i < have; i++) {
		struct cmsghdr *part = CMSG_FIRSTHDR(&gift);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(part), &fds[i], sizeof(int));
		given += sendmsg(to, &gift, 0) == 1;
	}
	close(to);
	end_all(NULL);
	return given;
}

static int take(int count)
{
	for (int i = 0; i < count; i++) {
		char control[CMSG_SPACE(sizeof(int))] = "", byte;
		struct iovec one = { &byte, 1 };
		struct msghdr gift = message(control, &one);
		int fd;
		if (recvmsg(sending, &gift, 0) != 1 || !CMSG_FIRSTHDR(&gift))
			return -errno;
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&gift)), sizeof(int));
		keep(fd);
	}
	return count;
}

static int obey(const char *what, const char *text, int a, int b, int c)
{
	struct linger at_once = { .l_onoff = 1 };

	if (!strcmp(what, "accept"))
		return do_accept(atoi(text));
	if (!strcmp(what, "connect"))
		return do_connect(text, a, b, c);
	if (!strcmp(what, "send"))
		return do_send(atoi(text));
	if (!strcmp(what, "read"))
		return do_read(atoi(text));
	if (!strcmp(what, "close"))
		return end_all(NULL);
	if (!strcmp(what, "reset"))
		return end_all(&at_once);
	if (!strcmp(what, "unlisten"))
		return unlisten();
	if (!strcmp(what, "fork"))
		return do_fork();
	if (!strcmp(what, "await"))
		return await_gifts(text);
	if (!strcmp(what, "give"))
		return give(text);
	if (!strcmp(what, "take"))
		return take(atoi(text));
	return -EINVAL;
}

int main(void)
{
	char line[256], what[32], text[64], flags[16];

	struct rlimit files = { FILES_MAX, FILES_MAX };

	many_files();
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGCHLD, SIG_IGN);
	enlist();
	announce(1);
	while (fgets(line, sizeof(line), stdin)) {
		int a = 0, b = 0, c = 0, result;
		text[0] = flags[0] = 0;
		sscanf(line, "%31s %63s %d %d %d", what, text, &a, &b, &c);
		sscanf(line, "listen %*d %*d %15s", flags);
		result = !strcmp(what, "listen") ? do_listen(atoi(text), a, flags) : obey(what, text, a, b, c);
		printf("%d\n", result);
		fflush(stdout);
	}
	return 0;
}
