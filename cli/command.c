/* SPDX-License-Identifier: ISC */
#include "command.h"

#include <stdlib.h>

#include "fail.h"

/* How many of argv's words are the row's, all of them, else 0. */
static int
words_match(const char *words, int argc, char *const *argv)
{
	int i = 0;

	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (i == argc || strlen(argv[i]) != n ||
		    memcmp(argv[i], words, n) != 0)
			return 0;
		i++;
		words += n;
		words += *words == ' ';
	}
	return i;
}

const struct command *
command_find(int argc, char *const *argv, int *used)
{
	const struct command *best = NULL;

	*used = 0;
	for (size_t i = 0; i < command_count; i++) {
		int n = words_match(commands[i].words, argc, argv);

		if (n > *used) {
			*used = n;
			best = &commands[i];
		}
	}
	return best;
}

static const struct option *
in_list(const struct option *o, const char *name, size_t n, char letter)
{
	for (; o != NULL && o->name != NULL; o++)
		if (letter != 0
			? o->letter == letter
			: strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct option *
in_lists(const struct command *cmd, const char *name, size_t n, char letter)
{
	const struct option *o;

	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++)
		if ((o = in_list(cmd->options[i], name, n, letter)) != NULL)
			return o;
	return in_list(options_global, name, n, letter);
}

const struct option *
command_option(const struct command *cmd, const char *name, size_t n)
{
	return in_lists(cmd, name, n, 0);
}

const struct option *
command_letter(const struct command *cmd, char letter)
{
	return in_lists(cmd, NULL, 0, letter);
}

/* value is one of the choices in "a|b|c"; anything is, where there is no |. */
static bool
is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	if (strchr(choices, '|') == NULL)
		return true;
	for (const char *p = choices;; p++) {
		size_t k = strcspn(p, "|");

		if (k == n && memcmp(p, value, n) == 0)
			return true;
		p += k;
		if (*p == '\0')
			return false;
	}
}

static enum err
give(struct cli *c, const struct option *o, const char *value)
{
	if (!o->many)
		for (size_t i = 0; i < c->given_n; i++)
			if (c->given[i].option == o)
				return fail_with(ERR_USAGE,
				    "--%s was given twice.", o->name);
	if (o->value != NULL && !is_choice(o->value, value))
		return fail_with(ERR_USAGE, "--%s takes %s, not \"%s\".",
		    o->name, o->value, value);
	if (c->given_n == COMMAND_MAX)
		return fail_with(ERR_USAGE, "There are too many options.");
	c->given[c->given_n++] = (struct command_given){ o, value };
	return OK;
}

/* One option at argv[*i], after its dashes; text is "name", "name=value",
 * "o" or "ovalue". */
static enum err
parse_option(struct cli *c, int argc, char *const *argv, int *i)
{
	const char *s = argv[*i] + 1;
	bool is_long = *s == '-';
	size_t n = is_long ? strcspn(++s, "=") : 1;
	const struct option *o = is_long ? command_option(c->command, s, n)
					 : command_letter(c->command, *s);
	const char *value = s[n] == '\0' ? NULL : s + n + is_long;

	if (o == NULL)
		return fail_with(ERR_USAGE, "\"encl %s\" has no option %s%.*s.",
		    c->command->words, is_long ? "--" : "-", (int)n, s);
	if (o->value == NULL || o->value[0] == '[') {
		if (value != NULL && o->value == NULL)
			return fail_with(ERR_USAGE, "--%s takes no value.",
			    o->name);
		return give(c, o, value != NULL ? value : "");
	}
	if (value == NULL) {
		if (*i + 1 == argc)
			return fail_with(ERR_USAGE, "--%s needs a value: %s.",
			    o->name, o->value);
		value = argv[++*i];
	}
	return give(c, o, value);
}

static enum err
parse_all(struct cli *c, int argc, char *const *argv)
{
	bool only_args = false;

	for (int i = 0; i < argc; i++) {
		if (!only_args && strcmp(argv[i], "--") == 0) {
			only_args = true;
		} else if (!only_args && argv[i][0] == '-' &&
			   argv[i][1] != '\0') {
			TRY(parse_option(c, argc, argv, &i));
		} else {
			if (c->arg_n == COMMAND_MAX)
				return fail_with(ERR_USAGE,
				    "There are too many arguments.");
			c->arg[c->arg_n++] = argv[i];
		}
	}
	return OK;
}

enum err
command_parse(struct cli *c, const struct command *cmd, int argc,
    char *const *argv)
{
	const char *f;
	enum err e;

	*c = (struct cli){ .command = cmd };
	e = parse_all(c, argc, argv);
	f = command_value(c, "output");
	if (f != NULL && !is_choice("table|json|yaml", f))
		return fail_with(ERR_USAGE,
		    "ENCL_OUTPUT is table, json or yaml, not \"%s\".", f);
	/* An error is told in the format that was asked for, too. */
	if (f != NULL)
		c->format = *f == 'j'   ? FORMAT_JSON
			    : *f == 'y' ? FORMAT_YAML
					: FORMAT_TABLE;
	TRY(e);
	if (command_is(c, "help"))
		return OK;
	if (c->arg_n < cmd->min)
		return fail_with(ERR_USAGE, "\"encl %s\" needs %s.", cmd->words,
		    cmd->args);
	if (c->arg_n > cmd->max)
		return fail_with(ERR_USAGE,
		    "\"encl %s\" does not take the argument \"%s\".",
		    cmd->words, c->arg[cmd->max]);
	return OK;
}

static const struct option *
must_have(const struct cli *c, const char *name)
{
	const struct option *o = command_option(c->command, name, strlen(name));

	if (o == NULL)
		abort();
	return o;
}

/* ENCL_YES=0 must not agree to anything. */
static const char *
from_environment(const struct option *o)
{
	const char *v = o->env != NULL ? getenv(o->env) : NULL;

	if (v == NULL || v[0] == '\0')
		return NULL;
	if (o->value != NULL)
		return v;
	return strcmp(v, "1") == 0 || strcmp(v, "true") == 0 ||
		       strcmp(v, "yes") == 0
		   ? ""
		   : NULL;
}

const char *
command_value(const struct cli *c, const char *name)
{
	const struct option *o = must_have(c, name);

	for (size_t i = c->given_n; i > 0; i--)
		if (c->given[i - 1].option == o)
			return c->given[i - 1].value;
	return from_environment(o);
}

bool
command_is(const struct cli *c, const char *name)
{
	return command_value(c, name) != NULL;
}

size_t
command_values(const struct cli *c, const char *name, const char **value,
    size_t max)
{
	const struct option *o = must_have(c, name);
	const char *v = from_environment(o);
	size_t n = 0;

	for (size_t i = 0; i < c->given_n && n < max; i++)
		if (c->given[i].option == o)
			value[n++] = c->given[i].value;
	if (n == 0 && max > 0 && v != NULL)
		value[n++] = v;
	return n;
}

const char *
command_arg(const struct cli *c, size_t i)
{
	return i < c->arg_n ? c->arg[i] : NULL;
}
