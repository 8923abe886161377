/* SPDX-License-Identifier: ISC */
#include "nsm_device.h"

#include <sys/ioctl.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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

void
nsm_device_request(struct out *o, const struct nsm_ask *ask)
{
	cbor_put_map(o, 1);
	cbor_put_key(o, "Attestation");
	cbor_put_map(o, 3);
	nsm_put_field(o, "user_data", ask->user_data);
	nsm_put_field(o, "nonce", ask->nonce);
	nsm_put_field(o, "public_key", ask->public_key);
}

/*
 * What the module answers is not ours to make strict: it writes maps of
 * indefinite length in documents since 2025, so it may do so here.
 */
enum {
	MAJOR_BYTES = 2,
	MAJOR_TEXT = 3,
	HEAD_MAP_1 = 0xa1,
	HEAD_MAP_OPEN = 0xbf,
	HEAD_BREAK = 0xff
};

static bool
take(struct span *s, uint8_t *b)
{
	if (s->n == 0)
		return false;
	*b = *s->p++;
	s->n--;
	return true;
}

static bool
take_string(struct span *s, unsigned major, struct span *v)
{
	uint8_t b, more;
	size_t n, extra;

	if (!take(s, &b) || b >> 5 != major || (b & 31) > 26)
		return false;
	n = b & 31;
	if (n >= 24) {
		extra = (size_t)1 << (n - 24);
		for (n = 0; extra; extra--) {
			if (!take(s, &more))
				return false;
			n = n << 8 | more;
		}
	}
	if (n > s->n)
		return false;
	*v = span_of(s->p, n);
	s->p += n;
	s->n -= n;
	return true;
}

/* A map of one pair, up to its value. */
static bool
take_map(struct span *s, struct span *key, bool *open)
{
	uint8_t b;

	if (!take(s, &b) || (b != HEAD_MAP_1 && b != HEAD_MAP_OPEN))
		return false;
	*open = b == HEAD_MAP_OPEN;
	return take_string(s, MAJOR_TEXT, key);
}

static bool
take_break(struct span *s, bool open)
{
	uint8_t b;

	return !open || (take(s, &b) && b == HEAD_BREAK);
}

enum err
nsm_device_response(struct span resp, struct span *doc)
{
	struct span key, inner;
	bool outer_open, inner_open;

	if (!take_map(&resp, &key, &outer_open))
		return ERR_NSM;
	if (span_is(key, "Error"))
		return ERR_NSM_REFUSED;
	if (!span_is(key, "Attestation") ||
	    !take_map(&resp, &inner, &inner_open) ||
	    !span_is(inner, "document") ||
	    !take_string(&resp, MAJOR_BYTES, doc) ||
	    !take_break(&resp, inner_open) || !take_break(&resp, outer_open) ||
	    resp.n)
		return ERR_NSM;
	return OK;
}

static enum err
device_attest(void *ctx, const struct nsm_ask *ask, struct out *doc)
{
	struct device *d = ctx;
	struct out o = out_of(d->request, sizeof d->request);
	size_t n = sizeof d->response;
	struct span made;

	nsm_device_request(&o, ask);
	if (o.full)
		return ERR_TOO_LARGE;
	if (d->exchange(d->ctx, out_span(&o), d->response, &n) != 0 ||
	    n > sizeof d->response)
		return ERR_NSM;
	TRY(nsm_device_response(span_of(d->response, n), &made));
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
		return ERR_INTERNAL;
	d->fd = -1;
	d->exchange = exchange;
	d->ctx = ctx;
	*n = (struct nsm){ d, device_attest, device_close };
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
