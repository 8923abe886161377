/* SPDX-License-Identifier: ISC */
#include "evidence_trust.h"

#include <stdlib.h>

#include "conf.h"

static struct maker known;
static bool done;

static enum err
find(const struct cli *c, struct maker *r)
{
	static const char name[] = "evidence-root";
	const char *file = getenv("ENCL_EVIDENCE_ROOT");
	const struct conf *k;

	if (command_option(c->command, name, sizeof name - 1) != NULL)
		TRY(maker_options(c, r));
	else if (file != NULL && file[0] != '\0')
		TRY(maker_file(file, r));
	if (r->root_n + r->between_n > 0)
		return OK;
	TRY(conf_get(c, &k));
	for (size_t i = 0; i < k->evidence_root_n; i++)
		TRY(maker_file(k->evidence_root[i], r));
	return OK;
}

enum err
evidence_trust_get(const struct cli *c, const struct maker **r)
{
	if (!done)
		TRY(find(c, &known));
	done = true;
	*r = &known;
	return OK;
}

const struct maker *
evidence_trust_known(void)
{
	return &known;
}
