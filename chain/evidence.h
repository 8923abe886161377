/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "key.h"

/*
 * A device's own proof that a control key was made inside it and never left:
 * today the attestation of a YubiKey's PIV slot (Yubico, "PIV attestation",
 * OIDs 1.3.6.1.4.1.41482.3.*).  FORMAT.md section 5: a key's `evidence` is the
 * SHA-256 of the bundle.
 *
 * A bundle is what OpenSSL reads: PEM certificates, the key's own first, then
 * the one of slot f9, then those between it and the root; no root, and nothing
 * else.
 */
#define EVIDENCE_MAX 16384
#define EVIDENCE_CERTS 6
#define EVIDENCE_ROOTS 8

enum evidence_pin {
	EVIDENCE_PIN_NEVER = 1,
	EVIDENCE_PIN_ONCE,
	EVIDENCE_PIN_ALWAYS,
	EVIDENCE_PIN_MATCH_ONCE, /* a fingerprint, on devices that read one */
	EVIDENCE_PIN_MATCH_ALWAYS
};
enum evidence_touch {
	EVIDENCE_TOUCH_NEVER = 1,
	EVIDENCE_TOUCH_ALWAYS,
	EVIDENCE_TOUCH_CACHED
};

/* What the device says of itself and of the key. */
struct evidence {
	uint8_t firmware[3];
	bool has_serial;
	uint32_t serial; /* names a device, so a person: not for the public */
	uint8_t slot;    /* 0x9c */
	enum evidence_pin pin;
	enum evidence_touch touch;
	uint8_t form; /* form factor, bit 7: FIPS; 0: it does not say */
	bool fips;
	enum key_type type;
	size_t root; /* which of the trusted roots it leads to */
};

/*
 * The two roots of Yubico's PIV attestation, by the SHA-256 of their DER: of
 * firmware before 5.7.4 and from then on.  The certificates themselves are not
 * part of encl; a root with another hash is whoever's a person says.
 */
bool evidence_root_is_yubico(const struct h32 *sha256_of_der);

/*
 * Verifies bundle up to one of the trusted roots (DER certificates, at most
 * EVIDENCE_ROOTS), and that it is about the key with this blob.  Certificates
 * are judged without regard to a clock, since the key outlives its device's
 * certificate.  Where it is not OK ev says nothing.
 * ERR_EVIDENCE_BAD, ERR_EVIDENCE_KEY, ERR_EVIDENCE_FIELDS, ERR_TOO_LARGE.
 */
MUST_USE enum err evidence_verify(struct span bundle, const struct span *root,
    size_t root_n, struct span blob, struct evidence *ev);

/*
 * The rule for "held in hardware, touch required": touch always, PIN (or
 * fingerprint) once or always, and firmware 5.7.0 or later for ECDSA (Yubico
 * YSA-2024-03).  ERR_EVIDENCE_WEAK.
 */
MUST_USE enum err evidence_judge(const struct evidence *ev);

/*
 * A device does not keep the certificates between its own and the root.
 * Writes bundle to whole, and after it those of cert (DER, in any order) that
 * lead on from its last one; roots among them are passed over.  Nothing is
 * judged by this.  ERR_EVIDENCE_BAD, ERR_TOO_LARGE, ERR_NO_SPACE.
 */
MUST_USE enum err evidence_complete(struct span bundle, const struct span *cert,
    size_t n, struct out *whole);

/* A certificate (DER) that names itself as its issuer. */
bool evidence_is_root(struct span certificate);

/* The public key of a certificate (DER), nothing judged: 32 bytes, or 0x04 ||
 * x || y where it says so, into public.  ERR_EVIDENCE_BAD: no certificate;
 * ERR_EVIDENCE_KEY: of a type that chains do not take. */
MUST_USE enum err evidence_key(struct span certificate, enum key_type *type,
    struct out *public);

/* "once", "always": constant strings. */
const char *evidence_pin_name(enum evidence_pin p);
const char *evidence_touch_name(enum evidence_touch t);

#endif
