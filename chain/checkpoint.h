/* SPDX-License-Identifier: ISC */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "note.h"

/*
 * Checkpoints, c2sp.org/tlog-checkpoint, and cosignatures, version 1 with
 * Ed25519, c2sp.org/tlog-cosignature.
 */
struct checkpoint {
	struct note note;
	struct span origin; /* first line */
	uint64_t size;      /* below 2^53 */
	struct h32 root;
	struct span extension; /* further lines, or none */
};

#define CHECKPOINT_MAX NOTE_MAX
#define CHECKPOINT_TEXT_MAX 512 /* of those that we make */
#define CHECKPOINT_COSIG 72     /* u64 time, big-endian; 64 bytes */

/* ERR_NOTE, ERR_CHECKPOINT. */
MUST_USE enum err checkpoint_decode(struct span s, struct checkpoint *c);
/* The text that the log signs: three lines. */
void checkpoint_text(struct out *o, struct span origin, uint64_t size,
    const struct h32 *root);

/* What an Ed25519 cosigner signs: two lines and the text. */
#define CHECKPOINT_COSIGNED_MAX (NOTE_MAX + 64)
void checkpoint_cosigned(struct out *o, uint64_t seconds, struct span text);

/* One signature over the text of a checkpoint: a cosignature of that second,
 * ERR_COSIGNATURE; or, where seconds is 0, the log's own, ERR_CHECKPOINT_SIG.
 */
MUST_USE enum err checkpoint_genuine(const struct h32 *key, uint64_t seconds,
    struct span text, struct span sig);

/* The log's own signature is there and verifies.  ERR_CHECKPOINT_SIG; ERR_NOTE
 * as note_find; ERR_VKEY: the key is not one that signs text. */
MUST_USE enum err checkpoint_verify(const struct checkpoint *c,
    const struct note_key *log);
/* The witness's cosignature: is it there (else *seconds is 0), and its time, a
 * second from 1 to 2^63 - 1.  Verifies nothing.  ERR_NOTE; ERR_VKEY: the key is
 * not one that cosigns. */
MUST_USE enum err checkpoint_cosignature(const struct checkpoint *c,
    const struct note_key *witness, uint64_t *seconds, uint8_t sig[64]);
/* The same, verified: ERR_COSIGNATURE, too. */
MUST_USE enum err checkpoint_cosigned_by(const struct checkpoint *c,
    const struct note_key *witness, uint64_t *seconds);

#endif
