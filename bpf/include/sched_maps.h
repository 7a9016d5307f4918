/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Maps of bpf/sched.bpf.c alone. Sizes marked 1 are set by the loader. */
#ifndef POOLDRIFT_SCHED_MAPS_H
#define POOLDRIFT_SCHED_MAPS_H

#include "pool_maps.h"

#define ASSIGN_NONE 0xffffffff
#define NO_CPU 0xffffffff
/* cpu_cell.armed: a worker waits here, so the next switch records who had the CPU until then, and all that follow. */
#define ARMED 1
#define ARM_AT_SWITCH 2
#define QUIET_RUNS 4096
#define WALK_ENTRIES 256  /* 10 ns each, under the run-queue lock */

MAPPED_ARRAY(arrivals, u64);                  /* a slot: see look() */
MAPPED_ARRAY(cells, struct cpu_cell);
MAPPED_ARRAY(places, struct cpu_place);
MAPPED_ARRAY(policies, u32);                  /* enum pool_policy, a pool */

/* Last freed, first taken: the slots in use stay together at the bottom. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1);
	__uint(value_size, sizeof(u32));
} free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct assignment);
} assignments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} perf_events SEC(".maps");

/* A struct that no map value names would be missing from the object's BTF. */
const volatile struct process_event *anchor_process_event __attribute__((unused));
const volatile enum worker_state *anchor_worker_state __attribute__((unused));
const volatile enum block_reason *anchor_block_reason __attribute__((unused));
const volatile enum migration_scope *anchor_migration_scope __attribute__((unused));
const volatile enum thief_key *anchor_thief_key __attribute__((unused));
const volatile enum pool_policy *anchor_pool_policy __attribute__((unused));
const volatile enum process_event_kind *anchor_process_event_kind __attribute__((unused));

#endif
