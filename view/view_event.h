/* SPDX-License-Identifier: ISC */
#ifndef VIEW_EVENT_H
#define VIEW_EVENT_H

#include "view.h"

/*
 * What an entry means to people: the same words in event streams, feeds,
 * calendars, webhooks and mails.
 */
enum view_event {
	VIEW_EVENT_CREATED,
	VIEW_EVENT_STAGED,
	VIEW_EVENT_ENDORSED,
	VIEW_EVENT_NOTICED,
	VIEW_EVENT_ACCEPTED,
	VIEW_EVENT_RELEASED,
	VIEW_EVENT_LAPSED,
	VIEW_EVENT_REVOKED,
	VIEW_EVENT_DISPUTED,
	VIEW_EVENT_READ_ONLY,
	VIEW_EVENT_CAUGHT_UP
};

struct view_event_of {
	/* NULL: something else happened, of the last three kinds, and this is
	 * its number */
	const struct entry *entry;
	enum view_event happening;
	uint64_t id;
	/* Of entry, or of the revocation that came too late; else NULL. */
	const struct payload *payload;
	uint64_t received; /* by the server, Unix ms; 0: left out */
	/* The stage that the entry is about, which may be the entry itself;
	 * NULL: none.  Its name, its place, and whether `seen` stands between.
	 */
	const struct stage *stage;
	struct h32 stage_id;
	uint64_t stage_seq;
	bool noticed;
	const struct state *now; /* of the chain, right after it */
	bool held;               /* view_state's, then */
	const char *base;        /* "https://host", without a '/' at its end */
};

/* The entry is about the stage before it: it is no genesis and no stage. */
bool view_event_follows(const struct payload *p);
enum view_event view_event_kind(const struct view_event_of *v);
/* "upgrade.staged", "policy.released", "chain.created": constant. */
const char *view_event_type(const struct view_event_of *v);
/* Where more of it is, below base: "/v1/chains/CHAIN/entries/5". */
#define VIEW_EVENT_PATH 128
void view_event_path(const struct view_event_of *v, char path[VIEW_EVENT_PATH]);
/* A sentence or two in UTF-8 for people, without a NUL: of fewer bytes than
 * these, for a reason has at most 4000 (FORMAT.md). */
#define VIEW_EVENT_TEXT 5120
void view_event_text(struct out *o, const struct view_event_of *v);
/* {type,timestamp,data:{chain,label,seq,entry,text,url,stage?,reason?,now}},
 * with happening instead of seq and entry where it is none;
 * NULL: no memory. */
json_t *view_event_json(const struct view_event_of *v);

/* "3 days", "90 minutes". */
void view_event_duration(struct out *o, uint64_t ms);

#endif
