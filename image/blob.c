/* SPDX-License-Identifier: ISC */
#include "blob.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>

#define PIECE ((size_t)256 * 1024)

static enum err
read_at(const struct blob *b, uint64_t at, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = pread(b->fd, p, n, (off_t)(b->offset + at));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_FILE_READ;
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return OK;
}

enum err
blob_read(const struct blob *b, uint8_t *p)
{
	return read_at(b, 0, p, (size_t)b->size);
}

static size_t
piece(uint64_t at, uint64_t size)
{
	return size - at < PIECE ? (size_t)(size - at) : PIECE;
}

static enum err
digest(const struct blob *b, EVP_MD_CTX *c, uint8_t *p)
{
	for (uint64_t at = 0; at < b->size;) {
		size_t n = piece(at, b->size);

		TRY(read_at(b, at, p, n));
		if (EVP_DigestUpdate(c, p, n) != 1)
			return ERR_CRYPTO;
		at += n;
	}
	return OK;
}

enum err
blob_sha256(const struct blob *b, struct h32 *h)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t *p = malloc(PIECE);
	enum err e = c != NULL && p != NULL ? OK : ERR_OUT_OF_MEMORY;

	if (e == OK && EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
		e = ERR_CRYPTO;
	if (e == OK)
		e = digest(b, c, p);
	if (e == OK && EVP_DigestFinal_ex(c, h->b, NULL) != 1)
		e = ERR_CRYPTO;
	EVP_MD_CTX_free(c);
	free(p);
	return e;
}

static enum err
compare(const struct blob *a, const struct blob *b, uint8_t *p, uint64_t *at)
{
	uint64_t size = a->size < b->size ? a->size : b->size;
	uint8_t *q = p + PIECE;

	for (*at = 0; *at < size;) {
		size_t n = piece(*at, size), i = 0;

		TRY(read_at(a, *at, p, n));
		TRY(read_at(b, *at, q, n));
		if (memcmp(p, q, n) == 0) {
			*at += n;
			continue;
		}
		while (p[i] == q[i])
			i++;
		*at += i;
		return OK;
	}
	return OK;
}

enum err
blob_compare(const struct blob *a, const struct blob *b, bool *same,
    uint64_t *at)
{
	uint8_t *p = malloc(2 * PIECE);
	enum err e = p != NULL ? compare(a, b, p, at) : ERR_OUT_OF_MEMORY;

	*same = e == OK && a->size == b->size && *at == a->size;
	free(p);
	return e;
}
