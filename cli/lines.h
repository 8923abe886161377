/* SPDX-License-Identifier: ISC */
#ifndef LINES_H
#define LINES_H

#include "chain/span.h"

/*
 * The lines of the signing screen: two spaces, a head of twelve columns, a
 * text.  data: to stdout, else to stderr.  What somebody else wrote must not
 * look like one of them, not even where a narrow terminal breaks a long line:
 * each line of it is short and begins with a bar.
 */
void lines_put(bool data, const char *head, const char *text);

/* A sentence of ours on stderr, broken between words. */
void lines_words(const char *head, const char *text);

/* What somebody else wrote. */
void lines_quote(bool data, const char *head, struct span s);

/* One value that may have changed; was may be NULL. */
void lines_change(bool data, const char *head, const char *was,
    const char *now);
/* The same, of what somebody else wrote, on stderr. */
void lines_wrote(const char *head, const struct span *was, struct span now);

/* A key: its fingerprint, its name and a mark such as "  ADDED". */
void lines_key(bool data, const char *head, const char *fingerprint,
    struct span name, const char *mark);

#endif
