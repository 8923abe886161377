/* SPDX-License-Identifier: ISC */
#include "cmd_key.h"
#include "cmd_version.h"
#include "completion.h"
#include "help.h"
#include "man.h"
#include "options.h"

#define NONE \
	{ \
		NULL \
	}

static const struct option help_options[] = {
	{ "all", 0, NULL, false, NULL, "everything about every command" },
	{ .name = NULL },
};

static const struct option generate_options[] = {
	{ "name", 0, "NAME", false, NULL,
	    "the name in the public key line; else that of the file" },
	{ "passphrase-file", 0, "FILE", false, "ENCL_PASSPHRASE_FILE",
	    "the passphrase, in the first line of FILE" },
	{ "passphrase-fd", 0, "N", false, NULL,
	    "the same from an open file descriptor" },
	{ .name = NULL },
};

const struct command commands[] = {
	{ "key generate", "REF", 1, 1, { generate_options },
	    "Make a control key and print its public key.",
	    "REF is file:PATH, or just PATH, for a key file that a passphrase "
	    "protects, or server:NAME for a key that the server holds.\n\n"
	    "The OpenSSH public key line is printed on stdout.",
	    false, cmd_key_generate },
	{ "key list", "[DIR]", 0, 1, NONE,
	    "List key files, and the keys that the server holds.",
	    "DIR is where key files are looked for; by default the folder "
	    "keys beside the configuration file.",
	    false, cmd_key_list },
	{ "key show", "REF", 1, 1, NONE, "Show the public half of a key.",
	    "REF is file:PATH or server:NAME, or a public key: a line, or "
	    "@FILE.",
	    false, cmd_key_show },
	{ "completion", "bash|zsh|fish", 1, 1, NONE,
	    "Print a completion script for a shell.", NULL, false,
	    completion_run },
	{ "version", "", 0, 0, NONE, "Print the versions.", NULL, false,
	    cmd_version_run },
	{ "help", "[COMMAND]...", 0, 3, { help_options },
	    "Say what commands do.",
	    "With -o json the same table for programs.", false, help_run },
	{ "man", "DIR", 1, 1, NONE, "Write the manual pages to a folder.", NULL,
	    true, man_run },
};

const size_t command_count = sizeof commands / sizeof commands[0];
