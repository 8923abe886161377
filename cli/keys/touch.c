/* SPDX-License-Identifier: ISC */
#include "touch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "tty.h"

struct touch {
	pthread_mutex_t lock;
	pthread_cond_t ended_or_due;
	pthread_t thread;
	struct timespec due; /* CLOCK_MONOTONIC */
	const char *line;    /* what is written */
	size_t line_n;
	bool clear, ended, shown;
	struct sigaction was;
};

static const char clear_line[] = "\r\033[K";

static void
put(const char *s, size_t n)
{
	ssize_t w = write(STDERR_FILENO, s, n);

	(void)w; /* a prompt that nobody reads */
}

struct timespec
touch_due(struct timespec t, unsigned after)
{
	t.tv_sec += (time_t)(after / 1000);
	t.tv_nsec += (long)(after % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

static void *
wait_and_show(void *ctx)
{
	struct touch *t = ctx;
	int e = 0;

	(void)pthread_mutex_lock(&t->lock);
	while (!t->ended && e != ETIMEDOUT)
		e = pthread_cond_timedwait(&t->ended_or_due, &t->lock, &t->due);
	if (!t->ended) {
		put(t->line, t->line_n);
		t->shown = true;
	}
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Whoever interrupts a wait for a touch declines. */
static void
interrupted(int sig)
{
	(void)sig;
	put("\n", 1);
	_exit(exit_code(ERR_DECLINED));
}

static bool
clears(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL && term[0] != '\0' &&
	       strcmp(term, "dumb") != 0;
}

/* A line that could be wrapped could not be taken away. */
static void
make_line(struct touch *t, const char *device)
{
	const char *text = mem_printf("touch %s", out_name(device));

	t->clear = clears() && strlen(text) < tty_columns(STDERR_FILENO);
	t->line = mem_printf("%s%s", text, t->clear ? "" : "\n");
	t->line_n = strlen(t->line);
}

static bool
start(struct touch *t)
{
	pthread_condattr_t attr;
	bool ok;

	if (pthread_condattr_init(&attr) != 0)
		return false;
	ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	     pthread_cond_init(&t->ended_or_due, &attr) == 0 &&
	     pthread_mutex_init(&t->lock, NULL) == 0 &&
	     pthread_create(&t->thread, NULL, wait_and_show, t) == 0;
	(void)pthread_condattr_destroy(&attr);
	return ok;
}

struct touch *
touch_begin(const char *device, unsigned after)
{
	const struct sigaction on = { .sa_handler = interrupted };
	struct touch *t = mem_new(sizeof *t);
	struct timespec now;

	make_line(t, device);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	t->due = touch_due(now, after);
	(void)fflush(stderr);
	if (!start(t)) {
		put(t->line, t->line_n);
		if (t->clear)
			put("\n", 1);
		return NULL;
	}
	(void)sigaction(SIGINT, &on, &t->was);
	return t;
}

void
touch_end(struct touch *t)
{
	if (t == NULL)
		return;
	(void)pthread_mutex_lock(&t->lock);
	t->ended = true;
	(void)pthread_cond_signal(&t->ended_or_due);
	(void)pthread_mutex_unlock(&t->lock);
	(void)pthread_join(t->thread, NULL);
	(void)sigaction(SIGINT, &t->was, NULL);
	if (t->shown && t->clear)
		put(clear_line, sizeof clear_line - 1);
	(void)pthread_mutex_destroy(&t->lock);
	(void)pthread_cond_destroy(&t->ended_or_due);
}

bool
touch_shown(struct touch *t)
{
	bool shown;

	(void)pthread_mutex_lock(&t->lock);
	shown = t->shown;
	(void)pthread_mutex_unlock(&t->lock);
	return shown;
}
