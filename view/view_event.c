/* SPDX-License-Identifier: ISC */
#include "view_event.h"

#include <stdio.h>

#include "chain/text.h"
#include "put.h"

bool
view_event_follows(const struct payload *p)
{
	return p->kind != KIND_GENESIS && p->kind != KIND_STAGE;
}

/* What a receipt means: before the first release `accepted` completes, and
 * nothing else can come before `seen`. */
static enum view_event
of_receipt(const struct view_event_of *v)
{
	switch (v->payload->u.receipt.role) {
	case ROLE_SEEN:
		return VIEW_EVENT_NOTICED;
	case ROLE_ACCEPTED:
		return v->noticed ? VIEW_EVENT_ACCEPTED : VIEW_EVENT_RELEASED;
	case ROLE_RELEASED:
		return VIEW_EVENT_RELEASED;
	case ROLE_LAPSED:
	case ROLE_LIVE:
		break;
	}
	return VIEW_EVENT_LAPSED;
}

enum view_event
view_event_kind(const struct view_event_of *v)
{
	if (!v->entry)
		return v->happening;
	switch (v->payload->kind) {
	case KIND_STAGE:
		return VIEW_EVENT_STAGED;
	case KIND_ENDORSE:
		return VIEW_EVENT_ENDORSED;
	case KIND_REVOKE:
		return VIEW_EVENT_REVOKED;
	case KIND_RECEIPT:
		return of_receipt(v);
	case KIND_GENESIS:
		break;
	}
	return VIEW_EVENT_CREATED;
}

static bool
is_policy(const struct view_event_of *v)
{
	return v->stage && !v->stage->has_release;
}

const char *
view_event_type(const struct view_event_of *v)
{
	static const char *const name[][2] = {
		[VIEW_EVENT_CREATED] = { "chain.created", "chain.created" },
		[VIEW_EVENT_STAGED] = { "upgrade.staged", "policy.staged" },
		[VIEW_EVENT_ENDORSED] = { "upgrade.endorsed",
		    "policy.endorsed" },
		[VIEW_EVENT_NOTICED] = { "upgrade.noticed", "policy.noticed" },
		[VIEW_EVENT_ACCEPTED] = { "upgrade.accepted",
		    "policy.accepted" },
		[VIEW_EVENT_RELEASED] = { "upgrade.released",
		    "policy.released" },
		[VIEW_EVENT_LAPSED] = { "upgrade.lapsed", "policy.lapsed" },
		[VIEW_EVENT_REVOKED] = { "upgrade.revoked", "policy.revoked" },
		[VIEW_EVENT_DISPUTED] = { "upgrade.disputed",
		    "policy.disputed" },
		[VIEW_EVENT_READ_ONLY] = { "chain.read_only",
		    "chain.read_only" },
		[VIEW_EVENT_CAUGHT_UP] = { "chain.caught_up",
		    "chain.caught_up" },
	};

	return name[view_event_kind(v)][is_policy(v)];
}

/* Whether the stage of the event is still the one that the chain waits for. */
static bool
is_pending(const struct view_event_of *v)
{
	return v->stage && v->now->phase != PHASE_OPEN &&
	       h32_eq(&v->now->stage_id, &v->stage_id);
}

static json_t *
stage_json(const struct view_event_of *v)
{
	const struct stage *g = v->stage;
	json_t *o = json_object();

	put_member(&o, "id", view_bytes_h32(&v->stage_id));
	put_member(&o, "seq", json_integer((json_int_t)v->stage_seq));
	put_member(&o, "kind",
	    json_string(g->has_release ? "release" : "policy"));
	if (g->has_release) {
		put_member(&o, "release", view_release(&g->release));
	} else {
		put_member(&o, "policy", view_policy(&g->policy));
	}
	put_member(&o, "delay_ms", json_integer((json_int_t)g->delay));
	put_member(&o, "not_before", view_time(g->not_before));
	put_member(&o, "expires", view_time(g->expires));
	if (g->notes.p)
		put_member(&o, "notes", view_bytes_text(g->notes));
	return o;
}

/* Without what the stage itself says: that is in the event about it. */
static json_t *
pending_json(const struct view_event_of *v)
{
	static const char *const not_told[] = { "release", "policy", "from",
		"delay_ms", "not_before", "notes", "backed" };
	json_t *o = view_state_pending(v->now, v->held, 0);

	for (size_t i = 0;
	     json_is_object(o) && i < sizeof not_told / sizeof *not_told; i++)
		(void)json_object_del(o, not_told[i]);
	return o;
}

static json_t *
in_force_json(const struct view_event_of *v)
{
	struct release r;

	if (v->now->release_n == 0 || state_release(v->now, &r) != OK)
		return json_null();
	return view_bytes_text(r.version);
}

/* How the chain stood after it. */
static json_t *
now_json(const struct view_event_of *v)
{
	json_t *o = json_object();

	put_member(&o, "seq", json_integer((json_int_t)v->now->next_seq - 1));
	put_member(&o, "head", view_bytes_h32(&v->now->head));
	put_member(&o, "phase", json_string(view_state_phase(v->now->phase)));
	put_member(&o, "in_force", in_force_json(v));
	put_member(&o, "pending", pending_json(v));
	return o;
}

void
view_event_path(const struct view_event_of *v, char path[VIEW_EVENT_PATH])
{
	char hex[65];
	struct out o = out_of(hex, sizeof hex);

	text_hex(&o, h32_span(&v->now->chain));
	if (v->entry)
		(void)snprintf(path, VIEW_EVENT_PATH,
		    "/v1/chains/%.64s/entries/%llu", hex,
		    (unsigned long long)v->entry->seq);
	else
		(void)snprintf(path, VIEW_EVENT_PATH, "/v1/chains/%.64s%s", hex,
		    v->payload ? "/revocations" : "");
}

static json_t *
url_json(const struct view_event_of *v)
{
	char path[VIEW_EVENT_PATH];

	view_event_path(v, path);
	return json_sprintf("%s%s", v->base, path);
}

static json_t *
text_json(const struct view_event_of *v)
{
	char text[VIEW_EVENT_TEXT];
	struct out o = out_of(text, sizeof text);

	view_event_text(&o, v);
	return o.full ? NULL : view_bytes_text(out_span(&o));
}

static json_t *
data_json(const struct view_event_of *v)
{
	const struct payload *p = v->payload;
	json_t *o = json_object();

	put_member(&o, "chain", view_bytes_h32(&v->now->chain));
	put_member(&o, "label",
	    view_bytes_text(span_of(v->now->label, v->now->label_n)));
	if (v->entry) {
		put_member(&o, "seq", json_integer((json_int_t)v->entry->seq));
		put_member(&o, "entry", view_bytes_h32(&v->entry->id));
	} else {
		put_member(&o, "happening",
		    json_sprintf("%llu", (unsigned long long)v->id));
	}
	put_member(&o, "text", text_json(v));
	put_member(&o, "url", url_json(v));
	if (v->stage)
		put_member(&o, "stage", stage_json(v));
	if (p && p->kind == KIND_REVOKE)
		put_member(&o, "reason", view_bytes_text(p->u.revoke.reason));
	put_member(&o, "now", now_json(v));
	return o;
}

json_t *
view_event_json(const struct view_event_of *v)
{
	json_t *o = json_object();

	put_member(&o, "type", json_string(view_event_type(v)));
	put_member(&o, "timestamp",
	    v->received ? view_time(v->received) : json_null());
	put_member(&o, "data", data_json(v));
	return o;
}

static void
say(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

static void
put_time(struct out *o, uint64_t ms)
{
	char text[VIEW_TIME_SIZE];

	view_time_text(ms, text);
	out_put(o, text, 10);
	say(o, " ");
	out_put(o, text + 11, 5);
	say(o, " UTC");
}

void
view_event_duration(struct out *o, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} unit[] = { { 86400000, "day" }, { 3600000, "hour" },
		{ 60000, "minute" }, { 1000, "second" }, { 1, "millisecond" } };
	char text[48];
	size_t i = 0;

	while (ms % unit[i].ms || (ms < unit[i].ms && unit[i].ms > 1))
		i++;
	(void)snprintf(text, sizeof text, "%llu %s%s",
	    (unsigned long long)(ms / unit[i].ms), unit[i].name,
	    ms == unit[i].ms ? "" : "s");
	say(o, text);
}

/* "Version 1.2 of payments", "The new policy of payments". */
static void
subject(struct out *o, const struct view_event_of *v)
{
	if (is_policy(v)) {
		say(o, "The new policy of ");
	} else if (v->stage) {
		say(o, "Version ");
		out_put(o, v->stage->release.version.p,
		    v->stage->release.version.n);
		say(o, " of ");
	} else {
		say(o, "An upgrade of ");
	}
	out_put(o, v->now->label, v->now->label_n);
}

static void
staged(struct out *o, const struct view_event_of *v)
{
	const struct stage *g = v->stage;
	bool first = v->now->release_n == 0 || v->entry->seq == 1;

	say(o, " was staged. ");
	if (first) {
		say(o, "It is the first; it can come into force from ");
		put_time(o, g->not_before);
	} else {
		say(o, "It can come into force ");
		view_event_duration(o, g->delay);
		say(o, " after the running enclave has seen it, not before ");
		put_time(o, g->not_before);
	}
	say(o, ", and not after ");
	put_time(o, g->expires);
	say(o, ". Until then it can be revoked.");
}

static void
noticed(struct out *o, const struct view_event_of *v)
{
	say(o, " was seen by the running enclave");
	if (is_pending(v) && v->now->phase == PHASE_NOTICED) {
		say(o, ". Unless it is revoked it can come into force from ");
		put_time(o, view_state_earliest(v->now, v->stage));
		say(o, " until ");
		put_time(o, v->stage->expires);
	}
	say(o, ".");
}

static void
revoked(struct out *o, const struct view_event_of *v)
{
	say(o, " was revoked and cannot come into force. Reason given: ");
	out_put(o, v->payload->u.revoke.reason.p,
	    v->payload->u.revoke.reason.n);
}

static void
disputed(struct out *o, const struct view_event_of *v)
{
	say(o,
	    " was revoked, but the revocation came when it was over already: "
	    "the chain is disputed. Reason given: ");
	out_put(o, v->payload->u.revoke.reason.p,
	    v->payload->u.revoke.reason.n);
}

/* What is of the chain, and of no stage; NULL: it is of one. */
static const char *
of_chain(enum view_event kind)
{
	switch (kind) {
	case VIEW_EVENT_CREATED:
		return " begins.";
	case VIEW_EVENT_READ_ONLY:
		return " is read-only. The server's database has less of it, "
		       "or something else, than the server's signer or a "
		       "witness has seen: perhaps it came from an older "
		       "backup. Nothing is added to the chain until that is "
		       "mended.";
	case VIEW_EVENT_CAUGHT_UP:
		return " has caught up. The server's database has again all "
		       "that the server's signer and its witnesses have "
		       "seen, and the chain goes on.";
	case VIEW_EVENT_STAGED:
	case VIEW_EVENT_ENDORSED:
	case VIEW_EVENT_NOTICED:
	case VIEW_EVENT_ACCEPTED:
	case VIEW_EVENT_RELEASED:
	case VIEW_EVENT_LAPSED:
	case VIEW_EVENT_REVOKED:
	case VIEW_EVENT_DISPUTED:
		break;
	}
	return NULL;
}

void
view_event_text(struct out *o, const struct view_event_of *v)
{
	enum view_event kind = view_event_kind(v);

	if (of_chain(kind)) {
		say(o, "The chain of ");
		out_put(o, v->now->label, v->now->label_n);
		say(o, of_chain(kind));
		return;
	}
	subject(o, v);
	switch (kind) {
	case VIEW_EVENT_STAGED:
		staged(o, v);
		break;
	case VIEW_EVENT_ENDORSED:
		say(o, " was endorsed.");
		break;
	case VIEW_EVENT_NOTICED:
		noticed(o, v);
		break;
	case VIEW_EVENT_ACCEPTED:
		say(o, " runs and accepts the hand-over.");
		break;
	case VIEW_EVENT_RELEASED:
		say(o, " is in force.");
		break;
	case VIEW_EVENT_LAPSED:
		say(o, " expired without coming into force.");
		break;
	case VIEW_EVENT_REVOKED:
		revoked(o, v);
		break;
	case VIEW_EVENT_DISPUTED:
		disputed(o, v);
		break;
	case VIEW_EVENT_CREATED:
	case VIEW_EVENT_READ_ONLY:
	case VIEW_EVENT_CAUGHT_UP:
		break;
	}
}
