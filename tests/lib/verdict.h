/* SPDX-License-Identifier: ISC */
#ifndef VERDICT_H
#define VERDICT_H

#include <check.h>

#include "chain_builder.h"

/* Verdicts on entries: a refused one must leave the state as it was, to the
 * last byte. */
void verdict_before(const struct chain_builder *b);
bool verdict_unchanged(const struct chain_builder *b);

#define ACCEPTED(call) \
	do { \
		enum err verdict_e = (call); \
		ck_assert_msg(verdict_e == OK, "%s: %s", #call, \
		    err_code(verdict_e)); \
	} while (0)

#define REFUSED(b, want, call) \
	do { \
		enum err verdict_e; \
		verdict_before(b); \
		verdict_e = (call); \
		ck_assert_msg(verdict_e == (want), "%s: %s, not %s", #call, \
		    err_code(verdict_e), err_code(want)); \
		ck_assert_msg(verdict_unchanged(b), "%s moved the state", \
		    #call); \
	} while (0)

#endif
