/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "agent.h"
#include "chain/hash.h"
#include "chain/text.h"
#include "chain/wire.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "holder.h"

/* A token that waits for a touch waits longer than this; one that is not
 * there, or whose PIN was not given, is refused sooner. */
#define TOUCH_WAIT 5 /* seconds */

struct opened {
	const struct ui *ui;
	struct span blob; /* in the signer */
	enum key_type type;
	const char *name;
};

static const char *
fingerprint(struct span blob)
{
	char *text = mem_new(51);
	struct h32 kid;

	if (hash_sha256(blob, &kid) != OK)
		return "";
	key_fingerprint(&kid, text);
	return text;
}

/* What people call the key: its comment, where that is fit to be a name.
 * "(none)" is gpg-agent's. */
static const char *
name_of(const struct agent_key *k)
{
	struct span c = k->comment;

	if (span_is(c, "(none)"))
		return fingerprint(k->blob);
	return c.n >= 1 && c.n <= 64 && text_is_line(c) ? mem_string(c)
							: fingerprint(k->blob);
}

static bool
usable(const struct agent_key *k)
{
	return key_parse(k->blob, NULL, NULL, NULL) == OK;
}

/* "ssh-rsa", as far as it can be printed. */
static const char *
type_name(const struct agent_key *k)
{
	struct span s = k->blob, type;

	return wire_string(&s, &type) && type.n <= 64 && text_is_line(type)
		   ? mem_string(type)
		   : "of a type that has no name";
}

/* rest names it: its fingerprint, its comment, or any by "". */
static bool
fits(const struct agent_key *k, const char *rest)
{
	if (strncmp(rest, "SHA256:", 7) == 0)
		return strcmp(rest, fingerprint(k->blob)) == 0;
	return rest[0] == '\0' || span_is(k->comment, rest);
}

static enum err
ambiguous(const struct agent_key *key, size_t n, const char *rest)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		if (usable(&key[i]) && fits(&key[i], rest))
			text = mem_printf("%s%sssh-agent:%s (%s)", text,
			    text[0] != '\0' ? ", " : "",
			    fingerprint(key[i].blob), name_of(&key[i]));
	return fail_with(ERR_KEY_AMBIGUOUS, "Name one: %s.", text);
}

static enum err
missing(size_t n, const char *rest)
{
	if (n == 0) {
		fail_hint("`ssh-add FILE` gives the agent a key; a locked one "
			  "shows none until `ssh-add -X`");
		return fail_with(ERR_KEY_MISSING, "The agent has no keys.");
	}
	fail_hint("`encl key list` shows the agent's keys, `ssh-add FILE` adds "
		  "one");
	return rest[0] == '\0' ? fail_with(ERR_KEY_MISSING,
				     "The agent has none that signs chains.")
			       : fail_with(ERR_KEY_MISSING,
				     "The agent has no key %s.", rest);
}

/* The one usable key that rest names. */
static enum err
find(const char *rest, struct agent_key *found)
{
	const struct agent_key *hit = NULL, *other = NULL;
	struct agent_key *key;
	size_t n;

	TRY(agent_list(&key, &n));
	for (size_t i = 0; i < n; i++) {
		if (!fits(&key[i], rest))
			continue;
		if (!usable(&key[i]))
			other = &key[i];
		else if (hit == NULL)
			hit = &key[i];
		else if (!span_eq(hit->blob, key[i].blob))
			return ambiguous(key, n, rest);
	}
	if (hit == NULL && other != NULL && rest[0] != '\0') {
		fail_hint(
		    "chains take Ed25519, P-256, P-384, and both kinds of "
		    "sk- keys, made for \"ssh:...\"");
		return fail_with(ERR_KEY_SCHEME, "The agent's key %s is %s.",
		    rest, type_name(other));
	}
	if (hit == NULL)
		return missing(n, rest);
	*found = *hit;
	return OK;
}

static bool
still_listed(struct span blob)
{
	struct agent_key *key;
	size_t n;

	if (agent_list(&key, &n) != OK) {
		fail_forget();
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (span_eq(key[i].blob, blob))
			return true;
	return false;
}

/* An agent refuses without a word why. */
static enum err
refused(const struct opened *o, time_t lasted)
{
	if (!still_listed(o->blob)) {
		fail_hint("`ssh-add FILE` gives it back; a locked agent shows "
			  "none until `ssh-add -X`");
		return fail_with(ERR_KEY_MISSING,
		    "The agent does not have %s any more.", o->name);
	}
	if (!key_is_sk(o->type))
		return fail_with(ERR_AGENT_REFUSED, "The key was %s.", o->name);
	if (lasted >= TOUCH_WAIT)
		return fail_with(ERR_TOUCH, "The key was %s.", o->name);
	fail_hint("is the token plugged in, and was its PIN right? `ssh-add "
		  "-T FILE.pub` tries the key");
	return fail_with(ERR_AGENT_REFUSED, "The key was %s, of a token.",
	    o->name);
}

static time_t
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* What takes long is a token that waits for a touch, or an agent that waits
 * for an answer. */
static const char *
waits_for(const struct opened *o)
{
	return key_is_sk(o->type)
		   ? mem_printf("the FIDO2 token of %s", o->name)
		   : mem_printf("what holds %s, or answer its agent", o->name);
}

static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	const struct opened *o = ctx;
	const char *what = waits_for(o);
	uint8_t tbs[SSHSIG_TBS_SIZE];
	time_t start = seconds();
	enum err e;

	TRY(sshsig_tbs(payload, tbs));
	o->ui->touch(o->ui, what, true);
	e = agent_sign(o->blob, o->type, span_of(tbs, sizeof tbs), sig, n);
	o->ui->touch(o->ui, what, false);
	return e == ERR_AGENT_REFUSED ? refused(o, seconds() - start) : e;
}

static enum err
open_key(const struct ui *ui, const char *rest, struct signer *s,
    const char **name)
{
	struct opened *o = mem_new(sizeof *o);
	struct agent_key k;

	TRY(find(rest, &k));
	TRY(key_parse(k.blob, &o->type, NULL, NULL));
	memcpy(s->blob_buf, k.blob.p, k.blob.n);
	s->blob = span_of(s->blob_buf, k.blob.n);
	o->ui = ui;
	o->blob = k.blob;
	o->name = name_of(&k);
	s->ctx = o;
	s->sign = sign;
	*name = o->name;
	return OK;
}

/* Without SSH_AUTH_SOCK there is nobody to ask, which is no error. */
static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	struct agent_key *key;
	size_t n;

	(void)ui;
	if (!agent_named())
		return OK;
	TRY(agent_list(&key, &n));
	for (size_t i = 0; i < n; i++)
		if (usable(&key[i]))
			each(ctx,
			    &(struct holder_key){ mem_printf("ssh-agent:%s",
						      fingerprint(key[i].blob)),
				name_of(&key[i]), key[i].blob });
	return OK;
}

const struct holder holder_agent = {
	.scheme = "ssh-agent",
	.form = "ssh-agent:SHA256:...",
	.about = "a key of an SSH agent, such as a FIDO2 token's: `ssh-keygen "
		 "-t ed25519-sk` makes one, `ssh-add` shows it",
	.custody = CUSTODY_AGENT,
	.open = open_key,
	.list = list,
};
