/* SPDX-License-Identifier: ISC */
#include "atom.h"

#include <stdio.h>

#include "chain/text.h"
#include "markup.h"

static void
say(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

static void
element(struct out *o, const char *name, const char *attributes,
    struct span text)
{
	say(o, "<");
	say(o, name);
	say(o, attributes);
	say(o, ">");
	markup_xml(o, text);
	say(o, "</");
	say(o, name);
	say(o, ">\n");
}

static void
time_element(struct out *o, const char *name, uint64_t ms)
{
	char text[VIEW_TIME_SIZE];

	view_time_text(ms, text);
	element(o, name, "", span_str(text));
}

struct span
atom_host(const char *base)
{
	const char *p = strstr(base, "://");
	size_t n;

	p = p ? p + 3 : base;
	if (*p == '[')
		n = strcspn(p, "]") + (strchr(p, ']') != NULL);
	else
		n = strcspn(p, ":/");
	return span_of(p, n);
}

/* The host in lower case: two spellings would be two names. */
static void
id_element(struct out *o, const char *base, const char *path)
{
	char text[512];
	struct out id = out_of(text, sizeof text);
	struct span host = atom_host(base);

	say(&id, "tag:");
	for (size_t i = 0; i < host.n; i++) {
		uint8_t c = host.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 32);
		out_put(&id, &c, 1);
	}
	say(&id, ",2026:");
	say(&id, path);
	element(o, "id", "", out_span(&id));
}

static void
link_element(struct out *o, const char *rel, const char *type, const char *base,
    const char *path)
{
	say(o, "<link rel=\"");
	say(o, rel);
	say(o, "\" type=\"");
	say(o, type);
	say(o, "\" href=\"");
	markup_xml(o, span_str(base));
	markup_xml(o, span_str(path));
	say(o, "\"/>\n");
}

void
atom_begin(struct out *o, const char *base, const char *feed, const char *about,
    struct span title, uint64_t updated)
{
	say(o, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	       "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	id_element(o, base, about);
	element(o, "title", "", title);
	time_element(o, "updated", updated);
	say(o, "<author><name>encl</name></author>\n");
	link_element(o, "self", "application/atom+xml", base, feed);
	link_element(o, "alternate", "application/json", base, about);
}

/* The first sentence. */
static struct span
brief(struct span text)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '.' && text.p[i + 1] == ' ')
			return span_of(text.p, i);
	return text.n && text.p[text.n - 1] == '.' ? span_of(text.p, text.n - 1)
						   : text;
}

void
atom_entry(struct out *o, const struct view_event_of *v)
{
	char path[VIEW_EVENT_PATH], name[VIEW_EVENT_PATH + 32];
	char text[VIEW_EVENT_TEXT];
	struct out t = out_of(text, sizeof text);

	view_event_path(v, path);
	(void)snprintf(name, sizeof name,
	    v->entry ? "%s" : "%s/happenings/%llu", path,
	    (unsigned long long)v->id);
	view_event_text(&t, v);
	o->full |= t.full;
	say(o, "<entry>\n");
	id_element(o, v->base, name);
	element(o, "title", "", brief(out_span(&t)));
	time_element(o, "updated", v->received);
	time_element(o, "published", v->received);
	link_element(o, "alternate", "application/json", v->base, path);
	say(o, "<category term=\"");
	say(o, view_event_type(v));
	say(o, "\"/>\n");
	element(o, "content", " type=\"text\"", out_span(&t));
	say(o, "</entry>\n");
}

void
atom_end(struct out *o)
{
	say(o, "</feed>\n");
}
