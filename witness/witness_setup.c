/* SPDX-License-Identifier: ISC */
#include "witness_setup.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "system/listen.h"
#include "system/network.h"
#include "system/whole.h"

#define FILE_MAX ((size_t)16 << 20)

enum option_id {
	STATE = 1,
	KEY,
	CREDENTIAL,
	NAME,
	LISTEN,
	LOG,
	PREFIX,
	LOGS,
	MAX,
	CONNECTIONS,
	EACH,
	PROXIES
};

static const struct row {
	const char *name, *value, *help;
	enum option_id id;
} rows[] = {
	{ "state", "FOLDER",
	    "what was cosigned, its owner's alone (" WITNESS_SETUP_DIR ")",
	    STATE },
	{ "key", "FILE", "name and key, mode 0600 (keygen)", KEY },
	{ "credential", "NAME", "they are this systemd credential instead",
	    CREDENTIAL },
	{ "name", "NAME", "of a new witness, such as example.com/w1", NAME },
	{ "listen", "ADDRESS", "HTTP, for a proxy (" WITNESS_SETUP_LISTEN ")",
	    LISTEN },
	{ "log", "VKEY", "a log to witness; its origin is the key's name",
	    LOG },
	{ "log-prefix", "NAME+KEY",
	    "all logs NAME/CHAINID under one Ed25519 key, in base64", PREFIX },
	{ "logs", "FILE",
	    "more of both, a line each: log VKEY, or prefix NAME+KEY", LOGS },
	{ "max-logs", "N", "that are remembered (100000)", MAX },
	{ "connections", "N", "at once (1000)", CONNECTIONS },
	{ "per-address", "N", "of them from one address (100)", EACH },
	{ "proxies", "LIST",
	    "addresses that --per-address does not count (127.0.0.0/8 ::1)",
	    PROXIES },
};

#define ROWS (sizeof rows / sizeof *rows)

void
witness_setup_each(void (*call)(FILE *f, const char *option, const char *help),
    FILE *f)
{
	for (size_t i = 0; i < ROWS; i++) {
		char name[40];

		(void)snprintf(name, sizeof name, "--%s %s", rows[i].name,
		    rows[i].value);
		call(f, name, rows[i].help);
	}
}

static bool
number(unsigned *to, const char *text, unsigned long least, unsigned long most)
{
	unsigned long v;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	v = strtoul(text, &end, 10);
	*to = (unsigned)v;
	return *end == '\0' && v >= least && v <= most;
}

static enum err
file_of_logs(struct witness_setup *s, const char *path, char why[256])
{
	uint8_t *text = malloc(FILE_MAX);
	size_t n, line;
	enum err e;

	if (text == NULL)
		return ERR_OUT_OF_MEMORY;
	if (whole_file(path, text, FILE_MAX, &n) != OK) {
		(void)snprintf(why, 256, "%.200s", path);
		e = ERR_FILE_READ;
	} else {
		e = admit_lines(s->logs, span_of(text, n), &line);
		if (e != OK)
			(void)snprintf(why, 256, "%.200s, line %zu", path,
			    line);
	}
	free(text);
	return e;
}

/* ERR_USAGE: the value is none. */
static enum err
take_log(struct witness_setup *s, enum option_id id, const char *value,
    char why[256])
{
	enum err e;

	if (id == LOGS)
		return file_of_logs(s, value, why);
	e = id == LOG ? admit_log(s->logs, span_str(value))
		      : admit_prefix(s->logs, span_str(value));
	if (e != OK)
		(void)snprintf(why, 256, "%.200s", value);
	return e;
}

static bool
take_text(const char **to, const char *value, bool good)
{
	*to = value;
	return good;
}

static bool
take_plain(struct witness_setup *s, enum option_id id, const char *value)
{
	struct networks w;

	switch (id) {
	case STATE:
		return take_text(&s->dir, value, true);
	case KEY:
		return take_text(&s->key, value, true);
	case CREDENTIAL:
		return take_text(&s->credential, value, true);
	case NAME:
		return take_text(&s->name, value, true);
	case LISTEN:
		return take_text(&s->listen, value, listen_is_address(value));
	case PROXIES:
		return take_text(&s->proxies, value,
		    network_parse(value, &w) == OK);
	case MAX:
		return number(&s->max, value, 1, 10000000);
	case CONNECTIONS:
		return number(&s->connections, value, 1, 100000);
	case EACH:
		return number(&s->each, value, 1, 100000);
	case LOG:
	case PREFIX:
	case LOGS:
		break;
	}
	return false;
}

static enum err
take(struct witness_setup *s, int id, const char *value, const char *what,
    char why[256])
{
	if (id == LOG || id == PREFIX || id == LOGS)
		return take_log(s, (enum option_id)id, value, why);
	if (id != '?' && take_plain(s, (enum option_id)id, value))
		return OK;
	(void)snprintf(why, 256, "%.200s: not an option, or not a value of it",
	    what);
	return ERR_USAGE;
}

enum err
witness_setup_options(struct witness_setup *s, int argc, char **argv,
    char why[256])
{
	struct option option[ROWS + 1] = { { 0 } };
	int id;

	*s = (struct witness_setup){ .dir = WITNESS_SETUP_DIR,
		.listen = WITNESS_SETUP_LISTEN,
		.proxies = "127.0.0.0/8 ::1",
		.max = 100000,
		.connections = 1000,
		.each = 100 };
	TRY(admit_make(&s->logs));
	for (size_t i = 0; i < ROWS; i++)
		option[i] = (struct option){ rows[i].name, required_argument,
			NULL, (int)rows[i].id };
	opterr = 0;
	while ((id = getopt_long(argc, argv, "+", option, NULL)) != -1)
		TRY(take(s, id, optarg, argv[optind - 1], why));
	if (optind == argc)
		return OK;
	(void)snprintf(why, 256, "%.200s has no place", argv[optind]);
	return ERR_USAGE;
}

void
witness_setup_free(struct witness_setup *s)
{
	admit_free(s->logs);
	s->logs = NULL;
}

enum err
witness_setup_source(const struct witness_setup *s, char why[256])
{
	if ((s->key != NULL) != (s->credential != NULL))
		return OK;
	(void)snprintf(why, 256, "one of --key and --credential is needed");
	return ERR_USAGE;
}
