/* SPDX-License-Identifier: ISC */
#ifndef DIGEST_H
#define DIGEST_H

#include <openssl/types.h>

#include "eif.h"
#include "lane.h"
#include "registers.h"

/*
 * What is computed of an image while it is read or written, as lanes: the
 * three registers, checksums, and the digest of the whole file.
 */
struct digest {
	/* PCR0 and PCR1 begin with the same bytes, up to the second ramdisk:
	 * one digest until there, and a copy that goes its own way after. */
	EVP_MD_CTX *image, *boot, *app, *file;
	bool parted;
	uint32_t crc[EIF_SECTIONS];
};

/* What a piece goes into, as `what` of lane_give.  The lane of the file takes
 * everything. */
#define DIGEST_CRC(i) (DIGEST_INTO_CRC | (unsigned)(i) << 8)
enum digest_into {
	DIGEST_PCR0 = 1 << 0,
	DIGEST_PCR1 = 1 << 1,
	DIGEST_PCR2 = 1 << 2,
	DIGEST_INTO_CRC = 1 << 3
};

/* ERR_CRYPTO.  digest_close takes d as digest_open left it, too. */
MUST_USE enum err digest_open(struct digest *d);
void digest_close(struct digest *d);

/* The lanes, four of them: registers 0 and 1, register 2, checksums, file. */
void digest_lanes(struct digest *d, struct lane lane[4]);

/* The registers that data of this type go into; ramdisk counts from 0. */
unsigned digest_of(enum eif_type t, unsigned ramdisk);

/* After lane_close: all but the last. */
MUST_USE enum err digest_registers(struct digest *d, struct registers *r);
MUST_USE enum err digest_file(struct digest *d, struct h32 *sha256);

/* The register that holds H(Z || H(s)), Z being 48 zero bytes. */
MUST_USE enum err digest_register(struct span s, uint8_t pcr[PCR_SIZE]);

#endif
