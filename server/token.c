/* SPDX-License-Identifier: ISC */
#include "token.h"

#include <sodium.h>
#include <stdio.h>

#include "chain/hash.h"

static const char prefix[] = "encl_pat_";
#define PREFIX (sizeof prefix - 1)
#define SECRET 43
#define SUM 6

_Static_assert(PREFIX + SECRET + SUM == TOKEN_TEXT, "the parts of a token");

/* IEEE 802.3, as zlib has it. */
static uint32_t
crc32(struct span s)
{
	uint32_t c = UINT32_MAX;

	for (size_t i = 0; i < s.n; i++) {
		c ^= s.p[i];
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~c;
}

static void
sum_write(const char *text, char sum[SUM])
{
	static const char digit[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz";
	uint32_t c = crc32(span_of(text, PREFIX + SECRET));

	for (int i = SUM; i-- > 0; c /= 62)
		sum[i] = digit[c % 62];
}

enum err
token_make(char text[TOKEN_TEXT + 1], struct h32 *hash)
{
	uint8_t secret[32];

	if (sodium_init() < 0)
		return ERR_CRYPTO;
	randombytes_buf(secret, sizeof secret);
	memcpy(text, prefix, PREFIX);
	(void)sodium_bin2base64(text + PREFIX, SECRET + 1, secret,
	    sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof secret);
	sum_write(text, text + PREFIX + SECRET);
	text[TOKEN_TEXT] = '\0';
	return hash_sha256(span_of(text, TOKEN_TEXT), hash);
}

enum err
token_hash(struct span text, struct h32 *hash)
{
	char sum[SUM];

	if (text.n != TOKEN_TEXT || memcmp(text.p, prefix, PREFIX) != 0)
		return ERR_TOKEN_BAD;
	sum_write((const char *)text.p, sum);
	if (memcmp(sum, text.p + PREFIX + SECRET, SUM) != 0)
		return ERR_TOKEN_BAD;
	return hash_sha256(text, hash);
}
