/* SPDX-License-Identifier: ISC */
#include "route.h"

/* One part of a path, up to the next '/'. */
static size_t
part(const char *p, const char *end)
{
	const char *slash = memchr(p, '/', (size_t)(end - p));

	return (size_t)((slash ? slash : end) - p);
}

static bool
matches(const char *pattern, struct span path, struct span arg[REQ_ARGS])
{
	const char *p = (const char *)path.p, *end = p + path.n;
	size_t n = 0;

	while (*pattern && p < end) {
		if (*pattern != '{') {
			if (*pattern++ != *p++)
				return false;
			continue;
		}
		if (n == REQ_ARGS)
			return false;
		arg[n] = span_of(p, part(p, end));
		if (arg[n].n == 0)
			return false;
		p += arg[n++].n;
		pattern = strchr(pattern, '}') + 1;
	}
	return !*pattern && p == end;
}

static void
allow_add(char allow[ROUTE_ALLOW], const char *method)
{
	size_t n = strlen(allow);
	struct out o = out_of(allow + n, ROUTE_ALLOW - n - 1);

	if (n)
		out_put(&o, ", ", 2);
	out_put(&o, method, strlen(method));
	if (o.full)
		o.n = 0;
	o.p[o.n] = '\0';
}

enum err
route_find(const struct route *table, size_t n, struct span method,
    struct span path, struct route_found *f)
{
	bool head = span_is(method, "HEAD");

	f->row = NULL;
	f->allow[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct route *r = &table[i];
		bool get;

		if (!matches(r->path, path, f->arg))
			continue;
		get = strcmp(r->method, "GET") == 0;
		if (span_is(method, r->method) || (head && get)) {
			f->row = r;
			f->allow[0] = '\0';
			return OK;
		}
		if (!f->row)
			f->row = r;
		allow_add(f->allow, r->method);
		if (get)
			allow_add(f->allow, "HEAD");
	}
	return f->row ? ERR_METHOD : ERR_NOT_FOUND;
}
