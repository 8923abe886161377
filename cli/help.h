/* SPDX-License-Identifier: ISC */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "command.h"

/* What the table says, for people and programs. */

/* `encl help`: all commands, to f. */
void help_all(FILE *f);
/* `encl help WORDS`: one command, or those that begin with the words.  False
 * when there is none. */
bool help_words(FILE *f, const char *words);

/* The handler of `encl help`. */
MUST_USE enum err help_run(struct cli *c);

#endif
