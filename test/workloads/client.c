// SPDX-License-Identifier: Apache-2.0
/* client HOST PORT WORD...: HTTP load on keep-alive connections, by one thread. Says "ready" when all are connected;
 * when it is through and every answer is in, one line of JSON. A line on stdin ends it early.
 *   connections=N   8 of them
 *   seconds=S       for so long (5), and
 *   count=N         at most so many requests
 *   think=US        between an answer and the connection's next request
 *   rate=N          open loop: so many a second, at random (fixed seed); latency counts from when each was due
 *   split=US        in two segments, with so long between
 *   depth=N         so many at once down a connection, without waiting for their answers
 *   body=BYTES      POST with a body
 *   reconnect=N     a new connection after so many requests
 *   late=1          connects only when a request is due; its latency begins before that
 *   cpu=N           on that CPU only
 *   samples=FILE    every latency, as u64 in ns
 *   wait=1          begins at the first line on stdin */
#include <math.h>
#include <sys/prctl.h>
#include "http.h"
#include "queue.h"
#include "samples.h"

struct connection {
	int fd, connecting;
	long began_ns, pending, requests;
	size_t have, body_left;
	char head[1024];
};

static struct { long connections, seconds, count, think, rate, split, depth, body, reconnect, late, cpu, wait; } set = {
	.connections = 8, .seconds = 5, .count = 1L << 50, .depth = 1, .cpu = -1 };
static const char *samples_file;
static struct sockaddr_storage address;
static socklen_t address_bytes;
static struct samples latencies, connects;
static struct queue thinking, halves, idle, due;
static char *request;
static size_t request_bytes;
static long issued, open_connections, failures;
static int epoll_fd, stopping;

static void open_connection(struct connection *connection)
{
	struct epoll_event event = { .events = set.late ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = connection };
	long start = now_ns();

	connection->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | (set.late ? SOCK_NONBLOCK : 0), 0);
	connection->have = connection->body_left = connection->requests = 0;
	connection->connecting = set.late;
	if (connect(connection->fd, (struct sockaddr *)&address, address_bytes) && errno != EINPROGRESS)
		die("connect");
	keep(&connects, now_ns() - start);
	no_delay(connection->fd);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
}

static void send_part(struct connection *connection, size_t from, size_t to)
{
	if (send(connection->fd, request + from, to - from, 0) != (ssize_t)(to - from))
		failures++;
}

static void begin(struct connection *connection, long from_ns)
{
	if (stopping || issued >= set.count)
		return;
	issued += set.depth;
	open_connections++;
	connection->began_ns = from_ns;
	connection->pending = set.depth;
	if (connection->fd < 0)
		return open_connection(connection);
	send_part(connection, 0, set.split ? request_bytes / 2 : request_bytes);
	if (set.split)
		push(&halves, now_ns() + set.split * 1000, connection);
}

/* A late one is there: what was due goes out. */
static void connected(struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

	connection->connecting = 0;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
	send_part(connection, 0, request_bytes);
}

static void leave(struct connection *connection)
{
	close(connection->fd);
	connection->fd = -1;
	connection->pending = 0;
	if (!set.late && !stopping)
		open_connection(connection);
}

static void go_on(struct connection *connection)
{
	long from_ns;

	if (set.reconnect && connection->requests >= set.reconnect && !stopping)
		leave(connection);
	if (set.rate && due.first != due.last) {
		pop(&due, &from_ns);
		begin(connection, from_ns);
	} else if (set.rate) {
		push(&idle, 0, connection);
	} else if (set.think) {
		push(&thinking, now_ns() + set.think * 1000, connection);
	} else {
		begin(connection, now_ns());
	}
}

static void count_answer(struct connection *connection)
{
	keep(&latencies, now_ns() - connection->began_ns);
	connection->requests++;
	if (--connection->pending)
		return;
	open_connections--;
	go_on(connection);
}

/* How many of the bytes it took. A head is gathered and looked at, a body only counted. */
static size_t take(struct connection *connection, const char *from, size_t bytes)
{
	size_t body, space = connection->body_left ? connection->body_left : sizeof(connection->head) - connection->have;
	size_t part = bytes < space ? bytes : space;

	if (connection->body_left) {
		connection->body_left -= part;
		if (!connection->body_left)
			count_answer(connection);
		return part;
	}
	memcpy(connection->head + connection->have, from, part);
	size_t head = head_bytes(connection->head, connection->have + part, &body);
	if (!head) {
		connection->have += part;
		if (!part)
			die("head");
		return part;
	}
	part = head - connection->have;
	failures += !!strncmp(connection->head, "HTTP/1.1 200", 12);
	connection->have = 0;
	connection->body_left = body;
	if (!body)
		count_answer(connection);
	return part;
}

static void read_answers(struct connection *connection)
{
	static char in[262144];
	ssize_t got = recv(connection->fd, in, sizeof(in), MSG_DONTWAIT);

	for (ssize_t done = 0; done < got;)
		done += take(connection, in + done, got - done);
	if (got > 0 || (got < 0 && errno == EAGAIN))
		return;
	failures++;
	open_connections -= connection->pending > 0;
	leave(connection);
	if (!stopping)
		go_on(connection);
}

/* What is due by now; when the next is. */
static long do_due(long *arrival_ns)
{
	static long arrivals;
	long from_ns, now = now_ns();

	while (set.rate && !stopping && *arrival_ns <= now) {
		push(&due, *arrival_ns, NULL);
		*arrival_ns += -log(uniform(arrivals++)) * 1e9 / set.rate;
	}
	while (first_ns(&due) <= now && idle.first != idle.last) {
		pop(&due, &from_ns);
		begin(pop(&idle, NULL), from_ns);
	}
	while (first_ns(&halves) <= now)
		send_part(pop(&halves, NULL), request_bytes / 2, request_bytes);
	while (first_ns(&thinking) <= now)
		begin(pop(&thinking, NULL), now_ns());
	long next = first_ns(&halves) < first_ns(&thinking) ? first_ns(&halves) : first_ns(&thinking);
	return set.rate && !stopping && *arrival_ns < next ? *arrival_ns : next;
}

static void hear_stdin(void)
{
	char line[64];

	if (read(0, line, sizeof(line)) <= 0)
		_exit(0);
	stopping = 1;
}

static void run(struct connection *connections)
{
	struct epoll_event events[256];
	long start = now_ns(), end = start + set.seconds * 1000000000, arrival_ns = start;

	for (long i = 0; i < set.connections; i++)
		go_on(&connections[i]);
	while (!stopping || open_connections) {
		long next = do_due(&arrival_ns), now = now_ns();
		stopping |= now >= end || (issued >= set.count && !open_connections);
		if (now > end + 5000000000) {
			failures += open_connections;
			return;
		}
		next = next < now + 100000000 ? next : now + 100000000;
		struct timespec wait = { 0, next > now ? next - now : 0 };
		int ready = epoll_pwait2(epoll_fd, events, 256, &wait, NULL);
		for (int i = 0; i < ready; i++) {
			struct connection *connection = events[i].data.ptr;
			if (!connection)
				hear_stdin();
			else if (connection->connecting && events[i].events == EPOLLOUT)
				connected(connection);
			else
				read_answers(connection);
		}
	}
}

static void make_request(void)
{
	char head[256];
	size_t bytes = sprintf(head, "%s / HTTP/1.1\r\nHost: server\r\nContent-Length: %ld\r\n\r\n", set.body ? "POST" : "GET",
		set.body);
	request = calloc(set.depth, bytes + set.body);
	for (long i = 0; i < set.depth; i++, request_bytes += bytes + set.body)
		memcpy(request + request_bytes, head, bytes);
}

static void read_word(const char *word)
{
	const struct { const char *name; long *value; } names[] = {
		{ "connections=", &set.connections }, { "seconds=", &set.seconds }, { "count=", &set.count },
		{ "think=", &set.think }, { "rate=", &set.rate }, { "split=", &set.split }, { "depth=", &set.depth },
		{ "body=", &set.body }, { "reconnect=", &set.reconnect }, { "late=", &set.late },
		{ "cpu=", &set.cpu }, { "wait=", &set.wait },
	};

	if (!strncmp(word, "samples=", 8)) {
		samples_file = word + 8;
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(word, names[i].name, strlen(names[i].name))) {
			*names[i].value = atol(strchr(word, '=') + 1);
			return;
		}
	die(word);
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	char line[64];

	if (argc < 3)
		return 2;
	address_bytes = address_of(argv[1], atoi(argv[2]), &address);
	for (int i = 3; i < argc; i++)
		read_word(argv[i]);
	pin(set.cpu);
	prctl(PR_SET_TIMERSLACK, 1);
	many_files();
	make_request();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct connection *connections = calloc(set.connections, sizeof(*connections));
	for (long i = 0; i < set.connections; i++) {
		connections[i].fd = -1;
		if (!set.late)
			open_connection(&connections[i]);
	}
	enlist();
	announce(1);
	if (set.wait && read(0, line, sizeof(line)) <= 0)
		return 0;
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &event); /* refused for a file: then nobody ends it early */
	long start = now_ns();
	run(connections);
	double seconds = (now_ns() - start) / 1e9;
	if (samples_file)
		write_samples(&latencies, samples_file);
	sort_samples(&latencies);
	sort_samples(&connects);
	printf("{\"requests\":%zu,\"failures\":%ld,\"seconds\":%f,\"meanNs\":%ld,\"p50Ns\":%ld,\"p99Ns\":%ld,\"maxNs\":%ld,"
		"\"connects\":%zu,\"connectP50Ns\":%ld,\"connectMaxNs\":%ld}\n", latencies.count, failures, seconds,
		latencies.count ? latencies.sum / (long)latencies.count : 0, permille(&latencies, 500),
		permille(&latencies, 990), permille(&latencies, 1000), connects.count, permille(&connects, 500),
		permille(&connects, 1000));
	return 0;
}
