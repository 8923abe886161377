/* SPDX-License-Identifier: ISC */
#include "hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* Looking an algorithm up by name costs more than hashing an entry; these
 * handles are constant once made and live as long as the process. */
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MD *sha256, *sha384, *sha512;

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
	sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
}

static enum err
digest(EVP_MD *const *md, const struct span *parts, size_t n, uint8_t *h)
{
	EVP_MD_CTX *ctx;
	bool ok;

	if (!CRYPTO_THREAD_run_once(&once, fetch) || !*md)
		return ERR_CRYPTO;
	ctx = EVP_MD_CTX_new();
	ok = ctx && EVP_DigestInit_ex2(ctx, *md, NULL);
	for (size_t i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].n);
	ok = ok && EVP_DigestFinal_ex(ctx, h, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? OK : ERR_CRYPTO;
}

enum err
hash_sha256(struct span s, struct h32 *h)
{
	return digest(&sha256, &s, 1, h->b);
}

enum err
hash_sha384(const struct span *parts, size_t n, uint8_t h[48])
{
	return digest(&sha384, parts, n, h);
}

enum err
hash_sha512(struct span s, uint8_t h[64])
{
	return digest(&sha512, &s, 1, h);
}

enum err
hash_entry(struct span entry, struct h32 *id)
{
	static const uint8_t leaf = 0;
	struct span parts[] = { span_of(&leaf, 1), entry };

	return digest(&sha256, parts, 2, id->b);
}
