/* SPDX-License-Identifier: ISC */
#include "nsm_device.h"

#include <sys/ioctl.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/loose.h"

struct nsm_raw { /* struct nsm_raw of linux/nsm.h */
	struct iovec request, response;
};

_Static_assert(sizeof(struct iovec) == 16, "as the kernel has it");

#define NSM_IOCTL_RAW _IOWR(0x0a, 0x0, struct nsm_raw)

struct device {
	int fd; /* -1: none */
	nsm_device_exchange *exchange;
	void *ctx;
	uint8_t request[NSM_DEVICE_REQUEST_MAX];
	uint8_t response[NSM_DEVICE_RESPONSE_MAX];
};

static void
put_request(struct out *o, const struct nsm_ask *ask)
{
	cbor_put_map(o, 1);
	cbor_put_key(o, "Attestation");
	cbor_put_map(o, 3);
	nsm_put_field(o, "user_data", ask->user_data);
	nsm_put_field(o, "nonce", ask->nonce);
	nsm_put_field(o, "public_key", ask->public_key);
}

/* Opens a map of exactly one pair and reads its key. */
static enum err
open_pair(struct loose *c, struct loose_seq *map, struct span *key)
{
	bool more;

	TRY(loose_open(c, LOOSE_MAP, ERR_NSM, map));
	TRY(loose_more(c, map, &more));
	return more ? loose_string(c, LOOSE_TEXT, ERR_NSM, key) : ERR_NSM;
}

static enum err
close_pair(struct loose *c, struct loose_seq *map)
{
	bool more;

	TRY(loose_more(c, map, &more));
	return more ? ERR_NSM : OK;
}

static enum err
read_response(struct loose *c, struct span *doc)
{
	struct loose_seq outer, inner;
	struct span key;

	TRY(open_pair(c, &outer, &key));
	if (span_is(key, "Error"))
		return ERR_NSM_REFUSED;
	if (!span_is(key, "Attestation"))
		return ERR_NSM;
	TRY(open_pair(c, &inner, &key));
	if (!span_is(key, "document"))
		return ERR_NSM;
	TRY(loose_string(c, LOOSE_BYTES, ERR_NSM, doc));
	TRY(close_pair(c, &inner));
	TRY(close_pair(c, &outer));
	return c->p == c->end ? OK : ERR_NSM;
}

/* The bytes are the module's own: it writes maps of indefinite length in
 * documents since 2025, so it may do so here. */
/* Borrowed; ERR_NSM_REFUSED when the answer is an error, ERR_NSM when it is
 * neither. */
static enum err
document_of(struct span resp, struct span *doc)
{
	struct loose c = loose_of(resp);
	enum err e = read_response(&c, doc);

	return e == OK || e == ERR_NSM_REFUSED ? e : ERR_NSM;
}

static enum err
device_attest(void *ctx, const struct nsm_ask *ask, struct out *doc)
{
	struct device *d = ctx;
	struct out o = out_of(d->request, sizeof d->request);
	size_t n = sizeof d->response;
	struct span made;

	put_request(&o, ask);
	if (o.full)
		return ERR_TOO_LARGE;
	if (d->exchange(d->ctx, out_span(&o), d->response, &n) != 0 ||
	    n > sizeof d->response)
		return ERR_NSM;
	TRY(document_of(span_of(d->response, n), &made));
	out_put(doc, made.p, made.n);
	return OK;
}

static void
device_close(void *ctx)
{
	struct device *d = ctx;

	if (d->fd >= 0)
		close(d->fd);
	free(d);
}

enum err
nsm_device_with(nsm_device_exchange *exchange, void *ctx, struct nsm *n)
{
	struct device *d = calloc(1, sizeof *d);

	if (!d)
		return ERR_OUT_OF_MEMORY;
	d->fd = -1;
	d->exchange = exchange;
	d->ctx = ctx;
	*n = (struct nsm){ .ctx = d,
		.attest = device_attest,
		.close = device_close };
	return OK;
}

static int
exchange_ioctl(void *ctx, struct span req, uint8_t *resp, size_t *resp_n)
{
	const struct device *d = ctx;
	uint8_t copy[NSM_DEVICE_REQUEST_MAX];
	struct nsm_raw raw;
	int rc;

	if (req.n > sizeof copy) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(copy, req.p, req.n);
	raw.request = (struct iovec){ copy, req.n };
	raw.response = (struct iovec){ resp, *resp_n };
	do
		rc = ioctl(d->fd, NSM_IOCTL_RAW, &raw);
	while (rc != 0 && errno == EINTR);
	*resp_n = raw.response.iov_len;
	return rc;
}

enum err
nsm_device_open(const char *path, struct nsm *n)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct device *d;
	enum err e;

	if (fd < 0)
		return ERR_NSM;
	e = nsm_device_with(exchange_ioctl, NULL, n);
	if (e != OK) {
		close(fd);
		return e;
	}
	d = n->ctx;
	d->fd = fd;
	d->ctx = d;
	return OK;
}
