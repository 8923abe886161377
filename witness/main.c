/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"
#include "chain/split.h"
#include "chain/text.h"
#include "chain/version.h"
#include "port.h"
#include "system/clock.h"
#include "system/event.h"
#include "system/folder.h"
#include "system/sandbox.h"
#include "system/status.h"
#include "system/stop.h"
#include "system/streams.h"
#include "witness_setup.h"

#define PROGRAM "encl-witness"

/* What is open while a command runs. */
struct call {
	struct witness_setup setup;
	char why[256]; /* of an error, "" nothing to add */
	int folder, lock;
	struct identity self;
	struct cosigned *seen;
	struct moment moment;
	struct tally tally;
	const volatile sig_atomic_t *stop; /* of `run` */
};

static enum err
open_self(struct call *c)
{
	const struct witness_setup *s = &c->setup;
	enum err e = witness_setup_source(s, c->why);

	TRY(e);
	e = identity_open(s->key, s->credential, &c->self);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s",
		    s->key ? s->key : s->credential);
	return e;
}

static enum err
open_folder(struct call *c)
{
	enum err e = folder_open(c->setup.dir, &c->folder);

	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s", c->setup.dir);
	return e;
}

static enum err
open_seen(struct call *c)
{
	char bytes[24];
	size_t cut, at;
	enum err e = cosigned_open(c->folder, identity_journal(&c->self),
	    &c->self.key, c->setup.max, &c->seen, &cut, &at);

	if (e == ERR_FILE_READ)
		(void)snprintf(c->why, sizeof c->why,
		    "%.150s/cosigned is not there, and a witness that forgot "
		    "needs another key: see witnesses.md",
		    c->setup.dir);
	else if (e != OK)
		(void)snprintf(c->why, sizeof c->why,
		    "%.150s/cosigned, at byte %zu: of another key, or damaged",
		    c->setup.dir, at);
	TRY(e);
	(void)snprintf(bytes, sizeof bytes, "%zu", cut);
	if (cut)
		EVENT(PROGRAM, "record cut", "bytes", bytes);
	return OK;
}

static enum err
open_all(struct call *c)
{
	TRY(open_self(c));
	TRY(open_folder(c));
	if (folder_lock(c->folder, &c->lock) != OK) {
		(void)snprintf(c->why, sizeof c->why,
		    "%.150s: a witness runs on it already", c->setup.dir);
		return ERR_BUSY;
	}
	return open_seen(c);
}

static void
close_all(struct call *c)
{
	cosigned_close(c->seen);
	identity_close(&c->self);
	witness_setup_free(&c->setup);
	if (c->lock >= 0)
		close(c->lock);
	if (c->folder >= 0)
		close(c->folder);
}

/* Evidence for anybody, in the folder; what was there first stays. */
static void
on_split(void *ctx, struct span origin, struct span a, struct span b)
{
	static uint8_t bytes[SPLIT_MAX];
	struct out o = out_of(bytes, sizeof bytes), hex;
	struct call *c = ctx;
	char name[NOTE_NAME + 1], file[80] = "split-";
	struct h32 id;
	enum err e = hash_sha256(origin, &id);

	(void)snprintf(name, sizeof name, "%.*s", (int)origin.n,
	    (const char *)origin.p);
	hex = out_of(file + 6, sizeof file - 6);
	text_hex(&hex, h32_span(&id));
	if (e == OK)
		e = split_encode(&o, a, b, NULL);
	if (e == OK)
		e = folder_new_file(c->folder, file, out_span(&o));
	c->tally.splits++;
	EVENT(PROGRAM, "split", "log", name, "file", file, "written",
	    e == ERR_FILE_EXISTS ? "before" : err_code(e));
}

static enum err
enter_sandbox(struct call *c, const struct port *p)
{
	struct sandbox b;
	char version[16], rules[24], logs[24], number[8];

	if (sandbox_enter(c->setup.dir, true, &b) != OK) {
		(void)snprintf(c->why, sizeof c->why,
		    "seccomp or Landlock refused");
		return ERR_INTERNAL;
	}
	(void)snprintf(version, sizeof version, "version %d", b.landlock);
	(void)snprintf(rules, sizeof rules, "%zu", admit_count(c->setup.logs));
	(void)snprintf(logs, sizeof logs, "%zu", cosigned_count(c->seen));
	(void)snprintf(number, sizeof number, "%u", port_number(p));
	EVENT(PROGRAM, "ready", "version", VERSION, "name", c->self.name,
	    "landlock", b.landlock ? version : "not here", "seccomp",
	    b.seccomp ? "on" : "not here", "admitted", rules, "logs", logs,
	    "port", number);
	return OK;
}

static enum err
serve(struct call *c, const sigset_t *mask)
{
	struct cosign cosign = { &c->self, c->setup.logs, c->seen, &c->moment,
		on_split, c };
	const struct port_config config = { .listen = c->setup.listen,
		.proxies = c->setup.proxies,
		.connections = c->setup.connections,
		.each = c->setup.each,
		.cosign = &cosign,
		.tally = &c->tally,
		.stop = c->stop,
		.mask = mask };
	struct port *p;
	enum err e;

	moment_begin(&c->moment, clock_unix_ms(), clock_boot_ms(),
	    cosigned_newest(c->seen));
	c->tally.clock = true;
	e = port_open(&config, &p);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s",
		    c->setup.listen);
	else
		e = enter_sandbox(c, p);
	if (e == OK)
		e = port_run(p);
	if (e != OK && c->why[0] == '\0')
		(void)snprintf(c->why, sizeof c->why,
		    "%.200s/cosigned cannot be written", c->setup.dir);
	port_close(p);
	return e;
}

/* Signals arrive only while it waits. */
static enum err
cmd_run(struct call *c)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t before;

	c->stop = stop_on_signals(&before);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	TRY(open_all(c));
	return serve(c, &before);
}

static enum err
print_vkey(const struct call *c)
{
	char text[NOTE_VKEY_MAX + 1];
	struct out o = out_of(text, sizeof text - 1);

	note_vkey_encode(&o, &c->self.key);
	text[o.n] = '\0';
	return !o.full && puts(text) >= 0 && fflush(stdout) == 0
		   ? OK
		   : ERR_FILE_WRITE;
}

/* A key and a record that are each other's for ever. */
static enum err
cmd_keygen(struct call *c)
{
	const struct witness_setup *s = &c->setup;
	enum err e;

	if (s->key == NULL || s->name == NULL) {
		(void)snprintf(c->why, sizeof c->why,
		    "--name and --key are needed");
		return ERR_USAGE;
	}
	(void)mkdir(s->dir, 0700);
	TRY(open_folder(c));
	if (faccessat(c->folder, "cosigned", F_OK, 0) == 0) {
		(void)snprintf(c->why, sizeof c->why, "%.200s/cosigned",
		    s->dir);
		return ERR_FILE_EXISTS;
	}
	e = identity_make(s->key, s->name, &c->self);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s",
		    e == ERR_VKEY ? s->name : s->key);
	TRY(e);
	e = cosigned_init(c->folder, identity_journal(&c->self), &c->self.key);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s/cosigned",
		    s->dir);
	TRY(e);
	return print_vkey(c);
}

static enum err
cmd_vkey(struct call *c)
{
	TRY(open_self(c));
	return print_vkey(c);
}

/* Opens everything as `run` does, and changes nothing but a torn end. */
static enum err
cmd_check(struct call *c)
{
	TRY(open_all(c));
	(void)printf("%s, %zu logs; everything opens\n", c->self.name,
	    cosigned_count(c->seen));
	return OK;
}

static void
show_log(void *ctx, const struct cosigned_log *l)
{
	const uint8_t *end = memchr(l->note.p, '\n', l->note.n);
	char root[65];
	struct out o = out_of(root, sizeof root);

	text_hex(&o, h32_span(&l->root));
	(void)fprintf(ctx, "%.*s %llu %.64s %llu\n", (int)(end - l->note.p),
	    (const char *)l->note.p, (unsigned long long)l->size, root,
	    (unsigned long long)l->seconds);
}

/* Beside a witness that runs, too. */
static enum err
cmd_show(struct call *c)
{
	enum err e;

	TRY(open_self(c));
	TRY(open_folder(c));
	e = cosigned_read(c->folder, identity_journal(&c->self), &c->self.key,
	    &c->seen);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s/cosigned",
		    c->setup.dir);
	else
		cosigned_each(c->seen, show_log, stdout);
	return e;
}

static const struct command {
	const char *word;
	enum err (*run)(struct call *c);
	const char *help;
} table[] = {
	{ "keygen", cmd_keygen,
	    "make a witness: its key and its record; prints its vkey" },
	{ "vkey", cmd_vkey, "print its verifier key, for policies" },
	{ "run", cmd_run, "serve until told to stop" },
	{ "check", cmd_check, "open everything as `run` would, and say so" },
	{ "show", cmd_show,
	    "list what was cosigned last: log, size, root, Unix seconds" },
};

#define COMMANDS (sizeof table / sizeof *table)

static void
help_line(FILE *f, const char *left, const char *right)
{
	(void)fprintf(f, "  %-22s %s\n", left, right);
}

static int
usage(FILE *f)
{
	(void)fputs("usage: encl-witness COMMAND OPTIONS\n"
		    "Cosigns the checkpoints of logs that only ever grew.\n",
	    f);
	for (size_t i = 0; i < COMMANDS; i++)
		help_line(f, table[i].word, table[i].help);
	(void)fputs("  version, help\noptions:\n", f);
	witness_setup_each(help_line, f);
	return f == stdout ? 0 : 2;
}

static void
man_item(FILE *f, const char *left, const char *right)
{
	(void)fprintf(f, ".It Li %s\n%s\n", left, right);
}

/* The manual page, in mdoc. */
static int
man(void)
{
	(void)puts(".Dd $Mdocdate$\n.Dt ENCL-WITNESS 1\n.Os\n"
		   ".Sh NAME\n.Nm encl-witness\n"
		   ".Nd cosign checkpoints of logs that only ever grew\n"
		   ".Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar OPTION ...\n"
		   ".Sh DESCRIPTION\n.Nm\nserves the protocol of "
		   ".Lk https://c2sp.org/tlog-witness .\n"
		   "The commands are:\n.Bl -tag -width Ds");
	for (size_t i = 0; i < COMMANDS; i++)
		man_item(stdout, table[i].word, table[i].help);
	(void)puts(".El\n.Pp\nThe options are:\n.Bl -tag -width Ds");
	witness_setup_each(man_item, stdout);
	(void)puts(".El\n.Sh SEE ALSO\n.Xr encl 1");
	return fflush(stdout) == 0 ? 0 : 1;
}

static int
run_command(const struct command *k, int argc, char **argv)
{
	struct call c = { .folder = -1, .lock = -1 };
	enum err e = witness_setup_options(&c.setup, argc, argv, c.why);

	sandbox_memory();
	if (e == OK)
		e = k->run(&c);
	close_all(&c);
	return status_report(PROGRAM, e, c.why);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	streams_fill();
	if (sodium_init() < 0)
		return status_report(PROGRAM, ERR_CRYPTO, "");
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0)
		return usage(stdout);
	if (strcmp(word, "man") == 0)
		return man();
	if (strcmp(word, "version") == 0) {
		(void)puts(PROGRAM " " VERSION);
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(table[i].word, word) == 0)
			return run_command(&table[i], argc - 1, argv + 1);
	return usage(stderr);
}
