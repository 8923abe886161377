/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "put.h"
#include "view.h"

/* The OpenSSH line without a comment. */
static json_t *
line(struct span blob)
{
	char text[KEY_LINE_MAX];
	struct out o = out_of(text, sizeof text);

	key_line_encode(&o, blob, span_str(""));
	return o.full ? NULL : json_string(text);
}

json_t *
view_key(const struct key *k)
{
	json_t *o = json_object();
	char fingerprint[51];

	key_fingerprint(&k->kid, fingerprint);
	put_member(&o, "kid", view_bytes_h32(&k->kid));
	put_member(&o, "fingerprint", json_string(fingerprint));
	put_member(&o, "type", json_string(key_type_name(k->type)));
	put_member(&o, "name", view_bytes_text(k->name));
	put_member(&o, "key", line(k->blob));
	if (k->has_evidence)
		put_member(&o, "evidence", view_bytes_h32(&k->evidence));
	return o;
}

static const struct shape members[] = {
	{ "name", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 64 },
	{ "key", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = KEY_LINE_MAX },
	{ "kid", SHAPE_HEX, .min = 32 },
	{ "fingerprint", SHAPE_LINE, .max = 64 },
	{ "type", SHAPE_LINE, .max = 64 },
	{ "evidence", SHAPE_HEX, .min = 32 },
	{ .type = SHAPE_END },
};

static const struct shape apart = { .type = SHAPE_OBJECT, .of = members };
static const struct shape together = { .type = SHAPE_LINE,
	.min = 1,
	.max = KEY_LINE_MAX };

static enum err
fault(struct shape_faults *f, const char *pointer, const char *message)
{
	shape_fault(f, pointer, message);
	return ERR_JSON_FIELD;
}

static enum err
take_line(const char *text, const char *pointer, uint8_t *blob, struct key *k,
    struct span *comment, struct shape_faults *f)
{
	if (key_line_decode(span_str(text), blob, &k->blob, comment) != OK ||
	    key_parse(k->blob, &k->type, NULL, NULL) != OK) {
		return fault(f, pointer,
		    "must be an OpenSSH public key of a supported type");
	}
	return hash_sha256(k->blob, &k->kid);
}

/* What may be said twice must be said right. */
static bool
agrees(const json_t *j, const struct key *k)
{
	const char *kid = json_string_value(json_object_get(j, "kid"));
	const char *print =
	    json_string_value(json_object_get(j, "fingerprint"));
	const char *type = json_string_value(json_object_get(j, "type"));
	char fingerprint[51];
	struct h32 h;

	key_fingerprint(&k->kid, fingerprint);
	return (!kid || (view_bytes_unh32(kid, &h) && h32_eq(&h, &k->kid))) &&
	       (!print || strcmp(print, fingerprint) == 0) &&
	       (!type || strcmp(type, key_type_name(k->type)) == 0);
}

enum err
view_key_parse(const json_t *j, const char *pointer, uint8_t *blob,
    struct key *k, struct shape_faults *f)
{
	const char *evidence;
	struct span comment;

	*k = (struct key){ 0 };
	if (json_is_string(j)) {
		TRY(shape_check_at(&together, j, pointer, f));
		TRY(take_line(json_string_value(j), pointer, blob, k, &k->name,
		    f));
		if (k->name.n < 1 || k->name.n > 64) {
			return fault(f, pointer,
			    "must end with a name of 1 to 64 characters");
		}
		return OK;
	}
	TRY(shape_check_at(&apart, j, pointer, f));
	TRY(take_line(json_string_value(json_object_get(j, "key")), pointer,
	    blob, k, &comment, f));
	if (!agrees(j, k)) {
		return fault(f, pointer,
		    "kid, fingerprint and type must be those of the key");
	}
	k->name = span_str(json_string_value(json_object_get(j, "name")));
	evidence = json_string_value(json_object_get(j, "evidence"));
	k->has_evidence = view_bytes_unh32(evidence, &k->evidence);
	return OK;
}
