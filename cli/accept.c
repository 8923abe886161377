/* SPDX-License-Identifier: ISC */
#include "accept.h"

#include <unistd.h>

#include "fail.h"
#include "keys/tty.h"
#include "lines.h"
#include "mem.h"
#include "out.h"
#include "risk_stage.h"

#define GIVEN_MAX 32

/* The next name of a list with commas; false at its end. */
static bool
next_name(const char **list, const char **name)
{
	size_t n = strcspn(*list, ",");

	if (**list == '\0')
		return false;
	*name = mem_printf("%.*s", (int)n, *list);
	*list += n;
	*list += **list == ',';
	return true;
}

enum err
accept_check(const struct cli *c)
{
	const char *list[GIVEN_MAX], *name;
	size_t n = command_values(c, "accept-risk", list, GIVEN_MAX);

	for (size_t i = 0; i < n; i++)
		while (next_name(&list[i], &name))
			if (!risk_stage_known(name)) {
				fail_hint("the signing screen names the risks "
					  "that there are");
				return fail_with(ERR_USAGE,
				    "There is no risk \"%s\".", out_name(name));
			}
	return OK;
}

static bool
is_accepted(const struct cli *c, const char *risk)
{
	const char *list[GIVEN_MAX], *name;
	size_t n = command_values(c, "accept-risk", list, GIVEN_MAX);

	for (size_t i = 0; i < n; i++)
		while (next_name(&list[i], &name))
			if (strcmp(name, risk) == 0)
				return true;
	return false;
}

void
accept_show(const struct risks *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct risk *k = &r->list[i];
		bool serious = risk_stage_serious(k->name);

		out_bold(STDERR_FILENO, serious);
		lines_put(false, serious ? "RISK" : "risk", k->name);
		out_bold(STDERR_FILENO, false);
		lines_words("", k->text);
	}
}

/* The serious ones that nobody accepted; how many. */
static size_t
open_ones(const struct cli *c, const struct risks *r, const char **name)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (risk_stage_serious(r->list[i].name) &&
		    !is_accepted(c, r->list[i].name))
			name[n++] = r->list[i].name;
	return n;
}

static enum err
refuse(const char *const *name, size_t n)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		all = mem_printf("%s%s%s", all, i > 0 ? "," : "", name[i]);
	fail_hint("--accept-risk=%s accepts %s", all,
	    n == 1 ? "it" : "them; each is worth a thought");
	return fail_with(ERR_RISK, "It is %s; nothing was signed.", all);
}

enum err
accept_ask(const struct cli *c, const struct risks *r)
{
	const char *name[RISK_MAX];
	size_t n = open_ones(c, r, name);

	if (n > 0 && (command_is(c, "yes") || !tty_there()))
		return refuse(name, n);
	for (size_t i = 0; i < n; i++)
		if (!tty_agree(mem_printf("Accept the risk %s?", name[i])))
			return ERR_DECLINED;
	return OK;
}
