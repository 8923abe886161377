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

enum err
forge_judge_form(struct span doc)
{
	struct attest a;
	uint8_t *exact = malloc(doc.n ? doc.n : 1);
	enum err e;

	ck_assert_ptr_nonnull(exact);
	if (doc.n)
		memcpy(exact, doc.p, doc.n);
	e = attest_parse(span_of(exact, doc.n), &a);
	free(exact);
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
