/* SPDX-License-Identifier: ISC */
/* What a device says of a key, and whether that is enough. */
#include <check.h>

#include "tests/lib/attester.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

static struct attester m;

static void
setup(void)
{
	attester_make(&m);
}

static void
each(void)
{
	attester_again(&m);
}

/* Each row is a leaf with this one extension instead of the usual one. */
static const struct field {
	const char *oid;
	struct {
		const char *p;
		size_t n;
	} v;
	enum err want;
} fields[] = {
	{ PIV_CERT_FIRMWARE, { "\5\4\3", 3 }, OK },
	{ PIV_CERT_FIRMWARE, { NULL, 0 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_FIRMWARE, { "\5\4", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_FIRMWARE, { "\5\4\3\1", 4 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\1\1", 2 }, OK },
	{ PIV_CERT_POLICY, { "\5\3", 2 }, OK },
	{ PIV_CERT_POLICY, { NULL, 0 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2", 1 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2\2\2", 3 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\0\2", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\6\2", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2\0", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2\4", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { NULL, 0 }, OK },
	{ PIV_CERT_SERIAL, { "\2\1\0", 3 }, OK },
	{ PIV_CERT_SERIAL, { "\2\5\0\377\377\377\377", 7 }, OK },
	{ PIV_CERT_SERIAL, { "\2\5\1\0\0\0\0", 7 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\2\1\200", 3 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\2\2\0\1", 4 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\2\1\1\0", 4 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\4\1\1", 3 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_FORM, { "\201", 1 }, OK },
	{ PIV_CERT_FORM, { NULL, 0 }, OK },
	{ PIV_CERT_FORM, { "\1\1", 2 }, ERR_EVIDENCE_FIELDS },
};

START_TEST(reads_each_field_strictly)
{
	const struct field *f = &fields[_i];
	struct piv_cert_ask ask = { .ca = false };
	size_t n = 0;

	if (strcmp(f->oid, PIV_CERT_FIRMWARE) != 0)
		ask.extension[n++] =
		    (struct piv_cert_extension){ PIV_CERT_FIRMWARE,
			    span_of("\5\7\4", 3), false };
	if (strcmp(f->oid, PIV_CERT_POLICY) != 0)
		ask.extension[n++] =
		    (struct piv_cert_extension){ PIV_CERT_POLICY,
			    span_of("\2\2", 2), false };
	if (f->v.p != NULL)
		ask.extension[n++] = (struct piv_cert_extension){ f->oid,
			span_of(f->v.p, f->v.n), false };
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), f->want);
	if (f->v.p == NULL)
		return;
	/* Twice is never right, be it the same or not. */
	attester_again(&m);
	ask.extension[n] = ask.extension[n - 1];
	attester_bundle(&m, &ask);
	ck_assert_int_ne(attester_verdict(&m), OK);
}
END_TEST

static const struct {
	const char *name;
	enum err want;
} slots[] = {
	{ PIV_CERT_KEY "9a", OK },
	{ PIV_CERT_KEY "9C", OK },
	{ PIV_CERT_KEY "9e", OK },
	{ PIV_CERT_KEY "82", OK },
	{ PIV_CERT_KEY "95", OK },
	{ PIV_CERT_KEY "96", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "81", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "9b", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "f9", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "9", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "9c0", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "", ERR_EVIDENCE_FIELDS },
	{ "yubikey PIV Attestation 9c", ERR_EVIDENCE_FIELDS },
	{ "anything", ERR_EVIDENCE_FIELDS },
};

START_TEST(reads_the_slot_from_the_name)
{
	struct piv_cert_ask ask = { .subject = slots[_i].name };

	attester_usual(&ask);
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), slots[_i].want);
}
END_TEST

START_TEST(hears_of_fips_from_the_device_alone)
{
	const struct piv_cert_ask ask = { .subject = PIV_CERT_DEVICE,
		.key = m.key[DEVICE],
		.issuer = m.root_cert[0],
		.issuer_key = m.key[ROOT],
		.constraints = true,
		.ca = true,
		.path_len = -1,
		.extension = { { PIV_CERT_FIPS, span_of("\1", 1), false } } };
	X509 *device = piv_cert_make(&ask);
	struct piv_cert_ask leaf = { .ca = false };
	struct evidence ev;

	attester_put(&m,
	    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]));
	attester_put(&m, device);
	same(attester_verify(&m, m.root, 2, &ev), OK);
	ck_assert(ev.fips);
	attester_again(&m);
	attester_usual(&leaf);
	leaf.extension[2] = ask.extension[0];
	attester_bundle(&m, &leaf);
	same(attester_verify(&m, m.root, 2, &ev), OK);
	ck_assert(!ev.fips);
}
END_TEST

START_TEST(takes_no_statement_twice)
{
	struct piv_cert_ask ask = { .ca = false };

	attester_usual(&ask);
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), OK);
	attester_again(&m);
	ask.extension[2] = ask.extension[1];
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), ERR_EVIDENCE_FIELDS);
}
END_TEST

static const struct {
	uint8_t firmware[3];
	enum evidence_pin pin;
	enum evidence_touch touch;
	enum key_type type;
	enum err want;
} judged[] = {
	{ { 5, 7, 0 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256, OK },
	{ { 5, 7, 0 }, EVIDENCE_PIN_ALWAYS, EVIDENCE_TOUCH_ALWAYS, KEY_P384,
	    OK },
	{ { 5, 7, 0 }, EVIDENCE_PIN_MATCH_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P384,
	    OK },
	{ { 6, 0, 0 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256, OK },
	{ { 5, 6, 255 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 4, 3 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P384,
	    ERR_EVIDENCE_WEAK },
	{ { 4, 9, 9 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_NEVER, EVIDENCE_TOUCH_ALWAYS, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_NEVER, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_ALWAYS, EVIDENCE_TOUCH_CACHED, KEY_ED25519,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_ED25519,
	    OK },
};

START_TEST(judges_touch_pin_and_firmware)
{
	struct evidence ev = { .pin = judged[_i].pin,
		.touch = judged[_i].touch,
		.type = judged[_i].type };

	memcpy(ev.firmware, judged[_i].firmware, 3);
	same(evidence_judge(&ev), judged[_i].want);
}
END_TEST

static const struct evidence well = { .firmware = { 5, 7, 0 },
	.pin = EVIDENCE_PIN_ONCE,
	.touch = EVIDENCE_TOUCH_ALWAYS,
	.type = KEY_P256 };

START_TEST(wants_a_touch_each_time)
{
	struct evidence ev = well;

	same(evidence_judge(&ev), OK);
	ev.touch = EVIDENCE_TOUCH_CACHED;
	same(evidence_judge(&ev), ERR_EVIDENCE_WEAK);
}
END_TEST

START_TEST(wants_a_pin)
{
	struct evidence ev = well;

	ev.pin = EVIDENCE_PIN_NEVER;
	same(evidence_judge(&ev), ERR_EVIDENCE_WEAK);
}
END_TEST

START_TEST(wants_mended_firmware_for_ecdsa)
{
	struct evidence ev = well;

	ev.firmware[1] = 6;
	same(evidence_judge(&ev), ERR_EVIDENCE_WEAK);
	ev.type = KEY_ED25519;
	same(evidence_judge(&ev), OK);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	const TTest *const t[] = { hears_of_fips_from_the_device_alone,
		takes_no_statement_twice, wants_a_touch_each_time, wants_a_pin,
		wants_mended_firmware_for_ecdsa };
	TCase *c = tcase_create("evidence_fields");

	tcase_add_unchecked_fixture(c, setup, NULL);
	tcase_add_checked_fixture(c, each, NULL);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	tcase_add_loop_test(c, reads_each_field_strictly, 0, ROWS(fields));
	tcase_add_loop_test(c, reads_the_slot_from_the_name, 0, ROWS(slots));
	tcase_add_loop_test(c, judges_touch_pin_and_firmware, 0, ROWS(judged));
	return suite_run_cases("evidence_fields", &c, 1, CK_FORK_GETENV);
}
