/* SPDX-License-Identifier: ISC */
#ifndef NETWORK_H
#define NETWORK_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * A list of IP addresses and networks: "127.0.0.1 ::1 10.0.0.0/8", ' ' or ','
 * between.  An address is a network of one.  The bits after a prefix must be
 * zero, so that a slip of the pen does not trust more than was meant.
 */
#define NETWORK_MAX 32

struct networks {
	struct {
		uint8_t n; /* bytes of an address: 4 or 16 */
		uint8_t bits;
		uint8_t at[16];
	} list[NETWORK_MAX];
	size_t n;
};

/* ERR_SETTING: something in it is no network, or there are too many. */
MUST_USE enum err network_parse(const char *text, struct networks *w);

/* address: 4 bytes or 16, in the order of the network. */
bool network_has(const struct networks *w, struct span address);

#endif
