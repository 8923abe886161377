/* SPDX-License-Identifier: ISC */
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "piv_env.h"
#include "piv_key.h"
#include "piv_store.h"
#include "piv_tlv.h"

#define REF_MGM 0x9b
#define TAG_WITNESS 0x80
#define TAG_CHALLENGE 0x81
#define TAG_RESPONSE 0x82
#define CACHED_MS 15000
#define BLOCK_MAX 16

static const EVP_CIPHER *
cipher_of(uint8_t alg)
{
	switch (alg) {
	case PIV_3DES:
		return EVP_des_ede3_ecb();
	case PIV_AES128:
		return EVP_aes_128_ecb();
	case PIV_AES192:
		return EVP_aes_192_ecb();
	case PIV_AES256:
		return EVP_aes_256_ecb();
	default:
		return NULL;
	}
}

static size_t
block_of(const struct piv_nv *nv)
{
	return nv->mgm_alg == PIV_3DES ? 8 : 16;
}

static bool
crypt_block(const struct piv_nv *nv, bool encrypt, const uint8_t *in,
    uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int size = (int)block_of(nv), n = 0;
	bool good = ctx != NULL &&
		    EVP_CipherInit_ex(ctx, cipher_of(nv->mgm_alg), NULL,
			nv->mgm, NULL, encrypt) == 1 &&
		    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		    EVP_CipherUpdate(ctx, out, &n, in, size) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return good && n == size;
}

static unsigned
answer(struct out *r, uint8_t tag, struct span v)
{
	uint8_t buf[256];
	struct out inner = out_of(buf, sizeof buf);

	piv_tlv_put(&inner, tag, v);
	piv_tlv_put(r, 0x7c, out_span(&inner));
	return inner.full ? PIV_BROKEN : PIV_OK;
}

static int64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A cached touch counts for the 15 seconds after it. */
static bool
touched(struct piv_card *c, uint8_t policy)
{
	if (policy == PIV_TOUCH_NEVER)
		return true;
	if (policy == PIV_TOUCH_CACHED && c->nv.touched > 0 &&
	    now() - c->nv.touched < CACHED_MS)
		return true;
	if (!piv_env_touch())
		return false;
	c->nv.touched = now();
	c->changed = true;
	return true;
}

/* The card proves itself first, then asks for the same: SP 800-73-4 part 2,
 * appendix A.1. */
static unsigned
mgm_mutual(struct piv_card *c, struct span witness, struct span in,
    struct out *r)
{
	struct span challenge;
	uint8_t b[BLOCK_MAX];
	size_t n = block_of(&c->nv);

	if (!c->s.has_witness || witness.n != n)
		return PIV_DATA;
	c->s.has_witness = false;
	if (CRYPTO_memcmp(witness.p, c->s.witness, n) != 0)
		return PIV_SECURITY;
	if (!piv_tlv_find(in, TAG_CHALLENGE, &challenge) || challenge.n != n)
		return PIV_DATA;
	if (!touched(c, c->nv.mgm_touch))
		return PIV_SECURITY;
	if (!crypt_block(&c->nv, true, challenge.p, b))
		return PIV_BROKEN;
	c->s.mgm_ok = true;
	return answer(r, TAG_RESPONSE, span_of(b, n));
}

static unsigned
mgm_witness(struct piv_card *c, struct out *r)
{
	uint8_t b[BLOCK_MAX];
	size_t n = block_of(&c->nv);

	if (RAND_bytes(c->s.witness, (int)n) != 1 ||
	    !crypt_block(&c->nv, true, c->s.witness, b))
		return PIV_BROKEN;
	c->s.has_witness = true;
	return answer(r, TAG_WITNESS, span_of(b, n));
}

static unsigned
mgm_challenge(struct piv_card *c, struct out *r)
{
	size_t n = block_of(&c->nv);

	if (RAND_bytes(c->s.challenge, (int)n) != 1)
		return PIV_BROKEN;
	c->s.has_challenge = true;
	return answer(r, TAG_CHALLENGE, span_of(c->s.challenge, n));
}

static unsigned
mgm_response(struct piv_card *c, struct span response)
{
	uint8_t b[BLOCK_MAX];
	size_t n = block_of(&c->nv);

	if (!c->s.has_challenge || response.n != n)
		return PIV_DATA;
	c->s.has_challenge = false;
	if (!crypt_block(&c->nv, true, c->s.challenge, b))
		return PIV_BROKEN;
	if (CRYPTO_memcmp(b, response.p, n) != 0)
		return PIV_SECURITY;
	if (!touched(c, c->nv.mgm_touch))
		return PIV_SECURITY;
	c->s.mgm_ok = true;
	return PIV_OK;
}

static unsigned
management(struct piv_card *c, uint8_t alg, struct span in, struct out *r)
{
	struct span v;

	if ((alg != 0 ? alg : PIV_3DES) != c->nv.mgm_alg)
		return PIV_DATA;
	if (piv_tlv_find(in, TAG_WITNESS, &v))
		return v.n == 0 ? mgm_witness(c, r) : mgm_mutual(c, v, in, r);
	if (piv_tlv_find(in, TAG_CHALLENGE, &v))
		return v.n == 0 ? mgm_challenge(c, r) : PIV_DATA;
	if (piv_tlv_find(in, TAG_RESPONSE, &v))
		return mgm_response(c, v);
	return PIV_DATA;
}

static unsigned
sign(struct piv_card *c, const struct piv_apdu *a, struct span in,
    struct out *r)
{
	const struct piv_slot *s = piv_store_slot(&c->nv, a->p2, false);
	struct span data;
	uint8_t buf[160];
	struct out sig = out_of(buf, sizeof buf);

	if (s == NULL || s->alg == 0 || s->alg != a->p1 ||
	    !piv_tlv_find(in, TAG_CHALLENGE, &data))
		return PIV_DATA;
	if (s->pin != PIV_PIN_NEVER && !c->s.pin_ok)
		return PIV_SECURITY;
	if (s->pin == PIV_PIN_ALWAYS)
		c->s.pin_ok = false;
	if (!touched(c, s->touch))
		return PIV_SECURITY;
	if (!piv_key_sign(s, data, &sig))
		return PIV_DATA;
	return answer(r, TAG_RESPONSE, out_span(&sig));
}

unsigned
piv_auth_general(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	struct span in;

	if (!piv_tlv_find(a->data, 0x7c, &in))
		return PIV_DATA;
	if (a->p2 == REF_MGM)
		return management(c, a->p1, in, r);
	return sign(c, a, in, r);
}

/* SET MANAGEMENT KEY: algorithm, 0x9b, length, key; P2 0xfe asks for a touch
 * at each use. */
unsigned
piv_auth_set_key(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	const EVP_CIPHER *cipher;
	size_t n;

	(void)r;
	if (!c->s.mgm_ok)
		return PIV_SECURITY;
	if (a->data.n < 3 || a->data.p[1] != REF_MGM)
		return PIV_DATA;
	cipher = cipher_of(a->data.p[0]);
	if (cipher == NULL ||
	    (a->data.p[0] != PIV_3DES && !piv_card_is_at_least(c, 5, 4, 2)))
		return PIV_DATA;
	n = (size_t)EVP_CIPHER_get_key_length(cipher);
	if (a->data.p[2] != n || a->data.n != 3 + n)
		return PIV_DATA;
	c->nv.mgm_alg = a->data.p[0];
	memset(c->nv.mgm, 0, sizeof c->nv.mgm);
	memcpy(c->nv.mgm, a->data.p + 3, n);
	c->nv.mgm_touch = a->p2 == 0xfe ? PIV_TOUCH_ALWAYS : PIV_TOUCH_NEVER;
	c->changed = true;
	return PIV_OK;
}
