/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "server/metrics.h"
#include "tests/lib/suite.h"

static const struct route table[] = {
	{ .method = "GET", .path = "/a" },
	{ .method = "POST", .path = "/b" },
};

static char text[65536];

static const char *
written(struct metrics *m)
{
	struct out o = out_of(text, sizeof text - 1);

	metrics_write(m, &o);
	ck_assert(!o.full);
	text[o.n] = '\0';
	return text;
}

START_TEST(requests_count_by_route_and_status)
{
	struct metrics *m;

	ck_assert_int_eq(metrics_make(table, 2, &m), OK);
	metrics_request(m, &table[0], 200, 60);
	metrics_request(m, &table[0], 200, 300000);
	metrics_request(m, &table[1], 409, 1);
	metrics_request(m, NULL, 404, 1);
	metrics_request(m, &table[1], 299, 1);
	written(m);
	ck_assert_ptr_nonnull(
	    strstr(text, "encl_http_requests_total{method=\"GET\",route=\"/a\","
			 "code=\"200\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "route=\"/b\",code=\"409\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "route=\"\",code=\"404\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "route=\"/b\",code=\"0\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "route=\"/a\",le=\"5e-05\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(text, "route=\"/a\",le=\"0.0001\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "route=\"/a\",le=\"+Inf\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "_sum{method=\"GET\",route=\"/a\"} "
					   "0.300060\n"));
	metrics_free(m);
}
END_TEST

START_TEST(every_figure_has_help_and_type_once)
{
	struct metrics *m;
	char name[128], type[160];
	int n = 0;

	ck_assert_int_eq(metrics_make(table, 2, &m), OK);
	metrics_add(m, METRIC_APPENDS, 3);
	metrics_set(m, METRIC_CACHE_BYTES, 7);
	metrics_group(m, 3);
	written(m);
	ck_assert_ptr_nonnull(strstr(text, "\nencl_appends_total 3\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nencl_chain_cache_bytes 7\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "encl_commit_group_size_bucket{le=\"4\"} 1\n"));
	for (char *p = text; (p = strstr(p, "# HELP ")) != NULL; p++, n++) {
		ck_assert_int_eq(sscanf(p, "# HELP %100s", name), 1);
		snprintf(type, sizeof type, "\n# TYPE %s ", name);
		ck_assert_ptr_nonnull(strstr(p, type));
		ck_assert_ptr_null(strstr(strstr(p, type) + 1, type));
	}
	ck_assert_int_eq(n, METRIC_COUNT + 3);
	metrics_free(m);
	metrics_add(NULL, METRIC_APPENDS, 1);
	metrics_request(NULL, NULL, 200, 1);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { requests_count_by_route_and_status,
		every_figure_has_help_and_type_once };

	return SUITE_RUN("metrics", t);
}
