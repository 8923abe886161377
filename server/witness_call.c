/* SPDX-License-Identifier: ISC */
#include "witness_call.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "chain/version.h"
#include "log.h"
#include "system/clock.h"

#define LANES 24 /* requests to one witness at once */
#define DEADLINE_MS 5000
#define CONNECT_MS 3000
#define AWAY_MS 500 /* after the first failure, doubled with each */
#define AWAY_MAX_MS 30000
#define ANSWER_MAX NOTE_MAX

/* A request on its way. */
struct lane {
	CURL *easy;
	struct house *house;
	struct witness_ask *ask; /* NULL: idle */
	char url[WITNESS_LIST_URL + 128];
	size_t body_n, answer_n;
	bool much; /* more than an answer has */
	uint8_t body[WITNESS_CALL_BODY], answer[ANSWER_MAX];
};

/* One witness. */
struct house {
	struct witness_call *call;
	const struct witness_peer *peer;
	struct witness_ask *first, **last;
	unsigned busy, failures;
	uint64_t away_until; /* steady ms */
	struct lane *lane[LANES];
};

struct witness_call {
	CURLM *multi;
	struct curl_slist *headers;
	struct metrics *metrics;
	const struct witness_list *list;
	size_t n;
	struct house house[WITNESS_LIST_MAX];
};

static size_t
take_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct lane *l = ctx;

	(void)size;
	if (n > sizeof l->answer - l->answer_n) {
		l->much = true;
		return 0;
	}
	memcpy(l->answer + l->answer_n, p, n);
	l->answer_n += n;
	return n;
}

static void
lane_free(struct lane *l)
{
	if (l && l->easy)
		curl_easy_cleanup(l->easy);
	free(l);
}

/* What all requests have in common. */
static bool
dress(struct lane *l)
{
	CURL *c = l->easy;

	return curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)DEADLINE_MS) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
		   (long)CONNECT_MS) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSLVERSION,
		   (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "encld/" VERSION) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, l) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PRIVATE, l) == CURLE_OK;
}

static struct lane *
lane_make(struct house *h)
{
	struct lane *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->house = h;
	l->easy = curl_easy_init();
	if (!l->easy || !dress(l)) {
		lane_free(l);
		return NULL;
	}
	return l;
}

/* An idle one; NULL: there are enough. */
static struct lane *
lane_of(struct house *h)
{
	for (size_t i = 0; i < LANES; i++) {
		if (!h->lane[i])
			h->lane[i] = lane_make(h);
		if (!h->lane[i] || !h->lane[i]->ask)
			return h->lane[i];
	}
	return NULL;
}

static void
tell(struct witness_ask *ask, const struct witness_answer *a)
{
	ask->done(ask, a);
}

static bool
address(struct lane *l, const struct witness_ask *ask)
{
	CURL *c = l->easy;
	bool get = ask->path[0] != '\0';

	(void)snprintf(l->url, sizeof l->url, "%s/%s", ask->peer->url,
	    get ? ask->path : "add-checkpoint");
	if (curl_easy_setopt(c, CURLOPT_URL, l->url) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_HTTPHEADER, l->house->call->headers) !=
		CURLE_OK)
		return false;
	if (get)
		return curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_POSTFIELDS, l->body) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)l->body_n) ==
		   CURLE_OK;
}

/* False: the request is not on its way. */
static bool
begin(struct lane *l, struct witness_ask *ask)
{
	struct out o = out_of(l->body, sizeof l->body);

	if (!ask->path[0] && (!ask->fill(ask, &o) || o.full))
		return false;
	l->body_n = o.n;
	l->answer_n = 0;
	l->much = false;
	if (!address(l, ask) ||
	    curl_multi_add_handle(l->house->call->multi, l->easy) != CURLM_OK)
		return false;
	l->ask = ask;
	l->house->busy++;
	return true;
}

static struct witness_ask *
take(struct house *h)
{
	struct witness_ask *ask = h->first;

	if (ask) {
		h->first = ask->next;
		if (!h->first)
			h->last = &h->first;
		ask->next = NULL;
	}
	return ask;
}

/* After a failure one is sent to see whether it is back. */
static void
send_some(struct house *h, uint64_t now)
{
	static const struct witness_answer none = { .said = WITNESS_SILENT };
	struct witness_ask *ask;
	struct lane *l;

	if (h->failures && now < h->away_until) {
		/* Those who ask again while they are told wait for their
		 * turn. */
		struct witness_ask *list = h->first, *next;

		h->first = NULL;
		h->last = &h->first;
		for (; list; list = next) {
			next = list->next;
			tell(list, &none);
		}
		return;
	}
	while (h->first && (h->failures == 0 || h->busy == 0) &&
	       (l = lane_of(h)) != NULL) {
		ask = take(h);
		if (!begin(l, ask))
			tell(ask, &none);
	}
}

/* A number and a newline, nothing else. */
static bool
read_size(struct span s, uint64_t *size)
{
	*size = 0;
	if (s.n < 2 || s.n > 17 || s.p[s.n - 1] != '\n' ||
	    (s.p[0] == '0' && s.n > 2))
		return false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*size = *size * 10 + (uint64_t)(s.p[i] - '0');
	}
	return *size < (UINT64_C(1) << 53);
}

static void
classify(struct lane *l, CURLcode code, struct witness_answer *a)
{
	long status = 0;

	*a = (struct witness_answer){ .said = WITNESS_SILENT };
	(void)curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK && !l->much)
		return;
	a->status = status;
	a->body = span_of(l->answer, l->answer_n);
	if (l->much)
		a->said = WITNESS_REFUSED;
	else if (status == 200)
		a->said = WITNESS_OK;
	else if (status == 409 && read_size(a->body, &a->size))
		a->said = WITNESS_CONFLICT;
	else
		a->said = WITNESS_REFUSED;
}

/* What the answer says of the witness as such. */
static void
judge_house(struct house *h, const struct witness_answer *a, CURLcode code)
{
	bool bad =
	    a->said == WITNESS_SILENT || a->status >= 500 || a->status == 429;
	uint64_t away = AWAY_MS;

	if (!bad) {
		if (h->failures)
			log_event(LOG_LEVEL_INFO, NULL, "witness answers again",
			    LOG_TEXT("witness", h->peer->name));
		h->failures = 0;
		return;
	}
	metrics_add(h->call->metrics, METRIC_WITNESS_FAILED, 1);
	for (unsigned i = 0; i < h->failures && away < AWAY_MAX_MS; i++)
		away *= 2;
	if (away > AWAY_MAX_MS)
		away = AWAY_MAX_MS;
	if (h->failures++ == 0)
		log_event(LOG_LEVEL_WARNING, NULL, "witness does not answer",
		    LOG_TEXT("witness", h->peer->name),
		    LOG_TEXT("url", h->peer->url),
		    LOG_NUMBER("status", a->status),
		    LOG_TEXT("why",
			code != CURLE_OK ? curl_easy_strerror(code) : ""));
	h->away_until = clock_steady_ms() + away;
}

static void
finish(struct witness_call *w, CURL *easy, CURLcode code)
{
	struct witness_answer a;
	struct witness_ask *ask;
	struct lane *l = NULL;
	char *private = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	l = (struct lane *)(void *)private;
	classify(l, code, &a);
	(void)curl_multi_remove_handle(w->multi, easy);
	ask = l->ask;
	judge_house(l->house, &a, code);
	tell(ask, &a); /* its body is in the lane until now */
	l->ask = NULL;
	l->house->busy--;
}

static void
hear(struct witness_call *w)
{
	struct CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left)))
		if (m->msg == CURLMSG_DONE)
			finish(w, m->easy_handle, m->data.result);
}

void
witness_call_ask(struct witness_call *w, struct witness_ask *ask)
{
	struct house *h = &w->house[ask->peer - w->list->peer];

	ask->next = NULL;
	*h->last = ask;
	h->last = &ask->next;
}

void
witness_call_turn(struct witness_call *w, unsigned ms)
{
	uint64_t now = clock_steady_ms();
	int running;

	for (size_t i = 0; i < w->n; i++)
		send_some(&w->house[i], now);
	(void)curl_multi_perform(w->multi, &running);
	hear(w);
	(void)curl_multi_poll(w->multi, NULL, 0, (int)ms, NULL);
	(void)curl_multi_perform(w->multi, &running);
	hear(w);
}

void
witness_call_wake(struct witness_call *w)
{
	(void)curl_multi_wakeup(w->multi);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;

static void
begin_curl(void)
{
	ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

enum err
witness_call_make(const struct witness_list *l, struct metrics *m,
    struct witness_call **w)
{
	struct witness_call *new;

	*w = NULL;
	(void)pthread_once(&once, begin_curl);
	new = ready ? calloc(1, sizeof *new) : NULL;
	if (!new)
		return ERR_OUT_OF_MEMORY;
	new->metrics = m;
	new->list = l;
	for (; new->n < l->n; new->n++) {
		struct house *h = &new->house[new->n];

		h->call = new;
		h->peer = &l->peer[new->n];
		h->last = &h->first;
	}
	new->multi = curl_multi_init();
	/* A body of a few hundred bytes is not worth asking first. */
	new->headers = curl_slist_append(NULL, "Expect:");
	if (!new->multi || !new->headers) {
		witness_call_free(new);
		return ERR_OUT_OF_MEMORY;
	}
	*w = new;
	return OK;
}

void
witness_call_free(struct witness_call *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++) {
		for (size_t k = 0; k < LANES; k++) {
			struct lane *l = w->house[i].lane[k];

			if (l && l->ask)
				(void)curl_multi_remove_handle(w->multi,
				    l->easy);
			lane_free(l);
		}
	}
	curl_slist_free_all(w->headers);
	if (w->multi)
		(void)curl_multi_cleanup(w->multi);
	free(w);
}
