/* SPDX-License-Identifier: ISC */
#include "agenda.h"

/* The code that must answer: what is in force, or what is staged. */
static enum err
put_pcr0(const struct state *st, bool of_stage, uint8_t pcr0[PCR_SIZE])
{
	struct release r;
	struct stage g;

	if (of_stage) {
		TRY(state_stage(st, &g));
		r = g.release;
	} else {
		TRY(state_release(st, &r));
	}
	if (!(r.pcrs.mask & 1))
		return ERR_INTERNAL;
	memcpy(pcr0, r.pcrs.value[0], PCR_SIZE);
	return OK;
}

enum err
agenda_of(const struct state *st, uint64_t now, struct agenda *g)
{
	struct due due[3];
	size_t n = rules_due(st, due);

	g->due_at = 0;
	g->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct agenda_task *t = &g->task[g->n];

		if (due[i].from > now) {
			if (!g->due_at || due[i].from < g->due_at)
				g->due_at = due[i].from;
			continue;
		}
		if (due[i].until < now)
			continue;
		t->role = due[i].role;
		t->from = due[i].from;
		t->until = due[i].until;
		t->witnessed = due[i].witnessed;
		TRY(put_pcr0(st, due[i].of_stage, t->pcr0));
		g->n++;
	}
	return OK;
}
