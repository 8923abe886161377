/* SPDX-License-Identifier: ISC */
#include "notice_key.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>

#include "system/folder.h"
#include "system/secret.h"

#define CREDENTIAL "credential:"

struct notice_key {
	uint8_t *secret; /* guarded */
};

static void
secret_free(uint8_t **p)
{
	sodium_free(*p);
}
#define SECRET_AUTO __attribute__((cleanup(secret_free))) uint8_t *

static enum err
read_into(const char *file, uint8_t *room, size_t cap)
{
	size_t head = strlen(CREDENTIAL), n;

	TRY(strncmp(file, CREDENTIAL, head) == 0
		? secret_credential(file + head, room, cap, &n)
		: secret_file(file, room, cap, &n));
	return n == NOTICE_KEY_SIZE ? OK : ERR_KEY_FILE_BAD;
}

enum err
notice_key_read(const char *file, struct notice_key **out)
{
	struct notice_key *k;
	enum err e;

	*out = NULL;
	if (sodium_init() < 0)
		return ERR_INTERNAL;
	k = calloc(1, sizeof *k);
	if (!k)
		return ERR_OUT_OF_MEMORY;
	k->secret = sodium_malloc(NOTICE_KEY_SIZE + 1);
	e = k->secret ? read_into(file, k->secret, NOTICE_KEY_SIZE + 1)
		      : ERR_OUT_OF_MEMORY;
	if (e == OK && sodium_mprotect_readonly(k->secret) != 0)
		e = ERR_INTERNAL;
	if (e != OK) {
		notice_key_free(k);
		return e;
	}
	*out = k;
	return OK;
}

void
notice_key_free(struct notice_key *k)
{
	if (!k)
		return;
	sodium_free(k->secret);
	free(k);
}

enum err
notice_key_create(const char *file)
{
	SECRET_AUTO secret = NULL;

	if (sodium_init() < 0)
		return ERR_INTERNAL;
	secret = sodium_malloc(NOTICE_KEY_SIZE);
	if (!secret)
		return ERR_OUT_OF_MEMORY;
	randombytes_buf(secret, NOTICE_KEY_SIZE);
	return folder_new_file(AT_FDCWD, file,
	    span_of(secret, NOTICE_KEY_SIZE));
}

static void
put_be(uint8_t *p, uint64_t v)
{
	for (int i = 8; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

/* secret: guarded memory for the seed and the pair. */
static enum err
derive(const struct notice_key *k, const struct notice_key_of *of,
    uint8_t *secret, uint8_t pk[32])
{
	static const char tag[16] = "encl/1/webhook";
	uint8_t text[sizeof tag + 24];

	memcpy(text, tag, sizeof tag);
	put_be(text + sizeof tag, (uint64_t)of->id);
	put_be(text + sizeof tag + 8, of->created);
	put_be(text + sizeof tag + 16, of->generation);
	if (crypto_generichash(secret + 64, 32, text, sizeof text, k->secret,
		NOTICE_KEY_SIZE) != 0 ||
	    crypto_sign_seed_keypair(pk, secret, secret + 64) != 0)
		return ERR_INTERNAL;
	return OK;
}

enum err
notice_key_public(const struct notice_key *k, const struct notice_key_of *of,
    uint8_t pk[32])
{
	SECRET_AUTO secret = sodium_malloc(96);

	return secret ? derive(k, of, secret, pk) : ERR_OUT_OF_MEMORY;
}

enum err
notice_key_sign(const struct notice_key *k, const struct notice_key_of *of,
    struct span text, uint8_t sig[NOTICE_KEY_SIG])
{
	SECRET_AUTO secret = sodium_malloc(96);
	uint8_t pk[32];

	if (!secret)
		return ERR_OUT_OF_MEMORY;
	TRY(derive(k, of, secret, pk));
	return crypto_sign_detached(sig, NULL, text.p, text.n, secret) == 0
		   ? OK
		   : ERR_INTERNAL;
}

void
notice_key_mac(const struct notice_key *k, const char *purpose, struct span of,
    uint8_t mac[NOTICE_KEY_MAC])
{
	crypto_generichash_state s;

	(void)crypto_generichash_init(&s, k->secret, NOTICE_KEY_SIZE,
	    NOTICE_KEY_MAC);
	(void)crypto_generichash_update(&s, (const uint8_t *)purpose,
	    strlen(purpose) + 1);
	(void)crypto_generichash_update(&s, of.p, of.n);
	(void)crypto_generichash_final(&s, mac, NOTICE_KEY_MAC);
}
