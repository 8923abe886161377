/* SPDX-License-Identifier: ISC */
#include "deliver.h"

#include <jansson.h>

#include "definition/shape.h"
#include "fail.h"
#include "mem.h"
#include "out.h"
#include "problem.h"
#include "project.h"
#include "view/put.h"
#include "view/view.h"

#define PLACES 64

struct place {
	const char *kind, *url;
	const char *says; /* of one that took it */
	const char *why;  /* of one that did not, beside err; "" */
	enum err err;
};

struct delivery {
	const struct cli *c;
	const struct conf *home; /* certificates; may be NULL */
	struct span statement;
	const struct h32 *chain;
	size_t n;
	struct place place[PLACES];
};

/* What an answer says: an agent's state, or what a server did with it. */
static const char *
state_of(const struct api_answer *a)
{
	struct shape_faults f = { 0 };
	const char *s;
	json_t *j;

	if (shape_load(a->body, &j, &f) != OK)
		return "took it";
	s = json_string_value(json_object_get(j, "state"));
	if (s != NULL)
		s = strcmp(s, "held") == 0
			? "verified it, and does not release the stage"
			: "took it, for a stage that it does not know yet";
	else if (json_is_true(json_object_get(j, "kept")))
		s = "keeps it: it came too late to enter the chain";
	else
		s = mem_printf("entry %lld",
		    (long long)json_integer_value(json_object_get(j, "seq")));
	json_decref(j);
	return s;
}

static void
ask(struct delivery *d, const char *kind, const struct conf *k,
    const char *path)
{
	const struct api_request q = { .method = "POST",
		.path = path,
		.body = d->statement,
		.type = "application/cbor",
		.safe = true };
	struct place *p = &d->place[d->n++];
	struct api_answer a;

	*p = (struct place){ .kind = kind, .url = k->server, .why = "" };
	p->err = api_call(k, &q, &a);
	if (p->err == OK)
		p->err = problem_judge(&a);
	if (p->err == OK)
		p->says = state_of(&a);
	else
		p->why = mem_printf("%s", fail_detail());
	fail_forget();
}

static void
ask_other(struct delivery *d, const char *kind, const char *url, bool plain,
    const char *path)
{
	struct conf k = { .server = conf_url(url),
		.ca_file = d->home != NULL ? d->home->ca_file : NULL,
		.insecure_http =
		    plain || (d->home != NULL && d->home->insecure_http) };

	if (d->n < PLACES)
		ask(d, kind, &k, path);
}

static void
ask_all(struct delivery *d, const char *entries)
{
	const char *url[PLACES];
	size_t n = command_values(d->c, "agent", url, PLACES);

	for (size_t i = 0; i < n; i++)
		ask_other(d, "agent", url[i], true, "/v1/revocations");
	n = project_agents(url, PLACES);
	for (size_t i = 0; i < n; i++)
		ask_other(d, "agent", url[i], true, "/v1/revocations");
	n = command_values(d->c, "mirror", url, PLACES);
	for (size_t i = 0; i < n; i++)
		ask_other(d, "mirror", url[i], false, entries);
}

static json_t *
places_json(const struct delivery *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n; i++) {
		const struct place *p = &d->place[i];
		json_t *o = json_object();

		put_member(&o, "kind", json_string(p->kind));
		put_member(&o, "url", view_bytes_text(span_str(p->url)));
		put_member(&o, "code", json_string(err_code(p->err)));
		put_member(&o, "says",
		    p->err == OK ? json_string(p->says) : json_null());
		put_item(&list, o);
	}
	return list;
}

static enum err
show(const struct delivery *d)
{
	if (d->c->format != FORMAT_TABLE)
		return out_json(d->c,
		    json_pack("{s:o,s:o}", "chain", view_bytes_h32(d->chain),
			"places", places_json(d)));
	for (size_t i = 0; i < d->n; i++) {
		const struct place *p = &d->place[i];

		if (p->err == OK)
			out_talk("%s %s: %s\n", p->kind, out_name(p->url),
			    p->says);
		else
			out_talk("%s %s DID NOT TAKE IT: %s%s%s\n", p->kind,
			    out_name(p->url), err_sentence(p->err),
			    p->why[0] ? " " : "", out_line(p->why));
	}
	return OK;
}

bool
deliver_asked(const struct cli *c)
{
	const char *url[PLACES];

	if (project_load() != OK)
		return false; /* conf_get says so */
	return command_is(c, "agent") || command_is(c, "mirror") ||
	       project_agents(url, PLACES) > 0;
}

enum err
deliver_revocation(const struct cli *c, const struct conf *home,
    const struct h32 *chain, struct span statement)
{
	struct delivery *d = mem_new(sizeof *d);
	const char *entries =
	    mem_printf("/v1/chains/%s/entries", mem_hex(h32_span(chain)));

	d->c = c;
	d->home = home;
	d->chain = chain;
	d->statement = statement;
	if (home != NULL && home->server != NULL)
		ask(d, "server", home, entries);
	ask_all(d, entries);
	TRY(show(d));
	for (size_t i = 0; i < d->n; i++)
		if (d->place[i].err == OK)
			return OK;
	return d->n > 0 ? d->place[0].err : ERR_SERVER_NONE;
}
