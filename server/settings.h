/* SPDX-License-Identifier: ISC */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdio.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * Settings, one row each in settings.c: name, kind, default, one line of
 * help.  Sources: the file (YAML, encld.yaml), then ENCLD_NAME in the
 * environment.  Unknown names are an error.  `encld check-config` prints
 * where each value came from.
 */
#define SETTINGS_MAX 32

struct settings {
	char listen[128];         /* "127.0.0.1:8420" or "[::1]:8420" */
	char ops_listen[128];     /* /livez /readyz /metrics */
	char public_url[256];     /* "https://encl.example.org" */
	char database[512];       /* libpq conninfo of the app role */
	char database_owner[512]; /* of the owner role, for migrate; "" same */
	char roots[1024]; /* further attestation roots: files, ':' between; ""
			   * none.   AWS G1 is always trusted. */
	char evidence_roots[1024]; /* custody.h: files, ':' between; "" none */
	char signer_socket[256];   /* of encl-signer; "": no server-held keys */
	char log_name[65];   /* of chains without witnesses; "": public_url's
			      * host */
	char witnesses[256]; /* witness_list.h: a file; "": none are known */
	unsigned loops, workers;
	unsigned cache_mb;
	unsigned rate_read, rate_write; /* calls a second and caller; 0: off */
	unsigned max_connections, max_connections_ip;
	unsigned replies_mb;
	char proxies[256]; /* network.h: those whose X-Forwarded-For is believed
			    * and whom no cap an address holds */
	char notices_key[256]; /* notice_key.h; "": no webhooks, no mails */
	char webhook_networks[256];              /* network.h */
	char smtp_url[256], smtp_from[128];      /* "": no mails */
	char smtp_user[128], smtp_password[256]; /* the latter a file */
	char log_level[16];
	uint8_t source[SETTINGS_MAX]; /* settings.c's own */
};

/* file NULL: defaults and environment alone.  Anything but OK is ERR_SETTING,
 * and why says which and what. */
MUST_USE enum err settings_load(struct settings *s, const char *file, char *why,
    size_t why_n);

/* One line a setting: its name, its value, where it came from.  Passwords in
 * connection strings are not shown. */
void settings_show(const struct settings *s, FILE *f);

#endif
