/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Fills a ring with process events, as fast as it can, when it is run by BPF_PROG_TEST_RUN. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

#define RECORDS 60000 /* 64 bytes each with the header: all but fills the ring */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} events SEC(".maps");

static long produce(__u32 index, void *refused)
{
	struct process_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		++*(__u32 *)refused;
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = PROCESS_FORK;
	event->tid = event->tgid = index;
	event->parent_tgid = 1;
	event->cgroup_id = 4242;
	event->at_ns = bpf_ktime_get_ns();
	__builtin_memcpy(event->comm, "worker", 7);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Returns how many records found no room. */
SEC("syscall")
int fill(void *ctx)
{
	__u32 refused = 0;

	bpf_loop(RECORDS, produce, &refused, 0);
	return refused;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
