/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_CHECK_H /* CHECK_H is of the unit tests' library */
#define CHAIN_CHECK_H

#include "attest.h"
#include "sshsig.h"

/*
 * One piece of cryptography that the rules ask for.  The rules decide with
 * what is written in an entry; whether the writing is genuine is a set of
 * checks that are independent of each other, so a caller may run them later
 * or on other threads, and must run every one of them.
 */
struct check {
	enum { CHECK_SIGNATURE, CHECK_DOCUMENT, CHECK_NOTE } what;
	uint64_t seq;                   /* of the entry that it belongs to */
	struct span blob, payload, sig; /* signature; note: no blob */
	struct span doc; /* document, judged at its own timestamp */
	struct h32 root;
	/* note: Ed25519 over the text that is the payload, sig 64 bytes;
	 * seconds 0: the log's own, else a cosignature of that time */
	struct h32 key;
	uint64_t seconds;
};

/* OK when it is genuine.  cache may be NULL. */
MUST_USE enum err check_run(const struct check *k, struct attest_cache *cache);

#endif
