/* SPDX-License-Identifier: ISC */
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "chain/span.h"

#define LINE 2048

static const char *const level_name[] = { "debug", "info", "warning", "error" };

static atomic_int least = LOG_LEVEL_INFO;

bool
log_set_level(const char *level)
{
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++) {
		if (strcmp(level, level_name[i]) == 0) {
			atomic_store(&least, i);
			return true;
		}
	}
	return false;
}

bool
log_wants(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

/* What does not fit is left out whole, so that the line stays JSON. */
static void
put_text(struct out *o, const char *s)
{
	out_put(o, "\"", 1);
	for (size_t used = 0; *s && used < 512; s++, used++) {
		char code[8];
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			(void)snprintf(code, sizeof code, "\\%c", c);
		} else if (c < 0x20 || c >= 0x7f) {
			(void)snprintf(code, sizeof code, "\\u%04x", c);
		} else {
			(void)snprintf(code, sizeof code, "%c", c);
		}
		out_put(o, code, strlen(code));
	}
	out_put(o, "\"", 1);
}

static void
put_member(struct out *o, const struct log_field *f)
{
	size_t was = o->n;

	out_put(o, ",", 1);
	put_text(o, f->name);
	out_put(o, ":", 1);
	if (f->text) {
		put_text(o, f->text);
	} else {
		char number[24];

		out_put(o, number,
		    (size_t)snprintf(number, sizeof number, "%lld",
			(long long)f->number));
	}
	if (o->full) {
		o->n = was;
		o->full = false;
	}
}

static void
put_time(struct out *o)
{
	char text[40];
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(text + n, sizeof text - n, ".%03ldZ",
	    now.tv_nsec / 1000000);
	out_put(o, "{\"ts\":\"", 7);
	out_put(o, text, n);
	out_put(o, "\"", 1);
}

void
log_write(enum log_level level, const char *request_id, const char *msg,
    const struct log_field *f)
{
	char line[LINE];
	struct out o = out_of(line, sizeof line - 2);

	if (!log_wants(level))
		return;
	put_time(&o);
	put_member(&o, &(struct log_field)LOG_TEXT("level", level_name[level]));
	put_member(&o, &(struct log_field)LOG_TEXT("msg", msg));
	if (request_id && *request_id) {
		put_member(&o,
		    &(struct log_field)LOG_TEXT("request_id", request_id));
	}
	for (; f && f->name; f++)
		put_member(&o, f);
	line[o.n] = '}';
	line[o.n + 1] = '\n';
	if (write(STDERR_FILENO, line, o.n + 2) < 0)
		return; /* there is nobody left to tell */
}
