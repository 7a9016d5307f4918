/* SPDX-License-Identifier: Apache-2.0 */
/* First in, first out: things and when each is due. At most a million. */
#ifndef QUEUE_H
#define QUEUE_H

#include "workload.h"

struct queue {
	struct { long at_ns; void *item; } *entry;
	size_t first, last, space;
};

static inline void push(struct queue *queue, long at_ns, void *item)
{
	if (!queue->entry) {
		queue->space = 1 << 20;
		queue->entry = malloc(queue->space * sizeof(*queue->entry));
	}
	if (queue->last - queue->first == queue->space)
		die("queue");
	queue->entry[queue->last % queue->space].at_ns = at_ns;
	queue->entry[queue->last++ % queue->space].item = item;
}

static inline void *pop(struct queue *queue, long *at_ns)
{
	if (at_ns)
		*at_ns = queue->entry[queue->first % queue->space].at_ns;
	return queue->entry[queue->first++ % queue->space].item;
}

static inline long first_ns(const struct queue *queue)
{
	return queue->first == queue->last ? __LONG_MAX__ : queue->entry[queue->first % queue->space].at_ns;
}

#endif
