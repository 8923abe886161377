/* SPDX-License-Identifier: ISC */
#include "holder.h"

#include "cli/fail.h"
#include "cli/mem.h"

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
static const char *const others[] = { "yubikey", "fido2", "kms" };

static const char *
forms(void)
{
	const char *text = "";

	for (size_t i = 0; i < holder_count; i++)
		text = mem_printf("%s%s%s", text, i > 0 ? ", " : "",
		    holders[i]->form);
	return text;
}

enum err
holder_find(const char *ref, const struct holder **h, const char **rest)
{
	size_t n = strcspn(ref, ":");

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
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strlen(others[i]) == n && memcmp(others[i], ref, n) == 0)
			return fail_with(ERR_KEY_SCHEME,
			    "There are no \"%s\" keys in this version; "
			    "there are %s.",
			    others[i], forms());
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

void
holder_close(struct signer *s)
{
	if (s->close != NULL)
		s->close(s->ctx);
	memset(s, 0, sizeof *s);
}
