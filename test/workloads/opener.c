// SPDX-License-Identifier: Apache-2.0
/* opener DEVICE reset|connect: plays a host whose frames no kernel takes (those to 02:00:00:00:00:99), over IPv4, and
 * opens each connection from its side too: a SYN is answered by a SYN. What the other side says then, with an ACK, is
 * answered by a reset or an ACK. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "workload.h"

#define OUR_SEQUENCE 1000

struct frame {
	struct ether_header ether;
	struct iphdr ip;
	struct tcphdr tcp;
	char rest[1500];
} __attribute__((packed));

static const unsigned char host[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x99 };

static unsigned add(unsigned sum, const void *of, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 2)
		sum += (unsigned)((const unsigned char *)of)[i] << 8 | ((const unsigned char *)of)[i + 1];
	return sum;
}

static unsigned short folded(unsigned sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* A segment with no data back to where `in` came from. */
static struct frame answer(const struct frame *in)
{
	struct frame out = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP } };

	memcpy(out.ether.ether_dhost, in->ether.ether_shost, ETH_ALEN);
	memcpy(out.ether.ether_shost, host, ETH_ALEN);
	out.ether.ether_type = in->ether.ether_type;
	out.ip.tot_len = htons(sizeof(out.ip) + sizeof(out.tcp));
	out.ip.saddr = in->ip.daddr;
	out.ip.daddr = in->ip.saddr;
	out.tcp.source = in->tcp.dest;
	out.tcp.dest = in->tcp.source;
	out.tcp.doff = sizeof(out.tcp) / 4;
	out.tcp.window = htons(65535);
	return out;
}

static void say(int fd, struct frame *out)
{
	out->ip.check = folded(add(0, &out->ip, sizeof(out->ip)));
	unsigned sum = add(IPPROTO_TCP + sizeof(out->tcp), &out->ip.saddr, 2 * sizeof(out->ip.saddr));
	out->tcp.check = folded(add(sum, &out->tcp, sizeof(out->tcp)));
	size_t bytes = sizeof(out->ether) + sizeof(out->ip) + sizeof(out->tcp);
	if (send(fd, out, bytes, 0) != (ssize_t)bytes)
		die("send");
}

static void react(int fd, const struct frame *in, int resets)
{
	struct frame out = answer(in);

	if (in->tcp.rst || in->tcp.fin)
		return;
	out.tcp.seq = htonl(OUR_SEQUENCE + (in->tcp.ack ? 1 : 0));
	if (!in->tcp.ack)
		out.tcp.syn = 1;
	else if (in->tcp.syn) {
		out.tcp.ack = 1;
		out.tcp.ack_seq = htonl(ntohl(in->tcp.seq) + 1);
		out.tcp.rst = resets;
	} else
		return;
	say(fd, &out);
}

int main(int argc, char **argv)
{
	struct frame in;

	if (argc < 3)
		return 2;
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex(argv[1]) };
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die(argv[1]);
	enlist();
	announce(1);
	struct pollfd ready[] = { { .fd = 0, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	while (poll(ready, 2, -1) > 0 && !ready[0].revents)
		if (recv(fd, &in, sizeof(in), 0) >= (ssize_t)(sizeof(in) - sizeof(in.rest)) &&
		    !memcmp(in.ether.ether_dhost, host, ETH_ALEN) && in.ip.protocol == IPPROTO_TCP)
			react(fd, &in, !strcmp(argv[2], "reset"));
	return 0;
}
