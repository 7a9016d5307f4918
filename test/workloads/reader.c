// SPDX-License-Identifier: Apache-2.0
/* reader PORT WORD...: a thread a connection reads messages of a known length, whatever is in them, and answers by HTTP.
 *   bytes=N    of a message (64)
 *   how=CALL   recv, read, readv, recvmsg, recvmmsg, peek (looked at first), turns (another thread reads the second half),
 *              early (answered when its first bytes have come, the rest is read afterwards)
 *   chunk=N    at most so many bytes a call (65536), with
 *   nap=US     between
 *   sleep=US   before the answer, which goes out in
 *   pieces=N   with
 *   pause=US   between
 * Names its acceptor. */
#include <sys/uio.h>
#include "connection.h"

static struct { long bytes, chunk, nap, sleep, pieces, pause; } set = { .bytes = 64, .chunk = 65536, .pieces = 1 };
static const char *how = "recv";
static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
static int listener;

struct reading {
	int fd;
	long left;
};

static ssize_t receive_by(int fd, char *to, size_t bytes)
{
	struct iovec part = { to, bytes };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	if (!strcmp(how, "read"))
		return read(fd, to, bytes);
	if (!strcmp(how, "readv"))
		return readv(fd, &part, 1);
	if (!strcmp(how, "recvmsg"))
		return recvmsg(fd, &message.msg_hdr, 0);
	if (!strcmp(how, "recvmmsg"))
		return recvmmsg(fd, &message, 1, 0, NULL) == 1 ? message.msg_len : -1;
	if (!strcmp(how, "peek") && recv(fd, to, bytes, MSG_PEEK) <= 0)
		return -1;
	return recv(fd, to, bytes, 0);
}

/* All of `left`, or -1. */
static int read_all(struct reading *reading)
{
	char in[65536];

	while (reading->left) {
		long most = reading->left < set.chunk ? reading->left : set.chunk;
		ssize_t got = receive_by(reading->fd, in, most < (long)sizeof(in) ? most : (long)sizeof(in));
		if (got <= 0)
			return -1;
		reading->left -= got;
		if (set.nap && reading->left)
			sleep_us(set.nap);
	}
	return 0;
}

static void *read_rest(void *of)
{
	return (void *)(long)read_all(of);
}

static int answer_in_pieces(int fd)
{
	size_t bytes = sizeof(head) - 1, each = (bytes + set.pieces - 1) / set.pieces;

	for (size_t from = 0; from < bytes; from += each) {
		if (from && set.pause)
			sleep_us(set.pause);
		if (send_all(fd, head + from, bytes - from < each ? bytes - from : each))
			return -1;
	}
	return 0;
}

static int serve_message(int fd)
{
	int early = !strcmp(how, "early"), turns = !strcmp(how, "turns");
	long first = early || turns ? set.bytes / 2 : set.bytes;
	struct reading begin = { fd, first }, rest = { fd, set.bytes - first };
	pthread_t other;
	void *failed = NULL;

	if (read_all(&begin))
		return -1;
	if (turns && (pthread_create(&other, NULL, read_rest, &rest) || pthread_join(other, &failed) || failed))
		return -1;
	if (set.sleep)
		sleep_us(set.sleep);
	return answer_in_pieces(fd) || read_all(&rest);
}

static void *attend(void *of)
{
	struct connection *connection = of;

	pthread_detach(pthread_self());
	while (!serve_message(connection->fd))
		;
	end_connection(connection);
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

static void read_word(const char *word)
{
	const struct { const char *name; long *value; } names[] = { { "bytes=", &set.bytes }, { "chunk=", &set.chunk },
		{ "nap=", &set.nap }, { "sleep=", &set.sleep }, { "pieces=", &set.pieces }, { "pause=", &set.pause } };

	if (!strncmp(word, "how=", 4)) {
		how = word + 4;
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
	if (argc < 2)
		return 2;
	for (int i = 2; i < argc; i++)
		read_word(argv[i]);
	prctl(PR_SET_TIMERSLACK, 1);
	many_files();
	listener = listen_on(atoi(argv[1]), 4096);
	spawn(accept_all, NULL);
	return serve(1);
}
