// SPDX-License-Identifier: Apache-2.0
/* uring PORT MODE WORD...: an HTTP server on io_uring, with one thread; steps.h has the words. MODE: who receives and
 * sends. inline: this thread; async: workers of the kernel (IOSQE_ASYNC); sqpoll: the kernel's polling thread. For up
 * to ENTRIES / 2 connections. */
#include <linux/io_uring.h>
#include "connection.h"

#define ENTRIES 4096

enum { ACCEPT, RECEIVE, SEND };

static struct io_uring_params params;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static unsigned *sq_tail, *sq_flags, *sq_array, *cq_head, *cq_tail, sq_mask, cq_mask, added;
static int ring_fd, listener, async;

static void *map_ring(off_t offset, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_fd, offset);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void set_up(int sqpoll)
{
	params.flags = sqpoll ? IORING_SETUP_SQPOLL : 0;
	params.sq_thread_idle = 50;
	ring_fd = syscall(SYS_io_uring_setup, ENTRIES, &params);
	if (ring_fd < 0)
		die("io_uring_setup");
	void *sq = map_ring(IORING_OFF_SQ_RING, params.sq_off.array + params.sq_entries * sizeof(unsigned));
	void *cq = map_ring(IORING_OFF_CQ_RING, params.cq_off.cqes + params.cq_entries * sizeof(*cqes));
	sqes = map_ring(IORING_OFF_SQES, params.sq_entries * sizeof(*sqes));
	sq_tail = sq + params.sq_off.tail;
	sq_flags = sq + params.sq_off.flags;
	sq_array = sq + params.sq_off.array;
	sq_mask = *(unsigned *)(sq + params.sq_off.ring_mask);
	cq_head = cq + params.cq_off.head;
	cq_tail = cq + params.cq_off.tail;
	cqes = cq + params.cq_off.cqes;
	cq_mask = *(unsigned *)(cq + params.cq_off.ring_mask);
}

static void add(int operation, struct connection *connection, int fd, const char *from, size_t bytes)
{
	static const int codes[] = { IORING_OP_ACCEPT, IORING_OP_RECV, IORING_OP_SEND };
	unsigned tail = *sq_tail, at = tail & sq_mask;

	sqes[at] = (struct io_uring_sqe){ .opcode = codes[operation], .fd = fd, .addr = (unsigned long)from, .len = bytes,
		.user_data = (unsigned long)connection | operation };
	sqes[at].flags = async && operation != ACCEPT ? IOSQE_ASYNC : 0;
	sq_array[at] = at;
	__atomic_store_n(sq_tail, tail + 1, __ATOMIC_RELEASE);
	added++;
}

static void submit_and_wait(void)
{
	unsigned flags = IORING_ENTER_GETEVENTS;

	if (params.flags & IORING_SETUP_SQPOLL) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(sq_flags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP)
			flags |= IORING_ENTER_SQ_WAKEUP;
	}
	if (syscall(SYS_io_uring_enter, ring_fd, added, 1, flags, NULL, 0) < 0 && errno != EINTR)
		die("io_uring_enter");
	added = 0;
}

static void next_part(struct connection *connection)
{
	add(RECEIVE, connection, connection->fd, connection->in + connection->have,
		sizeof(connection->in) - connection->have);
}

/* The steps for the first request, if it is whole, and its answer; otherwise more is received. */
static void respond(struct connection *connection)
{
	size_t request = message_bytes(connection->in, connection->have);
	struct steps *steps = atomic_load(&current_steps);

	if (!request) {
		next_part(connection);
		return;
	}
	connection->have -= request;
	memmove(connection->in, connection->in + request, connection->have);
	do_steps(steps);
	add(SEND, connection, connection->fd, steps->answer, steps->answer_bytes);
}

static void complete(int operation, struct connection *connection, int result)
{
	if (operation == ACCEPT) {
		add(ACCEPT, NULL, listener, NULL, 0);
		if (result >= 0)
			next_part(new_connection(result));
	} else if (result <= 0) {
		end_connection(connection);
	} else {
		connection->have += operation == RECEIVE ? result : 0;
		respond(connection);
	}
}

static void *work(void *unused)
{
	enlist();
	add(ACCEPT, NULL, listener, NULL, 0);
	for (;;) {
		submit_and_wait();
		unsigned head = *cq_head, tail = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE);
		for (; head != tail; head++) {
			struct io_uring_cqe *done = &cqes[head & cq_mask];
			complete(done->user_data & 3, (void *)(done->user_data & ~3UL), done->res);
		}
		__atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	async = !strcmp(argv[2], "async");
	prepare(argc, argv, 3);
	listener = listen_on(atoi(argv[1]), 4096);
	set_up(!strcmp(argv[2], "sqpoll"));
	spawn(work, NULL);
	return serve_steps(1);
}
