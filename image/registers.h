/* SPDX-License-Identifier: ISC */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "chain/pcr.h"

/*
 * What the hypervisor measures of an image: Z being 48 zero bytes and H
 * SHA-384,
 *   PCR0 = H(Z || H(kernel, command line, every ramdisk))
 *   PCR1 = H(Z || H(kernel, command line, the first ramdisk))
 *   PCR2 = H(Z || H(the other ramdisks))
 *   PCR8 = H(Z || H(the signing certificate in DER)), of a signed image,
 * over the data of the sections in the order of the file.
 */
#define REGISTERS 4U

struct registers {
	bool is_signed; /* else the last is zero, and counts for nothing */
	uint8_t value[REGISTERS][PCR_SIZE];
};

/* 0, 1, 2, 8. */
extern const unsigned registers_index[REGISTERS];

/* The same as a release lists them; borrowed from r. */
void registers_pcrs(const struct registers *r, struct pcrs *p);

#endif
