// SPDX-License-Identifier: Apache-2.0
/* capture DEVICE PORT FILE: when requests to a TCP port came in at a device and their answers went out, by the kernel's
 * timestamps of the packets. A line on stdin ends it: then one line of JSON, and FILE has for each request four u64:
 * the client's port, when the answer's first byte left (CLOCK_MONOTONIC), and how long before that the request's first
 * and its last byte had come, in ns. Bytes count when they come in order; what is sent again does not count.
 * The kernel stamps a packet as this socket gets it: coming in, just before IP; going out, as the device gets it. Stamps
 * that are asked for (SO_TIMESTAMPNS) would be no earlier on a veth: what comes in still bears its sender's pacing. */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "workload.h"

#define BLOCKS 32
#define BLOCK_BYTES (1 << 20)
#define RETIRE_MS 20
#define SNAP_BYTES 160
#define MAX_FLOWS (1 << 17)
#define MAX_GAPS 8

struct range {
	uint32_t from, to;
};

struct flow {
	uint8_t address[16];
	uint16_t port, used;
	int in_known, out_known, waiting;
	uint32_t in_next, out_next;
	long first_ns, last_ns;
	struct range ahead[MAX_GAPS];
};

struct segment {
	const uint8_t *address;
	uint16_t port;
	int incoming, syn;
	uint32_t seq, bytes;
	long at_ns;
};

static struct flow flows[MAX_FLOWS];
static long requests, packets, again_in, again_out, early, connections, wall_offset_ns;
static int port;
static FILE *out;

static struct flow *flow_of(const struct segment *segment)
{
	unsigned at = segment->port * 40503u + segment->address[15] * 2654435761u + segment->address[3];

	for (int tries = 0; tries < MAX_FLOWS; tries++) {
		struct flow *flow = &flows[(at + tries) % MAX_FLOWS];
		if (flow->used && flow->port == segment->port && !memcmp(flow->address, segment->address, 16))
			return flow;
		if (flow->used)
			continue;
		flow->used = 1;
		flow->port = segment->port;
		memcpy(flow->address, segment->address, 16);
		connections++;
		return flow;
	}
	die("too many connections");
	return NULL;
}

static int before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void put_aside(struct flow *flow, uint32_t from, uint32_t to)
{
	early++;
	for (int i = 0; i < MAX_GAPS; i++)
		if (flow->ahead[i].from == flow->ahead[i].to) {
			flow->ahead[i] = (struct range){ from, to };
			return;
		}
	die("too many segments before their turn");
}

/* Whether bytes have become readable: the segment has the next one. */
static int comes_in(struct flow *flow, uint32_t from, uint32_t to)
{
	if (!flow->in_known)
		flow->in_next = from;
	flow->in_known = 1;
	if (!before(flow->in_next, to)) {
		again_in++;
		return 0;
	}
	if (before(flow->in_next, from)) {
		put_aside(flow, from, to);
		return 0;
	}
	flow->in_next = to;
	for (int i = 0; i < MAX_GAPS; i++) {
		struct range *range = &flow->ahead[i];
		if (range->from == range->to || before(flow->in_next, range->from))
			continue;
		if (before(flow->in_next, range->to))
			flow->in_next = range->to;
		*range = (struct range){ 0, 0 };
		i = -1;
	}
	return 1;
}

/* Whether the segment has a byte that was not sent before. */
static int goes_out(struct flow *flow, uint32_t to)
{
	if (flow->out_known && !before(flow->out_next, to)) {
		again_out++;
		return 0;
	}
	flow->out_known = 1;
	flow->out_next = to;
	return 1;
}

static void request_bytes(struct flow *flow, long at_ns)
{
	if (!flow->waiting)
		flow->first_ns = at_ns;
	flow->waiting = 1;
	flow->last_ns = at_ns;
}

static void answer_bytes(struct flow *flow, long at_ns)
{
	uint64_t record[] = { flow->port, at_ns + wall_offset_ns, at_ns - flow->first_ns, at_ns - flow->last_ns };

	if (!flow->waiting)
		return;
	flow->waiting = 0;
	requests++;
	if (fwrite(record, sizeof(record), 1, out) != 1)
		die("write");
}

static void see(const struct segment *segment)
{
	struct flow *flow = flow_of(segment);

	if (segment->syn && segment->incoming) {
		flow->in_known = 1;
		flow->out_known = flow->waiting = 0;
		flow->in_next = segment->seq + 1;
		memset(flow->ahead, 0, sizeof(flow->ahead));
	}
	if (segment->syn || !segment->bytes)
		return;
	uint32_t end = segment->seq + segment->bytes;
	if (segment->incoming && comes_in(flow, segment->seq, end))
		request_bytes(flow, segment->at_ns);
	if (!segment->incoming && goes_out(flow, end))
		answer_bytes(flow, segment->at_ns);
}

/* `ip` has SNAP_BYTES of a packet of TCP over IPv4 or IPv6; `whole` is its length where its own field has no room. */
static void look(const uint8_t *ip, size_t whole, int outgoing, long at_ns)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };
	const struct ip *v4 = (const void *)ip;
	const struct ip6_hdr *v6 = (const void *)ip;
	int is_v4 = v4->ip_v == 4;
	size_t head = is_v4 ? v4->ip_hl * 4u : sizeof(*v6);
	size_t said = is_v4 ? ntohs(v4->ip_len) : ntohs(v6->ip6_plen) + sizeof(*v6) * !!v6->ip6_plen;
	const struct tcphdr *tcp = (const void *)(ip + head);
	uint8_t address[16];

	if (ntohs(outgoing ? tcp->source : tcp->dest) != port)
		return;
	memcpy(address, mapped, sizeof(address));
	if (is_v4)
		memcpy(address + 12, outgoing ? &v4->ip_dst : &v4->ip_src, 4);
	else
		memcpy(address, outgoing ? &v6->ip6_dst : &v6->ip6_src, 16);
	struct segment segment = { .address = address, .port = ntohs(outgoing ? tcp->dest : tcp->source),
		.incoming = !outgoing, .syn = tcp->syn, .seq = ntohl(tcp->seq), .at_ns = at_ns,
		.bytes = (said ? said : whole) - head - tcp->doff * 4 };
	see(&segment);
}

static void look_at_block(struct tpacket_block_desc *block)
{
	struct tpacket3_hdr *packet = (void *)block + block->hdr.bh1.offset_to_first_pkt;

	for (unsigned i = 0; i < block->hdr.bh1.num_pkts; i++) {
		struct sockaddr_ll *from = (void *)packet + TPACKET_ALIGN(sizeof(*packet));
		packets++;
		look((void *)packet + packet->tp_net, packet->tp_len, from->sll_pkttype == PACKET_OUTGOING,
			packet->tp_sec * 1000000000L + packet->tp_nsec);
		packet = (void *)packet + packet->tp_next_offset;
	}
}

/* TCP only, and no more of a packet than its heads. */
static void filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SNAP_BYTES), BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		die("SO_ATTACH_FILTER");
}

static uint8_t *open_ring(const char *device, int *fd)
{
	struct tpacket_req3 ring = { .tp_block_size = BLOCK_BYTES, .tp_block_nr = BLOCKS, .tp_frame_size = 2048,
		.tp_frame_nr = BLOCKS * (BLOCK_BYTES / 2048), .tp_retire_blk_tov = RETIRE_MS };
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(device) };
	int version = TPACKET_V3;

	*fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (*fd < 0 || setsockopt(*fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)))
		die("PACKET_VERSION");
	filter(*fd);
	if (setsockopt(*fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		die("PACKET_RX_RING");
	uint8_t *blocks = mmap(NULL, BLOCKS * BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (blocks == MAP_FAILED || !at.sll_ifindex || bind(*fd, (struct sockaddr *)&at, sizeof(at)))
		die(device);
	return blocks;
}

static void follow(int fd, uint8_t *blocks)
{
	struct pollfd in[] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	long end = __LONG_MAX__;

	for (unsigned i = 0;;) {
		struct tpacket_block_desc *block = (void *)(blocks + i % BLOCKS * BLOCK_BYTES);
		if (__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) {
			look_at_block(block);
			__atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
			i++;
			continue;
		}
		if (now_ns() >= end) /* and nothing is left to read, however late we are */
			return;
		poll(in, end == __LONG_MAX__ ? 2 : 1, RETIRE_MS);
		if (in[1].revents && end == __LONG_MAX__)
			end = now_ns() + 4 * RETIRE_MS * 1000000L;
	}
}

int main(int argc, char **argv)
{
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof(stats);
	struct timespec wall;
	int fd;

	if (argc < 4)
		return 2;
	port = atoi(argv[2]);
	out = fopen(argv[3], "w");
	if (!out)
		die(argv[3]);
	uint8_t *blocks = open_ring(argv[1], &fd);
	clock_gettime(CLOCK_REALTIME, &wall);
	wall_offset_ns = now_ns() - (wall.tv_sec * 1000000000L + wall.tv_nsec);
	enlist();
	announce(1);
	follow(fd, blocks);
	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) || fclose(out))
		die("end");
	printf("{\"requests\":%ld,\"connections\":%ld,\"packets\":%ld,\"dropped\":%u,\"againIn\":%ld,"
		"\"againOut\":%ld,\"early\":%ld}\n", requests, connections, packets, stats.tp_drops, again_in,
		again_out, early);
	return 0;
}
