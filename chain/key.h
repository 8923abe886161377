/* SPDX-License-Identifier: ISC */
#ifndef KEY_H
#define KEY_H

#include "cbor.h"
#include "curve.h"

/* FORMAT.md section 5: control keys are SSH public keys (RFC 4253 6.6, RFC
 * 5656, RFC 8709, PROTOCOL.u2f). */
enum key_type {
	KEY_ED25519,    /* ssh-ed25519 */
	KEY_P256,       /* ecdsa-sha2-nistp256 */
	KEY_P384,       /* ecdsa-sha2-nistp384 */
	KEY_SK_ED25519, /* sk-ssh-ed25519@openssh.com */
	KEY_SK_P256     /* sk-ecdsa-sha2-nistp256@openssh.com */
};

#define KEY_BLOB_MAX 256
#define KEY_SIG_MAX 101 /* the longest `sig` of any type, in bytes */
#define KEY_LINE_MAX 512

/* A key as it stands in a policy.  blob and name are borrowed. */
struct key {
	struct span blob; /* the SSH wire form, 1 to KEY_BLOB_MAX bytes */
	struct span name; /* 1 to 64 printable characters */
	bool has_evidence;
	struct h32 evidence;
	struct h32 kid; /* SHA-256 of blob, made by key_decode */
	enum key_type type;
};

/* Reads the shape of the blob only, since a policy is decoded often; whoever
 * lets a key into a chain asks key_parse too. */
MUST_USE enum err key_decode(struct cbor *c, struct key *k);
void key_encode(struct out *o, const struct key *k);

/* Checks the blob, whole: the type's own shape, point on the curve, no
 * small-order point.  ERR_KEY_BAD.  public and application (the sk types'
 * "ssh:...") are borrowed from blob; each result may be NULL. */
MUST_USE enum err key_parse(struct span blob, enum key_type *type,
    struct span *public, struct span *application);

/* The same without looking at the point: the three results are all given. */
MUST_USE enum err key_shape(struct span blob, enum key_type *type,
    struct span *public, struct span *application);

enum curve key_curve(enum key_type t);
/* One of the two types whose keys live in a FIDO token. */
bool key_is_sk(enum key_type t);

/* The blob of a public key of one of the three types without an application:
 * 32 bytes, or 0x04 || x || y. */
void key_blob(struct out *o, enum key_type t, struct span public);
/* The blob of an Ed25519 public key: 51 bytes into out. */
void key_ed25519_blob(struct out *o, const uint8_t public[32]);

/* "ssh-ed25519": a constant string. */
const char *key_type_name(enum key_type t);

/* The bytes of `sig` for this type: 64, 96, 69. */
size_t key_sig_size(enum key_type t);

/* "SHA256:" and unpadded base64, as `ssh-keygen -l` prints it; 51 bytes with
 * the NUL. */
void key_fingerprint(const struct h32 *kid, char text[51]);

/* One line of an OpenSSH public key file: "type base64 [comment]".  blob goes
 * to buf (of KEY_BLOB_MAX), comment is borrowed from the line. */
MUST_USE enum err key_line_decode(struct span line, uint8_t *buf,
    struct span *blob, struct span *comment);
/* The same, written, with a NUL and no newline. */
void key_line_encode(struct out *o, struct span blob, struct span comment);

#endif
