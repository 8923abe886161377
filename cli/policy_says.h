/* SPDX-License-Identifier: ISC */
#ifndef POLICY_SAYS_H
#define POLICY_SAYS_H

#include "chain/state.h"

/*
 * What a policy comes to in plain words: who can do what, how fast, and what
 * one lost or one stolen key of each role means.  Sentences about the rules of
 * FORMAT.md section 4, which the judge applies, not this.
 */
struct policy_saying {
	const char *part;  /* "who", "when", "lost", "stolen": constant */
	const char *about; /* "stops a release": constant */
	const char *text;  /* lives as long as the command */
};

#define POLICY_SAYINGS 28

/* Of the policy in force p after st.  Returns how many were written; those of
 * one part stand together. */
size_t policy_says(const struct policy *p, const struct state *st,
    struct policy_saying list[POLICY_SAYINGS]);

/* Nothing can ever be changed again. */
bool policy_says_over(const struct policy *p, const struct state *st);

#endif
