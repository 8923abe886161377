/* SPDX-License-Identifier: ISC */
#ifndef LIVE_H
#define LIVE_H

#include "target.h"

/*
 * Documents that a running enclave makes at this moment, for a nonce of 32
 * random bytes where the way to it takes one.
 */
#define LIVE_NONCE 32

struct live {
	struct span doc; /* lives as long as the command */
	/* The document must carry the nonce.  False: the way to the enclave
	 * takes none, and what comes may be hours old. */
	bool challenged;
	bool ours; /* made by encl-countersign: a `live` receipt */
	/* The key of the TLS connection that it came over, a
	 * SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7); n 0 where
	 * there was none, or where documents name no such key. */
	struct span tls_key;
};

/* From the agent's port of encl-countersign: address as channel.h reads it.
 * The enclave is given the chain first, when it has not got it yet.
 * ERR_LIVE_AHEAD when it says that it knows more of it than t, ERR_PEER,
 * ERR_MESSAGE, and what the enclave refuses with. */
MUST_USE enum err live_countersign(const char *address, const struct target *t,
    const uint8_t nonce[LIVE_NONCE], struct live *l);

/* From `GET URL/.well-known/attestation` of an Evervault enclave, which gives
 * everybody the same document, whose user_data is its TLS key. */
MUST_USE enum err live_http_evervault(const struct conf *k, const char *url,
    struct live *l);

/* The key of the TLS connection to url, from the certificate in PEM of who
 * answered, as libcurl says it; n 0 without TLS.  Lives as long as the command.
 * ERR_ANSWER_BAD when it is no certificate, or libcurl says none: whoever has
 * some certificate could hand on the document of another. */
MUST_USE enum err live_http_key(const char *url, struct span pem,
    struct span *key);

/* From `POST URL/v1/attestation` of an Enclaver enclave. */
MUST_USE enum err live_http_enclaver(const struct conf *k, const char *url,
    const uint8_t nonce[LIVE_NONCE], struct live *l);

#endif
