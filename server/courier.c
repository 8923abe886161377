/* SPDX-License-Identifier: ISC */
#include "courier.h"

#include <stdlib.h>
#include <unistd.h>

#include <curl/curl.h>

#define CONNECT_MS 5000L
#define WHOLE_MS 15000L
#define ANSWER_MAX ((size_t)64 << 10) /* of an answer, which nobody reads */
#define CACHED 64L

struct cart;

struct courier {
	CURLM *multi;
	struct cart *first; /* under way */
	struct courier_config config;
};

struct cart {
	struct cart *next, **link;
	struct courier *courier;
	CURL *easy;
	struct curl_slist *list; /* headers, or recipients */
	void *ctx;
	bool mail, plain; /* plain: over http */
	bool refused;     /* its address is not one to go to */
	size_t answer, sent, n;
	char *bytes;
};

static void
cart_free(struct cart *p)
{
	if (!p)
		return;
	if (p->link) {
		*p->link = p->next;
		if (p->next)
			p->next->link = p->link;
	}
	if (p->easy)
		curl_easy_cleanup(p->easy);
	curl_slist_free_all(p->list);
	free(p->bytes);
	free(p);
}

/* The address is judged where it is used: what a name means may change between
 * two questions. */
static curl_socket_t
open_socket(void *ctx, curlsocktype what, struct curl_sockaddr *a)
{
	struct cart *p = ctx;
	const struct courier_config *c = &p->courier->config;
	bool named = outside_named(&c->allowed, &a->addr, a->addrlen);

	(void)what;
	if (!named && (p->plain || !outside_public(&a->addr, a->addrlen))) {
		p->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t
drop(char *bytes, size_t size, size_t n, void *ctx)
{
	struct cart *p = ctx;

	(void)bytes, (void)size;
	p->answer += n;
	return p->answer > ANSWER_MAX ? 0 : n;
}

static size_t
give(char *to, size_t size, size_t n, void *ctx)
{
	struct cart *p = ctx;
	size_t left = p->n - p->sent, some = size * n < left ? size * n : left;

	memcpy(to, p->bytes + p->sent, some);
	p->sent += some;
	return some;
}

#define SET(option, value) \
	(curl_easy_setopt(c, CURLOPT_##option, value) == CURLE_OK)

static bool
dress(struct cart *p)
{
	CURL *c = p->easy;

	return SET(NOSIGNAL, 1L) && SET(PROXY, "") && SET(FOLLOWLOCATION, 0L) &&
	       SET(TIMEOUT_MS, WHOLE_MS) &&
	       SET(CONNECTTIMEOUT_MS, CONNECT_MS) &&
	       SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       SET(WRITEFUNCTION, drop) && SET(WRITEDATA, p) &&
	       SET(NETRC, (long)CURL_NETRC_IGNORED) && SET(PRIVATE, p);
}

static struct cart *
cart_make(struct courier *r, struct span bytes, void *ctx)
{
	struct cart *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->courier = r;
	p->ctx = ctx;
	p->n = bytes.n;
	p->easy = curl_easy_init();
	p->bytes = malloc(bytes.n + 1);
	if (!p->easy || !p->bytes || !dress(p)) {
		cart_free(p);
		return NULL;
	}
	memcpy(p->bytes, bytes.p, bytes.n);
	return p;
}

static bool
list_put(struct cart *p, const char *text)
{
	struct curl_slist *list = curl_slist_append(p->list, text);

	if (list)
		p->list = list;
	return list != NULL;
}

static enum err
cart_send(struct courier *r, struct cart *p, bool ready)
{
	if (!ready || curl_multi_add_handle(r->multi, p->easy) != CURLM_OK) {
		cart_free(p);
		return ERR_OUT_OF_MEMORY;
	}
	p->next = r->first;
	p->link = &r->first;
	if (p->next)
		p->next->link = &p->next;
	r->first = p;
	return OK;
}

enum err
courier_post(struct courier *r, const char *url, const char *const *headers,
    struct span body, void *ctx)
{
	struct cart *p = cart_make(r, body, ctx);
	bool ready = p != NULL;
	CURL *c;

	if (!p)
		return ERR_OUT_OF_MEMORY;
	c = p->easy;
	p->plain = strncmp(url, "http://", 7) == 0;
	for (size_t i = 0; headers[i]; i++)
		ready = ready && list_put(p, headers[i]);
	ready = ready && SET(PROTOCOLS_STR, "http,https") && SET(URL, url) &&
		SET(USERAGENT, r->config.user_agent) &&
		SET(OPENSOCKETFUNCTION, open_socket) &&
		SET(OPENSOCKETDATA, p) && SET(POST, 1L) &&
		SET(POSTFIELDS, p->bytes) &&
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)p->n) &&
		SET(HTTPHEADER, p->list);
	return cart_send(r, p, ready);
}

enum err
courier_mail(struct courier *r, const char *from, const char *to,
    struct span message, void *ctx)
{
	struct cart *p = cart_make(r, message, ctx);
	bool ready = p != NULL && list_put(p, to);
	CURL *c;

	if (!p)
		return ERR_OUT_OF_MEMORY;
	c = p->easy;
	p->mail = true;
	ready = ready && SET(PROTOCOLS_STR, "smtp,smtps") &&
		SET(URL, r->config.smtp_url) && SET(MAIL_FROM, from) &&
		SET(MAIL_RCPT, p->list) && SET(READFUNCTION, give) &&
		SET(READDATA, p) && SET(UPLOAD, 1L);
	if (ready && r->config.smtp_user[0]) {
		/* A password goes over TLS or not at all. */
		ready = SET(USE_SSL, (long)CURLUSESSL_ALL) &&
			SET(USERNAME, r->config.smtp_user) &&
			SET(PASSWORD, r->config.smtp_password);
	} else if (ready) {
		ready = SET(USE_SSL, (long)CURLUSESSL_TRY);
	}
	return cart_send(r, p, ready);
}

static const char *
error_of(const struct cart *p, CURLcode e, long status)
{
	static const struct {
		CURLcode e;
		const char *text;
	} known[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "its name has no address" },
		{ CURLE_COULDNT_CONNECT, "nothing listens there" },
		{ CURLE_OPERATION_TIMEDOUT, "it took too long" },
		{ CURLE_WRITE_ERROR, "its answer was too long" },
		{ CURLE_PEER_FAILED_VERIFICATION,
		    "its certificate is not to be trusted" },
		{ CURLE_SSL_CONNECT_ERROR, "TLS failed" },
	};

	if (p->refused)
		return "its address is not on the public Internet";
	if (e == CURLE_OK)
		return status >= 300 && status < 400
			   ? "it answered with a redirect"
			   : "it answered with another status";
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].e == e)
			return known[i].text;
	return "the connection failed";
}

static void
finish(struct courier *r, const CURLMsg *m,
    void (*done)(void *arg, void *ctx, const struct courier_answer *a),
    void *arg)
{
	struct courier_answer a = { 0 };
	CURLcode e = m->data.result;
	CURL *c = m->easy_handle;
	curl_off_t us = 0, wait = 0;
	struct cart *p = NULL;
	long status = 0;

	if (curl_easy_getinfo(c, CURLINFO_PRIVATE, (char **)&p) != CURLE_OK ||
	    !p)
		return;
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c, CURLINFO_TOTAL_TIME_T, &us);
	(void)curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &wait);
	a.done = e == CURLE_OK && status >= 200 && status < 300;
	a.status = (int)status;
	a.took = (int)(us / 1000);
	a.wait = wait > 0 && wait < 86400 ? (unsigned)wait : 0;
	a.error = a.done ? NULL : error_of(p, e, status);
	(void)curl_multi_remove_handle(r->multi, c);
	done(arg, p->ctx, &a);
	cart_free(p);
}

void
courier_turn(struct courier *r, int ms,
    void (*done)(void *arg, void *ctx, const struct courier_answer *a),
    void *arg)
{
	const CURLMsg *m;
	int n;

	(void)curl_multi_perform(r->multi, &n);
	(void)curl_multi_poll(r->multi, NULL, 0, ms, NULL);
	(void)curl_multi_perform(r->multi, &n);
	while ((m = curl_multi_info_read(r->multi, &n)))
		if (m->msg == CURLMSG_DONE)
			finish(r, m, done, arg);
}

void
courier_wake(struct courier *r)
{
	(void)curl_multi_wakeup(r->multi);
}

enum err
courier_make(const struct courier_config *c, struct courier **out)
{
	struct courier *r = calloc(1, sizeof *r);

	*out = NULL;
	if (!r)
		return ERR_OUT_OF_MEMORY;
	r->config = *c;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		r->multi = curl_multi_init();
	if (!r->multi) {
		free(r);
		return ERR_OUT_OF_MEMORY;
	}
	(void)curl_multi_setopt(r->multi, CURLMOPT_MAXCONNECTS, CACHED);
	*out = r;
	return OK;
}

void
courier_free(struct courier *r)
{
	if (!r)
		return;
	while (r->first) {
		(void)curl_multi_remove_handle(r->multi, r->first->easy);
		cart_free(r->first);
	}
	(void)curl_multi_cleanup(r->multi);
	free(r);
}
