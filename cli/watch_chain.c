/* SPDX-License-Identifier: ISC */
#include "watch_chain.h"

#include "fail.h"
#include "mem.h"
#include "state_text.h"
#include "value.h"
#include "view/view.h"
#include "watch_look.h"
#include "watch_tell.h"

/* What an error of a step means: of this machine, else of the server or what
 * it serves. */
static bool
of_this_machine(enum err e)
{
	return e == ERR_FILE_READ || e == ERR_FILE_WRITE ||
	       e == ERR_FILE_EXISTS || e == ERR_WATCH_STATE ||
	       err_class(e) == ERR_CLASS_BUG || err_class(e) == ERR_CLASS_RETRY;
}

enum err
watch_look_tell(const struct look *l, const char *type, enum err code,
    const char *text, const char *evidence, json_t *data)
{
	const struct watch_event v = { .type = type,
		.code = code,
		.chain = &l->ch->t.chain,
		.name = l->ch->t.name,
		.entries = l->at ? l->at : l->k.st.next_seq,
		.text = text,
		.evidence = evidence,
		.data = data };

	return watch_tell(l->w->c, l->w->exec, &v);
}

/* A chain that was there and is gone is a history that is kept back; one that
 * never was is a mistake. */
enum err
watch_look_get(struct look *l, const char *tail, const char *accept, size_t max,
    struct span *s)
{
	enum err e = api_get_bytes(l->ch->t.conf, target_path(&l->ch->t, tail),
	    accept, max, s);

	if (e == ERR_NOT_FOUND && l->k.st.next_seq > 0) {
		l->hiding = true;
		return ERR_PIN_MISSING;
	}
	l->away = e != OK;
	return e;
}

static enum err
tell_first(struct look *l)
{
	const struct state *st = &l->k.st;

	l->k.caught_up = true;
	TRY(watch_look_tell(l, "chain.followed", OK,
	    mem_printf("%s verified; %s.",
		st->next_seq == 1 ? "1 entry was"
				  : mem_printf("%llu entries were",
					(unsigned long long)st->next_seq),
		st->phase == PHASE_OPEN ? "nothing is pending"
					: "a change is pending"),
	    NULL, view_state(st, l->held, 0)));
	return watch_store_write(l->w->dir, &l->k);
}

static enum err
look(struct look *l)
{
	TRY(watch_entries_take(l));
	TRY(watch_loose_take(l));
	TRY(watch_tip_take(l));
	return l->k.caught_up ? OK : tell_first(l);
}

/* What keeps a server from being asked is told once it has lasted. */
static enum err
away(struct look *l, enum err e)
{
	struct watch_chain *ch = l->ch;

	if (ch->away == OK)
		ch->away_at = value_now();
	ch->away = e;
	if (ch->away_told || value_now() - ch->away_at < l->w->patience)
		return OK;
	ch->away_told = true;
	return watch_look_tell(l, "chain.unreachable", e,
	    mem_printf("The server has not answered for %s: %s%s%s",
		value_duration_text(l->w->patience), err_sentence(e),
		fail_detail()[0] ? " " : "", fail_detail()),
	    NULL, NULL);
}

static const char *
sentence(const struct look *l, enum err e)
{
	unsigned long long n = (unsigned long long)l->k.st.next_seq;

	if (l->hiding)
		return mem_printf(
		    "The server hides entries: it shows fewer of this chain "
		    "than the %llu that were verified here before.",
		    n);
	if (e == ERR_SPLIT)
		return "The log has signed two histories of one length: the "
		       "evidence convicts it before anybody.";
	if (e == ERR_CHECKPOINT_ROOT && l->unnamed)
		return "The server shows a checkpoint of another history. No "
		       "policy names its log, so whose it is, nobody can say.";
	if (e == ERR_CHECKPOINT_ROOT)
		return "The server's log has signed another history than the "
		       "one that the server shows.";
	if (e == ERR_CHECKPOINT_STALE || e == ERR_WITNESSES_FEW ||
	    e == ERR_CHECKPOINT_MISSING)
		return "Nobody vouches any more that this is the newest: no "
		       "checkpoint of enough witnesses over the newest entry "
		       "is as young as --max-age asks. Newer entries may be "
		       "kept back.";
	if (e == ERR_CHECKPOINT_TIME)
		return "The newest checkpoint is from later than it is here: "
		       "this machine's clock is wrong, or the witnesses' "
		       "are, so nobody can say how old it is.";
	if (e == ERR_PIN_MISSING)
		return mem_printf("The server shows another history: entry "
				  "%llu, which was "
				  "verified here before, is not in it.",
		    n - 1);
	return mem_printf("What the server shows does not verify: %s%s%s%s",
	    err_sentence(e), fail_detail()[0] ? " (" : "", fail_detail(),
	    fail_detail()[0] ? ")" : "");
}

/* What was verified stays as it is: nothing of this goes into the state but
 * that it was told. */
static enum err
wrong(struct look *l, enum err e)
{
	const char *path = NULL, *says = sentence(l, e);

	l->ch->wrong = e;
	if (l->k.wrong == e)
		return OK;
	fail_forget();
	if (e == ERR_PIN_MISSING)
		watch_tip_convict(l);
	if (l->shown.n > 0)
		TRY(watch_store_evidence(l->w->dir, &l->k.chain,
		    mem_printf("%s-%llu.%s", err_code(e),
			(unsigned long long)l->k.st.next_seq,
			l->split        ? "split"
			: l->note.n > 0 ? "checkpoint"
					: "entries"),
		    l->shown, &path));
	TRY(watch_look_tell(l,
	    l->w->strange && l->k.st.next_seq == 0 ? "chain.unverified"
						   : "chain.wrong",
	    e, says, path, NULL));
	l->k.wrong = e;
	return watch_store_write(l->w->dir, &l->k);
}

static enum err
right(struct look *l)
{
	struct watch_chain *ch = l->ch;

	if (ch->away_told)
		TRY(watch_look_tell(l, "chain.reachable", OK,
		    "The server answers again.", NULL, NULL));
	ch->away = ch->wrong = OK;
	ch->away_told = false;
	if (l->k.wrong == OK)
		return OK;
	l->k.wrong = OK;
	TRY(watch_look_tell(l, "chain.right", OK,
	    "The server shows the history again that was verified here.", NULL,
	    NULL));
	return watch_store_write(l->w->dir, &l->k);
}

static enum err
judge(struct look *l)
{
	struct watch_chain *ch = l->ch;
	enum err e = look(l);

	ch->pending = l->k.st.next_seq > 0 && l->k.st.phase != PHASE_OPEN;
	ch->disputed = l->k.disputed;
	ch->entries = l->k.st.next_seq;
	ch->head = l->k.st.head;
	if (e == OK)
		return right(l);
	if (l->away)
		return away(l, e);
	return of_this_machine(e) ? e : wrong(l, e);
}

enum err
watch_chain_look(const struct watch *w, struct watch_chain *ch)
{
	void *mark = mem_mark();
	struct look *l = mem_new(sizeof *l);
	enum err e;

	ch->looked_at = value_now();
	l->w = w;
	l->ch = ch;
	e = target_roots(w->c, &ch->t, l->root, &l->root_n);
	if (e == OK)
		e = watch_store_read(w->dir, &ch->t.chain, &l->k);
	if (e == OK)
		e = judge(l);
	if (e == OK)
		fail_forget();
	mem_release(mark);
	return e;
}
