/* SPDX-License-Identifier: ISC */
#ifndef MAKER_H
#define MAKER_H

#include "chain/evidence.h"
#include "command.h"

/*
 * --evidence-root FILE: certificates, PEM or one DER, that the maker of key
 * devices publishes.  Those that name themselves as issuer are trusted as
 * roots; the others only stand between a root and a device.  Nothing is
 * trusted that was not named.
 */
#define MAKER_BETWEEN 32

struct maker {
	struct span root[EVIDENCE_ROOTS];
	size_t root_n;
	struct span between[MAKER_BETWEEN];
	size_t between_n;
};

/* Those of the --evidence-root options of the row.  ERR_USAGE, ERR_FILE_READ.
 */
MUST_USE enum err maker_options(const struct cli *c, struct maker *r);

/* Adds those of one file. */
MUST_USE enum err maker_file(const char *path, struct maker *r);

/* Whose root it is, for people: Yubico's, by its fingerprint, or that of
 * whoever named it. */
const char *maker_root_text(const struct h32 *root);

#endif
