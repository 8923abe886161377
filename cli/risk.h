/* SPDX-License-Identifier: ISC */
#ifndef RISK_H
#define RISK_H

#include "chain/payload.h"

/*
 * What one loss, one theft or one mistake could do, each with a name that
 * stays and a plain sentence.  Advice for those who are about to sign, and no
 * rule: a chain takes what it warns of.
 */
#define RISK_MAX 32

struct risk {
	const char *name; /* "no-spare-key"; constant */
	const char *text; /* one sentence with its full stop; constant */
};

struct risks {
	size_t n; /* the caller sets 0 before the first call */
	struct risk list[RISK_MAX];
};

/* Every function below adds to r, nothing twice. */

/* Of a policy.  was: the one that it follows; then what was changes for is
 * judged too, and what was already true of was is left out.  NULL: all that
 * is true of now. */
void risk_policy(const struct policy *was, const struct policy *now,
    struct risks *r);

/* Of a beginning: its policy and its floor. */
void risk_genesis(const struct genesis *g, struct risks *r);

/* Of a guardian's key that was named where a control key is. */
void risk_together(struct risks *r);

/* One by its name; both texts are constant.  Beyond RISK_MAX nothing is
 * added. */
void risk_add(struct risks *r, const char *name, const char *text);
/* It is in r. */
bool risk_has(const struct risks *r, const char *name);

/* One of the functions above can say it. */
bool risk_known(const char *name);

#endif
