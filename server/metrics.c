/* SPDX-License-Identifier: ISC */
#include "metrics.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Counters are kept apart by thread, so that loops do not fight over cache
 * lines; reading adds them up. */
#define SHARDS 8

static const unsigned status_of[] = { 200, 201, 202, 204, 304, 400, 401, 403,
	404, 405, 408, 409, 413, 415, 422, 429, 500, 503, 0 };
#define STATUSES (sizeof status_of / sizeof *status_of)

static const unsigned duration_us[] = { 50, 100, 250, 500, 1000, 2500, 5000,
	10000, 25000, 100000, 500000, 2500000 };
#define DURATIONS (sizeof duration_us / sizeof *duration_us)

static const unsigned group_size[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };
#define GROUPS (sizeof group_size / sizeof *group_size)

struct histogram {
	atomic_uint_fast64_t bucket[DURATIONS + 1]; /* the last: +Inf */
	atomic_uint_fast64_t sum;
};

struct row {
	atomic_uint_fast64_t status[STATUSES];
	struct histogram duration;
};

struct metrics {
	const struct route *table;
	size_t n;
	atomic_int_fast64_t plain[METRIC_COUNT];
	struct histogram group; /* of GROUPS buckets */
	struct row row[];       /* SHARDS times n + 1, the last: no route */
};

enum err
metrics_make(const struct route *table, size_t n, struct metrics **out)
{
	size_t rows = SHARDS * (n + 1);
	struct metrics *m = calloc(1, sizeof *m + rows * sizeof(struct row));

	*out = m;
	if (!m)
		return ERR_OUT_OF_MEMORY;
	m->table = table;
	m->n = n;
	return OK;
}

void
metrics_free(struct metrics *m)
{
	free(m);
}

static size_t
shard(void)
{
	static atomic_size_t threads;
	static _Thread_local size_t mine; /* 0: not chosen yet */

	if (mine == 0)
		mine = atomic_fetch_add(&threads, 1) % SHARDS + 1;
	return mine - 1;
}

static void
add(atomic_uint_fast64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

void
metrics_add(struct metrics *m, enum metric which, int64_t n)
{
	if (m) {
		atomic_fetch_add_explicit(&m->plain[which], n,
		    memory_order_relaxed);
	}
}

void
metrics_set(struct metrics *m, enum metric which, int64_t value)
{
	if (m) {
		atomic_store_explicit(&m->plain[which], value,
		    memory_order_relaxed);
	}
}

static void
observe(struct histogram *h, const unsigned *edge, size_t n, uint64_t value)
{
	size_t i = 0;

	while (i < n && value > edge[i])
		i++;
	add(&h->bucket[i], 1);
	add(&h->sum, value);
}

void
metrics_request(struct metrics *m, const struct route *route, unsigned status,
    uint64_t microseconds)
{
	size_t r, s = 0;
	struct row *row;

	if (!m)
		return;
	r = route && route >= m->table && route < m->table + m->n
		? (size_t)(route - m->table)
		: m->n;
	row = &m->row[shard() * (m->n + 1) + r];
	while (status_of[s] && status_of[s] != status)
		s++;
	add(&row->status[s], 1);
	observe(&row->duration, duration_us, DURATIONS, microseconds);
}

void
metrics_group(struct metrics *m, size_t n)
{
	if (m)
		observe(&m->group, group_size, GROUPS, n);
}

static void put(struct out *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct out *o, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof line) {
		o->full = true;
	} else {
		out_put(o, line, (size_t)n);
	}
}

static uint64_t
sum(struct metrics *m, size_t route, size_t offset)
{
	uint64_t v = 0;

	for (size_t i = 0; i < SHARDS; i++) {
		char *row = (char *)&m->row[i * (m->n + 1) + route];

		v += atomic_load_explicit((atomic_uint_fast64_t *)(void
						  *)(row + offset),
		    memory_order_relaxed);
	}
	return v;
}

static void
write_plain(struct metrics *m, struct out *o)
{
	static const struct {
		const char *name, *kind, *help;
	} text[] = {
#define COUNTER(NAME, name, help) { name, "counter", help },
#define GAUGE(NAME, name, help) { name, "gauge", help },
#include "metrics.def"
#undef COUNTER
#undef GAUGE
	};

	for (size_t i = 0; i < METRIC_COUNT; i++) {
		put(o, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", text[i].name,
		    text[i].help, text[i].name, text[i].kind, text[i].name,
		    (long long)atomic_load(&m->plain[i]));
	}
}

static const char *
label(const struct metrics *m, size_t route, const char **method)
{
	*method = route < m->n ? m->table[route].method : "";
	return route < m->n ? m->table[route].path : "";
}

static void
write_requests(struct metrics *m, struct out *o)
{
	put(o, "# HELP encl_http_requests_total Requests that were answered.\n"
	       "# TYPE encl_http_requests_total counter\n");
	for (size_t r = 0; r <= m->n; r++) {
		const char *method, *path = label(m, r, &method);

		for (size_t s = 0; s < STATUSES; s++) {
			uint64_t v = sum(m, r,
			    offsetof(struct row, status) +
				s * sizeof(atomic_uint_fast64_t));

			if (v) {
				put(o,
				    "encl_http_requests_total{method=\"%s\","
				    "route=\"%s\",code=\"%u\"} %llu\n",
				    method, path, status_of[s],
				    (unsigned long long)v);
			}
		}
	}
}

static void
write_duration(struct metrics *m, struct out *o, size_t r)
{
	static const char name[] = "encl_http_request_duration_seconds";
	const char *method, *path = label(m, r, &method);
	uint64_t total = 0, v[DURATIONS + 1];

	for (size_t i = 0; i <= DURATIONS; i++) {
		total += v[i] = sum(m, r,
		    offsetof(struct row, duration.bucket) +
			i * sizeof(atomic_uint_fast64_t));
	}
	if (total == 0)
		return;
	for (size_t i = 0, below = 0; i < DURATIONS; i++) {
		put(o, "%s_bucket{method=\"%s\",route=\"%s\",le=\"%g\"} %llu\n",
		    name, method, path, duration_us[i] / 1e6,
		    (unsigned long long)(below += v[i]));
	}
	put(o, "%s_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %llu\n", name,
	    method, path, (unsigned long long)total);
	put(o, "%s_sum{method=\"%s\",route=\"%s\"} %.6f\n", name, method, path,
	    (double)sum(m, r, offsetof(struct row, duration.sum)) / 1e6);
	put(o, "%s_count{method=\"%s\",route=\"%s\"} %llu\n", name, method,
	    path, (unsigned long long)total);
}

static void
write_groups(struct metrics *m, struct out *o)
{
	static const char name[] = "encl_commit_group_size";
	uint64_t below = 0;

	put(o,
	    "# HELP %s Appends that the committer did in one transaction.\n"
	    "# TYPE %s histogram\n",
	    name, name);
	for (size_t i = 0; i < GROUPS; i++) {
		below += atomic_load(&m->group.bucket[i]);
		put(o, "%s_bucket{le=\"%u\"} %llu\n", name, group_size[i],
		    (unsigned long long)below);
	}
	below += atomic_load(&m->group.bucket[GROUPS]);
	put(o, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %llu\n%s_count %llu\n",
	    name, (unsigned long long)below, name,
	    (unsigned long long)atomic_load(&m->group.sum), name,
	    (unsigned long long)below);
}

void
metrics_write(struct metrics *m, struct out *o)
{
	if (!m)
		return;
	write_plain(m, o);
	write_requests(m, o);
	put(o,
	    "# HELP encl_http_request_duration_seconds From the header to the "
	    "reply.\n# TYPE encl_http_request_duration_seconds histogram\n");
	for (size_t r = 0; r <= m->n; r++)
		write_duration(m, o, r);
	write_groups(m, o);
}
