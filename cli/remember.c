/* SPDX-License-Identifier: ISC */
#include "remember.h"

#include "fail.h"
#include "file.h"
#include "mem.h"
#include "view/view.h"

#define FILE_MAX 4096

static const struct shape members[] = {
	{ "chain", SHAPE_HEX, SHAPE_REQUIRED, .min = 32 },
	{ "seq", SHAPE_UINT, SHAPE_REQUIRED, .max = CBOR_UINT_MAX },
	{ "entry", SHAPE_HEX, SHAPE_REQUIRED, .min = 32 },
	{ .type = SHAPE_END },
};
static const struct shape shape = { .type = SHAPE_OBJECT, .of = members };

static const char *
text(const json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

static enum err
parse(struct span s, struct remember *r, struct shape_faults *f)
{
	json_t *j = NULL;
	enum err e = shape_load(s, &j, f);

	if (e == OK)
		e = shape_check(&shape, j, f);
	if (e == OK && (!view_bytes_unh32(text(j, "chain"), &r->chain) ||
			   !view_bytes_unh32(text(j, "entry"), &r->newest.id)))
		e = ERR_INTERNAL;
	r->newest.seq = (uint64_t)json_integer_value(json_object_get(j, "seq"));
	json_decref(j);
	return e;
}

enum err
remember_read(const char *path, struct remember *r, bool *found)
{
	struct shape_faults f = { 0 };
	struct span s;

	*found = file_is_there(path);
	if (!*found)
		return OK;
	TRY(file_read(path, FILE_MAX, &s));
	if (parse(s, r, &f) != OK) {
		return fail_with(ERR_CONFIG_BAD, "%s: %s %s", path,
		    f.fault[0].pointer, f.fault[0].message);
	}
	return OK;
}

enum err
remember_write(const char *path, const struct remember *r)
{
	const char *s = mem_printf("{\"chain\": \"%s\", \"seq\": %llu, "
				   "\"entry\": \"%s\"}\n",
	    mem_hex(h32_span(&r->chain)), (unsigned long long)r->newest.seq,
	    mem_hex(h32_span(&r->newest.id)));

	return file_replace(path, span_str(s), 0644);
}
