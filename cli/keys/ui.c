/* SPDX-License-Identifier: ISC */
#include "ui.h"

#include "cli/mem.h"
#include "cli/out.h"
#include "passphrase.h"

static enum err
secret(const struct ui *ui, const struct ui_ask *ask, struct span *s)
{
	return passphrase_get(ui->c, ask->what, ask->kind == UI_PASSPHRASE_NEW,
	    s);
}

static void
touch(const struct ui *ui, const char *device, bool begin)
{
	(void)ui;
	if (begin)
		out_talk("touch %s\n", device);
}

static bool
confirm(const struct ui *ui, const char *question)
{
	return passphrase_agree(ui->c, question);
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
	passphrase_free(s);
}
