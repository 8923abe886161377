/* SPDX-License-Identifier: ISC */
#ifndef PIV_CARD_H
#define PIV_CARD_H

#include "chain/span.h"

/*
 * The PIV application of a YubiKey: SP 800-73-4, and Yubico's extensions to
 * it.  What lasts, what is forgotten at each reset, and the commands.
 */
enum piv_alg {
	PIV_3DES = 0x03,
	PIV_AES128 = 0x08,
	PIV_AES192 = 0x0a,
	PIV_AES256 = 0x0c,
	PIV_P256 = 0x11,
	PIV_P384 = 0x14,
	PIV_ED25519 = 0xe0
};
enum piv_pin { PIV_PIN_NEVER = 1, PIV_PIN_ONCE, PIV_PIN_ALWAYS };
enum piv_touch { PIV_TOUCH_NEVER = 1, PIV_TOUCH_ALWAYS, PIV_TOUCH_CACHED };
enum piv_origin { PIV_GENERATED = 1, PIV_IMPORTED };

#define PIV_SLOTS 28
#define PIV_OBJECTS 40
#define PIV_OBJECT_MAX 3052
#define PIV_ATTESTATION 0xf9
#define PIV_F9_OBJECT 0x5fff01

enum piv_sw {
	PIV_OK = 0x9000,
	PIV_LENGTH = 0x6700,
	PIV_SECURITY = 0x6982,
	PIV_BLOCKED = 0x6983,
	PIV_CONDITIONS = 0x6985,
	PIV_DATA = 0x6a80,
	PIV_NOT_FOUND = 0x6a82,
	PIV_FULL = 0x6a84,
	PIV_PARAMETERS = 0x6a86,
	PIV_REFERENCE = 0x6a88,
	PIV_INSTRUCTION = 0x6d00,
	PIV_BROKEN = 0x6f00,
	PIV_TRIES = 0x63c0
};

struct piv_slot {
	uint8_t id, alg, pin, touch, origin;
	uint8_t private[48], public[97];
};

struct piv_object {
	uint32_t tag;
	uint16_t n;
	uint8_t data[PIV_OBJECT_MAX];
};

/* What lasts; a file holds it as it is. */
struct piv_nv {
	char magic[8];
	uint8_t firmware[3], mgm_alg, mgm[32], mgm_touch;
	uint8_t pin[8], puk[8], pin_tries, puk_tries, pin_left, puk_left;
	uint32_t serial;
	int64_t touched; /* CLOCK_MONOTONIC, ms: the last touch that counts */
	struct piv_slot slot[PIV_SLOTS];
	struct piv_object object[PIV_OBJECTS];
};

struct piv_card {
	struct piv_nv nv;
	bool changed; /* nv is to be written */
	/* What a reset ends. */
	struct piv_session {
		bool selected, pin_ok, mgm_ok, has_witness, has_challenge;
		uint8_t witness[16], challenge[16];
		uint8_t in[4096], out[4096];
		size_t in_n, out_n, out_at;
	} s;
};

struct piv_apdu {
	uint8_t ins, p1, p2;
	struct span data;
};

/* One command as it comes from a reader; the answer with its status word goes
 * to o.  The card's state is read and written around it. */
void piv_card_apdu(struct piv_card *c, struct span command, struct out *o);
void piv_card_reset(struct piv_card *c);

bool piv_card_is_at_least(const struct piv_card *c, unsigned major,
    unsigned minor, unsigned patch);

/* The commands, by file.  Each answers with a status word and writes its data
 * to r. */
typedef unsigned piv_command(struct piv_card *c, const struct piv_apdu *a,
    struct out *r);
piv_command piv_pin_verify, piv_pin_change, piv_pin_retries, piv_pin_wipe;
piv_command piv_data_get, piv_data_put;
piv_command piv_slot_generate, piv_slot_import, piv_slot_metadata,
    piv_slot_attest;
piv_command piv_auth_general, piv_auth_set_key;

#endif
