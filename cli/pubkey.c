/* SPDX-License-Identifier: ISC */
#include "pubkey.h"

#include "chain/hash.h"
#include "chain/text.h"
#include "fail.h"
#include "file.h"
#include "keys/holder.h"
#include "mem.h"

const char *
pubkey_fingerprint(const struct h32 *kid)
{
	char *text = mem_new(51);

	key_fingerprint(kid, text);
	return text;
}

enum err
pubkey_make(struct span blob, struct span name, struct key *k)
{
	memset(k, 0, sizeof *k);
	if (key_parse(blob, &k->type, NULL, NULL) != OK)
		return fail_with(ERR_USAGE, "%s", err_sentence(ERR_KEY_BAD));
	TRY(hash_sha256(blob, &k->kid));
	k->blob = mem_copy(blob);
	if (name.n == 0)
		name = span_str(pubkey_fingerprint(&k->kid));
	if (name.n > 64 || !text_is_line(name))
		return fail_with(ERR_USAGE,
		    "The name of a key has 1 to 64 printable characters.");
	k->name = mem_copy(name);
	return OK;
}

static enum err
from_line(struct span line, struct key *k)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct span blob, comment;
	const uint8_t *nl = line.n > 0 ? memchr(line.p, '\n', line.n) : NULL;

	if (nl != NULL)
		line.n = (size_t)(nl - line.p);
	if (key_line_decode(line, buf, &blob, &comment) != OK) {
		fail_hint("a line such as \"ssh-ed25519 AAAA... name\", as "
			  "`encl key enroll REF` prints it");
		return fail_with(ERR_USAGE,
		    "\"%.*s\" is not an OpenSSH public key line of a "
		    "supported type.",
		    (int)(line.n < 60 ? line.n : 60), (const char *)line.p);
	}
	return pubkey_make(blob, comment, k);
}

enum err
pubkey_get(const struct cli *c, const char *text, struct key *k)
{
	struct signer s;
	const char *name;
	struct span line;
	enum err e;

	if (text[0] == '@') {
		TRY(file_read(text + 1, 8192, &line));
		return from_line(line, k);
	}
	if (strchr(text, ' ') != NULL)
		return from_line(span_str(text), k);
	TRY(holder_open(ui_of(c), text, &s, &name));
	e = pubkey_make(s.blob, span_str(name), k);
	holder_close(&s);
	return e;
}

static const struct key *
in_set(const struct keyset *s, const struct h32 *kid)
{
	int i = policy_key_index(s, kid);

	return i >= 0 ? &s->key[i] : NULL;
}

const struct key *
pubkey_in_policy(const struct policy *p, const struct h32 *kid)
{
	const struct key *k = in_set(&p->control, kid);

	if (k == NULL)
		k = in_set(&p->guardians, kid);
	if (k == NULL && p->has_endorsers)
		k = in_set(&p->endorsers, kid);
	return k;
}

const char *
pubkey_line(const struct key *k)
{
	struct out o = mem_out(KEY_LINE_MAX);

	key_line_encode(&o, k->blob, k->name);
	return (const char *)o.p;
}
