/* SPDX-License-Identifier: ISC */
#ifndef YKPERS_H
#define YKPERS_H

#include "ui.h"

/*
 * HMAC-SHA1 challenge-response of a YubiKey's OTP slots, through libykpers.
 * The library is loaded when it is first needed, and runs in a child of its
 * own for each call (ykpers_child.h): it has globals, and crashes when the
 * list of USB devices fails.
 *
 * All of them: ERR_KEY_LIBRARY (not installed, or encl was built without it),
 * ERR_DEVICE_MISSING, ERR_DEVICE_BUSY, ERR_DEVICE_GONE (unplugged, a wrong
 * checksum, a crash or no answer in YKPERS_DEADLINE), ERR_DEVICE_REFUSED (no
 * access, an empty slot, a slot of another kind), each with a detail.
 */
#define YKPERS_KEYS 8
#define YKPERS_CHALLENGE 64
#define YKPERS_RESPONSE 20
#define YKPERS_SECRET 20
#define YKPERS_ACCESS 6
#define YKPERS_DEADLINE 20000 /* ms; a key waits 15 s for a touch */

/* One key that is plugged in. */
struct ykpers_key {
	uint32_t serial; /* 0: it does not tell */
	uint8_t version[3];
	struct ykpers_slot {
		bool used;
		bool touch; /* as the key says; ykpers_probe knows */
	} slot[2];
};

/* A slot of a key. */
struct ykpers_at {
	uint32_t serial; /* 0: the only key that is plugged in */
	unsigned slot;   /* 1 or 2 */
};

/* "YubiKey 17654321, slot 2", for people; lives as long as the command. */
const char *ykpers_name(struct ykpers_at at);

/* The keys that are plugged in; none is no error here. */
MUST_USE enum err ykpers_list(struct ykpers_key key[YKPERS_KEYS], size_t *n);

/*
 * The slot's HMAC-SHA1 of the challenge.  Whether it is over 64 bytes, or over
 * fewer (a slot with HMAC_LT64 takes the last byte, and all equal ones before
 * it, for padding), is the slot's affair: challenge[63] must differ from
 * challenge[62].  Waits for a touch, between two calls of ui->touch: ERR_TOUCH
 * when there is none in time.
 */
MUST_USE enum err ykpers_respond(const struct ui *ui, struct ykpers_at at,
    const uint8_t challenge[YKPERS_CHALLENGE],
    uint8_t response[YKPERS_RESPONSE]);

/* Whether the slot really waits for a touch: it is asked for an answer that it
 * must not wait for. */
MUST_USE enum err ykpers_probe(struct ykpers_at at, bool *touch);

/* Writes a secret into a slot, which then answers with HMAC_LT64, after a
 * touch, and tells the key's serial number.  What the slot held is lost.
 * access: the code that protects the slot, now and afterwards; NULL: none. */
MUST_USE enum err ykpers_program(struct ykpers_at at,
    const uint8_t secret[YKPERS_SECRET], const uint8_t *access);

#endif
