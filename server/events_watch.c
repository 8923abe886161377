/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "events_int.h"
#include "metrics.h"
#include "system/clock.h"

/* What a reader hears before anything else: it is there, and so long to wait
 * before it comes again. */
static const char greeting[] = ": encl\nretry: 3000\n\n";
static const char beat[] = ":\n\n";

void
events_watch_feed(struct events_watcher *w)
{
	struct events_topic *t = w->topic;

	if (w->page)
		return;
	if (w->told <= t->last && t->note_next && t->note_from == w->told) {
		w->told = t->note_next;
		w->page = t->note ? blob_keep(t->note) : NULL;
		w->at = 0;
	}
	if (w->page || !t->page || t->page_from != w->from)
		return;
	w->page = blob_keep(t->page);
	w->at = 0;
	w->from = t->page_next;
}

static int
put(struct events_watcher *w, char *p, size_t n, const char *text)
{
	size_t len = strlen(text);

	/* The library asks for no less than some hundred bytes. */
	if (n < len)
		return 0;
	memcpy(p, text, len);
	w->spoke = clock_steady_ms();
	return (int)len;
}

/* The cursor that holds before the first event, so that a reader whose
 * connection breaks early comes back to the same place. */
static int
put_greeting(struct events_watcher *w, char *p, size_t n)
{
	char text[sizeof greeting + 32];

	if (w->from == 0)
		return put(w, p, n, greeting);
	(void)snprintf(text, sizeof text, "%sid: %llu\n\n", greeting,
	    (unsigned long long)w->from - 1);
	return put(w, p, n, text);
}

static int
put_page(struct events_watcher *w, char *p, size_t n)
{
	struct span s = blob_bytes(w->page);
	size_t some = s.n - w->at < n ? s.n - w->at : n;

	memcpy(p, s.p + w->at, some);
	w->at += some;
	w->spoke = clock_steady_ms();
	if (w->at == s.n) {
		blob_drop(w->page);
		w->page = NULL;
	}
	return (int)some;
}

/* Nothing is at hand: perhaps the thread has to make it. */
static void
starve(struct events_watcher *w)
{
	struct events_topic *t = w->topic;

	if (w->from < t->head || w->told <= t->last)
		events_queue(w->events, t);
}

static int
next_bytes(struct events_watcher *w, char *p, size_t n)
{
	if (w->events->stop || (w->ends && w->ends <= clock_steady_ms()))
		return w->page && w->at ? put_page(w, p, n) : -1;
	if (w->greet) {
		w->greet = false;
		return put_greeting(w, p, n);
	}
	if (!w->page)
		events_watch_feed(w);
	if (w->page)
		return put_page(w, p, n);
	if (w->beat) {
		w->beat = false;
		return put(w, p, n, beat);
	}
	starve(w);
	return 0;
}

static int
watcher_read(struct stream *s, char *p, size_t n)
{
	struct events_watcher *w = (struct events_watcher *)(void *)s;
	int got;

	pthread_mutex_lock(&w->events->lock);
	got = next_bytes(w, p, n);
	pthread_mutex_unlock(&w->events->lock);
	return got;
}

_Static_assert(offsetof(struct events_watcher, stream) == 0, "the cast above");

static void
watcher_close(struct stream *s)
{
	struct events_watcher *w = (struct events_watcher *)(void *)s;
	struct events *e = w->events;

	pthread_mutex_lock(&e->lock);
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	w->topic->n--;
	e->n--;
	metrics_set(e->server->metrics, METRIC_WATCHERS, (int64_t)e->n);
	events_leave(e, w->topic);
	pthread_mutex_unlock(&e->lock);
	blob_drop(w->page);
	free(w);
}

static struct events_topic *
topic_of(struct events *e, const struct h32 *chain)
{
	struct events_topic **at, *t;

	if (!chain)
		return &e->all;
	at = events_bucket(e, chain);
	for (t = *at; t; t = t->same)
		if (h32_eq(&t->chain, chain))
			return t;
	t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->chain = *chain;
	t->moved = true;
	t->same = *at;
	*at = t;
	return t;
}

static enum err
join(struct events *e, struct events_watcher *w, const struct h32 *chain)
{
	struct events_topic *t;

	if (e->n >= e->max)
		return ERR_BUSY;
	t = topic_of(e, chain);
	if (!t)
		return ERR_OUT_OF_MEMORY;
	w->topic = t;
	w->next = t->watchers;
	w->link = &t->watchers;
	if (w->next)
		w->next->link = &w->next;
	t->watchers = w;
	t->n++;
	e->n++;
	metrics_set(e->server->metrics, METRIC_WATCHERS, (int64_t)e->n);
	/* Only the thread knows how far the topic goes. */
	t->moved |= w->from > t->head;
	if (w->from != t->head || t->moved || w->told <= t->last)
		events_queue(e, t);
	return OK;
}

enum err
events_watch(struct events *e, struct req *q, const struct events_wish *wish,
    struct stream **s)
{
	struct events_watcher *w = calloc(1, sizeof *w);
	enum err err;

	if (!w)
		return ERR_OUT_OF_MEMORY;
	w->stream = (struct stream){ watcher_read, watcher_close, q };
	w->events = e;
	w->from = wish->from;
	w->greet = true;
	w->spoke = clock_steady_ms();
	w->ends = wish->seconds ? w->spoke + wish->seconds * 1000 : 0;
	pthread_mutex_lock(&e->lock);
	err = join(e, w, wish->chain);
	pthread_mutex_unlock(&e->lock);
	if (err != OK) {
		free(w);
		return err;
	}
	*s = &w->stream;
	return OK;
}
