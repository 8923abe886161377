/* SPDX-License-Identifier: ISC */
#ifndef RELEASE_H
#define RELEASE_H

#include "pcr.h"

#define RELEASE_MAX 8192 /* encoded bytes */

/* FORMAT.md section 4.  An absent optional line has p == NULL. */
struct release {
	struct span bytes; /* as encoded */
	struct pcrs pcrs;
	struct h32 definition;
	struct span version, image;
	bool has_eif, has_kms, has_svn;
	struct h32 eif, kms;
	uint64_t svn;                    /* 0 when absent */
	struct span repo, commit, build; /* source; repo.p NULL: no source */
};

/* The next item at c, borrowed from there.  ERR_TOO_LARGE above RELEASE_MAX;
 * ERR_PCRS_BAD; the errors of cbor.h. */
MUST_USE enum err release_decode(struct cbor *c, struct release *r);
void release_encode(struct out *o, const struct release *r);

#endif
