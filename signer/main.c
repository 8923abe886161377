/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/text.h"
#include "chain/version.h"
#include "setup.h"
#include "system/event.h"
#include "system/folder.h"
#include "system/sandbox.h"
#include "system/status.h"
#include "system/stop.h"
#include "system/streams.h"

#define PROGRAM "encl-signer"

/* What is open while a command runs. */
struct call {
	struct setup setup;
	char why[256]; /* of an error, "" nothing to add */
	int folder, lock;
	struct master *master;
	struct vault *vault;
	struct ledger *ledger;
};

static enum err
open_folder(struct call *c)
{
	enum err e = folder_open(c->setup.dir, &c->folder);

	if (e == OK)
		e = master_open(c->folder, &c->setup.master, &c->master);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s", c->setup.dir);
	return e;
}

static enum err
open_vault(struct call *c)
{
	char what[128];
	enum err e = vault_open(c->folder, c->master, &c->vault, what);

	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.100s/%s", c->setup.dir,
		    what);
	return e;
}

static enum err
open_ledger(struct call *c)
{
	char bytes[24];
	size_t cut, at;
	enum err e = ledger_open(c->folder, c->master->journal,
	    (size_t)c->setup.memory_mb << 20, &c->ledger, &cut, &at);

	if (e != OK) {
		(void)snprintf(c->why, sizeof c->why,
		    "%.150s/record, at byte %zu; see the operations guide",
		    c->setup.dir, at);
		return e;
	}
	(void)snprintf(bytes, sizeof bytes, "%zu", cut);
	if (cut)
		EVENT(PROGRAM, "record cut", "bytes", bytes);
	return OK;
}

static enum err
open_all(struct call *c)
{
	TRY(setup_roots(&c->setup, c->why));
	TRY(open_folder(c));
	if (folder_lock(c->folder, &c->lock) != OK) {
		(void)snprintf(c->why, sizeof c->why,
		    "%.150s: a signer runs on it already", c->setup.dir);
		return ERR_BUSY;
	}
	TRY(open_vault(c));
	return open_ledger(c);
}

static void
close_all(struct call *c)
{
	ledger_close(c->ledger);
	vault_close(c->vault);
	master_free(c->master);
	if (c->lock >= 0)
		close(c->lock);
	if (c->folder >= 0)
		close(c->folder);
}

static enum err
enter_sandbox(struct call *c)
{
	struct sandbox b;
	char version[16], keys[24], chains[24], pid[24];

	if (sandbox_enter(c->setup.dir, false, &b) != OK) {
		(void)snprintf(c->why, sizeof c->why,
		    "seccomp or Landlock refused");
		return ERR_INTERNAL;
	}
	(void)snprintf(version, sizeof version, "version %d", b.landlock);
	(void)snprintf(keys, sizeof keys, "%zu", vault_count(c->vault));
	(void)snprintf(chains, sizeof chains, "%zu", ledger_count(c->ledger));
	(void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
	EVENT(PROGRAM, "ready", "version", VERSION, "pid", pid, "landlock",
	    b.landlock ? version : "not here", "seccomp",
	    b.seccomp ? "on" : "not here", "keys", keys, "chains", chains,
	    "socket", c->setup.socket);
	return OK;
}

static enum err
serve(struct call *c, struct door *d)
{
	struct decide *decide = calloc(1, sizeof *decide);
	struct service service = { .vault = c->vault,
		.ledger = c->ledger,
		.decide = decide,
		.rate = c->setup.rate,
		.key_rate = c->setup.key_rate };
	enum err e;

	if (decide == NULL)
		return ERR_OUT_OF_MEMORY;
	decide->ledger = c->ledger;
	decide->root = c->setup.root;
	decide->root_n = c->setup.root_n;
	d->service = &service;
	memcpy(d->uid, c->setup.uid, sizeof d->uid);
	d->uid_n = c->setup.uid_n;
	e = door_open(d, c->setup.socket);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s",
		    c->setup.socket);
	else
		e = enter_sandbox(c);
	if (e == OK)
		e = door_run(d);
	if (e != OK && c->why[0] == '\0')
		(void)snprintf(c->why, sizeof c->why,
		    "%.200s/record cannot be written", c->setup.dir);
	door_close(d);
	free(decide);
	return e;
}

/* Signals arrive only while it waits. */
static enum err
cmd_run(struct call *c)
{
	sigset_t before;
	struct door d = { .listen = -1, .mask = &before };

	sandbox_memory();
	d.stop = stop_on_signals(&before);
	TRY(open_all(c));
	return serve(c, &d);
}

static enum err
cmd_init(struct call *c)
{
	enum err e;

	sandbox_memory();
	(void)mkdir(c->setup.dir, 0700);
	e = folder_open(c->setup.dir, &c->folder);
	if (e == OK)
		e = master_init(c->folder, &c->setup.master);
	if (e != OK)
		(void)snprintf(c->why, sizeof c->why, "%.200s", c->setup.dir);
	return e;
}

static void
show_key(void *ctx, const struct vault_key *k)
{
	char fingerprint[51];

	key_fingerprint(&k->kid, fingerprint);
	(void)fprintf(ctx, "key %llu %s %s\n", (unsigned long long)k->org,
	    fingerprint, k->name);
}

static const char *
hex(const struct h32 *h, char text[65])
{
	struct out o = out_of(text, 65);

	text_hex(&o, h32_span(h));
	return text;
}

static void
show_chain(void *ctx, const struct ledger_chain *c)
{
	char a[65], b[65], fingerprint[51];

	(void)fprintf(ctx, "chain %s %llu %s\n", hex(&c->chain, a),
	    (unsigned long long)c->next_seq, hex(&c->head, b));
	for (unsigned i = 0; i < c->signed_n; i++) {
		key_fingerprint(&c->given[i].kid, fingerprint);
		(void)fprintf(ctx, "signed %s %s %s\n", hex(&c->chain, a),
		    hex(&c->given[i].payload, b), fingerprint);
	}
}

/* Beside a signer that runs, too. */
static enum err
cmd_show(struct call *c)
{
	enum err e;

	sandbox_memory();
	TRY(open_folder(c));
	TRY(open_vault(c));
	e = ledger_read(c->folder, c->master->journal, &c->ledger);
	if (e != OK) {
		(void)snprintf(c->why, sizeof c->why, "%.200s/record",
		    c->setup.dir);
		return e;
	}
	vault_each(c->vault, show_key, stdout);
	ledger_each(c->ledger, show_chain, stdout);
	return OK;
}

/* Opens everything as `run` does, and changes nothing but a torn end. */
static enum err
cmd_check(struct call *c)
{
	sandbox_memory();
	TRY(open_all(c));
	(void)printf("%zu keys, %zu chains; everything opens\n",
	    vault_count(c->vault), ledger_count(c->ledger));
	return OK;
}

static const struct command {
	const char *word;
	enum err (*run)(struct call *c);
	const char *help;
} table[] = {
	{ "init", cmd_init, "make the folder of a new signer" },
	{ "run", cmd_run, "serve until told to stop" },
	{ "check", cmd_check, "open everything as `run` would, and say so" },
	{ "show", cmd_show,
	    "list keys, chains and the payloads signed last, from the record" },
};

#define COMMANDS (sizeof table / sizeof *table)

static int
usage(FILE *f)
{
	(void)fputs("usage: encl-signer COMMAND OPTIONS\n"
		    "Holds control keys for encld and judges what it signs.\n"
		    "  keygen FILE          make a master secret, mode 0600\n",
	    f);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(f, "  %-20s %s\n", table[i].word, table[i].help);
	(void)fputs("  version, help\noptions:\n", f);
	setup_help(f);
	return f == stdout ? 0 : 2;
}

static int
run_command(const struct command *k, int argc, char **argv)
{
	struct call c = { .folder = -1, .lock = -1 };
	enum err e = setup_options(&c.setup, argc, argv, c.why);

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
	if (strcmp(word, "version") == 0) {
		(void)puts(PROGRAM " " VERSION);
		return 0;
	}
	if (strcmp(word, "keygen") == 0 && argc == 3)
		return status_report(PROGRAM, master_keygen(argv[2]), argv[2]);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(table[i].word, word) == 0)
			return run_command(&table[i], argc - 1, argv + 1);
	return usage(stderr);
}
