/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Log-linear histogram: 26 octaves from 1,024 ns, 32 equal sub-buckets each, so a bucket is at most 1/32 wide. */
#ifndef POOLDRIFT_WAITS_H
#define POOLDRIFT_WAITS_H

#define WAIT_LEAST_NS 1024
#define WAIT_MOST_NS ((1ULL << 36) - 1)

static __always_inline u32 wait_bucket(u64 wait_ns)
{
	if (wait_ns < WAIT_LEAST_NS)
		return 0;
	if (wait_ns > WAIT_MOST_NS)
		return WAIT_BUCKETS - 1;
	u32 value = wait_ns >> 5;
	u32 rest = value >> 5, octave = 0;
	if (rest >> 16) { rest >>= 16; octave = 16; }
	if (rest >> 8) { rest >>= 8; octave += 8; }
	if (rest >> 4) { rest >>= 4; octave += 4; }
	if (rest >> 2) { rest >>= 2; octave += 2; }
	octave += rest >> 1;
	return octave * 32 + ((value >> octave) & 31);
}

/* In a histogram of WAIT_BUCKETS. */
static __always_inline void count_in(u32 *counts, u32 bucket)
{
	if (bucket >= WAIT_BUCKETS)
		return;
	if (constants.shared_stripes)
		__sync_fetch_and_add(&counts[bucket], 1);
	else
		counts[bucket]++;
}

static __always_inline void count_wait(u32 *counts, u64 wait_ns)
{
	count_in(counts, wait_bucket(wait_ns));
}

#endif
