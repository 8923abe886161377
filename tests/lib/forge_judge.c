/* SPDX-License-Identifier: ISC */
#include "forge_judge.h"

#include <check.h>
#include <stdlib.h>

enum err
forge_judge(struct span doc, const struct h32 *root, uint64_t at,
    struct attest_cache *cache)
{
	struct attest a;

	TRY(attest_parse(doc, &a));
	return attest_verify(&a, root, at, cache);
}

struct forge_doc
forge_judge_good(void)
{
	struct span ca[] = { forge_fill(1, 700), forge_fill(2, 700) };

	return forge_doc_default(forge_fill(3, 700), ca, 2);
}

/* The same bytes, with nothing behind them. */
static struct span
exact(struct span s)
{
	uint8_t *p = malloc(s.n ? s.n : 1);

	ck_assert_ptr_nonnull(p);
	if (s.n)
		memcpy(p, s.p, s.n);
	return span_of(p, s.n);
}

enum err
forge_judge_form(struct span doc)
{
	struct attest a;
	struct span s = exact(doc);
	enum err e = attest_parse(s, &a);

	free((void *)(uintptr_t)s.p);
	return e;
}

enum err
forge_judge_cert(struct span der, struct x509 *c)
{
	struct span s = exact(der);
	enum err e = x509_parse(s, c);

	free((void *)(uintptr_t)s.p);
	return e;
}

struct span
forge_judge_unsigned(struct span payload)
{
	return forge_cat(3, forge_hex("8444a1013822a0"), forge_bytes(payload),
	    forge_bytes(forge_fill(9, 96)));
}

struct h32
forge_judge_root(struct span der)
{
	struct h32 h;

	ck_assert_int_eq(hash_sha256(der, &h), OK);
	return h;
}
