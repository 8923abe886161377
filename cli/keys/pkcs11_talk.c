/* SPDX-License-Identifier: ISC */
#include "pkcs11_talk.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "cli/fail.h"

#define PIN_MAX 256

static void
say(int fd, const struct pkcs11_message *m)
{
	while (send(fd, m, sizeof *m, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void
fill(char *to, size_t cap, const char *text)
{
	(void)snprintf(to, cap, "%s", text);
}

void
pkcs11_talk_say(int fd, enum pkcs11_said said, const char *text)
{
	struct pkcs11_message m = { .said = said };

	fill(m.text, sizeof m.text, text);
	say(fd, &m);
}

void
pkcs11_talk_key(int fd, const char *ref, const char *name, struct span blob)
{
	struct pkcs11_message m = { .said = PKCS11_KEY };

	if (blob.n > sizeof m.data)
		return;
	fill(m.text, sizeof m.text, ref);
	fill(m.name, sizeof m.name, name);
	memcpy(m.data, blob.p, blob.n);
	m.n = (uint32_t)blob.n;
	say(fd, &m);
}

void
pkcs11_talk_done(int fd, enum err e, struct span data)
{
	struct pkcs11_message m = { .said = PKCS11_DONE, .err = (uint32_t)e };

	fill(m.text, sizeof m.text, fail_detail());
	fill(m.hint, sizeof m.hint, fail_hint_text());
	if (e == OK && data.n <= sizeof m.data && data.n > 0) {
		memcpy(m.data, data.p, data.n);
		m.n = (uint32_t)data.n;
	}
	say(fd, &m);
	fail_forget();
}

enum err
pkcs11_talk_pin(int fd, const char *what, int tries, bool again,
    struct span *pin)
{
	struct pkcs11_message m = { .said = PKCS11_PIN,
		.tries = tries,
		.again = again };
	uint8_t *buf = sodium_malloc(PIN_MAX);
	uint32_t e = ERR_DECLINED;
	struct iovec part[2] = { { &e, sizeof e }, { buf, PIN_MAX } };
	ssize_t r;

	*pin = span_of(NULL, 0);
	if (buf == NULL)
		return ERR_OUT_OF_MEMORY;
	fill(m.text, sizeof m.text, what);
	say(fd, &m);
	do
		r = readv(fd, part, 2);
	while (r < 0 && errno == EINTR);
	if (r < (ssize_t)sizeof e || e != OK) {
		sodium_free(buf);
		return r < (ssize_t)sizeof e || e >= ERR_COUNT ? ERR_DECLINED
							       : (enum err)e;
	}
	*pin = span_of(buf, (size_t)r - sizeof e);
	return OK;
}

void
pkcs11_talk_forget(struct span *pin)
{
	sodium_free((void *)(uintptr_t)pin->p);
	*pin = span_of(NULL, 0);
}

bool
pkcs11_talk_request(int fd, uint8_t *request, size_t n)
{
	ssize_t r;

	do
		r = recv(fd, request, n, 0);
	while (r < 0 && errno == EINTR);
	return r == (ssize_t)n;
}

bool
pkcs11_talk_hear(int fd, struct pkcs11_message *m)
{
	ssize_t r;

	do
		r = recv(fd, m, sizeof *m, 0);
	while (r < 0 && errno == EINTR);
	if (r != (ssize_t)sizeof *m || m->said > PKCS11_DONE ||
	    m->err >= ERR_COUNT || m->n > sizeof m->data)
		return false;
	m->text[sizeof m->text - 1] = '\0';
	m->hint[sizeof m->hint - 1] = '\0';
	m->name[sizeof m->name - 1] = '\0';
	return true;
}

void
pkcs11_talk_answer(int fd, enum err e, struct span pin)
{
	uint32_t code = (uint32_t)e;
	struct iovec part[2] = { { &code, sizeof code },
		{ (void *)(uintptr_t)pin.p, pin.n } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };

	if (e == OK && pin.n > PIN_MAX) {
		code = ERR_PIN;
		part[1].iov_len = 0;
	}
	while (sendmsg(fd, &m, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}
