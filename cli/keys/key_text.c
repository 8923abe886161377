/* SPDX-License-Identifier: ISC */
#include "key_text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "chain/text.h"
#include "cli/fail.h"

#define MEM_MIN (UINT64_C(8) << 20)
#define MEM_MAX (UINT64_C(1) << 30)
#define OPS_MAX 16
#define OPS_NEW 3
#define MEM_NEW (UINT64_C(256) << 20)

void
key_text_put(struct out *o, const char *s)
{
	out_put(o, s, strlen(s));
}

void
key_text_put_base64(struct out *o, const uint8_t *p, size_t n)
{
	char t[2 * KEY_TEXT_BINARY];

	key_text_put(o, sodium_bin2base64(t, sizeof t, p, n,
			    sodium_base64_VARIANT_ORIGINAL));
}

void
key_text_put_kdf(struct out *o, const struct key_kdf *k)
{
	char cost[96];

	(void)snprintf(cost, sizeof cost,
	    "argon2id13 ops=%" PRIu64 " mem=%" PRIu64 " salt=", k->ops, k->mem);
	key_text_put(o, cost);
	key_text_put_base64(o, k->salt, sizeof k->salt);
}

/* Steps over lead. */
static bool
step(struct span *in, const char *lead)
{
	size_t n = strlen(lead);

	if (in->n < n || memcmp(in->p, lead, n) != 0)
		return false;
	*in = span_of(in->p + n, in->n - n);
	return true;
}

bool
key_text_take(struct span *in, const char *lead, struct span *v)
{
	struct span rest = *in;
	const uint8_t *nl;

	if (!step(&rest, lead))
		return false;
	nl = rest.n > 0 ? memchr(rest.p, '\n', rest.n) : NULL;
	if (nl == NULL)
		return false;
	*v = span_of(rest.p, (size_t)(nl - rest.p));
	*in = span_of(nl + 1, rest.n - v->n - 1);
	return true;
}

bool
key_text_is(struct span *in, const char *lead)
{
	struct span rest;

	return key_text_take(in, lead, &rest) && rest.n == 0;
}

bool
key_text_take_base64(struct span v, uint8_t *p, size_t n)
{
	size_t got;

	return sodium_base642bin(p, n, (const char *)v.p, v.n, NULL, &got, NULL,
		   sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == n;
}

bool
key_text_take_number(struct span *v, const char *lead, uint64_t max,
    uint64_t *x)
{
	size_t n = 0;

	if (!step(v, lead))
		return false;
	*x = 0;
	for (; n < v->n && v->p[n] >= '0' && v->p[n] <= '9'; n++) {
		uint64_t digit = (uint64_t)(v->p[n] - '0');

		if (digit > max || *x > (max - digit) / 10)
			return false;
		*x = 10 * *x + digit;
	}
	*v = span_of(v->p + n, v->n - n);
	return n > 0;
}

bool
key_text_take_name(struct span v, char name[KEY_TEXT_NAME])
{
	if (v.n < 1 || v.n >= KEY_TEXT_NAME || !text_is_line(v))
		return false;
	memcpy(name, v.p, v.n);
	name[v.n] = '\0';
	return true;
}

bool
key_text_take_kdf(struct span v, struct key_kdf *k)
{
	return step(&v, "argon2id13 ") &&
	       key_text_take_number(&v, "ops=", OPS_MAX, &k->ops) &&
	       k->ops >= 1 &&
	       key_text_take_number(&v, " mem=", MEM_MAX, &k->mem) &&
	       k->mem >= MEM_MIN && step(&v, " salt=") &&
	       key_text_take_base64(v, k->salt, sizeof k->salt);
}

enum err
key_text_name(const char *given, const char *path, char name[KEY_TEXT_NAME])
{
	const char *slash = strrchr(path, '/');

	if (given == NULL)
		given = slash != NULL ? slash + 1 : path;
	if (key_text_take_name(span_str(given), name))
		return OK;
	return fail_with(ERR_USAGE,
	    "The name of a key has 1 to 64 characters of printable ASCII.");
}

void
key_text_new_kdf(struct key_kdf *k)
{
	k->ops = OPS_NEW;
	k->mem = MEM_NEW;
	randombytes_buf(k->salt, sizeof k->salt);
}

enum err
key_text_stretch(const struct key_kdf *k, struct span passphrase, uint8_t *key,
    size_t n)
{
	if (crypto_pwhash(key, n,
		passphrase.n ? (const char *)passphrase.p : "", passphrase.n,
		k->salt, k->ops, (size_t)k->mem,
		crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_OUT_OF_MEMORY;
	return OK;
}
