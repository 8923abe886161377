/* SPDX-License-Identifier: ISC */
#ifndef TAG_H
#define TAG_H

#include "chains.h"
#include "reply.h"

/* ETags.  What depends on the head: "HEAD" and a suffix for each form, of less
 * than TAG_SUFFIX bytes. */
#define TAG_SUFFIX 28
void tag_head(struct reply *r, const struct chain_view *v, const char *suffix);
/* Entries from seq on, n of them, that never change. */
void tag_entries(struct reply *r, const struct chain_view *v, uint64_t seq,
    uint64_t n, const char *suffix);

#endif
