/* SPDX-License-Identifier: ISC */
#include "release.h"

static enum err
opt_h32(struct cbor_map *m, const char *key, bool *has, struct h32 *v)
{
	TRY(cbor_map_opt(m, key, has));
	return *has ? cbor_h32(m->c, v) : OK;
}

static enum err
decode_source(struct cbor *c, struct release *r)
{
	struct cbor_map m;
	bool is;

	TRY(cbor_map(c, &m));
	TRY(cbor_map_key(&m, "repo"));
	TRY(cbor_line(c, 1, 200, &r->repo));
	TRY(cbor_map_opt(&m, "build", &is));
	if (is)
		TRY(cbor_text(c, 0, 4000, &r->build));
	TRY(cbor_map_key(&m, "commit"));
	TRY(cbor_line(c, 1, 200, &r->commit));
	return cbor_map_end(&m);
}

static enum err
decode_fields(struct cbor *c, struct release *r)
{
	struct cbor_map m;
	bool is;

	TRY(cbor_map(c, &m));
	TRY(opt_h32(&m, "eif", &r->has_eif, &r->eif));
	TRY(opt_h32(&m, "kms", &r->has_kms, &r->kms));
	TRY(cbor_map_opt(&m, "svn", &r->has_svn));
	if (r->has_svn)
		TRY(cbor_uint(c, &r->svn));
	TRY(cbor_map_key(&m, "pcrs"));
	TRY(pcr_decode(c, &r->pcrs));
	TRY(cbor_map_opt(&m, "image", &is));
	if (is)
		TRY(cbor_line(c, 1, 200, &r->image));
	TRY(cbor_map_opt(&m, "source", &is));
	if (is)
		TRY(decode_source(c, r));
	TRY(cbor_map_key(&m, "version"));
	TRY(cbor_line(c, 1, 64, &r->version));
	TRY(cbor_map_key(&m, "definition"));
	TRY(cbor_h32(c, &r->definition));
	return cbor_map_end(&m);
}

enum err
release_decode(struct cbor *c, struct release *r)
{
	const uint8_t *start = c->p;

	*r = (struct release){ 0 };
	TRY(decode_fields(c, r));
	r->bytes = span_of(start, (size_t)(c->p - start));
	return r->bytes.n <= RELEASE_MAX ? OK : ERR_TOO_LARGE;
}

static void
put_text(struct out *o, const char *key, struct span v)
{
	if (!v.p)
		return;
	cbor_put_key(o, key);
	cbor_put_text(o, v);
}

static void
put_h32(struct out *o, const char *key, bool has, const struct h32 *v)
{
	if (!has)
		return;
	cbor_put_key(o, key);
	cbor_put_bytes(o, h32_span(v));
}

static void
put_source(struct out *o, const struct release *r)
{
	cbor_put_key(o, "source");
	cbor_put_map(o, 2U + (r->build.p != NULL));
	put_text(o, "repo", r->repo);
	put_text(o, "build", r->build);
	put_text(o, "commit", r->commit);
}

void
release_encode(struct out *o, const struct release *r)
{
	cbor_put_map(o, 3U + r->has_eif + r->has_kms + r->has_svn +
			    (r->image.p != NULL) + (r->repo.p != NULL));
	put_h32(o, "eif", r->has_eif, &r->eif);
	put_h32(o, "kms", r->has_kms, &r->kms);
	if (r->has_svn) {
		cbor_put_key(o, "svn");
		cbor_put_uint(o, r->svn);
	}
	cbor_put_key(o, "pcrs");
	pcr_encode(o, &r->pcrs);
	put_text(o, "image", r->image);
	if (r->repo.p)
		put_source(o, r);
	put_text(o, "version", r->version);
	put_h32(o, "definition", true, &r->definition);
}
