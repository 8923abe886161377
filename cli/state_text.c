/* SPDX-License-Identifier: ISC */
#include "state_text.h"

#include "mem.h"
#include "out.h"
#include "root.h"
#include "screen.h"
#include "value.h"
#include "view/view.h"
#include "words.h"

static void
line(const char *head, const char *text)
{
	out_data("  %-12s %s\n", head, text);
}

const char *
state_text_waiting(const struct target *t)
{
	json_t *j = view_state_pending(t->st, t->held, value_now());
	const json_t *list = json_object_get(j, "waiting_for");
	const char *s = "";

	for (size_t i = 0; i < json_array_size(list); i++)
		s = mem_printf("%s%s%s", s, i > 0 ? ", " : "",
		    json_string_value(json_array_get(list, i)));
	json_decref(j);
	return s;
}

static void
in_force(const struct target *t)
{
	struct release *r = mem_new(sizeof *r);

	if (t->st->release_n == 0 || state_release(t->st, r) != OK) {
		line("in force", "nothing yet");
		return;
	}
	line("in force",
	    mem_printf("version %s, since %s (entry %llu)",
		mem_string(r->version), value_time_text(t->st->released_at),
		(unsigned long long)t->st->released_seq));
	screen_pcrs(NULL, &r->pcrs, true);
	line("definition", mem_hex(h32_span(&r->definition)));
	if (r->repo.p != NULL)
		line("source", mem_printf("%s @ %s", mem_string(r->repo),
				   mem_string(r->commit)));
}

static void
show_pending(const struct target *t)
{
	struct policy *now = mem_new(sizeof *now);
	struct release *was = mem_new(sizeof *was);
	struct stage *g = mem_new(sizeof *g);
	const struct state *st = t->st;
	uint64_t earliest;

	if (st->phase == PHASE_OPEN || state_stage(st, g) != OK ||
	    state_policy(st, now) != OK) {
		line("pending", "nothing");
		return;
	}
	line("pending", g->has_release ? mem_printf("version %s",
					     mem_string(g->release.version))
				       : "a change of the policy");
	line("stage", mem_hex(h32_span(&st->stage_id)));
	if (g->has_release)
		screen_pcrs(st->release_n > 0 && state_release(st, was) == OK
				? &was->pcrs
				: NULL,
		    &g->release.pcrs, true);
	else
		screen_policy(now, &g->policy, true);
	if (st->phase == PHASE_NOTICED)
		line("noticed", value_time_text(st->notice));
	earliest = view_state_earliest(st, g);
	if (earliest > 0)
		line("earliest", value_time_text(earliest));
	line("expires", value_time_text(g->expires));
	line("waiting for", state_text_waiting(t));
	line("revocable by", words_revokers(now, !g->has_release, st->backed));
	if (t->held)
		line("REFUSED", "a valid revocation of it is at hand");
}

static void
people(const struct target *t)
{
	struct policy *p = mem_new(sizeof *p);

	out_data("%s\n", t->name);
	line("chain", mem_hex(h32_span(&t->chain)));
	line("head",
	    mem_printf("%s (entry %llu)", mem_hex(h32_span(&t->st->head)),
		(unsigned long long)t->st->next_seq - 1));
	line("verified", mem_printf("here, the whole chain, level %s",
			     t->level >= LEVEL_PUBLIC ? "public" : "attested"));
	line("root", root_text(&t->st->root));
	in_force(t);
	show_pending(t);
	if (state_policy(t->st, p) == OK)
		screen_policy(NULL, p, true);
	if (t->disputed)
		line("DISPUTED",
		    mem_printf("stage %s was revoked after it took effect",
			mem_hex(h32_span(&t->disputed_stage))));
}

enum err
state_text_show(struct cli *c, const struct target *t)
{
	json_t *j;

	if (c->format == FORMAT_TABLE) {
		people(t);
		return OK;
	}
	j = view_state(t->st, t->held, value_now());
	if (j != NULL)
		(void)json_object_set_new(j, "enclave", json_string(t->name));
	if (j != NULL)
		(void)json_object_set_new(j, "disputed",
		    json_boolean(t->disputed));
	return out_json(c, j);
}
