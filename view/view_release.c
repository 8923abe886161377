/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "put.h"
#include "view.h"

json_t *
view_release(const struct release *r)
{
	json_t *o = json_object(), *source;

	put_member(&o, "version", view_bytes_text(r->version));
	put_member(&o, "pcrs", view_pcrs(&r->pcrs));
	put_member(&o, "definition", view_bytes_h32(&r->definition));
	if (r->image.p)
		put_member(&o, "image", view_bytes_text(r->image));
	if (r->has_eif)
		put_member(&o, "eif", view_bytes_h32(&r->eif));
	if (r->has_svn)
		put_member(&o, "svn", json_integer((json_int_t)r->svn));
	if (r->has_kms)
		put_member(&o, "kms", view_bytes_h32(&r->kms));
	if (r->repo.p) {
		source = json_object();
		put_member(&source, "repo", view_bytes_text(r->repo));
		put_member(&source, "commit", view_bytes_text(r->commit));
		if (r->build.p)
			put_member(&source, "build", view_bytes_text(r->build));
		put_member(&o, "source", source);
	}
	return o;
}

static const struct shape source[] = {
	{ "repo", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 200 },
	{ "commit", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 200 },
	{ "build", SHAPE_TEXT, .max = 4000 },
	{ .type = SHAPE_END },
};

static const struct shape members[] = {
	{ "version", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 64 },
	{ .name = "pcrs", .type = SHAPE_ANY, .flags = SHAPE_REQUIRED },
	{ "definition", SHAPE_HEX, SHAPE_REQUIRED, .min = 32 },
	{ "image", SHAPE_LINE, .min = 1, .max = 200 },
	{ "eif", SHAPE_HEX, .min = 32 },
	{ "svn", SHAPE_UINT, .max = CBOR_UINT_MAX },
	{ "kms", SHAPE_HEX, .min = 32 },
	{ "source", SHAPE_OBJECT, .of = source },
	{ .type = SHAPE_END },
};

static const struct shape shape = { .type = SHAPE_OBJECT, .of = members };

/* p NULL where the member is absent. */
static struct span
text(const json_t *j, const char *member)
{
	const char *s = json_string_value(json_object_get(j, member));

	return s ? span_str(s) : span_of(NULL, 0);
}

static bool
hash(const json_t *j, const char *member, struct h32 *h)
{
	return view_bytes_unh32(json_string_value(json_object_get(j, member)),
	    h);
}

enum err
view_release_parse(const json_t *j, const char *pointer,
    struct view_pcrs_buf *buf, struct release *r, struct shape_faults *f)
{
	const json_t *svn = json_object_get(j, "svn");
	const json_t *src = json_object_get(j, "source");
	char at[256];

	*r = (struct release){ 0 };
	TRY(shape_check_at(&shape, j, pointer, f));
	(void)snprintf(at, sizeof at, "%s/pcrs", pointer);
	TRY(view_pcrs_parse(json_object_get(j, "pcrs"), at, buf, &r->pcrs, f));
	r->version = text(j, "version");
	r->image = text(j, "image");
	if (!hash(j, "definition", &r->definition))
		return ERR_INTERNAL;
	r->has_eif = hash(j, "eif", &r->eif);
	r->has_kms = hash(j, "kms", &r->kms);
	r->has_svn = svn != NULL;
	r->svn = (uint64_t)json_integer_value(svn);
	r->repo = text(src, "repo");
	r->commit = text(src, "commit");
	r->build = text(src, "build");
	return OK;
}
