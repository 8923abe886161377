/* SPDX-License-Identifier: ISC */
#ifndef NSM_API_H
#define NSM_API_H

#include "nsm.h"

/*
 * The security module behind a runtime that keeps the device to itself and
 * serves documents to what runs beside it, over HTTP on this enclave's own
 * loopback:
 *
 * Enclaver (github.com/enclaver-io/enclaver, api.listen_port of its manifest):
 *   POST /v1/attestation {"nonce": base64, "user_data": base64} -> document
 * Evervault (github.com/evervault/enclaves, port 9999):
 *   POST /attestation-doc {"challenge": text} -> document, whose user_data is
 *   the text; text_only
 *
 * public_key is asked of neither.
 */
enum nsm_api { NSM_API_ENCLAVER, NSM_API_EVERVAULT };

/* "enclaver:PORT", "evervault" or "evervault:PORT".  False: anything else. */
MUST_USE bool nsm_api_parse(const char *text, enum nsm_api *api,
    unsigned *port);

/* Nothing is asked yet.  ERR_OUT_OF_MEMORY.  Of n: ERR_NSM when nobody
 * answers, ERR_NSM_REFUSED when the answer is no. */
MUST_USE enum err nsm_api_open(enum nsm_api api, unsigned port, struct nsm *n);

#endif
