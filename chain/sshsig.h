/* SPDX-License-Identifier: ISC */
#ifndef SSHSIG_H
#define SSHSIG_H

#include "key.h"

/* FORMAT.md section 5 and OpenSSH's PROTOCOL.sshsig; namespace chain@encl,
 * hash sha512. */

#define SSHSIG_TBS_SIZE 102
#define SSHSIG_ARMOR_MAX 2048

/* The bytes that a key signs for this payload. */
MUST_USE enum err sshsig_tbs(struct span payload, uint8_t tbs[SSHSIG_TBS_SIZE]);

/* Verifies `sig` as it stands in a proof, by the key's own type: canonical S
 * and no small order (Ed25519), range and low-S (ECDSA), user present (sk).
 * ERR_SIG_FORM, ERR_SIG_HIGH_S, ERR_SIG_NO_TOUCH, ERR_SIG_BAD. */
MUST_USE enum err sshsig_verify(struct span blob, struct span payload,
    struct span sig);

/* An ASCII-armoured SSH signature with this key and sig, which stock
 * `ssh-keygen -Y verify -n chain@encl` accepts.  At most SSHSIG_ARMOR_MAX
 * bytes, with a last newline and a NUL that o->n does not count. */
MUST_USE enum err sshsig_armor(struct out *o, struct span blob,
    struct span sig);

/* The reverse, for what `ssh-keygen -Y sign -n chain@encl` made.  The blob
 * goes to blob_buf (KEY_BLOB_MAX), the sig in its chain form, low-S, to
 * sig_buf (KEY_SIG_MAX).  Nothing is verified.
 * ERR_SSHSIG_BAD, ERR_SSHSIG_NAMESPACE, ERR_KEY_BAD. */
MUST_USE enum err sshsig_dearmor(struct span text, uint8_t *blob_buf,
    struct span *blob, uint8_t *sig_buf, struct span *sig);

/* A signature as SSH agents and armours carry it (RFC 8709 section 6, RFC 5656
 * section 3.1.2, PROTOCOL.u2f), by a key of this type: in its chain form,
 * low-S, to sig_buf (KEY_SIG_MAX).  Nothing is verified.  ERR_SSHSIG_BAD. */
MUST_USE enum err sshsig_from_wire(struct span wire, enum key_type type,
    uint8_t *sig_buf, struct span *sig);

/* Puts an ECDSA r||s of the type into low-S form, in place.  No effect on
 * Ed25519 types. */
MUST_USE enum err sshsig_low_s(enum key_type type, uint8_t *sig, size_t n);

#endif
