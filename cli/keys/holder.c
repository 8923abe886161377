/* SPDX-License-Identifier: ISC */
#include "holder.h"

#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/out.h"

const struct holder *const holders[] = {
	&holder_file,
	&holder_sealed,
	&holder_agent,
	&holder_piv,
	&holder_pkcs11,
	&holder_server,
};
const size_t holder_count = sizeof holders / sizeof holders[0];

/* Schemes that mean something, so that none of them is taken for a path. */
static const struct other {
	const char *scheme, *instead;
} others[] = {
	{ "yubikey", "keys of a YubiKey are piv:, sealed: and, by FIDO2, "
		     "ssh-agent:" },
	{ "fido2", "`ssh-keygen -t ed25519-sk` makes a FIDO2 key; after "
		   "`ssh-add` it is an ssh-agent: key" },
	{ "kms", "keys behind a PKCS#11 module are pkcs11:" },
	{ "SHA256", "`encl key list` shows the references of keys beside their "
		    "fingerprints; an agent's is ssh-agent:SHA256:..." },
};

static const char *
forms(void)
{
	const char *text = "";

	for (size_t i = 0; i < holder_count; i++)
		text = mem_printf("%s%s%s", text, i > 0 ? ", " : "",
		    holders[i]->form);
	return text;
}

/* A word and a colon are more likely a slip than a path. */
static bool
is_word(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("/.~ ", s[i]) != NULL)
			return false;
	return n > 0;
}

static enum err
no_such_scheme(const char *ref, size_t n)
{
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strlen(others[i].scheme) == n &&
		    memcmp(others[i].scheme, ref, n) == 0)
			fail_hint("%s", others[i].instead);
	fail_hint("a path that has a colon is file:%s", ref);
	return fail_with(ERR_KEY_SCHEME,
	    "There are no \"%.*s\" keys; there are %s.", (int)n, ref, forms());
}

enum err
holder_find(const char *ref, const struct holder **h, const char **rest)
{
	size_t n = strcspn(ref, ":");

	if (ref[0] == '@') {
		fail_hint("name the secret half by its reference: %s", forms());
		return fail_with(ERR_KEY_SCHEME, "%s names a public key.", ref);
	}
	*h = &holder_file;
	*rest = ref;
	if (ref[n] == '\0')
		return OK;
	for (size_t i = 0; i < holder_count; i++)
		if (strlen(holders[i]->scheme) == n &&
		    memcmp(holders[i]->scheme, ref, n) == 0) {
			*h = holders[i];
			*rest = ref + n + 1;
			return OK;
		}
	if (is_word(ref, n))
		return no_such_scheme(ref, n);
	return OK;
}

enum err
holder_open(const struct ui *ui, const char *ref, struct signer *s,
    const char **name)
{
	const struct holder *h;
	const char *rest;

	memset(s, 0, sizeof *s);
	TRY(holder_find(ref, &h, &rest));
	return h->open(ui, rest, s, name);
}

enum err
holder_ask(const struct signer *s, const char *name, struct span payload,
    uint8_t sig[KEY_SIG_MAX], size_t *n)
{
	enum err e = signer_sign(s, payload, sig, n);

	if (err_class(e) != ERR_CLASS_VERIFY)
		return e;
	fail_hint("`encl key enroll REF --test` tries what holds it");
	return fail_with(e, "It was to be by %s, and goes nowhere.",
	    out_name(name));
}

void
holder_close(struct signer *s)
{
	if (s->close != NULL)
		s->close(s->ctx);
	memset(s, 0, sizeof *s);
}
