/* SPDX-License-Identifier: Apache-2.0 */
/* Every value kept, so that a quantile is one of them: nearest rank. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "workload.h"

struct samples {
	long *at, sum;
	size_t count, space;
};

static inline void keep(struct samples *samples, long value)
{
	if (samples->count == samples->space) {
		samples->space = samples->space ? 2 * samples->space : 65536;
		samples->at = realloc(samples->at, samples->space * sizeof(long));
		if (!samples->at)
			die("realloc");
	}
	samples->sum += value;
	samples->at[samples->count++] = value;
}

static inline int ascending(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static inline void sort_samples(struct samples *samples)
{
	qsort(samples->at, samples->count, sizeof(long), ascending);
}

/* Of sorted samples; 0 where there are none. */
static inline long permille(const struct samples *samples, size_t rank)
{
	return samples->count ? samples->at[(samples->count * rank + 999) / 1000 - 1] : 0;
}

/* As u64 in the order they came in, before they are sorted. */
static inline void write_samples(const struct samples *samples, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(samples->at, sizeof(long), samples->count, file) < samples->count || fclose(file))
		die(path);
}

#endif
