/* SPDX-License-Identifier: ISC */
#include "cmd_checkpoint.h"

#include "chain/split.h"
#include "fail.h"
#include "file.h"
#include "leaves.h"
#include "mem.h"
#include "out.h"
#include "tip.h"
#include "tip_fetch.h"
#include "value.h"
#include "view/put.h"
#include "view/view.h"

#define SOURCES 16

/* A checkpoint, and who brought it. */
struct brought {
	const char *from; /* "the server", or a URL */
	struct span note;
	struct tip t;
	enum err err;
};

struct asking {
	struct target t;
	uint64_t now, max_age; /* now: when what is judged was asked for */
	size_t n;
	struct brought by[1 + SOURCES]; /* the server's first, if it has one */
};

/* The first look may have been a moment too early: then the chain is fetched
 * once more. */
static enum err
judge(const struct cli *c, struct asking *a, struct brought *b)
{
	/* The age counts for what the server says; others may rest. */
	uint64_t age = b == a->by ? a->max_age : UINT64_MAX;

	b->err = tip_judge(a->t.st, b->note, a->now, age, &b->t);
	if (b->err == OK && b->t.place == TIP_AHEAD) {
		TRY(target_again(c, &a->t));
		b->err = tip_judge(a->t.st, b->note, a->now, age, &b->t);
	}
	if (b->err == OK && b->t.place == TIP_BEHIND)
		b->err = tip_prefix(&b->t, a->t.file);
	if (b->err == OK && b->t.place == TIP_AHEAD)
		b->err = ERR_TAIL_HIDDEN;
	/* It is young; and a witness has its own cosignature alone. */
	if (b->err == ERR_WITNESSES_FEW)
		b->err = b == a->by ? ERR_WITNESSES_WAIT : OK;
	return OK;
}

static enum err
ask_server(const struct cli *c, struct asking *a)
{
	struct brought *b = &a->by[0];
	bool found;

	a->now = value_now();
	TRY(tip_fetch_server(&a->t, a->max_age, &b->note, &found));
	if (!found)
		return fail_with(ERR_CHECKPOINT_MISSING,
		    "The server has no checkpoint of %s.", a->t.name);
	b->from = "the server";
	a->n = 1;
	return judge(c, a, b);
}

static enum err
origin_of(const struct asking *a, struct span *origin)
{
	struct policy *p = mem_new(sizeof *p);
	struct out o = mem_out(WITNESS_ORIGIN_MAX);

	*origin = a->by[0].t.c.origin;
	TRY(state_policy(a->t.st, p));
	if (!p->has_witnesses)
		return OK;
	witness_origin(&o, p->log_name, &a->t.chain);
	*origin = out_span(&o);
	return OK;
}

static enum err
ask_others(const struct cli *c, struct asking *a)
{
	const char *url[SOURCES];
	size_t n = command_values(c, "from", url, SOURCES);
	struct span origin;
	bool found;

	TRY(origin_of(a, &origin));
	for (size_t i = 0; i < n; i++) {
		struct brought *b = &a->by[a->n];

		a->now = value_now();
		TRY(tip_fetch_witness(a->t.conf, url[i], origin, &b->note,
		    &found));
		b->from = url[i];
		if (!found) {
			out_talk("%s knows nothing of this chain\n", url[i]);
			continue;
		}
		a->n++;
		TRY(judge(c, a, b));
	}
	return OK;
}

static const char *
place_text(const struct asking *a, const struct tip *t)
{
	switch (t->place) {
	case TIP_OVER:
		return "all entries that there are";
	case TIP_BEHIND:
		return mem_printf("%llu entries fewer than there are",
		    (unsigned long long)(a->t.st->next_seq - t->c.size));
	case TIP_AHEAD:
		break;
	}
	return mem_printf("%llu entries more than the server shows",
	    (unsigned long long)(t->c.size - a->t.st->next_seq));
}

static void
print_one(const struct asking *a, const struct brought *b)
{
	const struct tip *t = &b->t;

	out_data("checkpoint from %s\n", out_name(b->from));
	if (t->c.origin.n == 0) {
		out_data("  cannot be read: %s\n", err_sentence(b->err));
		return;
	}
	out_data("  origin     %s%s\n", out_line(mem_string(t->c.origin)),
	    t->named ? "" : " (the policy names no log: unverified)");
	out_data("  size       %llu: %s\n", (unsigned long long)t->c.size,
	    place_text(a, t));
	out_data("  root       %s\n", mem_hex(h32_span(&t->c.root)));
	if (tip_text(t)[0])
		out_data("  cosigned   %s\n", out_line(tip_text(t)));
	if (tip_missing(t)[0])
		out_data("  not yet    %s\n", out_line(tip_missing(t)));
	if (t->witnessed > 0)
		out_data("  witnessed  %s, by %llu of %zu as the policy asks\n",
		    value_time_text(t->witnessed),
		    (unsigned long long)t->threshold, t->n);
	if (b->err != OK)
		out_data("  WRONG      %s: %s\n", err_code(b->err),
		    err_sentence(b->err));
}

static json_t *
cosigned_json(const struct tip *t, bool have)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n; i++) {
		json_t *o;

		if ((t->by[i].seconds > 0) != have)
			continue;
		o = json_object();
		put_member(&o, "name", view_bytes_text(t->by[i].name));
		if (have)
			put_member(&o, "at",
			    view_time(t->by[i].seconds * 1000));
		put_item(&list, o);
	}
	return list;
}

static json_t *
one_json(const struct brought *b)
{
	const struct tip *t = &b->t;
	json_t *o = json_object();
	bool read = t->c.origin.n > 0;

	put_member(&o, "from", view_bytes_text(span_str(b->from)));
	put_member(&o, "code", json_string(err_code(b->err)));
	put_member(&o, "origin",
	    read ? view_bytes_text(t->c.origin) : json_null());
	put_member(&o, "size", json_integer((json_int_t)t->c.size));
	put_member(&o, "root", view_bytes_h32(&t->c.root));
	put_member(&o, "verified", json_boolean(t->named));
	put_member(&o, "witnessed_at",
	    t->witnessed ? view_time(t->witnessed) : json_null());
	put_member(&o, "cosigned", cosigned_json(t, true));
	put_member(&o, "missing", cosigned_json(t, false));
	put_member(&o, "note", view_bytes_text(b->note));
	return o;
}

static enum err
show(const struct cli *c, const struct asking *a)
{
	json_t *list;

	if (c->format == FORMAT_TABLE) {
		for (size_t i = 0; i < a->n; i++)
			print_one(a, &a->by[i]);
		return OK;
	}
	list = json_array();
	for (size_t i = 0; i < a->n; i++)
		put_item(&list, one_json(&a->by[i]));
	return out_json(c,
	    json_pack("{s:o,s:I,s:o}", "chain", view_bytes_h32(&a->t.chain),
		"entries", (json_int_t)a->t.st->next_seq, "checkpoints", list));
}

/* What one brought, and beside it what the server itself says. */
static enum err
write_both(const char *path, const struct asking *a, const struct brought *b)
{
	const char *beside = mem_printf("%s.server", path);

	TRY(file_create(path, b->note, 0644));
	out_talk("wrote %s: the checkpoint from %s\n", path, out_name(b->from));
	if (b == a->by)
		return OK;
	TRY(file_create(beside, a->by[0].note, 0644));
	out_talk("wrote %s: the checkpoint from the server\n", beside);
	return OK;
}

/* Some log may have signed both.  What lacks the signature of the log that the
 * policy names shows nothing of it, whoever brought it. */
static bool
contradict(const struct brought *a, const struct brought *b, struct out *o)
{
	o->n = 0;
	o->full = false;
	return a->t.named == b->t.named && a->err != ERR_CHECKPOINT_SIG &&
	       b->err != ERR_CHECKPOINT_SIG &&
	       split_encode(o, a->note, b->note, NULL) == OK;
}

/* Two of these that contradict each other; else the one that is ahead. */
static enum err
evidence(const struct cli *c, const struct asking *a)
{
	const char *path = command_value(c, "evidence");
	struct out o = mem_out(SPLIT_MAX);

	if (path == NULL)
		return OK;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = i + 1; k < a->n; k++) {
			if (!contradict(&a->by[i], &a->by[k], &o))
				continue;
			out_talk("wrote %s: two histories of one size, %s; "
				 "`encl chain split %s` says so to anybody\n",
			    path,
			    a->by[i].t.named ? "signed by one log"
					     : "if one log has signed both",
			    path);
			return file_create(path, out_span(&o), 0644);
		}
	for (size_t i = a->n; i-- > 0;)
		if (a->by[i].err != OK)
			return write_both(path, a, &a->by[i]);
	return OK;
}

/* The server does not even show what was verified here before: no entries to
 * judge checkpoints by, but they can be kept. */
static enum err
hidden(const struct cli *c, struct asking *a)
{
	unsigned long long seq = (unsigned long long)a->t.pin.newest.seq;
	const char *url[SOURCES], *path = command_value(c, "evidence");
	size_t n = command_values(c, "from", url, SOURCES);
	struct brought *b = &a->by[0];
	bool found;

	fail_forget();
	b->from = "the server";
	if (tip_fetch_server(&a->t, UINT64_MAX, &b->note, &found) == OK &&
	    found && checkpoint_decode(b->note, &b->t.c) == OK)
		a->n++;
	for (size_t i = 0; i < n && a->n > 0; i++) {
		b = &a->by[a->n];
		b->from = url[i];
		if (tip_fetch_witness(a->t.conf, url[i], a->by[0].t.c.origin,
			&b->note, &found) == OK &&
		    found)
			a->n++;
	}
	fail_forget();
	if (path != NULL && a->n > 0)
		TRY(write_both(path, a, &a->by[a->n - 1]));
	return fail_with(ERR_TAIL_HIDDEN,
	    "Entry %llu, which was verified here before, is not in what it "
	    "shows.",
	    seq);
}

/* What passes by itself must not hide what does not. */
static enum err
verdict(const struct asking *a)
{
	bool waits = false;

	for (size_t i = 0; i < a->n; i++) {
		const struct brought *b = &a->by[i];

		waits |= b->err == ERR_WITNESSES_WAIT;
		if (b->err == ERR_WITNESSES_WAIT)
			continue;
		if (b->err == ERR_TAIL_HIDDEN && i > 0)
			return fail_with(b->err,
			    "%s has seen %llu entries, and the server shows "
			    "%llu.",
			    out_name(b->from), (unsigned long long)b->t.c.size,
			    (unsigned long long)a->t.st->next_seq);
		if (b->err != OK)
			return fail_with(b->err, "%s",
			    i == 0 ? "So says the server's own checkpoint."
				   : out_name(b->from));
	}
	if (waits)
		return fail_with(ERR_WITNESSES_WAIT,
		    "So says the server's own checkpoint.");
	return OK;
}

enum err
cmd_checkpoint_run(struct cli *c)
{
	struct asking *a = mem_new(sizeof *a);
	const char *path = command_value(c, "out");
	enum err e;

	a->max_age = UINT64_MAX;
	TRY(value_duration(c, "max-age", &a->max_age));
	e = target_get(c, command_arg(c, 0), &a->t);
	if (e == ERR_PIN_MISSING)
		return hidden(c, a);
	TRY(e);
	TRY(ask_server(c, a));
	TRY(ask_others(c, a));
	TRY(show(c, a));
	TRY(evidence(c, a));
	TRY(verdict(a));
	return path != NULL ? file_replace(path, a->by[0].note, 0644) : OK;
}

/* Of two sizes, with the entries of the larger. */
static enum err
encode(const struct cli *c, struct out *o, struct span a, struct span b)
{
	const char *path = command_value(c, "chain");
	struct leaves *l = mem_new(sizeof *l);
	struct merkle_source tree;
	struct span file;
	enum err e;

	if (path == NULL)
		return split_encode(o, a, b, NULL);
	TRY(file_read(path, API_BUNDLE_MAX, &file));
	TRY(leaves_read(file, 0, l));
	tree = leaves_source(l);
	e = split_encode(o, a, b, &tree);
	if (e == ERR_MERKLE_PROOF || e == ERR_CHECKPOINT_SIZE)
		return fail_with(e,
		    "%s does not have the entries of the "
		    "larger checkpoint.",
		    path);
	return e;
}

static enum err
make(const struct cli *c)
{
	const char *path = command_value(c, "out");
	struct out o = mem_out(SPLIT_MAX);
	struct span a, b;
	enum err e;

	if (path == NULL || command_is(c, "log"))
		return fail_with(ERR_USAGE,
		    "Two checkpoints make evidence: --out FILE. One file of "
		    "evidence is verified: --log VKEY.");
	TRY(file_read(command_arg(c, 0), NOTE_MAX, &a));
	TRY(file_read(command_arg(c, 1), NOTE_MAX, &b));
	e = encode(c, &o, a, b);
	if (e == ERR_SPLIT_NONE && !command_is(c, "chain"))
		return fail_with(e, "Of two sizes the larger one's entries are "
				    "needed too: --chain FILE.");
	TRY(e);
	TRY(file_create(path, out_span(&o), 0644));
	out_talk("wrote %s; `encl chain split %s --log VKEY` says whom it "
		 "convicts\n",
	    path, path);
	return OK;
}

static enum err
print_convicted(const struct cli *c, const struct split *s)
{
	const char *longer = "";

	if (c->format != FORMAT_TABLE)
		return out_json(c,
		    json_pack("{s:s,s:o,s:I,s:I,s:o,s:o}", "verdict",
			"convicted", "log", view_bytes_text(s->a.origin),
			"size", (json_int_t)s->a.size, "larger",
			(json_int_t)s->b.size, "a", view_bytes_h32(&s->a.root),
			"b", view_bytes_h32(&s->other)));
	if (s->b.size > s->a.size)
		longer = mem_printf(", with which one of %llu begins",
		    (unsigned long long)s->b.size);
	out_data("CONVICTED: the log %s has signed two histories of %llu "
		 "entries\n  root       %s\n  and        %s%s\n",
	    out_line(mem_string(s->a.origin)), (unsigned long long)s->a.size,
	    mem_hex(h32_span(&s->a.root)), mem_hex(h32_span(&s->other)),
	    longer);
	return OK;
}

static enum err
convict(const struct cli *c)
{
	const char *vkey = command_value(c, "log");
	struct split *split = mem_new(sizeof *split);
	struct note_key k;
	struct span s;

	if (vkey == NULL || command_is(c, "chain"))
		return fail_with(ERR_USAGE,
		    "--log VKEY names the log, NAME+HEX+BASE64; `encl policy "
		    "show` prints it.");
	TRY(note_vkey_decode(span_str(vkey), &k));
	TRY(file_read(command_arg(c, 0), SPLIT_MAX, &s));
	TRY(split_decode(s, split));
	TRY(split_verify(s, &k));
	return print_convicted(c, split);
}

enum err
cmd_checkpoint_split(struct cli *c)
{
	return c->arg_n == 2 ? make(c) : convict(c);
}
