/* SPDX-License-Identifier: ISC */
/* strptime */
#define _XOPEN_SOURCE 700
#include "cmd_doctor.h"

#include <sys/stat.h>

#include <sodium.h>
#include <time.h>

#include <openssl/crypto.h>

#include "chain/version.h"
#include "fail.h"
#include "file.h"
#include "listing.h"
#include "mem.h"
#include "out.h"
#include "problem.h"
#include "target.h"
#include "value.h"

#define SKEW_MAX 30000 /* ms; receipts are judged by hardware time */

struct doctor {
	struct cli *c;
	const struct conf *k;
	json_t *items;
	bool bad;
	struct api_answer discovery;
};

static void
say(struct doctor *d, const char *check, bool ok, const char *detail)
{
	(void)json_array_append_new(d->items,
	    json_pack("{s:s,s:b,s:s}", "check", check, "ok", ok, "detail",
		detail));
	d->bad = d->bad || !ok;
}

/* An error as the detail of a check; the next check starts afresh. */
static void
say_err(struct doctor *d, const char *check, enum err e, const char *fine)
{
	const char *t = fine;

	if (e != OK)
		t = mem_printf("%s %s", err_sentence(e), fail_detail());
	fail_forget();
	say(d, check, e == OK, t);
}

static void
libraries(struct doctor *d)
{
	say(d, "versions", sodium_init() >= 0,
	    mem_printf("encl %s, libsodium %s, OpenSSL %s", VERSION,
		sodium_version_string(),
		OpenSSL_version(OPENSSL_VERSION_STRING)));
}

static void
configuration(struct doctor *d)
{
	const char *path = conf_path("credentials.yaml");
	struct stat st;
	enum err e = conf_get(d->c, &d->k);

	say_err(d, "configuration", e,
	    mem_printf("context %s, server %s",
		d->k->context ? d->k->context : "none",
		d->k->server ? d->k->server : "none"));
	if (e != OK)
		d->k = NULL;
	if (stat(path, &st) != 0)
		return;
	say(d, "credentials", (st.st_mode & 077) == 0,
	    mem_printf("%s has mode %04o", path,
		(unsigned)(st.st_mode & 07777)));
}

static void
server(struct doctor *d)
{
	const struct api_request q = { .method = "GET",
		.path = "/.well-known/encl",
		.no_token = true };
	enum err e = api_call(d->k, &q, &d->discovery);

	if (e == OK)
		e = problem_judge(&d->discovery);
	say_err(d, "server", e, d->k->server ? d->k->server : "");
	if (e != OK)
		d->k = NULL;
}

static void
clock_skew(struct doctor *d)
{
	struct tm tm = { 0 };
	int64_t skew;

	if (strptime(d->discovery.date, "%a, %d %b %Y %H:%M:%S GMT", &tm) ==
	    NULL)
		return;
	skew = (int64_t)value_now() - (int64_t)timegm(&tm) * 1000;
	/* The header has whole seconds. */
	if (skew < 0)
		skew = -skew;
	say(d, "clock", skew < SKEW_MAX,
	    mem_printf("%s from the server's",
		value_duration_text((uint64_t)skew / 1000 * 1000)));
}

static void
token(struct doctor *d)
{
	json_t *j = NULL;
	enum err e;

	if (d->k->token == NULL) {
		say(d, "token", true, "none: public reads only");
		return;
	}
	e = api_get(d->k, "/v1/whoami", &j);
	say_err(d, "token", e,
	    e != OK
		? ""
		: mem_printf("%s of %s, until %s", listing_text(j, "member"),
		      listing_text(j, "organisation"),
		      listing_text(j, "expires")));
	json_decref(j);
}

static void
pins(struct doctor *d)
{
	const struct pin *list;
	size_t n;

	if (pin_list(&list, &n) != OK) {
		say_err(d, "pins", ERR_CONFIG_BAD, "");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct target *t = mem_new(sizeof *t);
		enum err e;

		if (strcmp(list[i].server, d->k->server) != 0)
			continue;
		e = target_get(d->c, list[i].name, t);
		say_err(d, mem_printf("chain of %s", list[i].name), e,
		    e != OK ? ""
			    : mem_printf("verified, %llu entries",
				  (unsigned long long)t->st->next_seq));
	}
}

enum err
cmd_doctor_run(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "OK", "ok" },
		{ "CHECK", "check" },
		{ "DETAIL", "detail" },
	};
	struct doctor d = { .c = c, .items = json_array() };

	libraries(&d);
	configuration(&d);
	if (d.k != NULL)
		server(&d);
	if (d.k != NULL) {
		clock_skew(&d);
		token(&d);
		pins(&d);
	}
	if (c->format != FORMAT_TABLE) {
		TRY(out_json(c,
		    json_pack("{s:b,s:o}", "ok", !d.bad, "checks", d.items)));
	} else {
		listing_table(d.items, columns, 3);
		json_decref(d.items);
	}
	return d.bad ? ERR_DOCTOR : OK;
}
