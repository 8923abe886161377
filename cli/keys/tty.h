/* SPDX-License-Identifier: ISC */
#ifndef TTY_H
#define TTY_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The person at this process's own terminal, /dev/tty, wherever stdin and
 * stderr go.  Prompts are one line: what cannot be shown in one comes out as
 * '?'.  Ctrl-C, Ctrl-D and Ctrl-\ at a prompt decline, and the terminal is as
 * it was before; what was typed before the prompt stood there is not taken.
 */
bool tty_there(void);

/* The width of the terminal behind a descriptor: what it says, else COLUMNS,
 * else 80. */
size_t tty_columns(int fd);

/* One line without echo, in guarded memory; tty_free it.  ERR_DECLINED, for
 * an empty line as well; ERR_SECRET_MISSING without a terminal; ERR_USAGE for
 * one that is too long. */
MUST_USE enum err tty_secret(const char *prompt, struct span *s);
void tty_free(struct span *s);

/* What was typed after a prompt, with echo, without its newline; "" where
 * there is no terminal, or it was declined. */
void tty_line(const char *prompt, char *buf, size_t cap);

/* " [y/N] " after the question; y or yes is yes. */
bool tty_agree(const char *question);

#endif
