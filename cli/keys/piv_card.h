/* SPDX-License-Identifier: ISC */
#ifndef PIV_CARD_H
#define PIV_CARD_H

#include "chain/key.h"

/*
 * The PIV application of a YubiKey: SP 800-73-4 with Yubico's extensions
 * ("Yubico extensions to PIV": GET METADATA, ATTEST, GET SERIAL, GET VERSION).
 * Commands and answers are spans, so that this knows no reader; nothing asks a
 * person.  A status word that means nothing here is ERR_DEVICE_REFUSED, an
 * answer that is not as it should be ERR_DEVICE_GONE.
 */
#define PIV_CARD_ANSWER 4096
#define PIV_CARD_COMMAND 300 /* one short command, or its answer */
#define PIV_CARD_OK 0x9000U  /* the status word */

enum piv_pin { PIV_PIN_UNKNOWN, PIV_PIN_NEVER, PIV_PIN_ONCE, PIV_PIN_ALWAYS };
enum piv_touch {
	PIV_TOUCH_UNKNOWN,
	PIV_TOUCH_NEVER,
	PIV_TOUCH_ALWAYS,
	PIV_TOUCH_CACHED
};

struct piv_card {
	/* Sends one command, takes the answer with its status word. */
	enum err (
	    *transmit)(void *ctx, struct span command, struct out *answer);
	void *ctx;
	/* Filled by piv_card_select. */
	uint8_t firmware[3];
	bool has_serial;
	uint32_t serial;
	/* In guarded memory from _begin to _end: a PIN goes through it. */
	uint8_t *command;
};

/* One key, as the card describes it. */
struct piv_key {
	enum key_type type;
	uint8_t blob_buf[KEY_BLOB_MAX];
	struct span blob; /* in blob_buf */
	enum piv_pin pin;
	enum piv_touch touch;
	bool imported;
};

MUST_USE enum err piv_card_begin(struct piv_card *c);
void piv_card_end(struct piv_card *c);

/* One command of any length and its whole answer into answer (it may be NULL
 * where none is expected), as chains and with GET RESPONSE; *sw is the last
 * status word.  ERR_DEVICE_GONE, and what transmit says. */
MUST_USE enum err piv_card_apdu(struct piv_card *c, const uint8_t head[3],
    struct span data, struct out *answer, unsigned *sw);

/* The error of a status word, and of an answer that is not as it should be;
 * never OK.  what: the command, for people. */
MUST_USE enum err piv_card_refused(unsigned sw, const char *what);
MUST_USE enum err piv_card_garbled(const char *what);

/* PIV's number of a type; 0: it has none. */
uint8_t piv_card_alg(enum key_type type);

/* A public key as the card shows it, as a blob in buf.  ERR_DEVICE_GONE: it
 * is none of this type. */
MUST_USE enum err piv_card_blob(enum key_type type, struct span public,
    uint8_t buf[KEY_BLOB_MAX], struct span *blob);

/* Chooses the application, and reads who the card is.  ERR_DEVICE_REFUSED: it
 * is no YubiKey with PIV. */
MUST_USE enum err piv_card_select(struct piv_card *c);

bool piv_card_is_at_least(const struct piv_card *c, unsigned major,
    unsigned minor, unsigned patch);

/* The key of a slot, from GET METADATA (firmware 5.3) or else from the slot's
 * certificate.  ERR_KEY_MISSING: there is none; ERR_KEY_SCHEME: of a type
 * that chains do not take. */
MUST_USE enum err piv_card_key(struct piv_card *c, uint8_t slot,
    struct piv_key *k);

/* How many tries the PIN has; none is ERR_PIN_BLOCKED. */
MUST_USE enum err piv_card_tries(struct piv_card *c, int *left);
/* ERR_PIN with *left, ERR_PIN_BLOCKED.  One that cannot be a PIN costs no
 * try, and leaves *left as it is. */
MUST_USE enum err piv_card_pin(struct piv_card *c, struct span pin, int *left);

/* Signs tbs into the chain's form of the signature, low-S.
 * ERR_TOUCH: the card says that something is missing, where the PIN is not. */
MUST_USE enum err piv_card_sign(struct piv_card *c, uint8_t slot,
    const struct piv_key *k, struct span tbs, uint8_t sig[KEY_SIG_MAX],
    size_t *n);

/* A data object's contents, by its tag, into o; no object: o stays empty. */
MUST_USE enum err piv_card_object(struct piv_card *c, unsigned long tag,
    struct out *o);

/* The two certificates of an attestation, DER.  ERR_DEVICE_REFUSED: the key
 * was not made in the card, or the card is too old. */
MUST_USE enum err piv_card_attest(struct piv_card *c, uint8_t slot,
    struct out *leaf, struct out *device);

#endif
