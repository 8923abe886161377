/* SPDX-License-Identifier: ISC */
#include "pkcs11_job.h"

#include "chain/sshsig.h"
#include "chain/text.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "pkcs11_key.h"
#include "pkcs11_make.h"
#include "pkcs11_talk.h"

#define HITS 256
#define HITS_SAID 8 /* of an ambiguous reference */

struct search {
	const struct pkcs11_uri *uri;
	struct pkcs11_token token[PKCS11_TOKENS];
	size_t token_n;
	struct pkcs11_key hit[HITS];
	size_t hit_n;
	const char *unfit; /* what kind of key fits, and signs no chain */
};

static const char *
line_of(const char *label)
{
	size_t n = strlen(label);

	return n >= 1 && n <= 64 && text_is_line(span_str(label)) ? label : "";
}

static void
say_key(int fd, const struct pkcs11_key *k, const struct pkcs11_uri *u)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);

	key_blob(&blob, k->ec.type, span_of(k->ec.public, k->ec.n));
	pkcs11_talk_key(fd, pkcs11_key_ref(k, u), line_of(pkcs11_key_label(k)),
	    out_span(&blob));
}

static bool
same_key(const struct pkcs11_key *a, const struct pkcs11_key *b)
{
	return a->ec.type == b->ec.type && a->ec.n == b->ec.n &&
	       memcmp(a->ec.public, b->ec.public, a->ec.n) == 0;
}

/* Adds the keys of an open token; one that two modules show is one. */
static enum err
add_keys(struct search *s, struct pkcs11_token *t)
{
	struct pkcs11_key *k = mem_new(HITS * sizeof *k);
	size_t n;

	TRY(pkcs11_key_list(t, s->uri, k, HITS, &n, &s->unfit));
	for (size_t i = 0; i < n && s->hit_n < HITS; i++) {
		bool there = false;

		for (size_t h = 0; h < s->hit_n; h++)
			there = there || same_key(&s->hit[h], &k[i]);
		if (!there)
			s->hit[s->hit_n++] = k[i];
	}
	return OK;
}

/* The sessions of all tokens stay open.  One token that cannot be asked keeps
 * none of the others back, unless it is the only one. */
static enum err
look(struct search *s)
{
	TRY(pkcs11_token_list(s->uri, s->token, &s->token_n));
	for (size_t i = 0; i < s->token_n; i++) {
		enum err e = pkcs11_token_open(&s->token[i], false);

		if (e == OK)
			e = add_keys(s, &s->token[i]);
		if (e != OK && s->token_n == 1)
			return e;
		if (e != OK)
			fail_forget();
	}
	return OK;
}

/* Some tokens hide the public half as well: then the PIN is asked for sooner,
 * but of one token only. */
static enum err
look_inside(struct search *s, int fd)
{
	struct pkcs11_token *t = &s->token[0];
	struct span pin = span_of(NULL, 0);
	enum err e;

	if (s->token_n != 1 || !(t->info.flags & CKF_LOGIN_REQUIRED))
		return OK;
	e = pkcs11_token_login(t, fd, &pin);
	pkcs11_talk_forget(&pin);
	return e == OK ? add_keys(s, t) : e;
}

static enum err
ambiguous(const struct search *s)
{
	const char *text = "";

	for (size_t i = 0; i < s->hit_n && i < HITS_SAID; i++)
		text = mem_printf("%s%s%s", text, i > 0 ? ", " : "",
		    pkcs11_key_ref(&s->hit[i], s->uri));
	return fail_with(ERR_KEY_AMBIGUOUS, "Name one: %s%s", text,
	    s->hit_n > HITS_SAID ? ", ..." : "");
}

static enum err
find(struct search *s, int fd)
{
	TRY(look(s));
	if (s->token_n == 0)
		return fail_with(ERR_DEVICE_MISSING,
		    "No token fits the reference.");
	if (s->hit_n == 0 && s->unfit == NULL)
		TRY(look_inside(s, fd));
	if (s->hit_n > 1)
		return ambiguous(s);
	if (s->hit_n == 1)
		return OK;
	if (s->unfit != NULL) {
		fail_hint("chains take Ed25519, P-256 and P-384");
		return fail_with(ERR_KEY_SCHEME, "The key is %s.", s->unfit);
	}
	return s->token_n > 1
		   ? fail_with(ERR_KEY_MISSING,
			 "%zu tokens fit, and none shows such a key without "
			 "its PIN; token= names one of them.",
			 s->token_n)
		   : fail_with(ERR_KEY_MISSING, "The %s has none such.",
			 s->token[0].name);
}

static void
end(struct search *s)
{
	for (size_t i = 0; i < s->token_n; i++)
		pkcs11_token_close(&s->token[i]);
	pkcs11_token_end(s->token, s->token_n);
}

static void
answer(struct search *s, int fd)
{
	uint8_t request[SSHSIG_TBS_SIZE], sig[KEY_SIG_MAX];

	while (pkcs11_talk_request(fd, request, sizeof request)) {
		size_t n = 0;
		enum err e = pkcs11_key_sign(&s->hit[0], fd,
		    span_of(request, sizeof request), sig, &n);

		pkcs11_talk_done(fd, e, span_of(sig, n));
	}
}

void
pkcs11_job_sign(int fd, void *uri)
{
	struct search *s = mem_new(sizeof *s);
	enum err e;

	s->uri = uri;
	e = find(s, fd);
	if (e == OK)
		say_key(fd, &s->hit[0], s->uri);
	pkcs11_talk_done(fd, e, span_of(NULL, 0));
	if (e == OK)
		answer(s, fd);
	end(s);
}

void
pkcs11_job_list(int fd, void *uri)
{
	struct search *s = mem_new(sizeof *s);
	enum err e;

	s->uri = uri;
	e = look(s);
	for (size_t i = 0; i < s->hit_n; i++)
		say_key(fd, &s->hit[i], s->uri);
	pkcs11_talk_done(fd, e, span_of(NULL, 0));
	end(s);
}

static enum err
one_token(const struct search *s)
{
	const char *text = "";

	if (s->token_n == 1)
		return OK;
	if (s->token_n == 0)
		return fail_with(ERR_DEVICE_MISSING,
		    "No token fits the reference.");
	for (size_t i = 0; i < s->token_n && i < HITS_SAID; i++)
		text = mem_printf("%s%s%s", text, i > 0 ? ", " : "",
		    pkcs11_uri_exact(s->uri, &s->token[i].info, s->uri->object,
			s->uri->id));
	return fail_with(ERR_KEY_AMBIGUOUS, "Name one token: %s", text);
}

static enum err
make(struct search *s, const struct pkcs11_job_make *what, int fd)
{
	struct pkcs11_token *t = &s->token[0];
	struct pkcs11_uri made = *s->uri;
	struct span pin = span_of(NULL, 0);
	enum err e;

	TRY(pkcs11_token_list(s->uri, s->token, &s->token_n));
	TRY(one_token(s));
	TRY(pkcs11_token_open(t, true));
	e = pkcs11_token_login(t, fd, &pin);
	pkcs11_talk_forget(&pin);
	TRY(e);
	made.object = what->label;
	s->uri = &made;
	TRY(add_keys(s, t));
	if (s->hit_n > 0 || s->unfit != NULL)
		return fail_with(ERR_KEY_AMBIGUOUS,
		    "The %s has a key of that name; there would be two.",
		    t->name);
	TRY(pkcs11_make_pair(t, what->type, what->label, &made.id));
	TRY(add_keys(s, t));
	if (s->hit_n != 1)
		return fail_with(ERR_DEVICE_GONE,
		    "The %s does not show the key that it made.", t->name);
	say_key(fd, &s->hit[0], s->uri);
	return OK;
}

void
pkcs11_job_make(int fd, void *arg)
{
	const struct pkcs11_job_make *what = arg;
	struct search *s = mem_new(sizeof *s);

	s->uri = what->uri;
	pkcs11_talk_done(fd, make(s, what, fd), span_of(NULL, 0));
	end(s);
}
