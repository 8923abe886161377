/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>

#include "enclave/nsm_device.h"
#include "tests/lib/suite.h"

struct module { /* stands where the ioctl would */
	struct span answer;
	uint8_t request[NSM_DEVICE_REQUEST_MAX];
	size_t request_n, claim;
	int fail;
};

static int
exchange(void *ctx, struct span req, uint8_t *resp, size_t *resp_n)
{
	struct module *m = ctx;

	ck_assert_uint_eq(*resp_n, NSM_DEVICE_RESPONSE_MAX);
	memcpy(m->request, req.p, req.n);
	m->request_n = req.n;
	if (m->fail) {
		errno = m->fail;
		return -1;
	}
	memcpy(resp, m->answer.p, m->answer.n);
	*resp_n = m->claim ? m->claim : m->answer.n;
	return 0;
}

static enum err
ask(struct module *m, const struct nsm_ask *a, struct out *doc)
{
	struct nsm n;
	enum err e;

	ck_assert_int_eq(nsm_device_with(exchange, m, &n), OK);
	e = nsm_attest(&n, a, doc);
	nsm_close(&n);
	return e;
}

/* Octal escapes end after three digits, so letters may follow: "\241kAtt". */
#define BYTES(text) \
	{ \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

START_TEST(request_is_what_the_module_expects)
{
	static const char want[] =
	    "\241kAttestation\243iuser_data\102abenonce\100jpublic_key\366";
	struct module m = { .answer =
				BYTES("\241kAttestation\241hdocument\103DOC") };
	struct nsm_ask a = { BYTES("ab"), BYTES(""), { NULL, 0 } };
	uint8_t buf[16];
	struct out doc = out_of(buf, sizeof buf);

	ck_assert_int_eq(ask(&m, &a, &doc), OK);
	ck_assert(span_is(out_span(&doc), "DOC"));
	ck_assert_uint_eq(m.request_n, sizeof want - 1);
	ck_assert_mem_eq(m.request, want, sizeof want - 1);
}
END_TEST

START_TEST(three_full_fields_fit)
{
	struct module m = { .answer =
				BYTES("\241kAttestation\241hdocument\103DOC") };
	static uint8_t field[NSM_FIELD_MAX + 1];
	struct span full = span_of(field, NSM_FIELD_MAX);
	struct nsm_ask a = { full, full, full };
	uint8_t buf[2];
	struct out doc = out_of(buf, sizeof buf);

	ck_assert_int_eq(ask(&m, &a, &doc), ERR_NO_SPACE);
	ck_assert_uint_gt(m.request_n, 3 * NSM_FIELD_MAX);
	a.public_key.n++;
	ck_assert_int_eq(ask(&m, &a, &doc), ERR_TOO_LARGE);
}
END_TEST

START_TEST(answers)
{
	static const struct {
		struct span answer;
		enum err want;
	} ROW[] = {
		{ BYTES("\241kAttestation\241hdocument\101D"), OK },
		{ BYTES("\277kAttestation\277hdocument\101D\377\377"), OK },
		{ BYTES("\241kAttestation\241hdocument\131\000\001D"),
		    ERR_NSM },
		{ BYTES("\241kAttestation\242hdocument\101Dix\101D"), ERR_NSM },
		{ BYTES("\241eErroroInvalidArgument"), ERR_NSM_REFUSED },
		{ BYTES(""), ERR_NSM },
		{ BYTES("\241kAttestation\241hdocument\102D"), ERR_NSM },
		{ BYTES("\241kAttestation\241hdocument\101DD"), ERR_NSM },
		{ BYTES("\277kAttestation\277hdocument\101D\377"), ERR_NSM },
		{ BYTES("\241kAttestation\241hdocument\141D"), ERR_NSM },
		{ BYTES("\241kAttestation\241hdocument\132\377\377\377\377D"),
		    ERR_NSM },
		{ BYTES("\241kAttestation\241hdocument\133\000\000\000\000\000"
			"\000\000\001D"),
		    ERR_NSM },
		{ BYTES("\241iGetRandom\241\146random\101D"), ERR_NSM },
		{ BYTES("\201kAttestation"), ERR_NSM },
	};
	const struct nsm_ask a = { 0 };

	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		struct module m = { .answer = ROW[i].answer };
		uint8_t buf[16];
		struct out doc = out_of(buf, sizeof buf);

		ck_assert_msg(ask(&m, &a, &doc) == ROW[i].want, "row %zu", i);
	}
}
END_TEST

START_TEST(failing_module_is_an_error)
{
	struct module m = { .answer =
				BYTES("\241kAttestation\241hdocument\101D") };
	const struct nsm_ask a = { 0 };
	uint8_t buf[16];
	struct out doc = out_of(buf, sizeof buf);

	m.fail = EIO;
	ck_assert_int_eq(ask(&m, &a, &doc), ERR_NSM);
	m.fail = 0;
	m.claim = NSM_DEVICE_RESPONSE_MAX + 1;
	ck_assert_int_eq(ask(&m, &a, &doc), ERR_NSM);
	m.claim = 0;
	ck_assert_int_eq(ask(&m, &a, &doc), OK);
}
END_TEST

START_TEST(absent_device_is_an_error)
{
	struct nsm n;

	ck_assert_int_eq(nsm_device_open("/dev/null/nsm", &n), ERR_NSM);
	ck_assert_int_eq(errno, ENOTDIR);
}
END_TEST

START_TEST(device_that_is_none_is_an_error)
{
	const struct nsm_ask a = { 0 };
	uint8_t buf[16];
	struct out doc = out_of(buf, sizeof buf);
	struct nsm n;

	ck_assert_int_eq(nsm_device_open("/dev/null", &n), OK);
	ck_assert_int_eq(nsm_attest(&n, &a, &doc), ERR_NSM);
	nsm_close(&n);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { request_is_what_the_module_expects,
		three_full_fields_fit, answers, failing_module_is_an_error,
		absent_device_is_an_error, device_that_is_none_is_an_error };

	return SUITE_RUN("nsm_device", t);
}
