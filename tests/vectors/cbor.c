/* SPDX-License-Identifier: ISC */
/* Items that others collected: what is not well-formed is refused, and what
 * the strict reader accepts comes back byte for byte. */
#include "chain/cbor.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/text.h"

#define VECTORS "../shared/vectors/cbor/"

static const char *const groups[] = { "rfc8949", "rfc8949-appendixA", "spike" };

static int failed;
static unsigned accepted, refused;

static void
result(bool ok, const char *where, const char *hex)
{
	if (!ok)
		printf("not ok %s %s\n", where, hex);
	failed += !ok;
}

/* Hex with blanks between bytes. */
static struct span
unhex(const char *hex, size_t n)
{
	static uint8_t buf[1 << 16];
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (hex[i] == ' ')
			continue;
		if (i + 1 == n || used == sizeof buf ||
		    !text_unhex(span_of(hex + i, 2), buf + used, 1))
			abort();
		used++;
		i++;
	}
	return span_of(buf, used);
}

static enum err copy(struct cbor *c, struct out *o);

static enum err
copy_array(struct cbor *c, struct out *o)
{
	size_t n;

	TRY(cbor_array(c, 0, SIZE_MAX, &n));
	cbor_put_array(o, n);
	for (; n > 0; n--)
		TRY(copy(c, o));
	cbor_close(c);
	return OK;
}

static enum err
copy_map(struct cbor *c, struct out *o)
{
	struct cbor_map m;
	struct span key;

	TRY(cbor_map(c, &m));
	cbor_put_map(o, m.left);
	for (; m.left > 0; m.left--) {
		TRY(cbor_text(c, 0, SIZE_MAX, &key));
		cbor_put_text(o, key);
		TRY(copy(c, o));
	}
	return cbor_map_end(&m);
}

/* Reads an item field by field and writes it again. */
static enum err
copy(struct cbor *c, struct out *o)
{
	struct span v;
	uint64_t u;
	bool b;

	switch (c->p < c->end ? *c->p >> 5 : 0) {
	case 0:
		TRY(cbor_uint(c, &u));
		cbor_put_uint(o, u);
		return OK;
	case 2:
		TRY(cbor_bytes(c, 0, SIZE_MAX, &v));
		cbor_put_bytes(o, v);
		return OK;
	case 3:
		TRY(cbor_text(c, 0, SIZE_MAX, &v));
		cbor_put_text(o, v);
		return OK;
	case 4:
		return copy_array(c, o);
	case 5:
		return copy_map(c, o);
	default:
		TRY(cbor_bool(c, &b));
		cbor_put_bool(o, b);
		return OK;
	}
}

static enum err
item(struct span s)
{
	struct cbor c = cbor_of(s);
	struct span raw;

	TRY(cbor_item(&c, &raw));
	return cbor_end(&c);
}

static void
try_item(const char *where, const char *hex, size_t n, bool must_fail)
{
	static uint8_t again[1 << 16];
	struct span s = unhex(hex, n);
	struct cbor c = cbor_of(s);
	struct out o = out_of(again, sizeof again);
	char text[128];

	snprintf(text, sizeof text, "%.*s", n < 100 ? (int)n : 100, hex);
	if (item(s) != OK) {
		refused++;
		return;
	}
	accepted++;
	result(!must_fail, where, text);
	result(copy(&c, &o) == OK && span_eq(out_span(&o), s), where, text);
}

static void
not_well_formed(json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *hex = json_string_value(json_array_get(list, i));

		try_item("not_well_formed.json", hex, strlen(hex), true);
	}
}

static void
edn(const char *path, const char *name)
{
	static char line[1 << 17];
	bool must_fail = strncmp(name, "bad", 3) == 0;
	FILE *f = fopen(path, "r");

	if (!f)
		abort();
	while (fgets(line, sizeof line, f)) {
		char *hex = strstr(line, "\"encoded\": h'");

		if (hex) {
			hex += strlen("\"encoded\": h'");
			try_item(name, hex, strcspn(hex, "'"), must_fail);
		}
	}
	fclose(f);
}

static void
group(const char *name)
{
	char dir[256], path[600];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof dir, VECTORS "cbor-wg/tests/%s", name);
	d = opendir(dir);
	if (!d)
		abort();
	while ((e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');

		if (!dot || strcmp(dot, ".edn") != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		edn(path, e->d_name);
	}
	closedir(d);
}

int
main(void)
{
	json_t *list = json_load_file(VECTORS "not_well_formed.json", 0, NULL);

	if (!list) {
		puts("skipped cbor vectors are not here");
		return 77;
	}
	not_well_formed(list);
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		group(groups[i]);
	json_decref(list);
	if (failed == 0)
		printf("ok cbor: %u accepted and written again, %u refused\n",
		    accepted, refused);
	return failed != 0;
}
