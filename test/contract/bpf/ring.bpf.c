/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Writes records of odd sizes into a ring. The programs are never attached: BPF_PROG_TEST_RUN runs them (as raw tracepoint
 * programs, because BPF_PROG_TYPE_SYSCALL may not use perf buffers). Each returns how many of its records were refused. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define BATCH_MAX 512
#define WORDS 32
#define LEAST_BYTES 20
#define HELD_NS_MAX 2000000000ULL

/* What a run shall write; test/contract/producer.ts and native/produce.c fill it in. */
struct batch {
	__u64 producer;
	__u64 first;    /* number of the first record */
	__u64 records;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf_events SEC(".maps");

struct {
	__u32 held;
	__u32 release;
} control SEC(".data.control");

/* Returns the record's length in bytes: 20 to 120, three of four no multiple of a word. */
static __always_inline __u32 fill(__u32 *words, struct batch *batch, __u32 i)
{
	__u32 number = batch->first + i;
	__u32 bytes = LEAST_BYTES + number % 101;

	words[0] = batch->producer;
	words[1] = number;
	words[2] = bytes;
	words[3] = bpf_get_smp_processor_id();
	for (int word = 4; word < WORDS; word++)
		words[word] = number ^ word << 24;
	/* The verifier does not see what a remainder is bounded by, and the compiler would remove the mask. */
	__asm__ volatile("" : "+r"(bytes));
	return bytes & 127;
}

SEC("raw_tp")
int to_ring(struct batch *batch)
{
	__u32 words[WORDS], refused = 0;

	for (__u32 i = 0; i < BATCH_MAX && i < batch->records; i++) {
		__u32 bytes = fill(words, batch, i);
		refused -= bpf_ringbuf_output(&events, words, bytes, BPF_RB_NO_WAKEUP) >> 63;
	}
	return refused;
}

SEC("raw_tp")
int to_perf(struct batch *batch)
{
	__u32 words[WORDS], refused = 0;

	for (__u32 i = 0; i < BATCH_MAX && i < batch->records; i++) {
		__u32 bytes = fill(words, batch, i);
		refused -= bpf_perf_event_output(batch, &perf_events, BPF_F_CURRENT_CPU, words, bytes) >> 63;
	}
	return refused;
}

/* Every third record is taken back. */
SEC("raw_tp")
int discarding(struct batch *batch)
{
	__u32 refused = 0;

	for (__u32 i = 0; i < BATCH_MAX && i < batch->records; i++) {
		__u32 *words = bpf_ringbuf_reserve(&events, WORDS * 4, 0);
		if (!words) {
			refused++;
			continue;
		}
		fill(words, batch, i);
		if (i % 3)
			bpf_ringbuf_submit(words, BPF_RB_NO_WAKEUP);
		else
			bpf_ringbuf_discard(words, BPF_RB_NO_WAKEUP);
	}
	return refused;
}

static long released(__u32 index, __u64 *until_ns)
{
	return *(volatile __u32 *)&control.release || bpf_ktime_get_ns() > *until_ns;
}

static long wait(__u32 index, __u64 *until_ns)
{
	bpf_loop(1 << 20, released, until_ns, 0);
	return released(0, until_ns);
}

/* A record that stays unfinished until user space says so. */
SEC("raw_tp")
int holding(struct batch *batch)
{
	__u64 until_ns = bpf_ktime_get_ns() + HELD_NS_MAX;
	__u32 *words = bpf_ringbuf_reserve(&events, WORDS * 4, 0);

	if (!words)
		return 1;
	fill(words, batch, 0);
	control.held = 1;
	bpf_loop(1 << 20, wait, &until_ns, 0);
	bpf_ringbuf_submit(words, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
