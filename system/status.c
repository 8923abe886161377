/* SPDX-License-Identifier: ISC */
#include "status.h"

#include <stdio.h>

int
status_of(enum err e)
{
	switch (err_class(e)) {
	case ERR_CLASS_OK:
		return 0;
	case ERR_CLASS_INPUT:
		return 2;
	case ERR_CLASS_VERIFY:
		return 3;
	case ERR_CLASS_ALLOW:
		return 4;
	case ERR_CLASS_MISSING:
		return 5;
	case ERR_CLASS_CONFLICT:
		return 6;
	case ERR_CLASS_RETRY:
		return 8;
	case ERR_CLASS_DEVICE:
		return 10;
	case ERR_CLASS_LIMIT:
	case ERR_CLASS_BUG:
	case ERR_CLASS_TOO_LARGE:
	case ERR_CLASS_MEDIA:
	case ERR_CLASS_METHOD:
	case ERR_CLASS_LOGIN:
	case ERR_CLASS_POLICY:
	case ERR_CLASS_TIMEOUT:
	case ERR_CLASS_DECLINED:
		break;
	}
	return 1;
}

int
status_report(const char *program, enum err e, const char *why)
{
	if (e != OK)
		(void)fprintf(stderr, "%s: %s%s%s (%s)\n", program, why,
		    *why ? ": " : "", err_sentence(e), err_code(e));
	return status_of(e);
}
