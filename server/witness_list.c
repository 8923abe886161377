/* SPDX-License-Identifier: ISC */
#include "witness_list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static bool
begins(struct span s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memcmp(s.p, text, n) == 0;
}

static bool
all_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n >= 1 && s.n <= 5;
}

/* What stands for this machine, whatever a resolver says. */
static bool
is_loopback(struct span host)
{
	static const char *const names[] = { "127.0.0.1", "localhost",
		"[::1]" };

	for (size_t i = 0; i < 3; i++)
		if (span_is(host, names[i]))
			return true;
	return false;
}

/* scheme://host[:port][/path], nothing that curl would read otherwise. */
static bool
url_fits(struct span s)
{
	bool plain = begins(s, "http://");
	size_t from = plain ? 7 : 8, end = from, colon;

	if (!plain && !begins(s, "https://"))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    strchr("?#@\\{}\"", s.p[i]))
			return false;
	while (end < s.n && s.p[end] != '/')
		end++;
	colon = end;
	for (size_t i = from; i < end; i++)
		if (s.p[i] == ':' && (s.p[from] != '[' || s.p[i - 1] == ']'))
			colon = i;
	if (colon == from ||
	    (colon < end &&
		!all_digits(span_of(s.p + colon + 1, end - colon - 1))))
		return false;
	return !plain || is_loopback(span_of(s.p + from, colon - from));
}

static struct span
word(struct span *line)
{
	struct span w;

	while (line->n && isspace(line->p[0]))
		*line = span_of(line->p + 1, line->n - 1);
	w = span_of(line->p, 0);
	while (line->n && !isspace(line->p[0])) {
		w.n++;
		*line = span_of(line->p + 1, line->n - 1);
	}
	return w;
}

const struct witness_peer *
witness_list_find(const struct witness_list *l, const struct note_key *k)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct note_key *have = &l->peer[i].key;

		if (h32_eq(&have->public, &k->public) &&
		    span_eq(have->name, k->name))
			return &l->peer[i];
	}
	return NULL;
}

enum err
witness_list_line(struct witness_list *l, struct span line, bool *is)
{
	struct witness_peer *w = &l->peer[l->n];
	struct span vkey = word(&line), url = word(&line);

	*is = vkey.n > 0 && vkey.p[0] != '#';
	if (!*is)
		return OK;
	if (vkey.n > NOTE_VKEY_MAX)
		return ERR_VKEY;
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	if (l->n == WITNESS_LIST_MAX || word(&line).n ||
	    url.n > WITNESS_LIST_URL || !url_fits(url))
		return ERR_SETTING;
	memset(w, 0, sizeof *w);
	memcpy(w->vkey, vkey.p, vkey.n);
	memcpy(w->url, url.p, url.n);
	TRY(note_vkey_decode(span_str(w->vkey), &w->key));
	if (w->key.type != NOTE_COSIGNATURE)
		return ERR_VKEY;
	if (witness_list_find(l, &w->key))
		return ERR_SETTING;
	memcpy(w->name, w->key.name.p, w->key.name.n);
	l->n++;
	return OK;
}

static void
close_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static void
free_line(char **line)
{
	free(*line);
}

enum err
witness_list_read(struct witness_list *l, const char *file, char *why,
    size_t why_n)
{
	__attribute__((cleanup(close_file))) FILE *f = NULL;
	__attribute__((cleanup(free_line))) char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	bool is;

	l->n = 0;
	if (*file == '\0')
		return OK;
	(void)snprintf(why, why_n, "witnesses: %s", file);
	f = fopen(file, "re");
	if (!f)
		return ERR_SETTING;
	for (int i = 1; (n = getline(&line, &cap, f)) > 0; i++) {
		if (witness_list_line(l, span_of(line, (size_t)n), &is) == OK)
			continue;
		(void)snprintf(why, why_n, "witnesses: %s, line %d", file, i);
		return ERR_SETTING;
	}
	if (ferror(f))
		return ERR_SETTING;
	why[0] = '\0';
	return OK;
}
