/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Empty programs on the events of a request, each with the name of the program of bpf/ whose floor it is. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define EMPTY(name, event)  \
	SEC(event)          \
	int name(void *ctx) \
	{                   \
		return 0;   \
	}

EMPTY(on_sched_switch, "tp_btf/sched_switch")
EMPTY(on_sched_waking, "tp_btf/sched_waking")
EMPTY(on_data_ready, "tp_btf/sk_data_ready")
EMPTY(on_recv_length, "tp_btf/sock_recv_length")
EMPTY(on_sendmsg_locked, "tp_btf/tcp_sendmsg_locked")
EMPTY(on_sendmsg_entry, "fentry/tcp_sendmsg_locked")
EMPTY(on_send_length, "tp_btf/sock_send_length")

char LICENSE[] SEC("license") = "GPL";
