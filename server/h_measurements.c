/* SPDX-License-Identifier: ISC */
#include "chain/text.h"
#include "db_measurement.h"
#include "handlers.h"
#include "page.h"
#include "view/view.h"

/* What became of a stage, as far as the chain's present state tells. */
static const char *
status_of(const struct db_measurement *m, const struct state *now,
    const struct stage *g)
{
	if (now->phase != PHASE_OPEN && now->stage_seq == m->seq)
		return "staged";
	if (span_eq(g->release.bytes, span_of(now->release, now->release_n)))
		return "in_force";
	return "past";
}

static json_t *
use_view(const struct db_measurement *m, struct entry *e, struct state *now)
{
	struct stage g;

	if (entry_decode(m->entry, e) != OK ||
	    stage_decode(e->payload, &g) != OK ||
	    state_decode(m->state, now) != OK)
		return NULL;
	return json_pack("{s:o,s:I,s:o,s:o,s:s}", "chain",
	    view_bytes_h32(&m->chain), "seq", (json_int_t)m->seq, "stage",
	    view_bytes_h32(&m->stage), "version",
	    view_bytes_text(g.release.version), "status",
	    status_of(m, now, &g));
}

/* "CHAIN.SEQ", as `next` gives it. */
static enum err
cursor(const char *after, bool *is, struct h32 *chain, uint64_t *seq)
{
	*is = after[0] != '\0';
	*seq = 0;
	if (!*is)
		return OK;
	if (strlen(after) < 66 || after[64] != '.' ||
	    !text_unhex(span_of(after, 64), chain->b, sizeof chain->b))
		return ERR_QUERY_BAD;
	return page_after_uint(after + 65, seq);
}

static char *
next_cursor(struct req *q, const struct db_measurement *m)
{
	char chain[65];
	struct out o = out_of(chain, sizeof chain);

	text_hex(&o, h32_span(&m->chain));
	return arena_printf(q->arena, "%s.%llu", chain,
	    (unsigned long long)m->seq);
}

enum err
h_measurements_find(struct req *q, struct reply *r)
{
	struct entry *e = arena_new(q->arena, sizeof *e);
	struct state *now = arena_new(q->arena, sizeof *now);
	uint8_t pcr0[PCR_SIZE];
	struct db_measurement *m;
	const char *after;
	struct h32 chain;
	uint64_t seq;
	size_t limit, n;
	bool is;
	json_t *items;

	if (e == NULL || now == NULL)
		return ERR_OUT_OF_MEMORY;
	if (!text_unhex(q->arg[0], pcr0, sizeof pcr0))
		return ERR_NOT_FOUND;
	TRY(page_query(q, NULL, &limit, &after));
	TRY(cursor(after, &is, &chain, &seq));
	TRY(db_measurement_list(q->db, q->arena, 0, pcr0, is ? &chain : NULL,
	    seq, limit + 1, &m, &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, use_view(&m[i], e, now));
	return page_reply(q, r, items,
	    n > limit ? next_cursor(q, &m[limit - 1]) : NULL);
}
