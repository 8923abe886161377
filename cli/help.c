/* SPDX-License-Identifier: ISC */
#include "help.h"

#include <jansson.h>

#include "exit.h"
#include "fail.h"
#include "fill.h"
#include "keys/holder.h"
#include "mem.h"
#include "out.h"

#define COLUMN 30 /* where what an option does begins */

/* "encl upgrade stage [ENCLAVE] [OPTION]..." */
static void
usage(FILE *f, const struct command *cmd)
{
	(void)fprintf(f, "encl %s%s%s%s", cmd->words,
	    cmd->args[0] != '\0' ? " " : "", cmd->args,
	    cmd->options[0] != NULL ? " [OPTION]..." : "");
}

void
help_all(FILE *f)
{
	(void)fputs("encl makes upgrades of enclaves provable.\n\n"
		    "usage: encl COMMAND [ARGUMENT]... [OPTION]...\n\n",
	    f);
	for (size_t i = 0; i < command_count; i++)
		if (!commands[i].hidden)
			(void)fprintf(f, "  %-26s %s\n", commands[i].words,
			    commands[i].help);
	(void)fputs("\n`encl help COMMAND` says more about one of them.\n", f);
}

static void
option_line(FILE *f, const struct option *o)
{
	char *left = mem_printf("%c%c%c --%s%s%s", o->letter ? '-' : ' ',
	    o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
	    o->value == NULL     ? ""
	    : o->value[0] == '[' ? "[="
				 : " ",
	    o->value == NULL     ? ""
	    : o->value[0] == '[' ? o->value + 1
				 : o->value);

	char *right =
	    mem_printf("%s%s%s%s%s", o->help, o->many ? " (repeatable)" : "",
		o->env ? " [" : "", o->env ? o->env : "", o->env ? "]" : "");

	(void)fprintf(f, "  %-28s", left);
	if (strlen(left) >= COLUMN - 2)
		(void)fprintf(f, "\n%*s", COLUMN, "");
	fill_text(f, right, COLUMN, COLUMN);
}

static void
option_lines(FILE *f, const char *head, const struct option *o)
{
	(void)fprintf(f, "\n%s\n", head);
	for (; o->name != NULL; o++)
		option_line(f, o);
}

static bool
takes_reference(const struct command *cmd)
{
	if (strstr(cmd->args, "REF") != NULL)
		return true;
	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++)
		for (const struct option *o = cmd->options[i]; o->name; o++)
			if (o->value != NULL && strcmp(o->value, "REF") == 0)
				return true;
	return false;
}

static void
references(FILE *f)
{
	(void)fputs("\nREF names a key\n", f);
	for (size_t i = 0; i < holder_count; i++) {
		const struct holder *h = holders[i];

		(void)fprintf(f, "  %-28s", h->form);
		if (strlen(h->form) >= COLUMN - 2)
			(void)fprintf(f, "\n%*s", COLUMN, "");
		fill_text(f, h->about, COLUMN, COLUMN);
	}
}

static void
one(FILE *f, const struct command *cmd)
{
	(void)fputs("usage: ", f);
	usage(f, cmd);
	(void)fprintf(f, "\n\n%s\n", cmd->help);
	if (cmd->text != NULL) {
		(void)fputc('\n', f);
		fill_text(f, cmd->text, 0, 0);
	}
	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++)
		if (i == 0)
			option_lines(f, "options", cmd->options[i]);
		else
			for (const struct option *o = cmd->options[i];
			     o->name != NULL; o++)
				option_line(f, o);
	if (takes_reference(cmd))
		references(f);
	option_lines(f, "options of every command", options_global);
}

bool
help_words(FILE *f, const char *words)
{
	size_t n = strlen(words), hits = 0;

	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].words, words) == 0) {
			one(f, &commands[i]);
			return true;
		}
	for (size_t i = 0; n > 0 && i < command_count; i++)
		if (strncmp(commands[i].words, words, n) == 0 &&
		    commands[i].words[n] == ' ' && !commands[i].hidden) {
			hits++;
			(void)fprintf(f, "  %-26s %s\n", commands[i].words,
			    commands[i].help);
		}
	return hits > 0;
}

static json_t *
options_json(const struct option *o)
{
	json_t *list = json_array();

	for (; o != NULL && o->name != NULL; o++) {
		json_t *j = json_pack("{s:s,s:s?,s:b,s:s}", "name", o->name,
		    "value", o->value, "many", o->many, "help", o->help);

		if (o->letter != 0)
			(void)json_object_set_new(j, "letter",
			    json_sprintf("%c", o->letter));
		if (o->env != NULL)
			(void)json_object_set_new(j, "env",
			    json_string(o->env));
		(void)json_array_append_new(list, j);
	}
	return list;
}

static json_t *
command_json(const struct command *cmd)
{
	json_t *options = json_array();

	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++) {
		json_t *more = options_json(cmd->options[i]);

		(void)json_array_extend(options, more);
		json_decref(more);
	}
	return json_pack("{s:s,s:s,s:s,s:s?,s:o}", "command", cmd->words,
	    "arguments", cmd->args, "help", cmd->help, "text", cmd->text,
	    "options", options);
}

static json_t *
references_json(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < holder_count; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s}", "scheme", holders[i]->scheme,
			"form", holders[i]->form, "help", holders[i]->about));
	return list;
}

static json_t *
all_json(void)
{
	json_t *list = json_array(), *codes = json_object();

	for (size_t i = 0; i < command_count; i++)
		if (!commands[i].hidden)
			(void)json_array_append_new(list,
			    command_json(&commands[i]));
	for (const struct exit_row *r = exit_rows; r->meaning != NULL; r++)
		(void)json_object_set_new(codes, mem_printf("%d", r->code),
		    json_string(r->meaning));
	return json_pack("{s:o,s:o,s:o,s:o}", "commands", list, "options",
	    options_json(options_global), "references", references_json(),
	    "exit_codes", codes);
}

enum err
help_run(struct cli *c)
{
	const char *words = "";

	for (size_t i = 0; i < c->arg_n; i++)
		words =
		    mem_printf("%s%s%s", words, i > 0 ? " " : "", c->arg[i]);
	if (c->format != FORMAT_TABLE && words[0] == '\0')
		return out_json(c, all_json());
	for (size_t i = 0; c->format != FORMAT_TABLE && i < command_count; i++)
		if (strcmp(commands[i].words, words) == 0)
			return out_json(c, command_json(&commands[i]));
	if (words[0] == '\0') {
		if (command_is(c, "all"))
			for (size_t i = 0; i < command_count; i++) {
				if (commands[i].hidden)
					continue;
				one(stdout, &commands[i]);
				(void)puts("");
			}
		else
			help_all(stdout);
		return OK;
	}
	if (help_words(stdout, words))
		return OK;
	fail_hint("`encl help` lists all commands");
	return fail_with(ERR_USAGE, "There is no command \"%s\".", words);
}
