/* SPDX-License-Identifier: ISC */
#include "cmd_enroll.h"

#include <sodium.h>

#include "chain/payload.h"
#include "fail.h"
#include "file.h"
#include "keys/holder.h"
#include "mem.h"
#include "out.h"
#include "pubkey.h"
#include "view/view.h"

/*
 * What a test signs.  Keys sign in one namespace, so it must be something that
 * no chain takes: a payload is a CBOR map, and a text that begins with a letter
 * is none (FORMAT.md section 12).  The random part keeps a holder from
 * answering with a signature that it made before.
 */
static enum err
nothing(struct span *payload)
{
	struct payload *p = mem_new(sizeof *p);
	uint8_t random[16];

	if (sodium_init() < 0)
		return ERR_CRYPTO;
	randombytes_buf(random, sizeof random);
	*payload = span_str(mem_printf("encl key test %s\n",
	    mem_hex(span_of(random, sizeof random))));
	return payload_decode(*payload, p) == OK ? ERR_CRYPTO : OK;
}

static enum err
test(const char *ref, const struct signer *s)
{
	uint8_t sig[KEY_SIG_MAX];
	struct span payload;
	size_t n;

	if (s->sign == NULL)
		return fail_with(ERR_KEY_SCHEME,
		    "%s signs only what the server's signer has judged; "
		    "nothing can be tested here.",
		    ref);
	TRY(nothing(&payload));
	/* It verifies what comes back with the public half. */
	return holder_ask(s, ref, payload, sig, &n);
}

/* The key as it will stand in a policy. */
static enum err
take(const struct cli *c, const char *ref, struct key *k)
{
	const char *called = command_value(c, "name"), *name;
	struct signer s;
	enum err e;

	TRY(holder_open(ui_of(c), ref, &s, &name));
	e = pubkey_make(s.blob, span_str(called != NULL ? called : name), k);
	if (e == OK && command_is(c, "test"))
		e = test(ref, &s);
	holder_close(&s);
	return e;
}

static enum err
print(struct cli *c, const struct key *k)
{
	const char *file = command_value(c, "out");
	bool tested = command_is(c, "test");
	json_t *j;

	if (file != NULL)
		TRY(file_create(file,
		    span_str(mem_printf("%s\n", pubkey_line(k))), 0644));
	if (c->format != FORMAT_TABLE) {
		j = view_key(k);
		if (j != NULL)
			(void)json_object_set_new(j, "tested",
			    json_boolean(tested));
		return out_json(c, j);
	}
	if (file == NULL)
		out_data("%s\n", pubkey_line(k));
	out_talk("%s%s  %s%s\n", file != NULL ? "wrote " : "",
	    file != NULL ? file : "fingerprint", pubkey_fingerprint(&k->kid),
	    tested ? "; it signs" : "");
	return OK;
}

enum err
cmd_enroll_run(struct cli *c)
{
	const char *ref = command_arg(c, 0);
	struct key k;

	/* A public half alone is what a colleague gets, not what is asked. */
	if (ref[0] == '@' || strchr(ref, ' ') != NULL)
		return fail_with(ERR_USAGE,
		    "%s is a public key; whoever holds the key enrols it.",
		    ref[0] == '@' ? ref : "This");
	TRY(take(c, ref, &k));
	return print(c, &k);
}
