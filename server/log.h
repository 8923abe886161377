/* SPDX-License-Identifier: ISC */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One JSON object a line on stderr: ts, level, msg, request_id where there is
 * one, then the fields.  Never bodies, tokens or Authorization.
 */
enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR
};

struct log_field {
	const char *name; /* NULL ends the list */
	const char *text; /* NULL: number counts */
	int64_t number;
};

#define LOG_TEXT(name, text) \
	{ \
		name, text, 0 \
	}
#define LOG_NUMBER(name, number) \
	{ \
		name, NULL, (int64_t)(number) \
	}
#define LOG_END \
	{ \
		NULL, NULL, 0 \
	}

/* "debug", "info", "warning" or "error"; false for another word.  Once, before
 * there are threads; the default is info. */
bool log_set_level(const char *level);
bool log_wants(enum log_level level);

/* request_id and f may be NULL.  One write(2); long texts are cut. */
void log_write(enum log_level level, const char *request_id, const char *msg,
    const struct log_field *f);

/* log_event(LOG_LEVEL_INFO, q->request_id, "chain made",
 *     LOG_TEXT("name", name), LOG_NUMBER("entries", 1)) */
#define log_event(level, request_id, msg, ...) \
	log_write(level, request_id, msg, \
	    (const struct log_field[]){ __VA_ARGS__, LOG_END })

#endif
