/* SPDX-License-Identifier: ISC */
#ifndef DIFF_WORDS_H
#define DIFF_WORDS_H

#include <jansson.h>

/*
 * How two checked definitions differ in what they mean, as operators say it:
 * [{"pointer","change":"added"|"removed"|"changed","widens","text","old"?,
 * "new"?}].  Places are those of new, or of old for what is removed.  What
 * widens what the enclave may do, may be reached at or shows comes first.
 * An empty list: they mean the same, as dialect_meaning has it, and so does the
 * file that new keeps, unless old keeps it, too.  old NULL: all of new is
 * added. NULL when there is no memory.
 */
json_t *diff_words(const json_t *old, const json_t *new);

#endif
