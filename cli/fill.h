/* SPDX-License-Identifier: ISC */
#ifndef FILL_H
#define FILL_H

#include <stdio.h>

/* Writes paragraphs parted by "\n\n" in lines of at most 78 columns, each line
 * after lead spaces.  The first begins at column at; a newline is written
 * last. */
void fill_text(FILE *f, const char *s, int lead, int at);

/* The same as mdoc: a sentence begins a line, a paragraph is .Pp, and what
 * would be read as a macro is escaped. */
void fill_mdoc(FILE *f, const char *s);

#endif
