/* SPDX-License-Identifier: ISC */
#include "err.h"

#include <string.h>

static const struct {
	const char *sentence;
	enum err_class class;
} table[] = {
	{ "It worked.", ERR_CLASS_OK },
#define ERR(name, class, sentence) { sentence, ERR_CLASS_##class },
#include "err.def"
#undef ERR
};

/* The wire code is the name in lower case, made by the compiler: spelt a
 * second time it could drift from the first. */
#define CODE_SIZE 32
#define AT(s, i) \
	((i) >= sizeof(s) ? '\0' \
	    : (s)[(i) % sizeof(s)] >= 'A' && (s)[(i) % sizeof(s)] <= 'Z' \
		? (s)[(i) % sizeof(s)] + 32 \
		: (s)[(i) % sizeof(s)])
#define AT4(s, i) AT(s, (i)), AT(s, (i) + 1), AT(s, (i) + 2), AT(s, (i) + 3)
#define AT16(s, i) \
	AT4(s, (i)), AT4(s, (i) + 4), AT4(s, (i) + 8), AT4(s, (i) + 12)

static const char code[][CODE_SIZE] = {
	"ok",
#define ERR(name, class, sentence) { AT16(#name, 0U), AT16(#name, 16U) },
#include "err.def"
#undef ERR
};

#define ERR(name, class, sentence) \
	_Static_assert(sizeof #name / (CODE_SIZE + 1) == 0, \
	    #name " is too long");
#include "err.def"
#undef ERR

const char *
err_code(enum err e)
{
	return code[(unsigned)e < ERR_COUNT ? e : ERR_INTERNAL];
}

const char *
err_sentence(enum err e)
{
	return table[(unsigned)e < ERR_COUNT ? e : ERR_INTERNAL].sentence;
}

enum err_class
err_class(enum err e)
{
	return table[(unsigned)e < ERR_COUNT ? e : ERR_INTERNAL].class;
}

enum err
err_from_code(const char *wire)
{
	for (unsigned e = 0; e < ERR_COUNT; e++) {
		if (strcmp(wire, code[e]) == 0)
			return (enum err)e;
	}
	return ERR_UNKNOWN_CODE;
}
