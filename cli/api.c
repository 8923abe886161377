/* SPDX-License-Identifier: ISC */
#include "api.h"

#define CURL_DISABLE_TYPECHECK
#include <dlfcn.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>
#include <openssl/rand.h>

#include "definition/shape.h"
#include "fail.h"
#include "mem.h"
#include "problem.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* libcurl brings some forty libraries along; most calls of this program need
 * none of them. */
static struct {
	CURLcode (*global_init)(long);
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	CURLcode (*easy_perform)(CURL *);
	CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
	void (*easy_cleanup)(CURL *);
	const char *(*easy_strerror)(CURLcode);
	struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
	void (*slist_free_all)(struct curl_slist *);
} lib;

static bool
find(void *so, const char *name, void *fn)
{
	void *p = dlsym(so, name);

	/* POSIX, dlsym: the way to make a function pointer of it in C. */
	memcpy(fn, &p, sizeof p);
	return p != NULL;
}

static enum err
load(void)
{
	static bool done;
	void *so;

	if (done)
		return OK;
	so = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		so = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
	if (so == NULL || !find(so, "curl_global_init", &lib.global_init) ||
	    !find(so, "curl_easy_init", &lib.easy_init) ||
	    !find(so, "curl_easy_setopt", &lib.easy_setopt) ||
	    !find(so, "curl_easy_perform", &lib.easy_perform) ||
	    !find(so, "curl_easy_getinfo", &lib.easy_getinfo) ||
	    !find(so, "curl_easy_cleanup", &lib.easy_cleanup) ||
	    !find(so, "curl_easy_strerror", &lib.easy_strerror) ||
	    !find(so, "curl_slist_append", &lib.slist_append) ||
	    !find(so, "curl_slist_free_all", &lib.slist_free_all) ||
	    lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail_with(ERR_NETWORK,
		    "The library libcurl.so.4 cannot be used.");
	done = true;
	return OK;
}

static bool
is_loopback(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1",
		"[::1]" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (strncasecmp(host, names[i], n) == 0 &&
		    strchr(":/", host[n]) != NULL)
			return true;
	}
	return false;
}

static enum err
check_url(const struct conf *k)
{
	if (k->server == NULL) {
		fail_hint("`encl login --server URL`, or --server, or "
			  "ENCL_SERVER");
		return ERR_SERVER_NONE;
	}
	if (strpbrk(k->server, "@?# \\") != NULL)
		return fail_with(ERR_USAGE,
		    "The server's URL \"%s\" is not a plain one.", k->server);
	if (strncmp(k->server, "https://", 8) == 0)
		return OK;
	if (strncmp(k->server, "http://", 7) != 0)
		return fail_with(ERR_USAGE,
		    "The server's URL \"%s\" does not begin with https://.",
		    k->server);
	if (k->insecure_http || is_loopback(k->server + 7))
		return OK;
	fail_hint("--insecure-http allows it");
	return fail_with(ERR_PLAIN_HTTP, "%s", k->server);
}

struct reader {
	struct api_answer *a;
	uint8_t *p;
	size_t n, cap, max;
};

static size_t
on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct reader *r = ctx;
	size_t n = size * count;

	if (n > r->max - r->n)
		return 0;
	if (n > r->cap - r->n) {
		size_t cap = 2 * (r->n + n);

		r->p = mem_grow(r->p, r->n, cap);
		r->cap = cap;
	}
	memcpy(r->p + r->n, data, n);
	r->n += n;
	return n;
}

/* Copies the value when the header line has this name. */
static void
header(const char *line, size_t n, const char *name, char *to, size_t cap)
{
	size_t k = strlen(name);

	if (n <= k || strncasecmp(line, name, k) != 0 || line[k] != ':')
		return;
	for (k++; k < n && line[k] == ' '; k++)
		;
	while (n > k && (line[n - 1] == '\r' || line[n - 1] == '\n'))
		n--;
	if (n - k < cap) {
		memcpy(to, line + k, n - k);
		to[n - k] = '\0';
	}
}

static size_t
on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct api_answer *a = ((struct reader *)ctx)->a;
	size_t n = size * count;
	char seconds[16] = "";

	header(line, n, "content-type", a->type, sizeof a->type);
	header(line, n, "x-request-id", a->request_id, sizeof a->request_id);
	header(line, n, "date", a->date, sizeof a->date);
	header(line, n, "retry-after", seconds, sizeof seconds);
	if (seconds[0] >= '0' && seconds[0] <= '9')
		a->retry_after = (unsigned)strtoul(seconds, NULL, 10);
	return n;
}

static struct curl_slist *
headers(const struct conf *k, const struct api_request *q)
{
	struct curl_slist *l = NULL;

	l = lib.slist_append(l,
	    mem_printf("Accept: %s",
		q->accept != NULL ? q->accept : "application/json"));
	if (q->body.p != NULL && q->type != NULL)
		l = lib.slist_append(l,
		    mem_printf("Content-Type: %s", q->type));
	else
		l = lib.slist_append(l, "Content-Type:");
	/* Without this a larger body waits for a "100 Continue". */
	l = lib.slist_append(l, "Expect:");
	if (k->token != NULL && !q->no_token)
		l = lib.slist_append(l,
		    mem_printf("Authorization: Bearer %s", k->token));
	if (q->idempotency_key != NULL)
		l = lib.slist_append(l,
		    mem_printf("Idempotency-Key: %s", q->idempotency_key));
	return l;
}

static void
set_up(CURL *h, const struct conf *k, const struct api_request *q,
    struct reader *r, struct curl_slist *l)
{
	(void)lib.easy_setopt(h, CURLOPT_URL,
	    mem_printf("%s%s", k->server, q->path));
	(void)lib.easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)lib.easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)lib.easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)lib.easy_setopt(h, CURLOPT_TIMEOUT, 120L);
	(void)lib.easy_setopt(h, CURLOPT_USERAGENT, "encl");
	(void)lib.easy_setopt(h, CURLOPT_HTTPHEADER, l);
	(void)lib.easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	(void)lib.easy_setopt(h, CURLOPT_WRITEDATA, r);
	(void)lib.easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	(void)lib.easy_setopt(h, CURLOPT_HEADERDATA, r);
	/* The token is not for a proxy that the environment names. */
	if (strncmp(k->server, "http://", 7) == 0 && is_loopback(k->server + 7))
		(void)lib.easy_setopt(h, CURLOPT_NOPROXY, "*");
	if (k->ca_file != NULL)
		(void)lib.easy_setopt(h, CURLOPT_CAINFO, k->ca_file);
	if (q->body.p != NULL) {
		(void)lib.easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)q->body.n);
		(void)lib.easy_setopt(h, CURLOPT_POSTFIELDS, q->body.p);
	}
	(void)lib.easy_setopt(h, CURLOPT_CUSTOMREQUEST, q->method);
	if (q->peer)
		(void)lib.easy_setopt(h, CURLOPT_CERTINFO, 1L);
}

/* The first of the certificates is the peer's own. */
static void
keep_peer(CURL *h, struct api_answer *a)
{
	static const char name[] = "Cert:";
	const struct curl_certinfo *all = NULL;

	if (lib.easy_getinfo(h, CURLINFO_CERTINFO, &all) != CURLE_OK ||
	    all == NULL || all->num_of_certs < 1)
		return;
	for (const struct curl_slist *l = all->certinfo[0]; l; l = l->next)
		if (strncmp(l->data, name, strlen(name)) == 0)
			a->peer = span_str(
			    mem_string(span_str(l->data + strlen(name))));
}

static enum err
once(const struct conf *k, const struct api_request *q, struct api_answer *a,
    bool *sent)
{
	struct reader r = { .a = a, .max = q->max ? q->max : API_JSON_MAX };
	struct curl_slist *l = headers(k, q);
	CURL *h = lib.easy_init();
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	memset(a, 0, sizeof *a);
	if (h != NULL) {
		set_up(h, k, q, &r, l);
		rc = lib.easy_perform(h);
		(void)lib.easy_getinfo(h, CURLINFO_RESPONSE_CODE, &a->status);
		if (q->peer)
			keep_peer(h, a);
		lib.easy_cleanup(h);
	}
	lib.slist_free_all(l);
	a->body = span_of(r.p, r.n);
	*sent = rc != CURLE_COULDNT_CONNECT && rc != CURLE_COULDNT_RESOLVE_HOST;
	if (rc == CURLE_OK)
		return OK;
	if (rc == CURLE_WRITE_ERROR)
		return fail_with(ERR_ANSWER_BAD,
		    "The answer of %s is larger than %zu bytes.", k->server,
		    r.max);
	return fail_with(ERR_NETWORK, "%s: %s", k->server,
	    lib.easy_strerror(rc));
}

static void
pause_before(int round, unsigned retry_after)
{
	unsigned ms =
	    retry_after > 0 ? 1000 * retry_after : 200u << (2 * round);
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

enum err
api_call(const struct conf *k, const struct api_request *q,
    struct api_answer *a)
{
	bool safe = !q->once && (q->safe || strcmp(q->method, "GET") == 0);
	bool sent;
	enum err e = OK;

	TRY(check_url(k));
	TRY(load());
	for (int round = 0; round < 3; round++) {
		bool again;

		e = once(k, q, a, &sent);
		again = e == ERR_NETWORK ? safe || !sent
					 : e == OK && a->status == 503 && safe;
		if (!again || a->retry_after > 5 || round == 2)
			break;
		fail_forget();
		pause_before(round, a->retry_after);
	}
	return e;
}

static enum err
call_json(const struct conf *k, const struct api_request *q, json_t **j)
{
	struct shape_faults f = { 0 };
	struct api_answer a;

	*j = NULL;
	TRY(api_call(k, q, &a));
	TRY(problem_judge(&a));
	if (shape_load(a.body, j, &f) == OK)
		return OK;
	fail_request_id(a.request_id);
	return fail_with(ERR_ANSWER_BAD, "%s %s is not JSON.", q->method,
	    q->path);
}

enum err
api_get(const struct conf *k, const char *path, json_t **j)
{
	const struct api_request q = { .method = "GET", .path = path };

	return call_json(k, &q, j);
}

static enum err
post(const struct conf *k, const char *path, json_t *body, bool safe,
    json_t **j)
{
	char *text = json_dumps(body, JSON_COMPACT);
	uint8_t once_only[16];
	struct api_request q = { .method = "POST",
		.path = path,
		.type = "application/json",
		.safe = safe };
	enum err e;

	if (RAND_bytes(once_only, sizeof once_only) != 1)
		return ERR_CRYPTO;
	q.idempotency_key = mem_hex(span_of(once_only, sizeof once_only));

	json_decref(body);
	if (text == NULL)
		return ERR_OUT_OF_MEMORY;
	q.body = span_str(text);
	e = call_json(k, &q, j);
	free(text);
	return e;
}

enum err
api_post(const struct conf *k, const char *path, json_t *body, json_t **j)
{
	return post(k, path, body, true, j);
}

enum err
api_post_once(const struct conf *k, const char *path, json_t *body, json_t **j)
{
	return post(k, path, body, false, j);
}

enum err
api_submit(const struct conf *k, const char *path, json_t **j)
{
	const struct api_request q = { .method = "POST",
		.path = path,
		.body = span_of("", 0),
		.safe = true };

	return call_json(k, &q, j);
}

enum err
api_delete(const struct conf *k, const char *path)
{
	const struct api_request q = { .method = "DELETE",
		.path = path,
		.safe = true };
	struct api_answer a;

	TRY(api_call(k, &q, &a));
	return problem_judge(&a);
}

enum err
api_post_cbor(const struct conf *k, const char *path, struct span body,
    json_t **j)
{
	const struct api_request q = { .method = "POST",
		.path = path,
		.body = body,
		.type = "application/cbor",
		.safe = true };

	return call_json(k, &q, j);
}

enum err
api_get_bytes(const struct conf *k, const char *path, const char *accept,
    size_t max, struct span *body)
{
	const struct api_request q = { .method = "GET",
		.path = path,
		.accept = accept,
		.max = max };
	struct api_answer a;

	TRY(api_call(k, &q, &a));
	TRY(problem_judge(&a));
	*body = a.body;
	return OK;
}

#define QUIET_SECONDS 90 /* a stream says at least that it is there */

struct follower {
	CURL *h;
	bool (*tick)(void *ctx, bool moved);
	void *ctx;
	bool begun, moved, ended;
	char last; /* byte of what came: an event may come in pieces */
	bool data; /* the line before the last newline was not a comment */
};

/* An event ends with an empty line; a line that begins with ':' is none. */
static void
read_lines(struct follower *f, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (f->last == '\n' && p[i] == '\n') {
			f->moved = f->moved || f->data;
			f->data = false;
		} else if (f->last == '\n' && p[i] != ':') {
			f->data = true;
		}
		f->last = p[i];
	}
}

static size_t
on_event(char *data, size_t size, size_t count, void *ctx)
{
	struct follower *f = ctx;
	long status = 0;

	(void)lib.easy_getinfo(f->h, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return 0;
	if (!f->begun)
		f->moved = true; /* while it was asked for */
	f->begun = true;
	read_lines(f, data, size * count);
	return size * count;
}

static int
on_tick(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct follower *f = ctx;
	bool moved = f->moved;

	(void)a, (void)b, (void)c, (void)d;
	f->moved = false;
	f->ended = !f->tick(f->ctx, moved);
	return f->ended;
}

static CURLcode
follow(const struct conf *k, const char *path, struct follower *f, long *status)
{
	struct api_answer a = { 0 };
	struct reader r = { .a = &a };
	const struct api_request q = { .method = "GET",
		.path = path,
		.accept = "text/event-stream" };
	struct curl_slist *l = headers(k, &q);
	CURLcode rc;

	set_up(f->h, k, &q, &r, l);
	(void)lib.easy_setopt(f->h, CURLOPT_TIMEOUT, 0L);
	(void)lib.easy_setopt(f->h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)lib.easy_setopt(f->h, CURLOPT_LOW_SPEED_TIME,
	    (long)QUIET_SECONDS);
	(void)lib.easy_setopt(f->h, CURLOPT_WRITEFUNCTION, on_event);
	(void)lib.easy_setopt(f->h, CURLOPT_WRITEDATA, f);
	(void)lib.easy_setopt(f->h, CURLOPT_NOPROGRESS, 0L);
	(void)lib.easy_setopt(f->h, CURLOPT_XFERINFOFUNCTION, on_tick);
	(void)lib.easy_setopt(f->h, CURLOPT_XFERINFODATA, f);
	rc = lib.easy_perform(f->h);
	(void)lib.easy_getinfo(f->h, CURLINFO_RESPONSE_CODE, status);
	lib.slist_free_all(l);
	return rc;
}

enum err
api_follow(const struct conf *k, const char *path,
    bool (*tick)(void *ctx, bool moved), void *ctx, bool *begun)
{
	struct follower f = { .tick = tick, .ctx = ctx, .last = '\n' };
	long status = 0;

	*begun = false;
	TRY(check_url(k));
	TRY(load());
	f.h = lib.easy_init();
	if (f.h == NULL)
		return ERR_OUT_OF_MEMORY;
	(void)follow(k, path, &f, &status);
	lib.easy_cleanup(f.h);
	*begun = f.begun;
	if (f.ended)
		return OK;
	return status >= 400 && status < 500 ? ERR_NOT_FOUND : ERR_NETWORK;
}

char *
api_segment(const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *t = mem_new(3 * strlen(s) + 1), *p = t;

	for (; *s != '\0'; s++) {
		unsigned char ch = (unsigned char)*s;

		if ((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
		    (ch >= 'A' && ch <= 'Z') || strchr("-._~", ch) != NULL) {
			*p++ = *s;
			continue;
		}
		*p++ = '%';
		*p++ = hex[ch >> 4];
		*p++ = hex[ch & 15];
	}
	return t;
}
