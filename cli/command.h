/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_H
#define COMMAND_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The command line as a table: usage, help, completions and man pages are
 * printed from it.  Words and options are matched exactly, never by prefix: a
 * signing tool must not guess.
 */
struct option {
	const char *name;  /* "key", given as --key; NULL ends a list */
	char letter;       /* of the short form, or 0 */
	const char *value; /* "REF", or "table|json|yaml" for a choice; NULL: a
			    * switch; "[D]": --wait or --wait=D */
	bool many;
	const char *env; /* stands in when the option is absent; NULL: none */
	const char *help;
};

struct cli;

#define COMMAND_LISTS 6

struct command {
	const char *words; /* "upgrade stage" */
	const char *args;  /* "ENCLAVE [FILE]...", or "bash|zsh|fish"; "" */
	unsigned min, max; /* how many of them */
	const struct option *options[COMMAND_LISTS]; /* up to the first NULL */
	const char *help;                            /* one line */
	const char *text; /* paragraphs parted by "\n\n", or NULL */
	bool hidden;
	enum err (*run)(struct cli *c);
};

extern const struct command commands[]; /* commands.c, in order of help */
extern const size_t command_count;
extern const struct option options_global[]; /* options.c */

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_YAML };

#define COMMAND_MAX 128 /* arguments, and options, of one call */

/* One call, parsed.  Borrows from argv. */
struct cli {
	const struct command *command;
	enum format format;
	/* What a command that worked found out, where that is an exit code of
	 * its own: encl(1). */
	int found;
	size_t arg_n;
	const char *arg[COMMAND_MAX];
	size_t given_n;
	struct command_given {
		const struct option *option;
		const char *value; /* "" for a switch */
	} given[COMMAND_MAX];
};

/* The row with exactly these words at the start of argv (argv[0] being the
 * first word), the longest; *used says how many words.  NULL: none. */
const struct command *command_find(int argc, char *const *argv, int *used);

/* The row's option with this name or letter, its own or a global one. */
const struct option *command_option(const struct command *cmd, const char *name,
    size_t n);
const struct option *command_letter(const struct command *cmd, char letter);

/* Fills c from what follows the words.  ERR_USAGE, with a detail. */
MUST_USE enum err command_parse(struct cli *c, const struct command *cmd,
    int argc, char *const *argv);

/*
 * What was given.  name must be an option of the row, which is checked, so
 * that a misspelling is found by the first run.  The last one given counts;
 * then the option's environment variable, where it is set and not empty (for
 * a switch: where it is 1, true or yes).
 */
const char *command_value(const struct cli *c, const char *name);
bool command_is(const struct cli *c, const char *name);
/* All of them, at most max; how many. */
size_t command_values(const struct cli *c, const char *name, const char **value,
    size_t max);
/* The i-th argument, or NULL. */
const char *command_arg(const struct cli *c, size_t i);

#endif
