/* SPDX-License-Identifier: ISC */
#include "policy_witness.h"

#include "api.h"
#include "chain/note.h"
#include "chain/text.h"
#include "chain/witness.h"
#include "fail.h"
#include "mem.h"
#include "value.h"

/* What the server says of itself; asked once. */
static enum err
discovery(const struct cli *c, const json_t **j)
{
	static json_t *said;
	const struct conf *k;

	*j = said;
	if (said != NULL)
		return OK;
	TRY(conf_get(c, &k));
	if (k->server == NULL)
		return fail_with(ERR_SERVER_NONE,
		    "Without a server --witness takes verifier keys, and --log "
		    "names the log.");
	TRY(api_get(k, "/.well-known/encl", &said));
	*j = said;
	return OK;
}

struct span
policy_witness_name(struct span vkey)
{
	size_t n = 0;

	while (n < vkey.n && vkey.p[n] != '+')
		n++;
	return span_of(vkey.p, n);
}

static struct span
before(struct span s, uint8_t end)
{
	const uint8_t *at = s.n ? memchr(s.p, end, s.n) : NULL;

	return at ? span_of(s.p, (size_t)(at - s.p)) : s;
}

/* The last two labels of a host: good enough to make people look. */
struct span
policy_witness_operator(struct span vkey)
{
	struct span s = before(before(policy_witness_name(vkey), '/'), ':');
	size_t at = s.n, dots = 0;

	while (at > 0 && dots < 2)
		dots += s.p[--at] == '.';
	return dots == 2 ? span_of(s.p + at + 1, s.n - at - 1) : s;
}

static enum err
look_up(const struct cli *c, const char *name, struct span *vkey)
{
	const json_t *j, *list;
	size_t i;
	json_t *v;

	TRY(discovery(c, &j));
	list = json_object_get(j, "witnesses");
	json_array_foreach((json_t *)(uintptr_t)list, i, v)
	{
		const char *s = json_string_value(v);

		if (s == NULL ||
		    !span_is(policy_witness_name(span_str(s)), name))
			continue;
		*vkey = span_str(mem_printf("%s", s));
		return OK;
	}
	return fail_with(ERR_USAGE,
	    "The server knows no witness called %s; a verifier key, "
	    "NAME+HEX+BASE64, names any.",
	    name);
}

static enum err
take_witness(const struct cli *c, const char *text, struct policy *p)
{
	struct note_key k;
	struct span vkey = span_str(text);

	if (p->witness_n == POLICY_KEYS)
		return fail_with(ERR_USAGE,
		    "A policy has at most %d "
		    "witnesses.",
		    POLICY_KEYS);
	if (strchr(text, '+') == NULL)
		TRY(look_up(c, text, &vkey));
	if (note_vkey_decode(vkey, &k) != OK || k.type != NOTE_COSIGNATURE)
		return fail_with(ERR_POLICY_WITNESSES,
		    "\"%s\" is no verifier key of a witness.", text);
	p->witness[p->witness_n++] = vkey;
	return OK;
}

/* NAME+KEY: 64 hex digits, or base64. */
static enum err
parse_log(const char *text, struct policy *p)
{
	const char *plus = strchr(text, '+');
	struct span key = span_str(plus != NULL ? plus + 1 : "");

	p->log_name = span_of(text, plus != NULL ? (size_t)(plus - text) : 0);
	if (p->log_name.n > 0 &&
	    (text_unhex(key, p->log_key.b, sizeof p->log_key.b) ||
		note_unbase64(key, p->log_key.b, sizeof p->log_key.b)))
		return OK;
	return fail_with(ERR_USAGE,
	    "--log takes NAME+KEY, the key as 64 hex digits or base64.");
}

static enum err
ask_log(const struct cli *c, struct policy *p)
{
	const json_t *j, *log;
	const char *name, *key;

	TRY(discovery(c, &j));
	log = json_object_get(j, "log");
	name = json_string_value(json_object_get(log, "name"));
	key = json_string_value(json_object_get(log, "key"));
	if (name == NULL || key == NULL)
		return fail_with(ERR_USAGE,
		    "The server has no log that witnesses could watch; --log "
		    "names another.");
	return parse_log(mem_printf("%s+%s", name, key), p);
}

/* keep_log: it stays what it is. */
static enum err
take(const struct cli *c, struct policy *p, bool keep_log)
{
	const char *text[POLICY_KEYS + 1], *log = command_value(c, "log");
	size_t n = command_values(c, "witness", text, POLICY_KEYS + 1);

	p->witness_n = 0;
	for (size_t i = 0; i < n; i++)
		TRY(take_witness(c, text[i], p));
	p->has_witnesses = n > 0;
	p->witness_threshold = n > 0 ? n / 2 + 1 : 0;
	if (n == 0 || keep_log)
		return OK;
	return log != NULL ? parse_log(log, p) : ask_log(c, p);
}

enum err
policy_witness_first(const struct cli *c, struct policy *p)
{
	TRY(take(c, p, false));
	if (!p->has_witnesses &&
	    (command_is(c, "log") || command_is(c, "witness-threshold")))
		return fail_with(ERR_USAGE, "--witness says who watches.");
	return value_uint(c, "witness-threshold", 1, POLICY_KEYS,
	    &p->witness_threshold);
}

enum err
policy_witness_next(const struct cli *c, struct policy *p, bool *changed)
{
	bool none = command_is(c, "no-witnesses");
	bool some = command_is(c, "witness");

	if (none && some)
		return fail_with(ERR_USAGE,
		    "Either --witness or --no-witnesses, and not both.");
	if (some || none) {
		TRY(take(c, p, p->has_witnesses && !command_is(c, "log")));
		*changed = true;
	} else if (command_is(c, "log")) {
		if (!p->has_witnesses)
			return fail_with(ERR_USAGE,
			    "--witness says who watches.");
		TRY(parse_log(command_value(c, "log"), p));
		*changed = true;
	}
	*changed = *changed || command_is(c, "witness-threshold");
	return value_uint(c, "witness-threshold", 1, POLICY_KEYS,
	    &p->witness_threshold);
}

const char *
policy_witness_log(const struct policy *p, const struct h32 *chain)
{
	struct witness_set *w = mem_new(sizeof *w);
	struct out o = mem_out(NOTE_VKEY_MAX + 1);

	if (!p->has_witnesses || witness_set_of(p, chain, w) != OK)
		return NULL;
	note_vkey_encode(&o, &w->log);
	return mem_string(out_span(&o));
}
