/* SPDX-License-Identifier: ISC */
#ifndef OUT_H
#define OUT_H

#include <jansson.h>
#include <stdio.h>

#include "command.h"

/*
 * All that the program prints.  stdout is data, stderr is talk.  What goes
 * through here is neutralised as a whole: a control character, a bidirectional
 * override or a malformed byte comes out as '?', so that nothing that a server
 * or a file says can move a cursor or hide a line.
 */

/* To stdout, and to stderr. */
void out_data(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_talk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for what is one line, or a part of one: a newline and a tab come
 * out as '?', too.  Lives as long as the command. */
__attribute__((returns_nonnull)) char *out_line(const char *s);
/* The same for a name that somebody else may have chosen, as a part of one of
 * our lines: many spaces are one, and of a long one the middle is left out. */
#define OUT_NAME 64 /* bytes at most */
__attribute__((returns_nonnull)) char *out_name(const char *s);
/* To stdout as they are: bytes that another program reads. */
void out_bytes(struct span s);

/* Prints j as the format says (JSON for FORMAT_TABLE), with a newline, and
 * gives the reference back.  j NULL: ERR_OUT_OF_MEMORY. */
MUST_USE enum err out_json(const struct cli *c, json_t *j);

/* The same on one line, at once: JSON whatever the format. */
MUST_USE enum err out_json_line(json_t *j);

/* j as YAML, to a file. */
void out_yaml(FILE *f, const json_t *j);

/* Bold from here on, and plain again; nothing unless stream (1 or 2) is a
 * terminal and NO_COLOR is unset. */
void out_bold(int stream, bool on);

/* A table: column heads, then rows with as many cells; NULL cells are "-".
 * Widths are measured; the last column is not padded. */
#define OUT_COLUMNS 8
struct out_table {
	size_t columns, rows, cap;
	char **cell;
};
void out_table_head(struct out_table *t, size_t columns,
    const char *const *head);
void out_table_row(struct out_table *t, const char *const *cell);
void out_table_print(const struct out_table *t);

/* One error on stderr, as people or (-o json) programs read it. */
void out_error(const struct cli *c, enum err e);

/* Flushes stdout.  ERR_FILE_WRITE when what was printed did not arrive. */
MUST_USE enum err out_end(void);
/* Whoever read stdout has gone: `encl ... | head`.  Nobody wants to hear it. */
bool out_unread(void);

#endif
