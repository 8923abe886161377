/* SPDX-License-Identifier: ISC */
#include "cmd_chain_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/split.h"
#include "chain/text.h"
#include "chain/witness.h"
#include "chain_report.h"
#include "fail.h"
#include "file.h"
#include "hint.h"
#include "maker.h"
#include "mem.h"
#include "out.h"
#include "pcr_file.h"
#include "remember.h"
#include "revocation_file.h"
#include "root.h"
#include "value.h"

/* What the client says; nothing else decides. */
#define FRESH_AGE UINT64_C(3600000)

struct asked {
	struct chain_verify_opts opts;
	struct h32 root[ROOT_MAX], chain;
	struct walk_pin pin;
	struct revocation_file revocations;
	struct maker maker;
	struct chain_verify_result result;
};

static enum err
read_pin(const struct cli *c, struct asked *a)
{
	const char *id = command_value(c, "pin");

	if (id == NULL)
		return OK;
	if (!text_unhex(span_str(id), a->chain.b, sizeof a->chain.b)) {
		return fail_with(ERR_USAGE,
		    "--pin takes a chain id: 64 hex digits.");
	}
	a->opts.chain = &a->chain;
	return OK;
}

static enum err
read_pin_entry(const struct cli *c, struct asked *a)
{
	const char *text = command_value(c, "pin-entry");
	char *end;

	if (text == NULL)
		return OK;
	errno = 0;
	a->pin.seq = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0 || *end != ':' ||
	    !text_unhex(span_str(end + 1), a->pin.id.b, sizeof a->pin.id.b)) {
		return fail_with(ERR_USAGE,
		    "--pin-entry takes SEQ:ID, a number and 64 hex digits.");
	}
	a->opts.pin = &a->pin;
	return OK;
}

/* What an earlier run left: the same chain, with that entry in it. */
static enum err
read_state(const struct cli *c, struct asked *a)
{
	const char *path = command_value(c, "state");
	struct remember r;
	bool found;

	if (path == NULL)
		return OK;
	if (a->opts.pin) {
		return fail_with(ERR_USAGE,
		    "--state and --pin-entry say the same: give one.");
	}
	TRY(remember_read(path, &r, &found));
	if (!found)
		return OK;
	if (a->opts.chain && !h32_eq(&a->chain, &r.chain)) {
		return fail_with(ERR_PIN_MISMATCH,
		    "%s remembers another chain than --pin names.", path);
	}
	a->chain = r.chain;
	a->opts.chain = &a->chain;
	a->pin = r.newest;
	a->opts.pin = &a->pin;
	return OK;
}

/* Without --level as much as the chain's own policy makes possible. */
static enum err
read_level(const struct cli *c, struct asked *a)
{
	static const char *const names[] = { [LEVEL_SIGNED] = "signed",
		[LEVEL_ATTESTED] = "attested",
		[LEVEL_PUBLIC] = "public",
		[LEVEL_FRESH] = "fresh" };
	/* Nobody who brings a checkpoint means it to be passed over. */
	static const char *const fresh[] = { "max-age", "checkpoint" };
	const char *level = command_value(c, "level");
	const char *path = command_value(c, "checkpoint");
	struct chain_verify_opts *o = &a->opts;

	o->level = LEVEL_PUBLIC;
	o->wanted = level != NULL;
	for (enum level l = LEVEL_SIGNED; level && l <= LEVEL_FRESH; l++)
		if (strcmp(level, names[l]) == 0)
			o->level = l;
	for (size_t i = 0; i < 2 && o->level != LEVEL_FRESH; i++)
		if (command_is(c, fresh[i]))
			return fail_with(ERR_USAGE,
			    "--%s is for --level fresh.", fresh[i]);
	o->now = value_now();
	o->max_age = FRESH_AGE;
	TRY(value_time(c, "at", &o->now));
	TRY(value_duration(c, "max-age", &o->max_age));
	return path ? file_read(path, NOTE_MAX, &o->checkpoint) : OK;
}

/* As many as there are processors, within reason. */
static unsigned
own_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 8 ? 8 : (unsigned)n;
}

static enum err
read_asked(const struct cli *c, struct asked *a)
{
	uint64_t threads = own_threads();

	TRY(root_options(c, a->root, &a->opts.root_n));
	TRY(maker_options(c, &a->maker));
	a->opts.evidence_root = a->maker.root;
	a->opts.evidence_root_n = a->maker.root_n;
	TRY(value_uint(c, "threads", 1, CHAIN_VERIFY_THREADS, &threads));
	a->opts.root = a->root;
	a->opts.threads = (unsigned)threads;
	a->opts.refuse_disputed = command_is(c, "refuse-disputed");
	TRY(read_level(c, a));
	TRY(read_pin(c, a));
	TRY(read_pin_entry(c, a));
	TRY(read_state(c, a));
	if (command_is(c, "pcrs") && a->opts.chain == NULL) {
		return fail_with(ERR_PIN_NEEDED,
		    "Whoever has an image can put its PCRs into a chain of "
		    "his own.");
	}
	TRY(revocation_file_options(c, &a->revocations));
	a->opts.revocation = a->revocations.statement;
	a->opts.revocation_n = a->revocations.n;
	return OK;
}

/* The PCRs that the caller expects, against those in force. */
static enum err
compare_pcrs(const struct cli *c, struct chain_verify_result *r)
{
	const char *path = command_value(c, "pcrs");
	struct view_pcrs_buf buf;
	struct release release;
	struct pcrs p;

	if (path == NULL || r->err != OK)
		return OK;
	if (r->st->release_n == 0) {
		r->err = ERR_PCRS_OTHER;
		return OK;
	}
	TRY(state_release(r->st, &release));
	TRY(pcr_file_read(path, release.pcrs.mask, &buf, &p));
	if (!pcr_eq(&p, &release.pcrs))
		r->err = ERR_PCRS_OTHER;
	return OK;
}

/* Evidence that the log of this chain has shown two histories. */
static enum err
hear_split(const struct cli *c, struct chain_verify_result *r)
{
	const char *path = command_value(c, "split");
	struct policy *p = mem_new(sizeof *p);
	struct witness_set *w = mem_new(sizeof *w);
	struct span s;
	enum err e;

	if (path == NULL || r->err != OK)
		return OK;
	TRY(state_policy(r->st, p));
	if (!p->has_witnesses)
		return fail_with(ERR_USAGE,
		    "The chain's policy names no log that %s could be about; "
		    "`encl chain split %s --log VKEY` asks about any.",
		    path, path);
	TRY(witness_set_of(p, &r->st->chain, w));
	TRY(file_read(path, SPLIT_MAX, &s));
	e = split_verify(s, &w->log);
	if (e != OK)
		return fail_with(e, "%s convicts nobody.", path);
	r->err = ERR_SPLIT;
	return OK;
}

static enum err
keep_state(const struct cli *c, const struct state *st)
{
	const char *path = command_value(c, "state");
	struct remember r = { st->chain, { st->next_seq - 1, st->head } };

	return path ? remember_write(path, &r) : OK;
}

/* Whatever keeps a chain from verifying is exit code 3, but what kept us from
 * looking is not. */
static enum err
verdict(const struct chain_verify_result *r)
{
	switch ((int)err_class(r->err)) {
	case ERR_CLASS_OK:
		return OK;
	case ERR_CLASS_BUG:
	case ERR_CLASS_RETRY:
		return r->err;
	default:
		if (hint_of(r->err) != NULL)
			fail_hint("%s", hint_of(r->err));
		return fail_with(ERR_CHAIN_REFUSED, "%s",
		    chain_report_failure(r));
	}
}

static enum err
report(const struct cli *c, const struct asked *a)
{
	const struct chain_verify_result *r = &a->result;
	uint64_t now = a->opts.now;

	if (c->format != FORMAT_TABLE)
		return out_json(c, chain_report_json(r, now));
	chain_report_text(r, now);
	return OK;
}

static enum err
read_and_verify(const char *path, struct chain_verify *v)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0) {
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	}
	e = chain_verify_fd(v, fd);
	if (e == ERR_FILE_READ)
		e = fail_with(e, "%s: %s", path, strerror(errno));
	if (!is_stdin)
		(void)close(fd);
	return e == ERR_FILE_READ ? e : OK;
}

static enum err
judge(struct cli *c, struct asked *a, struct chain_verify *v)
{
	TRY(read_and_verify(command_arg(c, 0), v));
	a->result = *chain_verify_result(v);
	TRY(compare_pcrs(c, &a->result));
	TRY(hear_split(c, &a->result));
	TRY(report(c, a));
	if (a->result.err == OK)
		TRY(keep_state(c, a->result.st));
	return verdict(&a->result);
}

enum err
cmd_chain_verify_run(struct cli *c)
{
	static struct asked a;
	struct chain_verify *v;
	enum err e;

	TRY(read_asked(c, &a));
	TRY(chain_verify_open(&a.opts, &v));
	e = judge(c, &a, v);
	chain_verify_free(v);
	return e;
}
