/* SPDX-License-Identifier: ISC */
#include "ui.h"

#include <sodium.h>

#include "cli/conf.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "pinentry.h"
#include "source.h"
#include "touch.h"
#include "tty.h"

#define NEW_MIN 8
#define ANSWERS 3 /* of a person to one question, where no device counts */

static const struct kind {
	const char *prompt, *noun, *wrong_text;
	enum err wrong, missing;
} kinds[] = {
	[UI_PASSPHRASE] = { "Passphrase for",
	    "Passphrase:", "The passphrase is wrong.", ERR_PASSPHRASE,
	    ERR_PASSPHRASE_MISSING },
	[UI_PASSPHRASE_NEW] = { "New passphrase for",
	    "Passphrase:", "The passphrase is wrong.", ERR_PASSPHRASE,
	    ERR_PASSPHRASE_MISSING },
	[UI_PIN] = { "PIN for", "PIN:", "The PIN is wrong.", ERR_PIN,
	    ERR_SECRET_MISSING },
	[UI_MANAGEMENT_KEY] = { "Management key, in hex, of",
	    "Key:", "The device does not take it.", ERR_MANAGEMENT_KEY,
	    ERR_SECRET_MISSING },
	[UI_RECOVERY] = { "Recovery key for", "Key:",
	    "The recovery key is wrong.", ERR_PASSPHRASE, ERR_SECRET_MISSING },
};

/* One of each for the whole command: it has one person. */
static struct touch *touching;
static unsigned answers;

static const char *
value_of(const struct cli *c, const char *name)
{
	return command_option(c->command, name, strlen(name)) != NULL
		   ? command_value(c, name)
		   : NULL;
}

/* A folder's .encl.yaml must not name a program to run, so it is not asked. */
static enum err
find_pinentry(const struct ui *ui, struct pinentry *p)
{
	*p = (struct pinentry){ .answer_ms = PINENTRY_ANSWER_MS,
		.person_ms = PINENTRY_PERSON_MS };
	p->command = value_of(ui->c, "pinentry");
	return p->command != NULL ? OK : conf_text("pinentry", &p->command);
}

static const char *
name_of(const struct ui_ask *ask)
{
	const char *name = out_name(ask->what);

	if (ask->kind != UI_PIN || ask->tries_left < 0)
		return name;
	return mem_printf("%s (%d %s left)", name, ask->tries_left,
	    ask->tries_left == 1 ? "try" : "tries");
}

/* Of several keys one wants it. */
static enum err
nobody(const struct ui_ask *ask)
{
	return fail_with(kinds[ask->kind].missing, "It is for %s.",
	    out_name(ask->what));
}

static enum err
ask_person(const struct pinentry *p, const struct ui_ask *ask,
    const char *prompt, struct span *s)
{
	const struct kind *k = &kinds[ask->kind];
	const struct pinentry_ask q = { .what = prompt,
		.prompt = k->noun,
		.error = ask->again ? k->wrong_text : NULL };
	enum err e;

	if (p->command != NULL)
		return pinentry_secret(p, &q, s);
	e = tty_secret(mem_printf("%s%s%s: ", ask->again ? k->wrong_text : "",
			   ask->again ? " " : "", prompt),
	    s);
	return e == ERR_SECRET_MISSING ? nobody(ask) : e;
}

/* Asks for the same once more, so that a new one is not mistyped. */
static enum err
ask_again(const struct pinentry *p, const struct ui_ask *ask, struct span *s)
{
	struct span again;
	enum err e = ask_person(p, ask, "The same again", &again);
	bool same = e == OK && span_eq(*s, again);

	if (e == OK)
		ui_secret_free(&again);
	if (same)
		return OK;
	ui_secret_free(s);
	return e != OK ? e
		       : fail_with(ERR_USAGE, "The two passphrases differ.");
}

static enum err
long_enough(struct span *s)
{
	if (s->n >= NEW_MIN)
		return OK;
	ui_secret_free(s);
	return fail_with(ERR_USAGE, "A passphrase has at least %d characters.",
	    NEW_MIN);
}

/* Whoever may block a device says so first, --yes or not. */
static enum err
last_try(const struct pinentry *p, const struct ui_ask *ask)
{
	const char *question =
	    mem_printf("One try is left for the PIN of %s; a wrong one "
		       "blocks it. Try?",
		out_name(ask->what));

	if (ask->kind != UI_PIN || ask->tries_left != 1)
		return OK;
	if (tty_there())
		return tty_agree(question) ? OK : ERR_DECLINED;
	return p->command != NULL ? pinentry_agree(p, question) : nobody(ask);
}

static enum err
from_person(const struct ui *ui, const struct ui_ask *ask, struct span *s)
{
	const struct kind *k = &kinds[ask->kind];
	struct pinentry p;

	answers = ask->again ? answers + 1 : 1;
	if (answers > ANSWERS && ask->tries_left < 0)
		return k->wrong;
	TRY(find_pinentry(ui, &p));
	TRY(last_try(&p, ask));
	TRY(ask_person(&p, ask, mem_printf("%s %s", k->prompt, name_of(ask)),
	    s));
	if (ask->kind != UI_PASSPHRASE_NEW)
		return OK;
	TRY(long_enough(s));
	return ask_again(&p, ask, s);
}

/* What a file says is tried once, and never as the last try. */
static enum err
from_source(const struct ui *ui, const struct ui_ask *ask, struct span *s)
{
	if (ask->again)
		return kinds[ask->kind].wrong;
	if (ask->kind == UI_PIN && ask->tries_left == 1) {
		fail_hint("at a terminal, without --pin-file and --pin-fd, it "
			  "is asked");
		return fail_with(ERR_SECRET_MISSING,
		    "One try is left for %s: only a person takes it.",
		    out_name(ask->what));
	}
	TRY(source_take(ui->c, ask->kind, out_name(ask->what), s));
	return ask->kind == UI_PASSPHRASE_NEW ? long_enough(s) : OK;
}

static enum err
secret(const struct ui *ui, const struct ui_ask *ask, struct span *s)
{
	*s = span_of(NULL, 0);
	if (ask->kind == UI_PIN && ask->tries_left == 0)
		return fail_with(ERR_PIN_BLOCKED, "%s", out_name(ask->what));
	return source_has(ui->c, ask->kind) ? from_source(ui, ask, s)
					    : from_person(ui, ask, s);
}

static void
touch(const struct ui *ui, const char *device, bool begin)
{
	(void)ui;
	touch_end(touching);
	touching = begin ? touch_begin(device, TOUCH_AFTER) : NULL;
}

static bool
confirm(const struct ui *ui, const char *question)
{
	struct pinentry p;

	if (value_of(ui->c, "yes") != NULL)
		return true;
	if (tty_there())
		return tty_agree(question);
	if (find_pinentry(ui, &p) == OK && p.command != NULL)
		return pinentry_agree(&p, question) == OK;
	fail_hint("there is no terminal to ask at; --yes agrees");
	return false;
}

const struct ui *
ui_of(const struct cli *c)
{
	struct ui *ui = mem_new(sizeof *ui);

	*ui = (struct ui){ .c = c,
		.secret = secret,
		.touch = touch,
		.confirm = confirm };
	return ui;
}

void
ui_secret_free(struct span *s)
{
	sodium_free((void *)(uintptr_t)s->p);
	*s = span_of(NULL, 0);
}
