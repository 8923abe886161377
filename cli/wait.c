/* SPDX-License-Identifier: ISC */
#include "wait.h"

#include <time.h>

#include "fail.h"
#include "history.h"
#include "mem.h"
#include "out.h"
#include "state_text.h"
#include "value.h"
#include "view/view.h"

#define PAUSE_MS 1000
#define GRACE_MS 5000 /* a receipt of the last moment may be on its way */

static enum err
where(const struct target *t, const struct h32 *stage, enum history_end *end)
{
	const struct history_row *row;

	TRY(history_find(t, mem_hex(h32_span(stage)), &row));
	*end = row->end;
	return OK;
}

/* Done, or what it came to instead; ERR_WAIT_OVER: not yet. */
static enum err
reached(enum wait_for what, enum history_end end)
{
	bool closed = end != HISTORY_STAGED && end != HISTORY_NOTICED;
	bool released = end == HISTORY_IN_FORCE || end == HISTORY_RETIRED;

	if (released || (what == WAIT_NOTICED && end == HISTORY_NOTICED) ||
	    (what == WAIT_CLOSED && closed))
		return OK;
	if (!closed)
		return ERR_WAIT_OVER;
	if (end == HISTORY_LAPSED)
		return ERR_EXPIRED;
	return fail_with(ERR_REVOKED, "It was %s.", history_end_text(end));
}

/* The server's head, which may be a lie: it only says when to look. */
static enum err
moved(const struct target *t, bool *yes)
{
	json_t *j;
	const char *head;
	struct h32 now;

	TRY(api_get(t->conf, target_path(t, ""), &j));
	head = json_string_value(json_object_get(j, "head"));
	*yes = head != NULL && view_bytes_unh32(head, &now) &&
	       !h32_eq(&now, &t->st->head);
	json_decref(j);
	return OK;
}

static void
sleep_ms(uint64_t ms)
{
	const struct timespec ts = { (time_t)(ms / 1000),
		(long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* When the open stage expires. */
static uint64_t
expiry(const struct target *t)
{
	struct stage *g = mem_new(sizeof *g);

	return t->st->phase != PHASE_OPEN && state_stage(t->st, g) == OK
		   ? g->expires
		   : UINT64_MAX;
}

/* Nobody is there to let a first release lapse. */
static enum err
expired(const struct target *t, uint64_t now, uint64_t expires)
{
	if (t->st->release_n > 0 || now - expires < GRACE_MS)
		return OK;
	fail_hint("--replace stages it anew");
	return fail_with(ERR_EXPIRED, "No enclave accepted it until %s.",
	    value_time_text(expires));
}

static enum err
next_move(const struct cli *c, struct target *t, uint64_t end)
{
	uint64_t expires = expiry(t);
	bool yes = false, told = value_now() > expires;

	while (!yes) {
		uint64_t now = value_now();

		if (now >= end)
			return ERR_WAIT_OVER;
		if (now > expires) {
			TRY(expired(t, now, expires));
			if (!told)
				out_talk("it has expired\n");
			told = true;
		}
		sleep_ms(end - now < PAUSE_MS ? end - now : PAUSE_MS);
		TRY(moved(t, &yes));
	}
	return target_again(c, t);
}

enum err
wait_stage(const struct cli *c, struct target *t, const struct h32 *stage,
    enum wait_for what, uint64_t limit)
{
	uint64_t end = limit > 0 ? value_now() + limit : UINT64_MAX;
	enum history_end now;
	enum err e;

	for (;;) {
		TRY(where(t, stage, &now));
		e = reached(what, now);
		if (e == OK)
			out_talk("%s: %s\n", t->name, history_end_text(now));
		if (e != ERR_WAIT_OVER)
			return e;
		if (state_text_waiting(t)[0] != '\0')
			out_talk("waiting for: %s\n", state_text_waiting(t));
		TRY(next_move(c, t, end));
	}
}

enum err
wait_option(const struct cli *c, struct target *t, const struct h32 *stage)
{
	const char *s = command_value(c, "wait");
	uint64_t limit = 0;

	if (s != NULL && s[0] != '\0')
		TRY(value_duration(c, "wait", &limit));
	TRY(target_again(c, t));
	return wait_stage(c, t, stage, WAIT_RELEASED, limit);
}
