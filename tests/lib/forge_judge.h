/* SPDX-License-Identifier: ISC */
#ifndef FORGE_JUDGE_H
#define FORGE_JUDGE_H

#include "chain/hash.h"
#include "chain/x509.h"
#include "tests/lib/forge.h"

/* What the judge says of forged documents. */

/* Of a document below this root at this time (ms); cache may be NULL. */
enum err forge_judge(struct span doc, const struct h32 *root, uint64_t at,
    struct attest_cache *cache);
/* A document that is good in its form and its fields. */
struct forge_doc forge_judge_good(void);
/* Of a document's outer form and its fields alone.  It is read where nothing
 * follows it, so that a sanitizer sees whoever reads past its end. */
enum err forge_judge_form(struct span doc);
/* Of a certificate's form, in the same way; the spans in c point at nothing any
 * more. */
enum err forge_judge_cert(struct span der, struct x509 *c);
/* A document of this payload whose signature nobody has made. */
struct span forge_judge_unsigned(struct span payload);
/* SHA-256 of a certificate, as a root is named. */
struct h32 forge_judge_root(struct span der);

#endif
