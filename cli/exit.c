/* SPDX-License-Identifier: ISC */
#include "exit.h"

#include <stddef.h>

const struct exit_row exit_rows[] = {
	{ 0, "It worked." },
	{ 1, "Something unexpected happened." },
	{ 2, "The command line, or what it names, is not right." },
	{ 3, "Something does not verify. Nothing else ever uses this code." },
	{ 4, "Not logged in, or not allowed." },
	{ 5, "There is no such thing." },
	{ 6, "The world moved: look again." },
	{ 7, "The chain's own policy says no." },
	{ 8, "The server or the network failed; a retry is safe." },
	{ 9, "A wait ended before what it waited for." },
	{ 10, "A key or device is missing, or its passphrase is wrong." },
	{ 11, "A person said no at the prompt." },
	{ 20, "Of `watch --once`: an upgrade is pending." },
	{ 21, "Of `watch --once`: an upgrade is disputed." },
	{ 0, NULL },
};

int
exit_code(enum err e)
{
	switch (err_class(e)) {
	case ERR_CLASS_OK:
		return 0;
	case ERR_CLASS_INPUT:
	case ERR_CLASS_TOO_LARGE:
	case ERR_CLASS_MEDIA:
	case ERR_CLASS_METHOD:
		return 2;
	case ERR_CLASS_VERIFY:
		return 3;
	case ERR_CLASS_LOGIN:
	case ERR_CLASS_ALLOW:
		return 4;
	case ERR_CLASS_MISSING:
		return 5;
	case ERR_CLASS_CONFLICT:
		return 6;
	case ERR_CLASS_POLICY:
		return 7;
	case ERR_CLASS_LIMIT:
	case ERR_CLASS_RETRY:
		return 8;
	case ERR_CLASS_TIMEOUT:
		return 9;
	case ERR_CLASS_DEVICE:
		return 10;
	case ERR_CLASS_DECLINED:
		return 11;
	case ERR_CLASS_BUG:
		break;
	}
	return 1;
}
