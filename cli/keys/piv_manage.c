/* SPDX-License-Identifier: ISC */
#include "piv_manage.h"

#include <sodium.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "cli/fail.h"
#include "piv_tlv.h"

#define SLOT 0x9b
#define BLOCK_MAX 16
#define TAG_ADMIN 0x5fff00
#define TAG_PRINTED 0x5fc109
#define KEPT_IN_CARD 0x02 /* of the flags of Yubico's admin data */

static const struct row {
	uint8_t alg;
	size_t key, block;
	const EVP_CIPHER *(*cipher)(void);
} rows[] = {
	{ 0x03, 24, 8, EVP_des_ede3_ecb },
	{ 0x08, 16, 16, EVP_aes_128_ecb },
	{ 0x0a, 24, 16, EVP_aes_192_ecb },
	{ 0x0c, 32, 16, EVP_aes_256_ecb },
};

static const struct row *
row_of(uint8_t alg)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

static enum err
read_info(struct span in, struct piv_manage *m)
{
	struct span alg, policy, is_default;

	if (!piv_tlv_get(in, 1, &alg) || alg.n != 1)
		return piv_card_garbled("describe its management key");
	m->alg = alg.p[0];
	m->touch = piv_tlv_get(in, 2, &policy) && policy.n == 2 &&
		   policy.p[1] != PIV_TOUCH_NEVER;
	m->is_default = piv_tlv_get(in, 5, &is_default) && is_default.n == 1 &&
			is_default.p[0] == 1;
	return OK;
}

/* Yubico's admin data: 80 { 81 flags ... }. */
static enum err
read_admin(struct piv_card *c, struct piv_manage *m)
{
	uint8_t buf[PIV_CARD_ANSWER];
	struct out o = out_of(buf, sizeof buf);
	struct span admin, flags;

	TRY(piv_card_object(c, TAG_ADMIN, &o));
	m->in_card = o.n > 0 && piv_tlv_get(out_span(&o), 0x80, &admin) &&
		     piv_tlv_get(admin, 0x81, &flags) && flags.n == 1 &&
		     (flags.p[0] & KEPT_IN_CARD);
	return OK;
}

enum err
piv_manage_info(struct piv_card *c, struct piv_manage *m)
{
	static const uint8_t head[3] = { 0xf7, 0, SLOT };
	uint8_t buf[PIV_CARD_COMMAND];
	struct out o = out_of(buf, sizeof buf);
	const struct row *w;
	unsigned sw;

	*m = (struct piv_manage){ .alg = rows[0].alg };
	if (piv_card_is_at_least(c, 5, 3, 0)) {
		TRY(piv_card_apdu(c, head, span_of(NULL, 0), &o, &sw));
		if (sw != PIV_CARD_OK)
			return piv_card_refused(sw,
			    "describe its management key");
		TRY(read_info(out_span(&o), m));
	}
	w = row_of(m->alg);
	if (w == NULL)
		return piv_card_garbled("describe its management key");
	m->key_size = w->key;
	return read_admin(c, m);
}

void
piv_manage_default(const struct piv_manage *m, uint8_t key[PIV_MANAGE_KEY_MAX])
{
	for (size_t i = 0; i < m->key_size; i++)
		key[i] = (uint8_t)(1 + i % 8);
}

enum err
piv_manage_kept(struct piv_card *c, const struct piv_manage *m,
    uint8_t key[PIV_MANAGE_KEY_MAX])
{
	struct span protected, v;
	uint8_t *buf = sodium_malloc(PIV_CARD_ANSWER);
	struct out o = out_of(buf, PIV_CARD_ANSWER);
	enum err e;

	if (buf == NULL)
		return ERR_OUT_OF_MEMORY;
	e = piv_card_object(c, TAG_PRINTED, &o);
	if (e == OK && piv_tlv_get(out_span(&o), 0x88, &protected) &&
	    piv_tlv_get(protected, 0x89, &v) && v.n == m->key_size)
		memcpy(key, v.p, v.n);
	else if (e == OK)
		e = fail_with(ERR_MANAGEMENT_KEY,
		    "The device says that it keeps the key itself, and does "
		    "not have it.");
	sodium_free(buf);
	return e;
}

static enum err
crypt_block(const struct row *w, const uint8_t *key, bool encrypt,
    const uint8_t *in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool good = ctx != NULL &&
		    EVP_CipherInit_ex(ctx, w->cipher(), NULL, key, NULL,
			encrypt) == 1 &&
		    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		    EVP_CipherUpdate(ctx, out, &n, in, (int)w->block) == 1 &&
		    n == (int)w->block;

	EVP_CIPHER_CTX_free(ctx);
	return good ? OK : ERR_CRYPTO;
}

/* Sends a dynamic authentication template, and takes the one value with this
 * tag out of the answer; it must be a block. */
static enum err
authenticate(struct piv_card *c, const struct row *w, struct span inner,
    unsigned tag, uint8_t block[BLOCK_MAX], unsigned *sw)
{
	const uint8_t head[3] = { 0x87, w->alg, SLOT };
	uint8_t buf[128], answer_buf[PIV_CARD_COMMAND];
	struct out o = out_of(buf, sizeof buf);
	struct out answer = out_of(answer_buf, sizeof answer_buf);
	struct span dynamic, v;

	piv_tlv_put(&o, 0x7c, inner);
	TRY(piv_card_apdu(c, head, out_span(&o), &answer, sw));
	if (*sw != PIV_CARD_OK)
		return OK;
	if (!piv_tlv_get(out_span(&answer), 0x7c, &dynamic) ||
	    !piv_tlv_get(dynamic, tag, &v) || v.n != w->block)
		return piv_card_garbled("prove its management key");
	memcpy(block, v.p, v.n);
	return OK;
}

/* The card's witness, opened, shows that we have the key; our challenge, closed
 * by the card, that the card has it. */
enum err
piv_manage_auth(struct piv_card *c, const struct piv_manage *m,
    const uint8_t key[PIV_MANAGE_KEY_MAX])
{
	const struct row *w = row_of(m->alg);
	uint8_t closed[BLOCK_MAX], witness[BLOCK_MAX], challenge[BLOCK_MAX];
	uint8_t want[BLOCK_MAX], got[BLOCK_MAX], buf[64];
	struct out o = out_of(buf, sizeof buf);
	unsigned sw;

	if (w == NULL)
		return ERR_INTERNAL;
	TRY(authenticate(c, w, span_of("\x80\0", 2), 0x80, closed, &sw));
	if (sw != PIV_CARD_OK)
		return piv_card_refused(sw, "use its management key");
	TRY(crypt_block(w, key, false, closed, witness));
	if (RAND_bytes(challenge, (int)w->block) != 1)
		return ERR_CRYPTO;
	TRY(crypt_block(w, key, true, challenge, want));
	piv_tlv_put(&o, 0x80, span_of(witness, w->block));
	piv_tlv_put(&o, 0x81, span_of(challenge, w->block));
	TRY(authenticate(c, w, out_span(&o), 0x82, got, &sw));
	/* With touch the card refuses both a wrong key and no touch so; a wrong
	 * key it refuses at once, which only a person can tell apart. */
	if (sw == 0x6982 || sw == 0x6a80)
		return ERR_MANAGEMENT_KEY;
	if (sw != PIV_CARD_OK)
		return piv_card_refused(sw, "use its management key");
	return CRYPTO_memcmp(want, got, w->block) == 0 ? OK
						       : ERR_MANAGEMENT_KEY;
}

enum err
piv_manage_generate(struct piv_card *c, uint8_t slot, enum key_type type,
    enum piv_pin pin, enum piv_touch touch, struct out *blob)
{
	const uint8_t head[3] = { 0x47, 0, slot };
	const uint8_t how[] = { 0xac, 9, 0x80, 1, piv_card_alg(type), 0xaa, 1,
		(uint8_t)pin, 0xab, 1, (uint8_t)touch };
	uint8_t buf[PIV_CARD_COMMAND], made[KEY_BLOB_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct span outer, public, b;
	unsigned sw;

	TRY(piv_card_apdu(c, head, span_of(how, sizeof how), &o, &sw));
	if (sw != PIV_CARD_OK)
		return piv_card_refused(sw, "make a key");
	if (!piv_tlv_get(out_span(&o), 0x7f49, &outer) ||
	    !piv_tlv_get(outer, 0x86, &public))
		return piv_card_garbled("make a key");
	TRY(piv_card_blob(type, public, made, &b));
	out_put(blob, b.p, b.n);
	return blob->full ? ERR_NO_SPACE : OK;
}
