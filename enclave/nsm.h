/* SPDX-License-Identifier: ISC */
#ifndef NSM_H
#define NSM_H

#include "chain/attest.h"

/*
 * A Nitro security module: what makes attestation documents.  The device is
 * in nsm_device.h, the simulator in nsm_sim.h, those that a runtime stands
 * before in nsm_api.h.
 */
#define NSM_FIELD_MAX 1024 /* bytes of user_data, nonce and public_key each */

/* A field with p == NULL is absent from the document. */
struct nsm_ask {
	struct span user_data, nonce, public_key;
};

struct nsm {
	void *ctx;
	/* It takes user_data alone, and of that only text: printable ASCII
	 * without quotation marks and backslashes. */
	bool text_only;
	enum err (
	    *attest)(void *ctx, const struct nsm_ask *ask, struct out *doc);
	void (*close)(void *ctx);
};

/* Appends the document to doc, which needs ATTEST_DOC_MAX bytes of room.
 * ERR_TOO_LARGE for a field above NSM_FIELD_MAX, ERR_NO_SPACE, ERR_NSM,
 * ERR_NSM_REFUSED, also for what a text_only module cannot put into it. */
MUST_USE enum err nsm_attest(const struct nsm *n, const struct nsm_ask *ask,
    struct out *doc);

/* A map key and a field's value, null when it is absent. */
void nsm_put_field(struct out *o, const char *key, struct span v);

/* Frees what stands behind n.  n may be all zero. */
void nsm_close(struct nsm *n);

#endif
