/* SPDX-License-Identifier: ISC */
/* What encl makes of the child that runs a module, whatever that says. */
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/keys/pkcs11_child.h"
#include "cli/mem.h"
#include "tests/lib/suite.h"

/* The person: a PIN, and what was heard. */
static struct {
	const char *pin;
	enum err err;
	struct ui_ask asked;
	char what[64];
	int touching, touched;
} person;

static enum err
secret(const struct ui *ui, const struct ui_ask *ask, struct span *s)
{
	uint8_t *p;

	(void)ui;
	person.asked = *ask;
	(void)snprintf(person.what, sizeof person.what, "%s", ask->what);
	if (person.err != OK)
		return person.err;
	p = sodium_malloc(strlen(person.pin));
	memcpy(p, person.pin, strlen(person.pin));
	*s = span_of(p, strlen(person.pin));
	return OK;
}

static void
touch(const struct ui *ui, const char *device, bool begin)
{
	(void)ui;
	ck_assert_str_eq(device, "the device");
	person.touching += begin ? 1 : -1;
	person.touched += begin;
	ck_assert_int_le(person.touching, 1);
	ck_assert_int_ge(person.touching, 0);
}

static const struct ui ui = { .secret = secret, .touch = touch };

static size_t keys;
static struct pkcs11_message last, done;

static void
key(void *ctx, const struct pkcs11_message *m)
{
	(void)ctx;
	keys++;
	last = *m;
}

/* Runs job to its end, and is back as before. */
static enum err
serve(void (*job)(int fd, void *arg), struct span request)
{
	struct pkcs11_child c;
	enum err e;

	keys = 0;
	person.touching = person.touched = 0;
	fail_forget();
	ck_assert_int_eq(pkcs11_child_start(&c, job, NULL), OK);
	e = pkcs11_child_serve(&c, &ui, NULL, request, key, NULL, &done);
	pkcs11_child_end(&c);
	ck_assert_int_eq(c.fd, -1);
	ck_assert_int_eq(c.pid, -1);
	ck_assert_int_eq(person.touching, 0);
	return e;
}

#define NOTHING span_of(NULL, 0)

static void
says_all(int fd, void *arg)
{
	(void)arg;
	pkcs11_talk_key(fd, "pkcs11:a", "name", span_str("blob"));
	pkcs11_talk_say(fd, PKCS11_TOUCH, "the device");
	pkcs11_talk_say(fd, PKCS11_TOUCH_END, "");
	pkcs11_talk_done(fd, OK, span_str("data"));
}

START_TEST(what_a_child_says_arrives)
{
	ck_assert_int_eq(serve(says_all, NOTHING), OK);
	ck_assert_uint_eq(keys, 1);
	ck_assert_str_eq(last.text, "pkcs11:a");
	ck_assert_str_eq(last.name, "name");
	ck_assert(span_is(span_of(last.data, last.n), "blob"));
	ck_assert(span_is(span_of(done.data, done.n), "data"));
	ck_assert_int_eq(person.touched, 1);
}
END_TEST

static void
fails(int fd, void *arg)
{
	(void)arg;
	fail_hint("do that");
	pkcs11_talk_done(fd, fail_with(ERR_PIN_BLOCKED, "this one"), NOTHING);
}

START_TEST(an_error_comes_with_its_words)
{
	ck_assert_int_eq(serve(fails, NOTHING), ERR_PIN_BLOCKED);
	ck_assert_str_eq(fail_detail(), "this one");
	ck_assert_str_eq(fail_hint_text(), "do that");
}
END_TEST

static void
asks(int fd, void *arg)
{
	struct span pin;
	enum err e = pkcs11_talk_pin(fd, "token", 1, true, &pin);

	(void)arg;
	pkcs11_talk_done(fd, e, e == OK ? pin : NOTHING);
	pkcs11_talk_forget(&pin);
}

START_TEST(a_pin_goes_where_it_was_asked)
{
	person.pin = "123456";
	ck_assert_int_eq(serve(asks, NOTHING), OK);
	ck_assert(span_is(span_of(done.data, done.n), "123456"));
	ck_assert_int_eq(person.asked.kind, UI_PIN);
	ck_assert_int_eq(person.asked.tries_left, 1);
	ck_assert(person.asked.again);
	ck_assert_str_eq(person.what, "token");
	person.err = ERR_DECLINED;
	ck_assert_int_eq(serve(asks, NOTHING), ERR_DECLINED);
	person.err = OK;
}
END_TEST

static void
echoes(int fd, void *arg)
{
	uint8_t b[5];

	pkcs11_talk_done(fd,
	    pkcs11_talk_request(fd, b, sizeof b) ? OK : ERR_INTERNAL,
	    span_of(b, sizeof b));
	/* Until the parent has hung up, and not before. */
	if (!pkcs11_talk_request(fd, b, sizeof b) && arg != NULL)
		(void)creat(arg, 0600);
}

START_TEST(a_request_is_answered)
{
	ck_assert_int_eq(serve(echoes, span_str("hello")), OK);
	ck_assert(span_is(span_of(done.data, done.n), "hello"));
	ck_assert_int_eq(serve(echoes, span_str("hi")), ERR_INTERNAL);
}
END_TEST

static void
crashes(int fd, void *arg)
{
	(void)arg;
	pkcs11_talk_say(fd, PKCS11_TOUCH, "the device");
	(void)raise(SIGKILL);
}

static void
goes(int fd, void *arg)
{
	(void)fd;
	(void)arg;
}

START_TEST(a_child_that_goes_is_an_error)
{
	ck_assert_int_eq(serve(crashes, NOTHING), ERR_DEVICE_GONE);
	ck_assert_ptr_nonnull(strstr(fail_detail(), "crashed"));
	ck_assert_int_eq(serve(goes, NOTHING), ERR_DEVICE_GONE);
	ck_assert_ptr_nonnull(strstr(fail_detail(), "ended"));
}
END_TEST

static struct pkcs11_message sent;
static size_t sent_n;

static void
sends(int fd, void *arg)
{
	(void)arg;
	(void)!write(fd, &sent, sent_n);
}

/* A module has the run of its process: the message may be anything. */
START_TEST(nonsense_is_an_error)
{
	const struct pkcs11_message good = { .said = PKCS11_DONE };

	sent = good;
	sent_n = sizeof sent;
	ck_assert_int_eq(serve(sends, NOTHING), OK);
	for (sent_n = 1; sent_n < sizeof sent; sent_n += 97)
		ck_assert_int_eq(serve(sends, NOTHING), ERR_DEVICE_GONE);
	sent_n = sizeof sent;
	sent.said = PKCS11_DONE + 1;
	ck_assert_int_eq(serve(sends, NOTHING), ERR_DEVICE_GONE);
	sent = good;
	sent.err = ERR_COUNT;
	ck_assert_int_eq(serve(sends, NOTHING), ERR_DEVICE_GONE);
	sent.err = ERR_COUNT - 1;
	ck_assert_int_eq(serve(sends, NOTHING), ERR_COUNT - 1);
	sent = good;
	sent.n = sizeof sent.data;
	ck_assert_int_eq(serve(sends, NOTHING), OK);
	sent.n++;
	ck_assert_int_eq(serve(sends, NOTHING), ERR_DEVICE_GONE);
	sent = good;
	sent.err = ERR_PIN;
	memset(sent.text, 'x', sizeof sent.text);
	memset(sent.hint, 'x', sizeof sent.hint);
	memset(sent.name, 'x', sizeof sent.name);
	ck_assert_int_eq(serve(sends, NOTHING), ERR_PIN);
	ck_assert_uint_eq(strlen(done.text), sizeof done.text - 1);
	ck_assert_uint_eq(strlen(done.hint), sizeof done.hint - 1);
	ck_assert_uint_eq(strlen(done.name), sizeof done.name - 1);
}
END_TEST

static int secret_fd;

static void
looks_around(int fd, void *arg)
{
	char b;

	(void)arg;
	pkcs11_talk_done(fd,
	    read(secret_fd, &b, 1) < 0 && write(secret_fd, "x", 1) < 0
		? OK
		: ERR_INTERNAL,
	    NOTHING);
}

START_TEST(a_module_has_no_connection_of_the_parents)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	secret_fd = pair[0];
	ck_assert_int_eq(serve(looks_around, NOTHING), OK);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(children_do_not_keep_each_other_alive)
{
	char ended[] = "/tmp/encl-ended.XXXXXX";
	struct pkcs11_child a, b;

	close(mkstemp(ended));
	ck_assert_int_eq(unlink(ended), 0);
	ck_assert_int_eq(pkcs11_child_start(&a, echoes, ended), OK);
	ck_assert_int_eq(pkcs11_child_start(&b, echoes, NULL), OK);
	ck_assert_int_eq(pkcs11_child_serve(&a, &ui, NULL, span_str("hello"),
			     NULL, NULL, &done),
	    OK);
	/* Were b to hold a's socket, a would wait, and be killed in the
	 * end. */
	pkcs11_child_end(&a);
	ck_assert_int_eq(unlink(ended), 0);
	ck_assert_int_eq(pkcs11_child_serve(&b, &ui, NULL, span_str("hello"),
			     NULL, NULL, &done),
	    OK);
	pkcs11_child_end(&b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_a_child_says_arrives,
		an_error_comes_with_its_words, a_pin_goes_where_it_was_asked,
		a_request_is_answered, a_child_that_goes_is_an_error,
		nonsense_is_an_error, a_module_has_no_connection_of_the_parents,
		children_do_not_keep_each_other_alive };

	return SUITE_RUN("pkcs11_child", t);
}
