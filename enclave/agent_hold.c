/* SPDX-License-Identifier: ISC */
#include "agent_hold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "system/whole.h"

#define FILE_MAX ((AGENT_HOLD_TAKEN + AGENT_HOLD_UNKNOWN) * (size_t)ENTRY_MAX)

/* The oldest stands first. */
struct shelf {
	size_t n, max;
	struct span statement[AGENT_HOLD_UNKNOWN];
};

struct agent_hold {
	pthread_mutex_t lock;
	char path[PATH_MAX]; /* empty: none */
	struct shelf taken, unknown;
};

static size_t
find(const struct shelf *s, struct span statement)
{
	size_t i = 0;

	while (i < s->n && !span_eq(s->statement[i], statement))
		i++;
	return i;
}

static void
drop(struct shelf *s, size_t i)
{
	free((void *)(uintptr_t)s->statement[i].p);
	s->n--;
	memmove(&s->statement[i], &s->statement[i + 1],
	    (s->n - i) * sizeof *s->statement);
}

static enum err
add(struct shelf *s, struct span statement)
{
	uint8_t *copy = malloc(statement.n);

	if (!copy)
		return ERR_OUT_OF_MEMORY;
	memcpy(copy, statement.p, statement.n);
	if (s->n == s->max)
		drop(s, 0);
	s->statement[s->n++] = span_of(copy, statement.n);
	return OK;
}

static bool
put_shelf(FILE *f, const struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (fwrite(s->statement[i].p, 1, s->statement[i].n, f) !=
		    s->statement[i].n)
			return false;
	return true;
}

static bool
flush(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	int fd;
	bool good;

	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	snprintf(slash ? slash + 1 : folder, 2, "%s", slash ? "" : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/* Another file takes the place of the old one, whole or not at all. */
static enum err
save(const struct agent_hold *h)
{
	char new[PATH_MAX + 8];
	FILE *f;
	bool good;

	if (!h->path[0])
		return OK;
	snprintf(new, sizeof new, "%s.new", h->path);
	f = fopen(new, "we");
	if (!f)
		return ERR_FILE;
	good = put_shelf(f, &h->taken) && put_shelf(f, &h->unknown) &&
	       fflush(f) == 0 && fsync(fileno(f)) == 0;
	good = fclose(f) == 0 && good;
	good = good && rename(new, h->path) == 0 && flush(h->path);
	return good ? OK : ERR_FILE;
}

static enum err
load_items(struct agent_hold *h, struct span left)
{
	enum item kind;
	struct span item;

	while (left.n) {
		if (entry_item(&left, &kind, &item) != OK ||
		    kind != ITEM_STATEMENT)
			return ERR_FILE;
		TRY(add(&h->unknown, item));
	}
	return OK;
}

static enum err
load(struct agent_hold *h)
{
	uint8_t *room = malloc(FILE_MAX + 1);
	enum err e;
	size_t n;

	if (!room)
		return ERR_OUT_OF_MEMORY;
	e = whole_file(h->path, room, FILE_MAX + 1, &n);
	if (e == OK)
		e = load_items(h, span_of(room, n));
	else if (errno == ENOENT)
		e = save(h); /* now rather than when it matters */
	free(room);
	return e;
}

enum err
agent_hold_open(const char *path, struct agent_hold **made)
{
	struct agent_hold *h = calloc(1, sizeof *h);
	enum err e = OK;

	if (!h)
		return ERR_OUT_OF_MEMORY;
	pthread_mutex_init(&h->lock, NULL);
	h->taken.max = AGENT_HOLD_TAKEN;
	h->unknown.max = AGENT_HOLD_UNKNOWN;
	if (path) {
		if (strlen(path) >= sizeof h->path) {
			errno = ENAMETOOLONG;
			e = ERR_FILE;
		} else {
			snprintf(h->path, sizeof h->path, "%s", path);
			e = load(h);
		}
	}
	if (e != OK) {
		agent_hold_close(h);
		return e;
	}
	*made = h;
	return OK;
}

void
agent_hold_close(struct agent_hold *h)
{
	while (h->taken.n)
		drop(&h->taken, 0);
	while (h->unknown.n)
		drop(&h->unknown, 0);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static enum err
put(struct agent_hold *h, struct span statement, bool taken)
{
	size_t i = find(&h->unknown, statement);

	if (find(&h->taken, statement) < h->taken.n ||
	    (!taken && i < h->unknown.n))
		return OK;
	TRY(add(taken ? &h->taken : &h->unknown, statement));
	if (taken && i < h->unknown.n)
		drop(&h->unknown, i);
	return save(h);
}

enum err
agent_hold_put(struct agent_hold *h, struct span statement, bool taken)
{
	enum err e;

	pthread_mutex_lock(&h->lock);
	e = put(h, statement, taken);
	pthread_mutex_unlock(&h->lock);
	return e;
}

bool
agent_hold_get(struct agent_hold *h, size_t i, struct out *o, bool *taken)
{
	const struct shelf *s = &h->taken;
	bool is;

	pthread_mutex_lock(&h->lock);
	*taken = i < s->n;
	if (!*taken) {
		i -= s->n;
		s = &h->unknown;
	}
	is = i < s->n;
	if (is)
		out_put(o, s->statement[i].p, s->statement[i].n);
	pthread_mutex_unlock(&h->lock);
	return is;
}
