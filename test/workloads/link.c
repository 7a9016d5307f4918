// SPDX-License-Identifier: Apache-2.0
/* link NAMESPACE NAMESPACE: a TUN device "link" in each of two network namespaces, and the way between them. A line
 * "set US PPM US PPM" on stdin: delay and random loss (fixed seed) from the first to the second, and back; answered by
 * "ok". "stats": two by three counts: passed, lost, and turned away because PACKETS_MAX were under way. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include "queue.h"

#define PACKETS_MAX 16384

struct packet {
	ssize_t bytes;
	char data[];
};

struct way {
	int from, to;
	long delay_us, loss_ppm, due_ns;
	long came, passed, lost, turned_away;
	struct queue under_way;
};

static struct way ways[2];

static int open_in(const char *namespace)
{
	struct ifreq device = { .ifr_name = "link", .ifr_flags = IFF_TUN | IFF_NO_PI };
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	int inside = open(path, O_RDONLY | O_CLOEXEC);
	if (inside < 0 || setns(inside, CLONE_NEWNET))
		die(path);
	int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC); /* of the namespace it is opened in */
	if (tun < 0 || ioctl(tun, TUNSETIFF, &device))
		die("/dev/net/tun");
	close(inside);
	return tun;
}

static void take_in(struct way *way, const char *data, ssize_t bytes)
{
	long due_ns = now_ns() + way->delay_us * 1000;

	if (uniform(way->came++ * 2 + (way == ways)) * 1e6 < way->loss_ppm) {
		way->lost++;
		return;
	}
	if (way->under_way.last - way->under_way.first == PACKETS_MAX) {
		way->turned_away++;
		return;
	}
	struct packet *packet = malloc(sizeof(*packet) + bytes);
	packet->bytes = bytes;
	memcpy(packet->data, data, bytes);
	way->due_ns = due_ns > way->due_ns ? due_ns : way->due_ns; /* none overtakes another */
	push(&way->under_way, way->due_ns, packet);
}

static void let_out(struct way *way)
{
	while (first_ns(&way->under_way) <= now_ns()) {
		struct packet *packet = pop(&way->under_way, NULL);
		if (write(way->to, packet->data, packet->bytes) == packet->bytes)
			way->passed++;
		else
			way->turned_away++;
		free(packet);
	}
}

static void hear_stdin(void)
{
	static char line[256];
	struct way *to = &ways[0], *back = &ways[1];
	ssize_t got = read(0, line, sizeof(line) - 1);

	if (got <= 0)
		_exit(0);
	line[got] = 0;
	if (sscanf(line, "set %ld %ld %ld %ld", &to->delay_us, &to->loss_ppm, &back->delay_us, &back->loss_ppm) == 4)
		printf("ok\n");
	else
		printf("[[%ld,%ld,%ld],[%ld,%ld,%ld]]\n", to->passed, to->lost, to->turned_away, back->passed, back->lost,
			back->turned_away);
	fflush(stdout);
}

static void watch(int epoll_fd, int fd, struct way *way)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = way };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

static void carry(int epoll_fd)
{
	static char data[65536];
	struct epoll_event events[3];
	ssize_t bytes;

	for (;;) {
		long a = first_ns(&ways[0].under_way), b = first_ns(&ways[1].under_way), now = now_ns();
		long left = (a < b ? a : b) - now;
		struct timespec wait = { 0, left < 0 ? 0 : left < 900000000 ? left : 900000000 };
		int ready = epoll_pwait2(epoll_fd, events, 3, &wait, NULL);
		for (int i = 0; i < ready; i++) {
			struct way *way = events[i].data.ptr;
			if (!way)
				hear_stdin();
			while (way && (bytes = read(way->from, data, sizeof(data))) > 0)
				take_in(way, data, bytes);
		}
		let_out(&ways[0]);
		let_out(&ways[1]);
	}
}

int main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 1 };

	if (argc < 3)
		return 2;
	ways[0].from = ways[1].to = open_in(argv[1]);
	ways[1].from = ways[0].to = open_in(argv[2]);
	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &first); /* where it may: a delay does not grow with the load of the CPUs */
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	watch(epoll_fd, 0, NULL);
	watch(epoll_fd, ways[0].from, &ways[0]);
	watch(epoll_fd, ways[1].from, &ways[1]);
	enlist();
	announce(1);
	carry(epoll_fd);
}
