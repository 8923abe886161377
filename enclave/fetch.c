/* SPDX-License-Identifier: ISC */
#include "fetch.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#define URL_MAX 2048

struct fetch {
	CURL *curl;
	char server[512];
	struct curl_slist *auth; /* the bearer token's header, or NULL */
	const volatile sig_atomic_t *stop;
	long status;
	char detail[CURL_ERROR_SIZE];
	uint8_t *body;
	size_t n, cap;
};

static size_t
on_body(char *p, size_t one, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	size_t want = f->n + one * n, cap = f->cap ? f->cap : 65536;
	uint8_t *grown;

	if (want > FETCH_BODY_MAX)
		return 0;
	while (cap < want)
		cap *= 2;
	if (cap != f->cap) {
		grown = realloc(f->body, cap);
		if (!grown)
			return 0;
		f->body = grown;
		f->cap = cap;
	}
	if (n)
		memcpy(f->body + f->n, p, one * n);
	f->n = want;
	return one * n;
}

/* Called about once a second: ends a long poll when the program ends. */
static int
on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct fetch *f = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return f->stop && *f->stop;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static enum err
check_server(const char *url)
{
	static const char *const here[] = { "http://localhost",
		"http://127.0.0.1", "http://[::1]" };
	const char *rest;

	/* "http://localhost:1@elsewhere" is elsewhere */
	if (strpbrk(url, "@?#\\ "))
		return ERR_USAGE;
	if (begins(url, "https://"))
		return OK;
	if (!begins(url, "http://"))
		return ERR_USAGE;
	for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
		if (!begins(url, here[i]))
			continue;
		rest = url + strlen(here[i]);
		if (*rest == '\0' || *rest == ':' || *rest == '/')
			return OK;
	}
	return ERR_PLAIN_HTTP;
}

static bool
set_options(struct fetch *f, const struct fetch_opts *opts)
{
	CURL *c = f->curl;

	return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->detail) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_XFERINFODATA, f) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "encl-agent") ==
		   CURLE_OK &&
	       (!opts->ca_file || curl_easy_setopt(c, CURLOPT_CAINFO,
				      opts->ca_file) == CURLE_OK);
}

static bool
set_token(struct fetch *f, const char *token)
{
	char header[1024];
	int n;

	if (!token)
		return true;
	n = snprintf(header, sizeof header, "Authorization: Bearer %s", token);
	if (n < 0 || (size_t)n >= sizeof header)
		return false;
	f->auth = curl_slist_append(NULL, header);
	return f->auth != NULL;
}

enum err
fetch_open(const struct fetch_opts *opts, struct fetch **made)
{
	size_t n = strlen(opts->server);
	struct fetch *f;

	TRY(check_server(opts->server));
	while (n && opts->server[n - 1] == '/')
		n--;
	f = calloc(1, sizeof *f);
	if (!f)
		return ERR_OUT_OF_MEMORY;
	if (n >= sizeof f->server) {
		free(f);
		return ERR_USAGE;
	}
	memcpy(f->server, opts->server, n);
	f->stop = opts->stop;
	f->curl = curl_easy_init();
	if (!f->curl || !set_options(f, opts) || !set_token(f, opts->token)) {
		fetch_close(f);
		return ERR_OUT_OF_MEMORY;
	}
	*made = f;
	return OK;
}

void
fetch_close(struct fetch *f)
{
	if (!f)
		return;
	curl_slist_free_all(f->auth);
	if (f->curl)
		curl_easy_cleanup(f->curl);
	free(f->body);
	free(f);
}

long
fetch_status(const struct fetch *f)
{
	return f->status;
}

const char *
fetch_detail(const struct fetch *f)
{
	return f->detail;
}

/* RFC 9457: the stable name of what went wrong. */
static enum err
problem(const struct fetch *f)
{
	json_t *j = json_loadb((const char *)f->body, f->n,
	    JSON_REJECT_DUPLICATES, NULL);
	const char *code = json_string_value(json_object_get(j, "code"));
	enum err e = code ? err_from_code(code) : ERR_UNKNOWN_CODE;

	json_decref(j);
	return e == OK ? ERR_UNKNOWN_CODE : e;
}

static enum err
perform(struct fetch *f, const char *path, const char *header, long timeout_s)
{
	char url[URL_MAX];
	struct curl_slist first = { NULL, f->auth }; /* not ours to free */
	char copy[128];
	CURLcode code;

	snprintf(copy, sizeof copy, "%s", header);
	first.data = copy;
	if (snprintf(url, sizeof url, "%s%s", f->server, path) >= URL_MAX)
		return ERR_INTERNAL;
	f->n = 0;
	f->status = 0;
	f->detail[0] = '\0';
	curl_easy_setopt(f->curl, CURLOPT_URL, url);
	curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, &first);
	curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, timeout_s);
	code = curl_easy_perform(f->curl);
	curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, NULL);
	if (code != CURLE_OK) {
		if (!f->detail[0])
			snprintf(f->detail, sizeof f->detail, "%s",
			    curl_easy_strerror(code));
		return ERR_NETWORK;
	}
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &f->status);
	return f->status >= 200 && f->status < 300 ? OK : problem(f);
}

enum err
fetch_get(struct fetch *f, const char *path, const char *accept, long timeout_s,
    struct span *body)
{
	char header[128];

	snprintf(header, sizeof header, "Accept: %s", accept);
	curl_easy_setopt(f->curl, CURLOPT_HTTPGET, 1L);
	TRY(perform(f, path, header, timeout_s));
	*body = span_of(f->body, f->n);
	return OK;
}

enum err
fetch_post(struct fetch *f, const char *path, const char *type,
    struct span content, long timeout_s)
{
	char header[128];

	snprintf(header, sizeof header, "Content-Type: %s", type);
	curl_easy_setopt(f->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDS, content.p);
	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)content.n);
	return perform(f, path, header, timeout_s);
}
