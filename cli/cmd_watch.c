/* SPDX-License-Identifier: ISC */
#include "cmd_watch.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "chain/split.h"
#include "chain/text.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "revocation_file.h"
#include "value.h"
#include "watch_list.h"

#define INTERVAL UINT64_C(30000)
#define PATIENCE UINT64_C(600000)
#define RECONNECT UINT64_C(1000)
#define HEX 64 /* digits of a chain id */
#define SELDOM UINT64_C(600000)

static volatile sig_atomic_t ended;

struct watching {
	struct watch w;
	struct watch_list list;
	uint64_t interval;
	bool once;
	struct conf directory;
	uint64_t next;   /* when to look again, Unix ms */
	bool no_stream;  /* the server has none: it is asked */
	enum err failed; /* of this machine, in a tick */
	struct revocation_file revocations;
};

static void
on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static void
catch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	(void)sigaction(SIGTERM, &a, NULL);
	(void)sigaction(SIGINT, &a, NULL);
}

static enum err
read_directory(const struct cli *c, struct watching *g)
{
	const char *url = command_value(c, "directory");
	const struct conf *k;

	if (url == NULL)
		return OK;
	if (c->arg_n > 0)
		return fail_with(ERR_USAGE,
		    "Either CHAIN... or --directory URL, and not both.");
	TRY(conf_get(c, &k));
	g->directory = *k;
	g->directory.server = conf_url(url);
	g->directory.token = NULL;
	g->list.directory = &g->directory;
	g->w.strange = true;
	return OK;
}

static enum err
read_options(const struct cli *c, struct watching *g)
{
	const char *dir = command_value(c, "state");
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	g->w.c = c;
	g->w.dir = dir != NULL ? dir : conf_state_path("watch");
	g->w.exec = command_value(c, "exec");
	g->w.threads = cpus < 1 ? 1 : cpus > 8 ? 8 : (unsigned)cpus;
	g->w.patience = PATIENCE;
	g->interval = INTERVAL;
	g->once = command_is(c, "once");
	TRY(value_duration(c, "patience", &g->w.patience));
	TRY(value_duration(c, "interval", &g->interval));
	TRY(value_duration(c, "max-age", &g->w.max_age));
	TRY(revocation_file_options(c, &g->revocations));
	g->w.revocation = g->revocations.statement;
	g->w.revocation_n = g->revocations.n;
	if (g->once)
		g->w.patience = 0;
	return read_directory(c, g);
}

static enum err
read_chains(const struct cli *c, struct watching *g)
{
	if (g->list.directory != NULL)
		return watch_list_known(&g->list, g->w.dir);
	for (size_t i = 0; i < c->arg_n; i++)
		TRY(watch_list_add(c, &g->list, c->arg[i]));
	if (c->arg_n == 0)
		TRY(watch_list_add(c, &g->list, NULL));
	return OK;
}

static enum err
look(void *ctx, size_t i)
{
	struct watching *g = ctx;

	return ended ? OK : watch_chain_look(&g->w, &g->list.chain[i]);
}

/* Of a directory, which says what moves, what rests is looked at seldom. */
static bool
is_due(const struct watching *g, const struct watch_chain *ch, uint64_t begun)
{
	if (g->list.directory == NULL)
		return true;
	if (ch->looked_at >= begun)
		return false;
	return ch->pending || ch->wrong != OK || ch->away != OK ||
	       begun - ch->looked_at >= SELDOM;
}

static enum err
round_of(struct watching *g, uint64_t begun)
{
	for (size_t i = 0; i < g->list.n && !ended; i++)
		if (is_due(g, &g->list.chain[i], begun))
			TRY(look(g, i));
	return OK;
}

static enum err
directory_round(struct watching *g)
{
	enum err e = watch_list_moved(&g->list, look, g);

	if (e == ERR_NETWORK || e == ERR_ANSWER_BAD || e == ERR_BUSY) {
		out_talk("%s: %s\n", g->directory.server, err_sentence(e));
		fail_forget();
		return OK; /* each chain is asked for by itself, too */
	}
	return e;
}

static void
pause_for(uint64_t ms)
{
	const struct timespec t = { (time_t)(ms / 1000),
		(long)(ms % 1000) * 1000000 };

	if (!ended)
		(void)nanosleep(&t, NULL); /* a signal ends it */
}

/* The worst of what the chains are. */
static enum err
verdict(struct cli *c, const struct watching *g)
{
	bool pending = false, disputed = false;
	enum err wrong = OK, away = OK;

	for (size_t i = 0; i < g->list.n; i++) {
		const struct watch_chain *ch = &g->list.chain[i];

		if (ch->wrong != OK && !(g->w.strange && ch->entries == 0))
			wrong = ch->wrong;
		if (ch->away != OK)
			away = ch->away;
		pending = pending || ch->pending;
		disputed = disputed || ch->disputed;
	}
	if (wrong != OK)
		return fail_with(ERR_CHAIN_REFUSED, "%s", err_sentence(wrong));
	if (!g->once)
		return OK; /* somebody ended it, and everything was told */
	if (disputed)
		c->found = 21;
	else if (away != OK)
		return away;
	else if (pending)
		c->found = 20;
	return OK;
}

static enum err
look_round(struct watching *g)
{
	uint64_t begun = value_now();

	if (g->list.directory != NULL)
		TRY(directory_round(g));
	TRY(round_of(g, begun));
	g->next = value_now() + g->interval;
	return OK;
}

static bool
tick(void *ctx, bool moved)
{
	struct watching *g = ctx;

	if (!ended && (moved || value_now() >= g->next))
		g->failed = look_round(g);
	return !ended && g->failed == OK;
}

/* The server says when something happens; what it says is only when to look.
 * Comes back when it is time to look, to connect again, or to end. */
static enum err
await(struct watching *g)
{
	const struct watch_chain *first = &g->list.chain[0];
	const struct conf *k = g->list.directory;
	const char *path = "/v1/events";
	bool begun = false;
	enum err e;

	if (k == NULL)
		k = first->t.conf;
	if (g->list.directory == NULL && g->list.n == 1)
		path = target_path(&first->t, "/events");
	if (!g->no_stream) {
		e = api_follow(k, path, tick, g, &begun);
		fail_forget();
		if (e == OK)
			return g->failed;
		g->no_stream = e == ERR_NOT_FOUND;
	}
	if (begun)
		pause_for(RECONNECT);
	else
		pause_for(g->next > value_now() ? g->next - value_now() : 0);
	return OK;
}

static enum err
watch(struct cli *c, struct watching *g)
{
	TRY(look_round(g));
	while (!g->once && !ended) {
		void *mark = mem_mark();
		size_t n = g->list.n;

		TRY(await(g));
		if (n == g->list.n)
			mem_release(mark);
		if (!ended && value_now() >= g->next)
			TRY(look_round(g));
	}
	return verdict(c, g);
}

/* Of one chain may be logs of several names, which answer for themselves. */
static enum err
of_one_log(const struct checkpoint *theirs, struct span mine)
{
	struct checkpoint *ours = mem_new(sizeof *ours);

	TRY(checkpoint_decode(mine, ours));
	if (span_eq(ours->origin, theirs->origin))
		return OK;
	return fail_with(ERR_CHECKPOINT_ORIGIN,
	    "It is of %s, and what was seen here is of %s.",
	    out_line(mem_string(theirs->origin)),
	    out_line(mem_string(ours->origin)));
}

/* The checkpoint of another watcher, beside the one of that size here. */
static enum err
compare(const char *dir, const char *path)
{
	struct checkpoint *theirs = mem_new(sizeof *theirs);
	struct out o = mem_out(SPLIT_MAX);
	struct span note, mine;
	const char *evidence;
	struct h32 chain;
	bool found;

	TRY(file_read(path, NOTE_MAX, &note));
	TRY(checkpoint_decode(note, theirs));
	if (theirs->origin.n < HEX ||
	    !text_unhex(span_of(theirs->origin.p + theirs->origin.n - HEX, HEX),
		chain.b, sizeof chain.b))
		return ERR_CHECKPOINT_ORIGIN;
	TRY(watch_store_seen(dir, &chain, theirs->size, &mine, &found));
	if (!found)
		return fail_with(ERR_NOT_FOUND,
		    "No checkpoint of %llu entries of that chain was seen "
		    "here.",
		    (unsigned long long)theirs->size);
	TRY(of_one_log(theirs, mine));
	if (split_encode(&o, mine, note, NULL) != OK) {
		fail_forget();
		out_talk("the same history of %llu entries\n",
		    (unsigned long long)theirs->size);
		return OK;
	}
	TRY(watch_store_evidence(dir, &chain,
	    mem_printf("compared-%llu.split", (unsigned long long)theirs->size),
	    out_span(&o), &evidence));
	if (evidence == NULL)
		return fail_with(ERR_SPLIT,
		    "There is evidence of this size already: `encl chain "
		    "split` makes a file of two checkpoints.");
	out_data("%s\n", evidence);
	return fail_with(ERR_SPLIT,
	    "%s is evidence, when the log has signed both: `encl chain split "
	    "%s --log VKEY` says whom it convicts.",
	    evidence, evidence);
}

enum err
cmd_watch_run(struct cli *c)
{
	static struct watching g;

	TRY(read_options(c, &g));
	if (command_is(c, "compare"))
		return compare(g.w.dir, command_value(c, "compare"));
	TRY(watch_store_open(g.w.dir));
	TRY(read_chains(c, &g));
	catch_signals();
	return watch(c, &g);
}
