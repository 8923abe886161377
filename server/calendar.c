/* SPDX-License-Identifier: ISC */
#include "calendar.h"

#include <stdarg.h>
#include <stdio.h>

#include "atom.h"
#include "chain/text.h"
#include "markup.h"

#define PART (VIEW_EVENT_TEXT + 64) /* and what calendars say beside */

/* What is known of a stage after some of its entries. */
struct window {
	bool some;
	struct h32 id; /* of the stage, or of the chain itself */
	uint64_t sequence, stamp, begins, ends;
	const char *status;
	bool open; /* nothing ended it yet */
	char url[200];
	struct out summary, text;
	char summary_p[PART], text_p[PART];
};

static void line(struct out *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
line(struct out *o, const char *fmt, ...)
{
	char text[512];
	va_list v;
	int n;

	va_start(v, fmt);
	n = vsnprintf(text, sizeof text, fmt, v);
	va_end(v);
	o->full |= n < 0 || (size_t)n >= sizeof text;
	if (!o->full)
		markup_ics_line(o, span_of(text, (size_t)n));
}

/* A property whose value is text that people wrote. */
static void
text_line(struct out *o, const char *name, struct span text)
{
	char part[3 * PART];
	struct out l = out_of(part, sizeof part);

	out_put(&l, name, strlen(name));
	out_put(&l, ":", 1);
	markup_ics(&l, text);
	o->full |= l.full;
	markup_ics_line(o, out_span(&l));
}

/* Whole seconds; what begins does not begin too early. */
static void
time_line(struct out *o, const char *name, uint64_t ms)
{
	char t[VIEW_TIME_SIZE];

	view_time_text((ms + 999) / 1000 * 1000, t);
	line(o, "%s:%.4s%.2s%.2sT%.2s%.2s%.2sZ", name, t, t + 5, t + 8, t + 11,
	    t + 14, t + 17);
}

static void
alarm_lines(struct out *o, const char *trigger, const char *what)
{
	line(o, "BEGIN:VALARM");
	line(o, "ACTION:DISPLAY");
	line(o, "TRIGGER%s", trigger);
	text_line(o, "DESCRIPTION", span_str(what));
	line(o, "END:VALARM");
}

static void
alarms(struct out *o, const struct window *i)
{
	if (!i->open || i->ends <= i->begins)
		return;
	alarm_lines(o, ":-PT24H", "An upgrade can come into force tomorrow.");
	alarm_lines(o, ":PT0S", "An upgrade can come into force from now on.");
	alarm_lines(o, ";RELATED=END:-PT1H",
	    "A staged upgrade expires in an hour.");
}

static void
window_write(struct out *o, const struct window *i, const char *base)
{
	char hex[65];
	struct out h = out_of(hex, sizeof hex);
	struct span host = atom_host(base);

	if (!i->some)
		return;
	text_hex(&h, h32_span(&i->id));
	line(o, "BEGIN:VEVENT");
	line(o, "UID:%.64s@%.*s", hex, (int)host.n, (const char *)host.p);
	line(o, "SEQUENCE:%llu", (unsigned long long)i->sequence);
	time_line(o, "DTSTAMP", i->stamp);
	time_line(o, "LAST-MODIFIED", i->stamp);
	time_line(o, "DTSTART", i->begins);
	if ((i->ends + 999) / 1000 > (i->begins + 999) / 1000)
		time_line(o, "DTEND", i->ends);
	text_line(o, "SUMMARY", out_span(&i->summary));
	text_line(o, "DESCRIPTION", out_span(&i->text));
	line(o, "URL:%s", i->url);
	line(o, "STATUS:%s", i->status);
	line(o, "TRANSP:TRANSPARENT");
	alarms(o, i);
	line(o, "END:VEVENT");
}

static void
say(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

static void
summarize(struct window *i, const struct view_event_of *v)
{
	i->summary = out_of(i->summary_p, PART);
	out_put(&i->summary, v->now->label, v->now->label_n);
	if (v->stage && v->stage->has_release) {
		say(&i->summary, ": upgrade to ");
		out_put(&i->summary, v->stage->release.version.p,
		    v->stage->release.version.n);
	} else if (v->stage) {
		say(&i->summary, ": new policy");
	} else {
		say(&i->summary, ": the chain begins");
	}
	i->text = out_of(i->text_p, PART);
	view_event_text(&i->text, v);
}

/* When the window opens, as far as it is known: the chain's own answer for the
 * stage that it waits for, else the earliest that it can be. */
static uint64_t
opens(const struct window *i, const struct view_event_of *v)
{
	uint64_t known = 0, after;

	if (v->now->phase != PHASE_OPEN &&
	    h32_eq(&v->now->stage_id, &v->stage_id))
		known = view_state_earliest(v->now, v->stage);
	if (known)
		return known;
	if (i->begins)
		return i->begins;
	after = v->received + v->stage->delay;
	return after > v->stage->not_before ? after : v->stage->not_before;
}

static void
take_stage(struct window *i, const struct view_event_of *v)
{
	enum view_event kind = view_event_kind(v);

	i->sequence = v->entry->seq - v->stage_seq;
	i->begins = opens(i, v);
	i->ends = v->stage->expires;
	i->open = true;
	if (kind == VIEW_EVENT_NOTICED || v->noticed)
		i->status = "CONFIRMED";
	if (kind == VIEW_EVENT_RELEASED) {
		i->begins = i->ends = v->received;
		i->status = "CONFIRMED";
		i->open = false;
	}
	if (kind == VIEW_EVENT_REVOKED || kind == VIEW_EVENT_LAPSED) {
		i->status = "CANCELLED";
		i->open = false;
	}
}

static void
take(struct out *o, struct window *i, const struct view_event_of *v)
{
	const struct h32 *id = v->stage ? &v->stage_id : &v->entry->chain;
	char hex[65];
	struct out h = out_of(hex, sizeof hex);

	if (!i->some || !h32_eq(&i->id, id)) {
		if (i->open) { /* another took its place */
			i->status = "CANCELLED";
			i->open = false;
			i->sequence++;
			i->stamp = v->received;
			say(&i->text, " Another stage replaced it.");
		}
		window_write(o, i, v->base);
		i->begins = i->sequence = 0;
		i->open = false;
		i->some = true;
		i->id = *id;
		i->status = v->stage ? "TENTATIVE" : "CONFIRMED";
	}
	i->stamp = v->received;
	text_hex(&h, h32_span(&v->entry->chain));
	(void)snprintf(i->url, sizeof i->url, "%.100s/v1/chains/%.64s", v->base,
	    hex);
	summarize(i, v);
	if (v->stage)
		take_stage(i, v);
	else
		i->begins = i->ends = v->received;
}

enum err
calendar_write(struct out *o, struct telling *t)
{
	struct window *i = arena_new(t->arena, sizeof *i);
	struct view_event_of v;

	if (!i)
		return ERR_OUT_OF_MEMORY;
	line(o, "BEGIN:VCALENDAR");
	line(o, "VERSION:2.0");
	line(o, "PRODID:-//encl//encld//EN");
	line(o, "CALSCALE:GREGORIAN");
	line(o, "METHOD:PUBLISH");
	text_line(o, "X-WR-CALNAME", span_of(t->st->label, t->st->label_n));
	line(o, "REFRESH-INTERVAL;VALUE=DURATION:PT15M");
	for (size_t k = 0; k < t->n; k++) {
		TRY(telling_event(t, k, &v));
		/* Its stage stands further back than what was read. */
		if (!v.stage && v.payload->kind != KIND_GENESIS)
			continue;
		take(o, i, &v);
	}
	window_write(o, i, t->server->settings.public_url);
	line(o, "END:VCALENDAR");
	return o->full ? ERR_NO_SPACE : OK;
}
