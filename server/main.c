/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "chain/version.h"
#include "checkpoints.h"
#include "custody.h"
#include "fsck.h"
#include "import.h"
#include "log.h"
#include "migrate.h"
#include "notice_key.h"
#include "openapi_embed.h"
#include "org.h"
#include "roots.h"
#include "run.h"
#include "system/streams.h"

#define ROOTS 8

/* What was asked for, with its options taken apart. */
struct call {
	const char *arg[2]; /* after the words of the command */
	int arg_n;
	const char *owner;
	bool check, repair;
	struct settings settings;
	char why[512]; /* of an error, "" nothing to add */
};

static const char *
owner_role(const struct settings *s)
{
	return s->database_owner[0] ? s->database_owner : s->database;
}

static enum err
cmd_run(struct call *c)
{
	return run_server(&c->settings, c->why, sizeof c->why);
}

static enum err
cmd_migrate(struct call *c)
{
	return c->check ? migrate_check(owner_role(&c->settings), stdout)
			: migrate_run(owner_role(&c->settings), stdout);
}

static enum err
cmd_fsck(struct call *c)
{
	struct h32 root[ROOTS];
	struct fsck f = { .root = root, .repair = c->repair, .out = stdout };

	TRY(roots_read(c->settings.roots, root, ROOTS, &f.root_n, c->why,
	    sizeof c->why));
	TRY(fsck_run(owner_role(&c->settings), &f));
	(void)fprintf(stderr, "%llu chains, %llu entries, %llu differences\n",
	    (unsigned long long)f.chains, (unsigned long long)f.entries,
	    (unsigned long long)f.wrong);
	return f.wrong ? ERR_DATABASE_WRONG : OK;
}

static enum err
cmd_import(struct call *c)
{
	struct h32 root[ROOTS];
	size_t n;

	TRY(roots_read(c->settings.roots, root, ROOTS, &n, c->why,
	    sizeof c->why));
	return import_run(&c->settings, root, n, c->arg[0], stdout, c->why,
	    sizeof c->why);
}

static enum err
check_evidence_roots(struct call *c)
{
	struct custody *custody;

	TRY(custody_make(c->settings.evidence_roots, &custody, c->why,
	    sizeof c->why));
	custody_free(custody);
	return OK;
}

static enum err
check_notices_key(struct call *c)
{
	struct notice_key *k;

	if (!c->settings.notices_key[0])
		return OK;
	(void)snprintf(c->why, sizeof c->why, "notices_key: %s",
	    c->settings.notices_key);
	TRY(notice_key_read(c->settings.notices_key, &k));
	notice_key_free(k);
	c->why[0] = '\0';
	return OK;
}

/* Where there is nobody who signs, there are no logs. */
static enum err
check_logs(struct call *c)
{
	static struct witness_list list;
	char name[CHECKPOINTS_NAME];

	return c->settings.signer_socket[0]
		   ? checkpoints_settings(&c->settings, &list, name, c->why,
			 sizeof c->why)
		   : OK;
}

static enum err
cmd_check_config(struct call *c)
{
	struct h32 root[ROOTS];
	size_t n;

	TRY(roots_read(c->settings.roots, root, ROOTS, &n, c->why,
	    sizeof c->why));
	TRY(check_evidence_roots(c));
	TRY(check_notices_key(c));
	TRY(check_logs(c));
	settings_show(&c->settings, stdout);
	return OK;
}

static enum err
cmd_org_create(struct call *c)
{
	enum err e = org_create(c->settings.database, c->arg[0],
	    c->owner ? c->owner : "owner", stdout);

	if (e == ERR_SETTING)
		(void)snprintf(c->why, sizeof c->why,
		    "a name has 1 to 64 printable characters");
	return e;
}

static enum err
cmd_org_list(struct call *c)
{
	return org_list(c->settings.database, stdout);
}

static enum err
cmd_openapi(struct call *c)
{
	struct span s = openapi_embed();

	(void)c;
	return fwrite(s.p, 1, s.n, stdout) == s.n ? OK : ERR_INTERNAL;
}

static enum err
cmd_notices_keygen(struct call *c)
{
	return notice_key_create(c->arg[0]);
}

static enum err
cmd_version(struct call *c)
{
	(void)c;
	(void)puts("encld " VERSION);
	return OK;
}

static const struct command {
	const char *word[2];
	const char *args; /* as usage shows them */
	int arg_n;
	bool config; /* reads the settings */
	enum err (*run)(struct call *c);
	const char *help;
} table[] = {
	{ { "run" }, "", 0, true, cmd_run, "serve until told to stop" },
	{ { "migrate" }, "[--check]", 0, true, cmd_migrate,
	    "bring the database up to date, as the owner role" },
	{ { "fsck" }, "[--repair]", 0, true, cmd_fsck,
	    "compare the database with its own entries" },
	{ { "import" }, "FILE", 1, true, cmd_import,
	    "bring back entries that the database lost, from a chain file" },
	{ { "check-config" }, "", 0, true, cmd_check_config,
	    "say what each setting is and where it came from" },
	{ { "org", "create" }, "NAME [--owner MEMBER]", 1, true, cmd_org_create,
	    "make an organisation; prints its first token" },
	{ { "org", "list" }, "", 0, true, cmd_org_list,
	    "list the organisations" },
	{ { "notices", "keygen" }, "FILE", 1, false, cmd_notices_keygen,
	    "make the secret that signs webhooks and links in mails" },
	{ { "openapi" }, "", 0, false, cmd_openapi,
	    "print the description of the API" },
	{ { "version" }, "", 0, false, cmd_version, "print the version" },
};

#define COMMANDS (sizeof table / sizeof *table)

static int
usage(FILE *f)
{
	(void)fputs("usage: encld COMMAND [-c FILE]\n", f);
	for (size_t i = 0; i < COMMANDS; i++) {
		char line[64];

		(void)snprintf(line, sizeof line, "%s%s%s %s", table[i].word[0],
		    table[i].word[1] ? " " : "",
		    table[i].word[1] ? table[i].word[1] : "", table[i].args);
		(void)fprintf(f, "  %-34s %s\n", line, table[i].help);
	}
	(void)
	    fputs("Settings come from FILE (YAML), then from ENCLD_NAME in the "
		  "environment.\n",
		f);
	return f == stdout ? 0 : 2;
}

static const struct command *
find(int argc, char **argv, int *used)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &table[i];

		*used = c->word[1] ? 3 : 2;
		if (argc >= *used && strcmp(argv[1], c->word[0]) == 0 &&
		    (!c->word[1] || strcmp(argv[2], c->word[1]) == 0))
			return c;
	}
	return NULL;
}

/* False for anything that is not understood. */
static bool
take_arguments(const struct command *k, struct call *c, int argc, char **argv,
    int i, const char **file)
{
	for (; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "-c") == 0 && more && k->config) {
			*file = argv[++i];
		} else if (strcmp(argv[i], "--check") == 0 &&
			   k->run == cmd_migrate) {
			c->check = true;
		} else if (strcmp(argv[i], "--repair") == 0 &&
			   k->run == cmd_fsck) {
			c->repair = true;
		} else if (strcmp(argv[i], "--owner") == 0 && more &&
			   k->run == cmd_org_create) {
			c->owner = argv[++i];
		} else if (argv[i][0] != '-' && c->arg_n < k->arg_n) {
			c->arg[c->arg_n++] = argv[i];
		} else {
			return false;
		}
	}
	return c->arg_n == k->arg_n;
}

static int
exit_status(enum err e)
{
	switch (err_class(e)) {
	case ERR_CLASS_OK:
		return 0;
	case ERR_CLASS_INPUT:
		return 2;
	case ERR_CLASS_VERIFY:
		return 3;
	case ERR_CLASS_MISSING:
		return 5;
	case ERR_CLASS_CONFLICT:
		return 6;
	case ERR_CLASS_LIMIT:
	case ERR_CLASS_RETRY:
		return 8;
	case ERR_CLASS_BUG:
	case ERR_CLASS_TOO_LARGE:
	case ERR_CLASS_MEDIA:
	case ERR_CLASS_METHOD:
	case ERR_CLASS_LOGIN:
	case ERR_CLASS_ALLOW:
	case ERR_CLASS_POLICY:
	case ERR_CLASS_TIMEOUT:
	case ERR_CLASS_DEVICE:
	case ERR_CLASS_DECLINED:
		break;
	}
	return 1;
}

static enum err
configure(struct call *c, const char *file)
{
	TRY(settings_load(&c->settings, file, c->why, sizeof c->why));
	if (log_set_level(c->settings.log_level))
		return OK;
	(void)snprintf(c->why, sizeof c->why, "log_level: %s is none",
	    c->settings.log_level);
	return ERR_SETTING;
}

int
main(int argc, char **argv)
{
	static struct call c;
	const struct command *k;
	const char *file = NULL;
	int used;
	enum err e = OK;

	streams_fill();
	if (argc == 2 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0))
		return usage(stdout);
	k = find(argc, argv, &used);
	if (!k || !take_arguments(k, &c, argc, argv, used, &file))
		return usage(stderr);
	if (k->config)
		e = configure(&c, file);
	if (e == OK)
		e = k->run(&c);
	if (e != OK) {
		(void)fprintf(stderr, "encld: %s%s%s (%s)\n", c.why,
		    c.why[0] ? ": " : "", err_sentence(e), err_code(e));
	}
	return exit_status(e);
}
