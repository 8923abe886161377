/* SPDX-License-Identifier: ISC */
#ifndef PIV_ENV_H
#define PIV_ENV_H

#include "chain/span.h"

/*
 * What a test says of the virtual cards, in environment variables:
 *
 * VPIV_DIR    folder of everything that lasts; it must be there.  SERIAL.card
 *             is a card.  On first use the maker's certificates go to root.pem
 *             (of firmware before 5.7.4), root1.pem and between.pem (from
 *             5.7.4 on), and all of them to roots.pem.
 * VPIV_CARDS  readers, parted by commas: SERIAL[:FIRMWARE] is a YubiKey,
 *             "empty" a reader without a card, "other" one with a card that
 *             has no PIV; "none" no reader at all.  Default: 17654321:5.7.4.
 * VPIV_TOUCH  auto: touched at once (default); never; after:MS; file:PATH, a
 *             file that is taken away by each touch.
 * VPIV_TOUCH_TIMEOUT_MS  how long the card waits for one (15000).
 * VPIV_FAULT  words, parted by commas: busy (another program has every card),
 *             busy:SERIAL (this one), no-service (no daemon), unplug:N (the
 *             reader goes after N commands), reset:N (command N finds
 *             the card reset by another program), high-s (every ECDSA signature
 * has the larger s), bad-signature, bad-tlv (answers are cut short by one
 * byte). VPIV_LOG    file: one line for each command, without its data.
 */
enum piv_env_kind { PIV_ENV_YUBIKEY, PIV_ENV_EMPTY, PIV_ENV_OTHER };

struct piv_env_reader {
	enum piv_env_kind kind;
	uint32_t serial;
	uint8_t firmware[3];
};

#define PIV_ENV_READERS 8

/* The readers, at most PIV_ENV_READERS; how many. */
size_t piv_env_readers(struct piv_env_reader reader[PIV_ENV_READERS]);

/* The word is in VPIV_FAULT; *n, unless NULL, what follows its colon, else
 * 0. */
bool piv_env_fault(const char *word, long *n);

/* Waits for a touch.  False: none in time. */
bool piv_env_touch(void);

/* "DIR/name" into buf. */
const char *piv_env_path(char *buf, size_t n, const char *name);

void piv_env_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
