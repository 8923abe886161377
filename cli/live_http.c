/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "doc_text.h"
#include "fail.h"
#include "live.h"
#include "mem.h"

static enum err
ask(const struct conf *k, const char *url, const struct api_request *q,
    struct span *body)
{
	struct conf other = { .server = url,
		.ca_file = k->ca_file,
		.insecure_http = k->insecure_http };
	struct api_answer a;
	enum err e = api_call(&other, q, &a);

	if (e == OK && (a.status < 200 || a.status > 299))
		e = fail_with(ERR_ANSWER_BAD, "%s%s answered with %ld.", url,
		    q->path, a.status);
	if (e != OK) {
		fail_hint("does the enclave listen at --url, and is --via what "
			  "answers there?");
		return e;
	}
	*body = a.body;
	return OK;
}

static const char *
without_slash(const char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	return mem_string(span_of(url, n));
}

enum err
live_http_evervault(const struct conf *k, const char *url, struct live *l)
{
	const struct api_request q = { .method = "GET",
		.path = "/.well-known/attestation",
		.no_token = true,
		.safe = true,
		.max = 2 * DOC_TEXT_MAX };
	struct span body;
	json_auto_t *j = NULL;
	const char *text;

	TRY(ask(k, without_slash(url), &q, &body));
	j = json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES,
	    NULL);
	text = json_string_value(json_object_get(j, "attestation_doc"));
	if (text == NULL)
		return fail_with(ERR_ANSWER_BAD,
		    "The answer has no attestation_doc.");
	*l = (struct live){ .doc = doc_text_read(
				span_str(mem_string(span_str(text)))) };
	return OK;
}

enum err
live_http_enclaver(const struct conf *k, const char *url,
    const uint8_t nonce[LIVE_NONCE], struct live *l)
{
	char text[sodium_base64_ENCODED_LEN(LIVE_NONCE,
	    sodium_base64_VARIANT_ORIGINAL)];
	struct api_request q = { .method = "POST",
		.path = "/v1/attestation",
		.type = "application/json",
		.accept = "application/cbor",
		.no_token = true,
		.safe = true,
		.max = DOC_TEXT_MAX };

	sodium_bin2base64(text, sizeof text, nonce, LIVE_NONCE,
	    sodium_base64_VARIANT_ORIGINAL);
	q.body = span_str(mem_printf("{\"nonce\":\"%s\"}", text));
	TRY(ask(k, without_slash(url), &q, &l->doc));
	l->doc = doc_text_read(l->doc);
	l->challenged = true;
	l->ours = false;
	return OK;
}
