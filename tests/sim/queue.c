#include "queue.h"

#include <stdio.h>
#include <stdlib.h>

static bool before(const struct happening *a, const struct happening *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct queue *q, size_t i, size_t j)
{
	struct happening h = q->item[i];

	q->item[i] = q->item[j];
	q->item[j] = h;
}

void queue_put(struct queue *q, const struct happening *h)
{
	size_t i = q->n;

	if (q->n == q->cap) {
		q->cap = q->cap * 2 + 256;
		q->item = realloc(q->item, q->cap * sizeof(*q->item));
		if (q->item == NULL) {
			fputs("sim: out of memory\n", stderr);
			abort();
		}
	}
	q->item[q->n] = *h;
	q->item[q->n++].order = ++q->order;
	for (; i > 0 && before(&q->item[i], &q->item[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(q, i, (i - 1) / 2);
}

bool queue_take(struct queue *q, struct happening *out)
{
	size_t i = 0;

	if (q->n == 0)
		return false;
	*out = q->item[0];
	q->item[0] = q->item[--q->n];
	for (;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1;
		     child <= 2 * i + 2 && child < q->n; child++)
			if (before(&q->item[child], &q->item[least]))
				least = child;
		if (least == i)
			return true;
		swap(q, i, least);
		i = least;
	}
}

void queue_fini(struct queue *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->item[i].parcel);
	free(q->item);
	*q = (struct queue){0};
}
