/* SPDX-License-Identifier: ISC */
#include "key.h"

#include <sodium/utils.h>

#include "hash.h"
#include "text.h"
#include "wire.h"

#define SK_TAIL 5 /* flags and counter */

static const struct row {
	const char *name, *group;
	enum curve curve;
	bool sk;
} row[] = {
	[KEY_ED25519] = { "ssh-ed25519", NULL, CURVE_ED25519, false },
	[KEY_P256] = { "ecdsa-sha2-nistp256", "nistp256", CURVE_P256, false },
	[KEY_P384] = { "ecdsa-sha2-nistp384", "nistp384", CURVE_P384, false },
	[KEY_SK_ED25519] = { "sk-ssh-ed25519@openssh.com", NULL, CURVE_ED25519,
	    true },
	[KEY_SK_P256] = { "sk-ecdsa-sha2-nistp256@openssh.com", "nistp256",
	    CURVE_P256, true },
};

const char *
key_type_name(enum key_type t)
{
	return row[t].name;
}

enum curve
key_curve(enum key_type t)
{
	return row[t].curve;
}

bool
key_is_sk(enum key_type t)
{
	return row[t].sk;
}

size_t
key_sig_size(enum key_type t)
{
	return curve_sig_size(row[t].curve) + (row[t].sk ? SK_TAIL : 0);
}

static enum err
type_of(struct span name, enum key_type *type)
{
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (span_is(name, row[i].name)) {
			*type = (enum key_type)i;
			return OK;
		}
	}
	return ERR_KEY_BAD;
}

/* OpenSSH makes its keys only for applications that begin so; a key for a web
 * origin must not sign chains by being asked to log in somewhere. */
static bool
application_ok(struct span a)
{
	return a.n >= 4 && memcmp(a.p, "ssh:", 4) == 0 && text_is_line(a);
}

enum err
key_shape(struct span blob, enum key_type *type, struct span *public,
    struct span *application)
{
	struct span s = blob, name, group;
	const struct row *w;

	if (blob.n > KEY_BLOB_MAX || !wire_string(&s, &name))
		return ERR_KEY_BAD;
	TRY(type_of(name, type));
	w = &row[*type];
	if (w->group && (!wire_string(&s, &group) || !span_is(group, w->group)))
		return ERR_KEY_BAD;
	if (!wire_string(&s, public) ||
	    public->n != curve_public_size(w->curve))
		return ERR_KEY_BAD;
	*application = span_of(NULL, 0);
	if (w->sk &&
	    (!wire_string(&s, application) || !application_ok(*application)))
		return ERR_KEY_BAD;
	return s.n == 0 ? OK : ERR_KEY_BAD;
}

enum err
key_parse(struct span blob, enum key_type *type, struct span *public,
    struct span *application)
{
	struct span point, app;
	enum key_type t;

	TRY(key_shape(blob, &t, &point, &app));
	TRY(curve_check(row[t].curve, point));
	if (type)
		*type = t;
	if (public)
		*public = point;
	if (application)
		*application = app;
	return OK;
}

enum err
key_decode(struct cbor *c, struct key *k)
{
	struct cbor_map m;
	struct span public, application;

	TRY(cbor_map(c, &m));
	TRY(cbor_map_key(&m, "key"));
	TRY(cbor_bytes(c, 1, KEY_BLOB_MAX, &k->blob));
	TRY(cbor_map_key(&m, "name"));
	TRY(cbor_line(c, 1, 64, &k->name));
	TRY(cbor_map_opt(&m, "evidence", &k->has_evidence));
	if (k->has_evidence)
		TRY(cbor_h32(c, &k->evidence));
	TRY(cbor_map_end(&m));
	TRY(key_shape(k->blob, &k->type, &public, &application));
	return hash_sha256(k->blob, &k->kid);
}

void
key_encode(struct out *o, const struct key *k)
{
	cbor_put_map(o, k->has_evidence ? 3 : 2);
	cbor_put_key(o, "key");
	cbor_put_bytes(o, k->blob);
	cbor_put_key(o, "name");
	cbor_put_text(o, k->name);
	if (k->has_evidence) {
		cbor_put_key(o, "evidence");
		cbor_put_bytes(o, h32_span(&k->evidence));
	}
}

void
key_blob(struct out *o, enum key_type t, struct span public)
{
	wire_put_string(o, span_str(row[t].name));
	if (row[t].group)
		wire_put_string(o, span_str(row[t].group));
	wire_put_string(o, public);
}

void
key_ed25519_blob(struct out *o, const uint8_t public[32])
{
	key_blob(o, KEY_ED25519, span_of(public, 32));
}

void
key_fingerprint(const struct h32 *kid, char text[51])
{
	memcpy(text, "SHA256:", 8);
	sodium_bin2base64(text + 7, 44, kid->b, sizeof kid->b,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

/* What stands before the next space, and the spaces, off the front of *s. */
static struct span
word(struct span *s)
{
	size_t n = 0;
	struct span w;

	while (n < s->n && s->p[n] != ' ')
		n++;
	w = span_of(s->p, n);
	while (n < s->n && s->p[n] == ' ')
		n++;
	*s = span_of(s->p + n, s->n - n);
	return w;
}

enum err
key_line_decode(struct span line, uint8_t *buf, struct span *blob,
    struct span *comment)
{
	struct span name, base64;
	enum key_type type, named;
	size_t n;

	while (line.n > 0 &&
	       (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (line.n == 0 || !text_is_plain(line))
		return ERR_KEY_BAD;
	name = word(&line);
	base64 = word(&line);
	TRY(type_of(name, &named));
	if (base64.n == 0 ||
	    sodium_base642bin(buf, KEY_BLOB_MAX, (const char *)base64.p,
		base64.n, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return ERR_KEY_BAD;
	*blob = span_of(buf, n);
	*comment = line;
	TRY(key_parse(*blob, &type, NULL, NULL));
	return type == named ? OK : ERR_KEY_BAD;
}

void
key_line_encode(struct out *o, struct span blob, struct span comment)
{
	char base64[sodium_base64_ENCODED_LEN(KEY_BLOB_MAX,
	    sodium_base64_VARIANT_ORIGINAL)];
	struct span s = blob, name;

	if (blob.n > KEY_BLOB_MAX || !wire_string(&s, &name)) {
		o->full = true;
		return;
	}
	sodium_bin2base64(base64, sizeof base64, blob.p, blob.n,
	    sodium_base64_VARIANT_ORIGINAL);
	out_put(o, name.p, name.n);
	out_put(o, " ", 1);
	out_put(o, base64, strlen(base64));
	if (comment.n > 0) {
		out_put(o, " ", 1);
		out_put(o, comment.p, comment.n);
	}
	out_put(o, "", 1);
	if (!o->full)
		o->n--;
}
