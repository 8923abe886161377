/* SPDX-License-Identifier: ISC */
#ifndef NOTICE_KEY_H
#define NOTICE_KEY_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The secret of notices: 32 bytes in a file that is its owner's alone, the same
 * on every server of one database.  The signing key of each webhook and the
 * tokens of links in mails are derived from it, so the database holds none of
 * them.  It is no key of any chain: encl-signer signs nothing but what it
 * judged, and a notice claims nothing that a chain does not show.
 */
struct notice_key;

#define NOTICE_KEY_SIZE 32
#define NOTICE_KEY_SIG 64
#define NOTICE_KEY_MAC 24

/* file: a path, or "credential:NAME" for systemd's.  The errors of
 * system/secret.h; ERR_KEY_FILE_BAD when it has not 32 bytes. */
MUST_USE enum err notice_key_read(const char *file, struct notice_key **k);
void notice_key_free(struct notice_key *k);
/* Makes such a file.  ERR_FILE_EXISTS, ERR_FILE_WRITE. */
MUST_USE enum err notice_key_create(const char *file);

/* A webhook: what it is called and when it was made (Unix ms). */
struct notice_key_of {
	int64_t id;
	uint64_t created;
	uint32_t generation;
};
/* Its public key, 32 bytes. */
MUST_USE enum err notice_key_public(const struct notice_key *k,
    const struct notice_key_of *of, uint8_t pk[32]);
/* An Ed25519 signature over text. */
MUST_USE enum err notice_key_sign(const struct notice_key *k,
    const struct notice_key_of *of, struct span text,
    uint8_t sig[NOTICE_KEY_SIG]);

/* The token of a link: a keyed hash of what it is for. */
void notice_key_mac(const struct notice_key *k, const char *purpose,
    struct span of, uint8_t mac[NOTICE_KEY_MAC]);

#endif
