/* SPDX-License-Identifier: ISC */
#include "fill.h"

#include <stdbool.h>
#include <string.h>

#define WIDTH 78

void
fill_text(FILE *f, const char *s, int lead, int at)
{
	bool start = true;

	while (*s != '\0') {
		int n = (int)strcspn(s, " \n");

		if (!start && at + 1 + n > WIDTH) {
			(void)fprintf(f, "\n%*s", lead, "");
			at = lead;
			start = true;
		}
		(void)fprintf(f, "%s%.*s", start ? "" : " ", n, s);
		at += n + !start;
		start = false;
		s += n;
		if (s[0] == '\n' && s[1] == '\n') {
			(void)fprintf(f, "\n\n%*s", lead, "");
			at = lead;
			start = true;
		}
		s += strspn(s, " \n");
	}
	(void)fputc('\n', f);
}

static void
mdoc_word(FILE *f, const char *s, int n, bool start)
{
	if (start && (*s == '.' || *s == '\''))
		(void)fputs("\\&", f);
	for (; n > 0; n--, s++)
		if (*s == '\\')
			(void)fputs("\\e", f);
		else
			(void)fputc(*s, f);
}

void
fill_mdoc(FILE *f, const char *s)
{
	bool start = true;
	int at = 0;

	while (*s != '\0') {
		int n = (int)strcspn(s, " \n");
		bool sentence;

		if (!start && at + 1 + n > WIDTH) {
			(void)fputc('\n', f);
			at = 0;
			start = true;
		}
		if (!start)
			(void)fputc(' ', f);
		mdoc_word(f, s, n, start);
		at += n + 1;
		start = false;
		sentence = n > 0 && s[n - 1] == '.';
		s += n;
		if (s[0] == '\n' && s[1] == '\n')
			(void)fputs("\n.Pp\n", f);
		else if (sentence && *s != '\0')
			(void)fputc('\n', f);
		else
			sentence = false;
		if (sentence || *s == '\n') {
			at = 0;
			start = true;
		}
		s += strspn(s, " \n");
	}
	(void)fputc('\n', f);
}
