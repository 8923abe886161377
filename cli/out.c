/* SPDX-License-Identifier: ISC */
#include "out.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/text.h"
#include "exit.h"
#include "fail.h"
#include "hint.h"
#include "mem.h"

/* The length of the UTF-8 character at s that may be shown, or 0. */
static size_t
shown(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] == '\n' || s[0] == '\t')
		return 1;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return text_is_plain(span_of(s, n)) ? n : 0;
}

__attribute__((format(printf, 2, 0))) static void
put(FILE *f, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	unsigned char *t;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	t = mem_new(n < 0 ? 1 : (size_t)n + 1);
	if (n > 0)
		(void)vsnprintf((char *)t, (size_t)n + 1, fmt, again);
	va_end(again);
	for (size_t len; *t != '\0'; t += len) {
		len = shown(t);
		if (len > 0) {
			(void)fwrite(t, 1, len, f);
			continue;
		}
		(void)fputc('?', f);
		len = 1;
	}
}

char *
out_line(const char *s)
{
	const unsigned char *from = (const unsigned char *)s;
	char *t = mem_new(strlen(s) + 1), *to = t;

	while (*from != '\0') {
		size_t n = *from < ' ' ? 0 : shown(from);

		*to = '?';
		memcpy(to, from, n);
		to += n > 0 ? n : 1;
		from += n > 0 ? n : 1;
	}
	return t;
}

static bool
in_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

char *
out_name(const char *s)
{
	char *t = out_line(s), *to = t;
	size_t head = OUT_NAME / 2, tail;

	for (const char *from = t; *from != '\0'; from++)
		if (*from != ' ' || (to > t && to[-1] != ' '))
			*to++ = *from;
	while (to > t && to[-1] == ' ')
		to--;
	*to = '\0';
	if (to - t <= OUT_NAME)
		return t;
	tail = (size_t)(to - t) - (OUT_NAME / 2 - 3);
	while (in_character(t[head]))
		head--;
	while (in_character(t[tail]))
		tail++;
	return mem_printf("%.*s...%s", (int)head, t, t + tail);
}

void
out_data(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(stdout, fmt, ap);
	va_end(ap);
}

void
out_talk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(stderr, fmt, ap);
	va_end(ap);
}

void
out_bytes(struct span s)
{
	(void)fwrite(s.p, 1, s.n, stdout);
}

void
out_bold(int stream, bool on)
{
	const char *no = getenv("NO_COLOR");

	if (isatty(stream) && (no == NULL || no[0] == '\0'))
		(void)fputs(on ? "\033[1m" : "\033[0m",
		    stream == STDOUT_FILENO ? stdout : stderr);
}

/* JSON in printable ASCII; jansson leaves DEL as it is. */
static void
put_json(FILE *f, const json_t *j, size_t flags)
{
	char *t = json_dumps(j, flags | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	for (const char *p = t != NULL ? t : "null"; *p != '\0'; p++)
		if (*p == 0x7f)
			(void)fputs("\\u007F", f);
		else
			(void)fputc(*p, f);
	free(t);
}

static void yaml_value(FILE *f, const json_t *j, int indent, bool in_list);

static void
yaml_map(FILE *f, const json_t *j, int indent, int pad)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)j, key, v)
	{
		json_t *k = json_string(key);

		(void)fprintf(f, "%*s", pad, "");
		put_json(f, k, 0);
		(void)fputc(':', f);
		json_decref(k);
		yaml_value(f, v, indent + 2, false);
		pad = indent;
	}
}

/* Scalars are as JSON writes them, which YAML reads the same way.  in_list: a
 * "- " stands on this line already. */
static void
yaml_value(FILE *f, const json_t *j, int indent, bool in_list)
{
	int pad = in_list ? 0 : indent;
	json_t *v;
	size_t i;

	if (json_array_size(j) + json_object_size(j) == 0) {
		if (!in_list && indent > 0)
			(void)fputc(' ', f);
		if (json_is_array(j) || json_is_object(j))
			(void)fputs(json_is_array(j) ? "[]" : "{}", f);
		else
			put_json(f, j, 0);
		(void)fputc('\n', f);
		return;
	}
	if (!in_list && indent > 0)
		(void)fputc('\n', f);
	if (json_is_object(j)) {
		yaml_map(f, j, indent, pad);
		return;
	}
	json_array_foreach(j, i, v)
	{
		(void)fprintf(f, "%*s- ", pad, "");
		yaml_value(f, v, indent + 2, true);
		pad = indent;
	}
}

void
out_yaml(FILE *f, const json_t *j)
{
	yaml_value(f, j, 0, false);
}

enum err
out_json(const struct cli *c, json_t *j)
{
	if (j == NULL)
		return ERR_OUT_OF_MEMORY;
	if (c->format == FORMAT_YAML) {
		out_yaml(stdout, j);
	} else {
		put_json(stdout, j, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(j);
	return OK;
}

enum err
out_json_line(json_t *j)
{
	if (j == NULL)
		return ERR_OUT_OF_MEMORY;
	put_json(stdout, j, JSON_COMPACT);
	(void)putchar('\n');
	(void)fflush(stdout);
	json_decref(j);
	return OK;
}

void
out_table_head(struct out_table *t, size_t columns, const char *const *head)
{
	*t = (struct out_table){ .columns = columns };
	out_table_row(t, head);
}

void
out_table_row(struct out_table *t, const char *const *cell)
{
	size_t n = t->rows * t->columns;

	if (t->rows == t->cap) {
		t->cap = t->cap == 0 ? 16 : 2 * t->cap;
		t->cell = mem_grow(t->cell, n * sizeof *t->cell,
		    t->cap * t->columns * sizeof *t->cell);
	}
	for (size_t i = 0; i < t->columns; i++)
		t->cell[n + i] = out_line(cell[i] ? cell[i] : "-");
	t->rows++;
}

void
out_table_print(const struct out_table *t)
{
	int width[OUT_COLUMNS] = { 0 };

	for (size_t i = 0; i < t->rows * t->columns; i++) {
		int n = (int)strlen(t->cell[i]);

		if (n > width[i % t->columns])
			width[i % t->columns] = n;
	}
	for (size_t i = 0; i < t->rows; i++) {
		out_bold(STDOUT_FILENO, i == 0);
		for (size_t k = 0; k < t->columns; k++) {
			const char *s = t->cell[i * t->columns + k];

			if (k + 1 == t->columns)
				out_data("%s", s);
			else
				out_data("%-*s  ", width[k], s);
		}
		if (i == 0)
			out_bold(STDOUT_FILENO, false);
		out_data("\n");
	}
}

static const char *
hint(enum err e)
{
	return fail_hint_text()[0] != '\0' ? fail_hint_text() : hint_of(e);
}

static json_t *
also(void)
{
	json_t *list = json_array();

	for (size_t i = 0; fail_also_text(i) != NULL; i++)
		(void)json_array_append_new(list,
		    json_string(out_line(fail_also_text(i))));
	return list;
}

static void
error_json(enum err e)
{
	json_t *j = json_pack("{s:{s:s,s:s,s:i}}", "error", "code", err_code(e),
	    "message", err_sentence(e), "exit", exit_code(e));
	json_t *o = json_object_get(j, "error");

	if (fail_detail()[0] != '\0')
		(void)json_object_set_new(o, "detail",
		    json_string(fail_detail()));
	if (fail_also_text(0) != NULL)
		(void)json_object_set_new(o, "also", also());
	if (hint(e) != NULL)
		(void)json_object_set_new(o, "hint", json_string(hint(e)));
	if (fail_request()[0] != '\0')
		(void)json_object_set_new(o, "request_id",
		    json_string(fail_request()));
	put_json(stderr, j, JSON_COMPACT);
	(void)fputc('\n', stderr);
	json_decref(j);
}

void
out_error(const struct cli *c, enum err e)
{
	(void)fflush(stdout);
	if (c->format != FORMAT_TABLE) {
		error_json(e);
		return;
	}
	out_talk("encl: %s", err_sentence(e));
	if (fail_detail()[0] != '\0')
		out_talk(" %s", out_line(fail_detail()));
	out_talk("\n");
	for (size_t i = 0; fail_also_text(i) != NULL; i++)
		out_talk("  also: %s\n", out_line(fail_also_text(i)));
	out_talk("  code: %s\n", err_code(e));
	if (fail_request()[0] != '\0')
		out_talk("  request: %s\n", out_line(fail_request()));
	if (hint(e) != NULL)
		out_talk("  hint: %s\n", out_line(hint(e)));
}

bool
out_unread(void)
{
	struct pollfd f = { STDOUT_FILENO, POLLOUT, 0 };

	return poll(&f, 1, 0) == 1 && (f.revents & POLLERR) != 0;
}

enum err
out_end(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail_with(ERR_FILE_WRITE, "standard output");
	return OK;
}
