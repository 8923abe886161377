/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/resource.h>

#include <signal.h>
#include <stdio.h>

#include "exit.h"
#include "fail.h"
#include "help.h"
#include "mem.h"
#include "out.h"
#include "system/streams.h"

/* Secrets may be in memory later: no core file, no debugger of others. */
static void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
}

static bool
asks(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* `encl upgrade` shows what there is; it is a mistake all the same. */
static enum err
no_such_command(int argc, char *const *argv)
{
	const char *words = argv[0];
	int n = 1;

	for (; n < argc && argv[n][0] != '-'; n++)
		words = mem_printf("%s %s", words, argv[n]);
	if (n < argc && asks(argv[n]) && help_words(stdout, words))
		return OK;
	fail_hint("`encl help` lists all commands");
	if (help_words(stderr, words))
		return fail_with(ERR_USAGE, "\"encl %s\" is not whole.", words);
	(void)help_words(stderr, argv[0]);
	return fail_with(ERR_USAGE, "There is no command \"%s\".", words);
}

static enum err
run(struct cli *c, int argc, char *const *argv)
{
	static char help[] = "help", version[] = "version";
	char *word[1] = { NULL };
	const struct command *cmd;
	int used;

	if (argc == 0) {
		help_all(stderr);
		return fail_with(ERR_USAGE, "There is no command.");
	}
	if (asks(argv[0]))
		word[0] = help;
	else if (strcmp(argv[0], "--version") == 0)
		word[0] = version;
	if (word[0] != NULL) {
		cmd = command_find(1, word, &used);
	} else if (argv[0][0] == '-') {
		return fail_with(ERR_USAGE, "Options follow the command.");
	} else {
		cmd = command_find(argc, argv, &used);
	}
	if (cmd == NULL)
		return no_such_command(argc, argv);
	TRY(command_parse(c, cmd, argc - used, argv + used));
	if (command_is(c, "help")) {
		(void)help_words(stdout, cmd->words);
		return OK;
	}
	return cmd->run(c);
}

int
main(int argc, char **argv)
{
	static struct cli c;
	enum err e, end;

	streams_fill();
	harden();
	e = run(&c, argc - 1, argv + 1);
	end = out_end();
	if (e != OK)
		out_error(&c, e);
	else if (end != OK && !out_unread())
		out_error(&c, end);
	if (e == OK)
		e = end;
	mem_free_all();
	return e == OK ? c.found : exit_code(e);
}
