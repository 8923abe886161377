/* SPDX-License-Identifier: ISC */
#ifndef CUSTODY_H
#define CUSTODY_H

#include <jansson.h>

#include "chain/hardware.h"
#include "chain/state.h"
#include "chains.h"
#include "req.h"

/*
 * What this server says of where the keys of its chains live: published
 * evidence, judged against the roots that its operator trusts.  A view for
 * people; nobody's verdict depends on it.
 *
 * A bundle is judged once, when it is published or first shown after a start,
 * and the verdict kept in memory, so a change of roots takes effect by the
 * restart that it needs anyway.  The rendered view of a chain holds the
 * outcome, so reading one costs nothing more.
 */
struct custody;

/* files: the setting evidence_roots.  ERR_SETTING, and why says which. */
MUST_USE enum err custody_make(const char *files, struct custody **c, char *why,
    size_t why_n);
void custody_free(struct custody *c);

/* Adds "hardware" to the keys in the view j of v's chain, whose state is st. */
MUST_USE enum err custody_put(struct req *q, const struct chain_view *v,
    const struct state *st, json_t *j);

/* For the ETag of such a view: "" for one without published evidence, else
 * another text for another number of bundles or other roots. */
#define CUSTODY_TAG 24
void custody_tag(const struct custody *c, const struct chain_view *v,
    char text[CUSTODY_TAG]);

#endif
