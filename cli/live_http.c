/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "doc_text.h"
#include "fail.h"
#include "live.h"
#include "mem.h"

static enum err
ask(const struct conf *k, const char *url, const struct api_request *q,
    struct api_answer *a)
{
	struct conf other = { .server = url,
		.ca_file = k->ca_file,
		.insecure_http = k->insecure_http };
	enum err e = api_call(&other, q, a);

	if (e == OK && (a->status < 200 || a->status > 299))
		e = fail_with(ERR_ANSWER_BAD, "%s%s answered with %ld.", url,
		    q->path, a->status);
	if (e != OK)
		fail_hint("does the enclave listen at --url, and is --via what "
			  "answers there?");
	return e;
}

/* The public key in a certificate in PEM. */
static enum err
key_in(struct span pem, struct span *key)
{
	BIO *b = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = b != NULL ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	unsigned char *der = NULL;
	int n = x != NULL ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der) : -1;

	X509_free(x);
	BIO_free(b);
	if (n <= 0)
		return fail_with(ERR_ANSWER_BAD,
		    "The certificate of the TLS connection cannot be read.");
	*key = span_of(memcpy(mem_new((size_t)n), der, (size_t)n), (size_t)n);
	OPENSSL_free(der);
	return OK;
}

enum err
live_http_key(const char *url, struct span pem, struct span *key)
{
	*key = span_of(NULL, 0);
	if (pem.n > 0)
		return key_in(pem, key);
	return strncmp(url, "http://", 7) == 0
		   ? OK
		   : fail_with(ERR_ANSWER_BAD,
			 "This libcurl does not say who the TLS connection "
			 "is to.");
}

enum err
live_http_evervault(const struct conf *k, const char *url, struct live *l)
{
	const struct api_request q = { .method = "GET",
		.path = "/.well-known/attestation",
		.no_token = true,
		.safe = true,
		.peer = true,
		.max = 2 * DOC_TEXT_MAX };
	struct api_answer a;
	json_auto_t *j = NULL;
	const char *text;

	TRY(ask(k, conf_url(url), &q, &a));
	j = json_loadb((const char *)a.body.p, a.body.n, JSON_REJECT_DUPLICATES,
	    NULL);
	text = json_string_value(json_object_get(j, "attestation_doc"));
	if (text == NULL)
		return fail_with(ERR_ANSWER_BAD,
		    "The answer has no attestation_doc.");
	*l = (struct live){ .doc = doc_text_read(
				span_str(mem_string(span_str(text)))) };
	return live_http_key(url, a.peer, &l->tls_key);
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
	struct api_answer a;

	sodium_bin2base64(text, sizeof text, nonce, LIVE_NONCE,
	    sodium_base64_VARIANT_ORIGINAL);
	q.body = span_str(mem_printf("{\"nonce\":\"%s\"}", text));
	TRY(ask(k, conf_url(url), &q, &a));
	*l = (struct live){ .doc = doc_text_read(a.body), .challenged = true };
	return OK;
}
