/* SPDX-License-Identifier: Apache-2.0 */
/* As much of HTTP/1.1 as servers and clients here need: messages with Content-Length, or with no body. */
#ifndef HTTP_H
#define HTTP_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "workload.h"

/* Bytes of a head, its empty line included; 0 while that has not come. `body` gets the length of what follows. */
static inline size_t head_bytes(const char *from, size_t have, size_t *body)
{
	static const char field[] = "\r\ncontent-length:";
	const char *end = memmem(from, have, "\r\n\r\n", 4);

	if (!end)
		return 0;
	*body = 0;
	for (const char *at = from; at < end; at++)
		if (*at == '\r' && !strncasecmp(at, field, sizeof(field) - 1))
			*body = strtoul(at + sizeof(field) - 1, NULL, 10);
	return end + 4 - from;
}

/* Bytes of the first message, 0 while it is not whole. */
static inline size_t message_bytes(const char *from, size_t have)
{
	size_t body, head = head_bytes(from, have, &body);

	return head && have >= head + body ? head + body : 0;
}

static inline void many_files(void)
{
	struct rlimit limit;

	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
}

static inline void no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* On every address, IPv4 and IPv6. */
static inline int listen_on(int port, int backlog)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any };
	int on = 1, off = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, backlog))
		die("listen");
	return fd;
}

/* An IPv4 or IPv6 address in figures, as a socket address of either family. */
static inline socklen_t address_of(const char *host, int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (void *)address;
	struct sockaddr_in6 *v6 = (void *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
		die(host);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

#endif
