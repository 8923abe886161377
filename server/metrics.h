/* SPDX-License-Identifier: ISC */
#ifndef METRICS_H
#define METRICS_H

#include "route.h"

/*
 * Figures for Prometheus.  Counters and gauges are the lines of metrics.def;
 * requests are counted by route and status.  All functions but make and free
 * may be called from any thread, and do nothing when m is NULL.
 */
struct metrics;

enum metric {
#define COUNTER(NAME, name, help) METRIC_##NAME,
#define GAUGE(NAME, name, help) METRIC_##NAME,
#include "metrics.def"
#undef COUNTER
#undef GAUGE
	METRIC_COUNT
};

/* table, n: the routes whose requests are counted; they outlive m. */
MUST_USE enum err metrics_make(const struct route *table, size_t n,
    struct metrics **m);
void metrics_free(struct metrics *m);

void metrics_add(struct metrics *m, enum metric which, int64_t n);
void metrics_set(struct metrics *m, enum metric which, int64_t value);
/* A request was answered.  route NULL: none matched. */
void metrics_request(struct metrics *m, const struct route *route,
    unsigned status, uint64_t microseconds);
/* The committer did a group of n appends. */
void metrics_group(struct metrics *m, size_t n);

/* The Prometheus text format; o->full when it does not fit. */
void metrics_write(struct metrics *m, struct out *o);

#endif
