/* SPDX-License-Identifier: ISC */
#include "sshsig.h"

#include <sodium/utils.h>

#include "hash.h"
#include "wire.h"

#define NAMESPACE "chain@encl"
#define HASH "sha512"
#define MAGIC "SSHSIG"
#define VERSION 1

#define SK_TAIL 5 /* flags and counter */
#define SK_USER_PRESENT 1
#define SK_MESSAGE (32 + SK_TAIL + 32)

#define HEAD "-----BEGIN SSH SIGNATURE-----"
#define FOOT "-----END SSH SIGNATURE-----"
#define LINE 70 /* base64 characters, as ssh-keygen breaks them */
#define RAW_MAX \
	1024 /* the armoured bytes: key, names and sig are below 600 \
	      */

enum err
sshsig_tbs(struct span payload, uint8_t tbs[SSHSIG_TBS_SIZE])
{
	uint8_t hash[64];
	struct out o = out_of(tbs, SSHSIG_TBS_SIZE);

	TRY(hash_sha512(payload, hash));
	out_put(&o, MAGIC, strlen(MAGIC));
	wire_put_string(&o, span_str(NAMESPACE));
	wire_put_string(&o, span_str(""));
	wire_put_string(&o, span_str(HASH));
	wire_put_string(&o, span_of(hash, sizeof hash));
	return o.full || o.n != SSHSIG_TBS_SIZE ? ERR_INTERNAL : OK;
}

/* What a FIDO token signs: PROTOCOL.u2f. */
static enum err
sk_message(struct span application, const uint8_t *tail,
    const uint8_t tbs[SSHSIG_TBS_SIZE], uint8_t message[SK_MESSAGE])
{
	struct h32 app, inner;

	TRY(hash_sha256(application, &app));
	TRY(hash_sha256(span_of(tbs, SSHSIG_TBS_SIZE), &inner));
	memcpy(message, app.b, 32);
	memcpy(message + 32, tail, SK_TAIL);
	memcpy(message + 32 + SK_TAIL, inner.b, 32);
	return OK;
}

enum err
sshsig_verify(struct span blob, struct span payload, struct span sig)
{
	uint8_t tbs[SSHSIG_TBS_SIZE], message[SK_MESSAGE];
	struct span public, application;
	enum key_type type;
	size_t inner;

	TRY(key_shape(blob, &type, &public, &application));
	if (sig.n != key_sig_size(type))
		return ERR_SIG_FORM;
	TRY(sshsig_tbs(payload, tbs));
	if (!key_is_sk(type)) {
		return curve_verify(key_curve(type), public,
		    span_of(tbs, sizeof tbs), sig);
	}
	inner = sig.n - SK_TAIL;
	if (!(sig.p[inner] & SK_USER_PRESENT))
		return ERR_SIG_NO_TOUCH;
	TRY(sk_message(application, sig.p + inner, tbs, message));
	return curve_verify(key_curve(type), public,
	    span_of(message, sizeof message), span_of(sig.p, inner));
}

enum err
sshsig_low_s(enum key_type type, uint8_t *sig, size_t n)
{
	if (n != key_sig_size(type))
		return ERR_SIG_FORM;
	return curve_low_s(key_curve(type), sig,
	    curve_sig_size(key_curve(type)));
}

/* The inner signature blob: type, r and s as SSH spells them, and the tail of
 * a token. */
static void
put_sig(struct out *o, enum key_type type, struct span sig)
{
	enum curve c = key_curve(type);
	size_t half = curve_sig_size(c) / 2;
	struct span r = span_of(sig.p, half), s = span_of(sig.p + half, half);

	wire_put_string(o, span_str(key_type_name(type)));
	if (c == CURVE_ED25519) {
		wire_put_string(o, span_of(sig.p, 2 * half));
	} else {
		wire_put_u32(o,
		    (uint32_t)(wire_mpint_size(r) + wire_mpint_size(s)));
		wire_put_mpint(o, r);
		wire_put_mpint(o, s);
	}
	out_put(o, sig.p + 2 * half, sig.n - 2 * half);
}

static void
put_lines(struct out *o, struct span raw)
{
	char text[sodium_base64_ENCODED_LEN(RAW_MAX,
	    sodium_base64_VARIANT_ORIGINAL)];
	size_t n;

	sodium_bin2base64(text, sizeof text, raw.p, raw.n,
	    sodium_base64_VARIANT_ORIGINAL);
	n = strlen(text);
	out_put(o, HEAD "\n", strlen(HEAD) + 1);
	for (size_t i = 0; i < n; i += LINE) {
		out_put(o, text + i, n - i < LINE ? n - i : LINE);
		out_put(o, "\n", 1);
	}
	out_put(o, FOOT "\n", strlen(FOOT) + 2);
	if (!o->full)
		o->n--;
}

enum err
sshsig_armor(struct out *o, struct span blob, struct span sig)
{
	uint8_t inner_buf[256], raw_buf[RAW_MAX];
	struct out inner = out_of(inner_buf, sizeof inner_buf);
	struct out raw = out_of(raw_buf, sizeof raw_buf);
	enum key_type type;

	TRY(key_parse(blob, &type, NULL, NULL));
	if (sig.n != key_sig_size(type))
		return ERR_SIG_FORM;
	put_sig(&inner, type, sig);
	out_put(&raw, MAGIC, strlen(MAGIC));
	wire_put_u32(&raw, VERSION);
	wire_put_string(&raw, blob);
	wire_put_string(&raw, span_str(NAMESPACE));
	wire_put_string(&raw, span_str(""));
	wire_put_string(&raw, span_str(HASH));
	wire_put_string(&raw, out_span(&inner));
	if (inner.full || raw.full)
		return ERR_NO_SPACE;
	put_lines(o, out_span(&raw));
	return o->full ? ERR_NO_SPACE : OK;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
strip(struct span *s, const char *head)
{
	size_t n = strlen(head);

	if (s->n < n || memcmp(s->p, head, n) != 0)
		return false;
	*s = span_of(s->p + n, s->n - n);
	return true;
}

/* The bytes inside the armour. */
static enum err
read_lines(struct span text, uint8_t buf[RAW_MAX], struct span *raw)
{
	size_t n, foot = strlen(FOOT);
	const char *end;

	while (text.n > 0 && is_space(text.p[text.n - 1]))
		text.n--;
	if (!strip(&text, HEAD) || text.n < foot ||
	    memcmp(text.p + text.n - foot, FOOT, foot) != 0)
		return ERR_SSHSIG_BAD;
	text.n -= foot;
	if (sodium_base642bin(buf, RAW_MAX, (const char *)text.p, text.n,
		" \t\r\n", &n, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    (const uint8_t *)end != text.p + text.n)
		return ERR_SSHSIG_BAD;
	*raw = span_of(buf, n);
	return OK;
}

enum err
sshsig_from_wire(struct span s, enum key_type type, uint8_t *sig_buf,
    struct span *sig)
{
	enum curve c = key_curve(type);
	size_t n = curve_sig_size(c), half = n / 2;
	size_t tail = key_sig_size(type) - n;
	struct span name, v;

	if (!wire_string(&s, &name) || !span_is(name, key_type_name(type)) ||
	    !wire_string(&s, &v) || s.n != tail)
		return ERR_SSHSIG_BAD;
	if (c == CURVE_ED25519) {
		if (v.n != n)
			return ERR_SSHSIG_BAD;
		memcpy(sig_buf, v.p, n);
	} else if (!wire_mpint(&v, sig_buf, half) ||
		   !wire_mpint(&v, sig_buf + half, half) || v.n != 0) {
		return ERR_SSHSIG_BAD;
	}
	if (tail > 0)
		memcpy(sig_buf + n, s.p, tail);
	*sig = span_of(sig_buf, n + tail);
	return sshsig_low_s(type, sig_buf, n + tail) == OK ? OK
							   : ERR_SSHSIG_BAD;
}

enum err
sshsig_dearmor(struct span text, uint8_t *blob_buf, struct span *blob,
    uint8_t *sig_buf, struct span *sig)
{
	static const uint8_t version[4] = { 0, 0, 0, VERSION };
	uint8_t buf[RAW_MAX];
	struct span s, key, namespace, reserved, hash, inner;
	enum key_type type;

	TRY(read_lines(text, buf, &s));
	if (!strip(&s, MAGIC) || s.n < sizeof version ||
	    memcmp(s.p, version, sizeof version) != 0)
		return ERR_SSHSIG_BAD;
	s = span_of(s.p + sizeof version, s.n - sizeof version);
	if (!wire_string(&s, &key) || !wire_string(&s, &namespace) ||
	    !wire_string(&s, &reserved) || !wire_string(&s, &hash) ||
	    !wire_string(&s, &inner) || s.n != 0 || reserved.n != 0)
		return ERR_SSHSIG_BAD;
	if (!span_is(namespace, NAMESPACE) || !span_is(hash, HASH))
		return ERR_SSHSIG_NAMESPACE;
	TRY(key_parse(key, &type, NULL, NULL));
	memcpy(blob_buf, key.p, key.n);
	*blob = span_of(blob_buf, key.n);
	return sshsig_from_wire(inner, type, sig_buf, sig);
}
