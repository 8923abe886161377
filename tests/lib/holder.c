/* SPDX-License-Identifier: ISC */
#include "holder.h"

#include <stdlib.h>

#include <sodium/crypto_sign.h>

#include "chain/hash.h"
#include "chain/wire.h"

#define APPLICATION "ssh:"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

void
holder_make(struct holder *h, enum key_type type, uint8_t number)
{
	uint8_t public[32], seed[32] = { 9, number };
	struct out o = out_of(h->blob_buf, sizeof h->blob_buf);

	memset(h, 0, sizeof *h);
	h->type = type;
	if (key_curve(type) != CURVE_ED25519) {
		h->ecdsa = ecdsa_new(key_curve(type));
		h->blob = ecdsa_blob(&h->ecdsa, type, APPLICATION, h->blob_buf);
		return;
	}
	crypto_sign_seed_keypair(public, h->secret, seed);
	wire_put_string(&o, span_str(key_type_name(type)));
	wire_put_string(&o, span_of(public, 32));
	if (key_is_sk(type))
		wire_put_string(&o, span_str(APPLICATION));
	h->blob = out_span(&o);
}

void
holder_free(struct holder *h)
{
	if (key_curve(h->type) != CURVE_ED25519)
		ecdsa_free(&h->ecdsa);
}

/* What the key signs: the tbs, or what a token makes of it. */
static struct span
message(const struct holder *h, struct span payload, const uint8_t tail[5],
    uint8_t buf[128])
{
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct h32 app, inner;

	must(sshsig_tbs(payload, tbs) == OK);
	if (!key_is_sk(h->type)) {
		memcpy(buf, tbs, sizeof tbs);
		return span_of(buf, sizeof tbs);
	}
	must(hash_sha256(span_str(APPLICATION), &app) == OK);
	must(hash_sha256(span_of(tbs, sizeof tbs), &inner) == OK);
	memcpy(buf, app.b, 32);
	memcpy(buf + 32, tail, 5);
	memcpy(buf + 37, inner.b, 32);
	return span_of(buf, 69);
}

struct span
holder_sign(const struct holder *h, struct span payload, uint8_t flags,
    uint8_t sig[KEY_SIG_MAX])
{
	uint8_t buf[128];
	const uint8_t tail[5] = { flags, 0, 0, 1, 2 };
	struct span m = message(h, payload, tail, buf);
	size_t n = curve_sig_size(key_curve(h->type));

	if (key_curve(h->type) == CURVE_ED25519)
		crypto_sign_detached(sig, NULL, m.p, m.n, h->secret);
	else
		ecdsa_sign(&h->ecdsa, m, sig);
	memcpy(sig + n, tail, key_is_sk(h->type) ? 5 : 0);
	must(sshsig_low_s(h->type, sig, key_sig_size(h->type)) == OK);
	return span_of(sig, key_sig_size(h->type));
}
