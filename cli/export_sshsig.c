/* SPDX-License-Identifier: ISC */
#include "export_sshsig.h"

#include <sys/stat.h>

#include <errno.h>

#include "fail.h"
#include "file.h"
#include "mem.h"
#include "pubkey.h"
#include "story.h"

struct exporting {
	const char *dir;
	const char *signers; /* the text of allowed_signers so far */
	size_t n;
};

static enum err
put(const struct exporting *x, const char *name, struct span s)
{
	return file_replace(mem_printf("%s/%s", x->dir, name), s, 0644);
}

static enum err
one(struct exporting *x, const struct story *s, const struct proof *f)
{
	const struct key *k = story_key(s, &f->kid);
	struct out o = mem_out(SSHSIG_ARMOR_MAX);
	const char *principal = mem_hex(h32_span(&f->kid));
	struct key bare;

	if (k == NULL)
		return ERR_INTERNAL;
	TRY(sshsig_armor(&o, k->blob, f->body));
	TRY(put(x,
	    mem_printf("%llu-%s.sig", (unsigned long long)s->e->seq, principal),
	    out_span(&o)));
	bare = *k;
	bare.name = span_of(NULL, 0);
	if (strstr(x->signers, principal) == NULL)
		x->signers = mem_printf("%s%s namespaces=\"chain@encl\" %s\n",
		    x->signers, principal, pubkey_line(&bare));
	x->n++;
	return OK;
}

static enum err
entry(void *ctx, const struct story *s)
{
	struct exporting *x = ctx;
	size_t before = x->n;

	for (size_t i = 0; i < s->e->proof_n; i++)
		if (s->e->proof[i].kind == PROOF_KEY)
			TRY(one(x, s, &s->e->proof[i]));
	if (x->n == before)
		return OK;
	return put(x, mem_printf("%llu.payload", (unsigned long long)s->e->seq),
	    s->e->payload);
}

enum err
export_sshsig(const struct target *t, const char *dir, size_t *n)
{
	struct exporting x = { .dir = dir, .signers = "" };

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return fail_with(ERR_FILE_WRITE, "%s: %s", dir,
		    strerror(errno));
	TRY(story_tell(t, entry, &x));
	*n = x.n;
	return put(&x, "allowed_signers", span_str(x.signers));
}
