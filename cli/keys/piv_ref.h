/* SPDX-License-Identifier: ISC */
#ifndef PIV_REF_H
#define PIV_REF_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * What follows "piv:": serial=N and slot=XX, parted by a semicolon, in either
 * order; each may be left out, the serial number where one YubiKey is plugged
 * in.
 */
struct piv_ref {
	bool has_serial;
	uint32_t serial;
	uint8_t slot; /* 0x9c unless it is named */
};

#define PIV_SLOT_DEFAULT 0x9c
#define PIV_SLOTS 24

/* ERR_USAGE: with what is wrong. */
MUST_USE enum err piv_ref_parse(const char *text, struct piv_ref *r);

/* "piv:serial=N;slot=9c"; without a serial number where it has none.  Lives
 * as long as the command. */
const char *piv_ref_text(const struct piv_ref *r);

/* The i-th slot that holds keys of people: 9a, 9c, 9d, 9e, 82 to 95. */
uint8_t piv_ref_slot(size_t i);

#endif
