/* SPDX-License-Identifier: ISC */
#ifndef SEALED_USE_H
#define SEALED_USE_H

#include "sealed_pick.h"
#include "sealed_store.h"

/* All that is secret while a sealed key is open, in guarded memory. */
struct sealed_work {
	uint8_t k[64], challenge[64], response[20];
	uint8_t first[20]; /* the response of another YubiKey */
	struct sealed_secret secret;
	uint8_t sign_key[64]; /* seed || public */
	uint8_t recovery[32]; /* while it is made, and never in the file */
	uint8_t access[YKPERS_ACCESS];
};

/* A sealed key that is open. */
struct sealed_use {
	const struct ui *ui;
	const char *path; /* as people wrote it */
	struct sealed_store store;
	struct ykpers_at at;
	struct sealed_work *w;
};

/*
 * Finds the file and a YubiKey of its own, asks for the passphrase and for one
 * touch.  --allow-old-copy of the command is obeyed.  Close with
 * sealed_use_end, after an error too.  ERR_KEY_OLD_COPY, ERR_PASSPHRASE, those
 * of sealed_store.h, ykpers.h and ui->secret.
 */
MUST_USE enum err sealed_use_begin(struct sealed_use *u, const struct ui *ui,
    const char *path);

/* Seals it for a new challenge, and replaces the file.  Where the slot's secret
 * is not known, that is a second touch. */
MUST_USE enum err sealed_use_renew(struct sealed_use *u);

void sealed_use_end(struct sealed_use *u);

/* NULL: no memory, or no libsodium. */
struct sealed_work *sealed_use_work(void);

#endif
