/* SPDX-License-Identifier: ISC */
#ifndef NOTE_H
#define NOTE_H

#include "err.h"
#include "span.h"

/*
 * Signed notes and verifier keys: c2sp.org/signed-note.  base64 is RFC 4648
 * section 4 with padding, in its one spelling: bits that nothing uses are zero.
 */
#define NOTE_MAX 16384     /* bytes of a note */
#define NOTE_SIGNATURES 64 /* lines */
#define NOTE_NAME 200      /* bytes of a key's name */
#define NOTE_VKEY_MAX 300  /* characters of a vkey */

enum note_type {
	NOTE_ED25519 = 1,    /* signs the text */
	NOTE_COSIGNATURE = 4 /* signs it with a time: checkpoint.h */
};

/* A key whose signatures are looked for.  Other types than the two are not
 * supported and refused. */
struct note_key {
	struct span name; /* borrowed */
	uint32_t id;
	enum note_type type;
	struct h32 public; /* Ed25519 */
};

/* NAME+HEX+BASE64.  The id must be the one that the name and the key have.  The
 * point must be as FORMAT.md section 5 asks of ssh-ed25519.  ERR_VKEY. */
MUST_USE enum err note_vkey_decode(struct span text, struct note_key *k);
/* The same without looking at the point. */
MUST_USE enum err note_vkey_shape(struct span text, struct note_key *k);
void note_vkey_encode(struct out *o, const struct note_key *k);
/* Makes k from its parts and finds its id; the point is not looked at.
 * ERR_VKEY: the name is empty, longer than NOTE_NAME, or has other bytes than
 * printable ASCII without space and plus; or the type is another. */
MUST_USE enum err note_key_make(struct note_key *k, struct span name,
    enum note_type type, const uint8_t public[32]);

struct note_signature {
	struct span
	    name; /* any UTF-8 without control characters, space, plus */
	uint32_t id;
	struct span base64; /* as it stands: key id and signature */
};

/* Everything is borrowed. */
struct note {
	struct span text; /* with its last newline */
	size_t n;
	struct note_signature signature[NOTE_SIGNATURES];
};

/* ERR_NOTE; ERR_TOO_LARGE above NOTE_MAX. */
MUST_USE enum err note_decode(struct span s, struct note *note);

/* The signature of this key: which line (NULL: there is none) and the bytes
 * after the key id, into sig.  want: how many there must be, 64 or 72.
 * ERR_NOTE: another number, or the key has two lines.  Verifies nothing. */
MUST_USE enum err note_find(const struct note *note, const struct note_key *k,
    size_t want, uint8_t *sig, const struct note_signature **line);

/* Appends a signature line: "— NAME BASE64\n".  sig: 72 bytes at most. */
void note_sign_line(struct out *o, const struct note_key *k, struct span sig);

/* base64 as above: the bytes of s into b, exactly n of them.  False else. */
MUST_USE bool note_unbase64(struct span s, uint8_t *b, size_t n);
void note_base64(struct out *o, struct span s);

#endif
