/* SPDX-License-Identifier: ISC */
#include "setup.h"

#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "system/rootfile.h"

enum option_id {
	DIR_ = 1,
	SOCKET,
	ALLOW,
	ROOT,
	CREDENTIAL,
	MASTER,
	PASSPHRASE_FD,
	RATE,
	BURST,
	KEY_RATE,
	KEY_BURST,
	MEMORY
};

static const struct row {
	const char *name, *value, *help;
	enum option_id id;
} rows[] = {
	{ "dir", "FOLDER", "keys and record, its owner's alone (" SETUP_DIR ")",
	    DIR_ },
	{ "socket", "PATH", "where encld asks (" SETUP_SOCKET ")", SOCKET },
	{ "allow", "USER",
	    "who may ask, a name or a number; up to 8 times (this user)",
	    ALLOW },
	{ "root", "FILE",
	    "trust this attestation root too, PEM or DER; up to 8 times",
	    ROOT },
	{ "credential", "NAME", "the master secret is this systemd credential",
	    CREDENTIAL },
	{ "master", "FILE", "it is this file, mode 0600 (keygen)", MASTER },
	{ "passphrase-fd", "N",
	    "it is made of the line on this file descriptor (Argon2id)",
	    PASSPHRASE_FD },
	{ "rate", "N", "signatures a minute and key (60); 0: no limit", RATE },
	{ "burst", "N", "of them at once (60)", BURST },
	{ "key-rate", "N", "new keys a minute, all together (10); 0: no limit",
	    KEY_RATE },
	{ "key-burst", "N", "of them at once (600)", KEY_BURST },
	{ "memory", "MB", "for chains (256)", MEMORY },
};

#define ROWS (sizeof rows / sizeof *rows)

void
setup_help(FILE *f)
{
	for (size_t i = 0; i < ROWS; i++) {
		char name[40];

		(void)snprintf(name, sizeof name, "--%s %s", rows[i].name,
		    rows[i].value);
		(void)fprintf(f, "  %-20s %s\n", name, rows[i].help);
	}
}

static bool
number(const char *text, unsigned long least, unsigned long most,
    unsigned long *v)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*v = strtoul(text, &end, 10);
	return *end == '\0' && *v >= least && *v <= most;
}

static bool
user(struct setup *s, const char *text)
{
	const struct passwd *p;
	unsigned long v;

	if (s->uid_n == DOOR_UIDS)
		return false;
	if (number(text, 0, UINT32_MAX - 1, &v)) {
		s->uid[s->uid_n++] = (uid_t)v;
		return true;
	}
	p = getpwnam(text);
	if (p)
		s->uid[s->uid_n++] = p->pw_uid;
	return p != NULL;
}

static bool
set_number(unsigned *to, const char *text, unsigned long least,
    unsigned long most)
{
	unsigned long v;

	if (!number(text, least, most, &v))
		return false;
	*to = (unsigned)v;
	return true;
}

static bool
set_fd(struct setup *s, const char *text)
{
	unsigned long v;

	if (!number(text, 0, 1023, &v))
		return false;
	s->master.passphrase_fd = (int)v;
	return true;
}

static bool
take(struct setup *s, enum option_id id, const char *value)
{
	switch (id) {
	case DIR_:
		s->dir = value;
		return true;
	case SOCKET:
		s->socket = value;
		return true;
	case ALLOW:
		return user(s, value);
	case ROOT:
		if (s->root_file_n == SETUP_ROOTS)
			return false;
		s->root_file[s->root_file_n++] = value;
		return true;
	case CREDENTIAL:
		s->master.credential = value;
		return true;
	case MASTER:
		s->master.file = value;
		return true;
	case PASSPHRASE_FD:
		return set_fd(s, value);
	case RATE:
		return set_number(&s->rate.minute, value, 0, 60000);
	case BURST:
		return set_number(&s->rate.burst, value, 1, 1000000);
	case KEY_RATE:
		return set_number(&s->key_rate.minute, value, 0, 60000);
	case KEY_BURST:
		return set_number(&s->key_rate.burst, value, 1, 1000000);
	case MEMORY:
		return set_number(&s->memory_mb, value, 1, 1048576);
	}
	return false;
}

static enum err
one_source(const struct master_source *m, char why[256])
{
	int n = (m->credential != NULL) + (m->file != NULL) +
		(m->passphrase_fd >= 0);

	if (n == 1)
		return OK;
	(void)snprintf(why, 256,
	    "one of --credential, --master and --passphrase-fd is needed");
	return ERR_USAGE;
}

enum err
setup_options(struct setup *s, int argc, char **argv, char why[256])
{
	struct option option[ROWS + 1] = { { 0 } };
	int id;

	memset(s, 0, sizeof *s);
	s->dir = SETUP_DIR;
	s->socket = SETUP_SOCKET;
	s->master.passphrase_fd = -1;
	s->rate = (struct bucket_rate){ 60, 60 };
	s->key_rate = (struct bucket_rate){ .burst = 600, .minute = 10 };
	s->memory_mb = 256;
	for (size_t i = 0; i < ROWS; i++)
		option[i] = (struct option){ rows[i].name, required_argument,
			NULL, (int)rows[i].id };
	opterr = 0;
	while ((id = getopt_long(argc, argv, "+", option, NULL)) != -1) {
		if (id != '?' && take(s, (enum option_id)id, optarg))
			continue;
		(void)snprintf(why, 256,
		    "%.200s: not an option, or not a value of it",
		    argv[optind - 1]);
		return ERR_USAGE;
	}
	if (optind < argc) {
		(void)snprintf(why, 256, "%.200s has no place", argv[optind]);
		return ERR_USAGE;
	}
	if (s->uid_n == 0)
		s->uid[s->uid_n++] = geteuid();
	return one_source(&s->master, why);
}

enum err
setup_roots(struct setup *s, char why[256])
{
	s->root[0] = attest_root_aws;
	s->root_n = 1;
	for (size_t i = 0; i < s->root_file_n; i++) {
		if (rootfile_hash(s->root_file[i], &s->root[s->root_n]) != OK) {
			(void)snprintf(why, 256,
			    "%.200s is not a certificate, PEM or DER",
			    s->root_file[i]);
			return ERR_SETTING;
		}
		s->root_n++;
	}
	return OK;
}
