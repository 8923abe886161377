/* SPDX-License-Identifier: ISC */
#include "man.h"

#include <stdio.h>

#include "exit.h"
#include "fail.h"
#include "fill.h"
#include "keys/holder.h"
#include "mem.h"

static void
head(FILE *f, const char *title, const char *name, const char *what)
{
	char *upper = mem_printf("%s", title);

	for (char *p = upper; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	(void)fprintf(f, ".Dd $Mdocdate$\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n",
	    upper, name);
	(void)fprintf(f, ".Nd %s\n", what);
}

/* A help line as the text after .Nd: no capital, no full stop. */
static char *
phrase(const char *help)
{
	char *s = mem_printf("%s", help);
	size_t n = strlen(s);

	if (n > 0 && s[n - 1] == '.')
		s[n - 1] = '\0';
	if (s[0] >= 'A' && s[0] <= 'Z')
		s[0] = (char)(s[0] + 32);
	return s;
}

static void
options(FILE *f, const struct option *o)
{
	(void)fputs(".Bl -tag -width Ds\n", f);
	for (; o->name != NULL; o++) {
		(void)fputs(".It ", f);
		if (o->letter != 0)
			(void)fprintf(f, "Fl %c , ", o->letter);
		(void)fprintf(f, "Fl Fl %s", o->name);
		if (o->value != NULL && o->value[0] == '[')
			(void)fprintf(f, " Ns Op = Ns Ar %.*s",
			    (int)strlen(o->value) - 2, o->value + 1);
		else if (o->value != NULL)
			(void)fprintf(f, " Ns = Ns Ar %s", o->value);
		(void)fputc('\n', f);
		fill_mdoc(f, o->help);
		if (o->many)
			(void)fputs("May be given several times.\n", f);
		if (o->env != NULL)
			(void)fprintf(f, "Also from\n.Ev %s .\n", o->env);
	}
	(void)fputs(".El\n", f);
}

static void
exits(FILE *f)
{
	(void)fputs(".Sh EXIT STATUS\n.Bl -tag -width 11\n", f);
	for (const struct exit_row *r = exit_rows; r->meaning != NULL; r++) {
		(void)fprintf(f, ".It %d\n", r->code);
		fill_mdoc(f, r->meaning);
	}
	(void)fputs(".El\n", f);
}

static void
references(FILE *f)
{
	(void)fputs(".Sh KEYS\nA\n.Ar REF\nnames a key:\n"
		    ".Bl -tag -width Ds\n",
	    f);
	for (size_t i = 0; i < holder_count; i++) {
		(void)fprintf(f, ".It Li %s\n", holders[i]->form);
		fill_mdoc(f, holders[i]->about);
	}
	(void)fputs(".El\nA\n.Ar REF\nwithout a known word before its first "
		    "colon is the path of a key file.\n",
	    f);
}

static void
page(FILE *f, const struct command *cmd)
{
	char *name = mem_printf("encl-%s", cmd->words);

	for (char *p = name; *p != '\0'; p++)
		if (*p == ' ')
			*p = '-';
	head(f, name, name, phrase(cmd->help));
	(void)fprintf(f, ".Sh SYNOPSIS\n.Nm encl %s\n", cmd->words);
	if (cmd->args[0] != '\0')
		(void)fprintf(f, ".Ar %s\n", cmd->args);
	(void)fputs(".Op Ar OPTION ...\n.Sh DESCRIPTION\n", f);
	fill_mdoc(f, cmd->help);
	if (cmd->text != NULL) {
		(void)fputs(".Pp\n", f);
		fill_mdoc(f, cmd->text);
	}
	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++) {
		if (i == 0)
			(void)fputs(".Pp\nThe options are:\n", f);
		options(f, cmd->options[i]);
	}
	(void)fputs(".Pp\nOptions of every command are in\n.Xr encl 1 .\n", f);
	(void)fputs(".Sh SEE ALSO\n.Xr encl 1\n", f);
}

static void
environment(FILE *f)
{
	(void)fputs(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev ENCL_TOKEN\n"
		    "The bearer token, for a server that a flag, the "
		    "environment or "
		    "a\ncontext names.\n",
	    f);
	for (const struct option *o = options_global; o->name != NULL; o++)
		if (o->env != NULL)
			(void)fprintf(f,
			    ".It Ev %s\nStands in for\n"
			    ".Fl Fl %s .\n",
			    o->env, o->name);
	(void)fputs(".It Ev ENCL_KEY , ENCL_PASSPHRASE_FILE , ENCL_PIN_FILE , "
		    "ENCL_PINENTRY , ENCL_ACCEPT_RISK , ENCL_ROOT , "
		    "ENCL_YES\nStand in for the options of commands that "
		    "sign or verify.\nA switch is on for 1, true and yes.\n"
		    ".It Ev COLUMNS\nHow wide the signing screen may be, where "
		    "no terminal says so.\n"
		    ".It Ev NO_COLOR\nNothing is printed in bold.\n.El\n",
	    f);
}

static void
main_page(FILE *f)
{
	head(f, "encl", "encl", "make upgrades of enclaves provable");
	(void)fputs(".Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar ARGUMENT ...\n"
		    ".Op Ar OPTION ...\n.Sh DESCRIPTION\n"
		    "The commands are:\n.Bl -tag -width Ds\n",
	    f);
	for (size_t i = 0; i < command_count; i++) {
		if (commands[i].hidden)
			continue;
		(void)fprintf(f, ".It Cm %s", commands[i].words);
		if (commands[i].args[0] != '\0')
			(void)fprintf(f, " Ar %s", commands[i].args);
		(void)fputc('\n', f);
		fill_mdoc(f, commands[i].help);
	}
	(void)fputs(".El\n.Pp\nThe options of every command are:\n", f);
	options(f, options_global);
	references(f);
	environment(f);
	(void)fputs(
	    ".Sh FILES\n.Bl -tag -width Ds\n"
	    ".It Pa .encl.yaml\nWhat a project's folder says: enclave, "
	    "definition, pcrs, keys, server, context.\n"
	    ".It Pa $XDG_CONFIG_HOME/encl/config.yaml\nContexts.\n"
	    ".It Pa $XDG_CONFIG_HOME/encl/credentials.yaml\nTheir tokens, "
	    "readable by their owner alone.\n"
	    ".It Pa $XDG_STATE_HOME/encl/pins.yaml\nThe chain ids that were "
	    "seen first.\n.El\n",
	    f);
	exits(f);
}

static enum err
write_page(const char *dir, const struct command *cmd)
{
	char *path = mem_printf("%s/encl%s%s.1", dir, cmd ? "-" : "",
	    cmd ? cmd->words : "");
	FILE *f;

	for (char *p = path + strlen(dir); *p != '\0'; p++)
		if (*p == ' ')
			*p = '-';
	f = fopen(path, "we");
	if (f == NULL)
		return fail_with(ERR_FILE_WRITE, "%s", path);
	if (cmd != NULL)
		page(f, cmd);
	else
		main_page(f);
	if (fclose(f) != 0)
		return fail_with(ERR_FILE_WRITE, "%s", path);
	return OK;
}

enum err
man_run(struct cli *c)
{
	TRY(write_page(command_arg(c, 0), NULL));
	for (size_t i = 0; i < command_count; i++)
		if (!commands[i].hidden)
			TRY(write_page(command_arg(c, 0), &commands[i]));
	return OK;
}
