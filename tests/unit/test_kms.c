/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "kms/kms_lint.h"
#include "kms/kms_policy.h"
#include "tests/lib/suite.h"

#define A \
	"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1" \
	"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define B \
	"b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2" \
	"b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"
#define ZERO \
	"000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000"
#define UPPER \
	"A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1" \
	"A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1"
#define PCR "\"kms:RecipientAttestation:PCR"
#define SOUND PCR "0\":\"" A "\"," PCR "1\":\"" A "\"," PCR "2\":\"" B "\""
#define ROLE "\"AWS\":\"arn:aws:iam::123456789012:role/host\""
#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":["
#define ALLOW(who, what, rest) \
	"{\"Effect\":\"Allow\",\"Principal\":{" who "},\"Action\":" what \
	",\"Resource\":\"*\"" rest "}"
#define WHEN(op, keys) ",\"Condition\":{\"" op "\":{" keys "}}"
#define ONE(statement) HEAD statement "]}"
#define GOOD ALLOW(ROLE, "\"kms:Decrypt\"", WHEN("StringEquals", SOUND))

static struct kms_lint lint;
static struct shape_faults faults;

static enum err
run(const char *text)
{
	json_t *j;
	enum err e;

	memset(&faults, 0, sizeof faults);
	e = kms_lint_read(span_str(text), &j, &faults);
	if (e == OK) {
		kms_lint_run(j, &lint);
		kms_lint_locate(span_str(text), &lint);
	}
	json_decref(j);
	return e;
}

START_TEST(a_sound_policy_has_no_finding)
{
	static const char *const sound[] = {
		ONE(GOOD),
		/* AWS gives one value back as a list of one. */
		ONE(ALLOW(ROLE, "[\"kms:Decrypt\",\"KMS:generatedatakey\"]",
		    WHEN("StringEqualsIgnoreCase",
			"\"KMS:RecipientAttestation:ImageSha384\":[\"" A
			"\"]," PCR "1\":\"" A "\"," PCR "2\":\"" B "\""))),
		ONE(GOOD "," ALLOW(ROLE, "\"kms:Encrypt\"", "")),
		/* A Deny may be as wide as it likes. */
		ONE(GOOD ",{\"Effect\":\"Deny\",\"Principal\":\"*\","
			 "\"NotAction\":\"kms:Decrypt\",\"Resource\":\"*\"}"),
		"{\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
		"\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\","
		"\\\"Principal\\\":{\\\"AWS\\\":\\\"123456789012\\\"},"
		"\\\"Action\\\":\\\"kms:Decrypt\\\",\\\"Condition\\\":"
		"{\\\"StringEquals\\\":{"
		"\\\"kms:RecipientAttestation:PCR0\\\":\\\"" A "\\\","
		"\\\"kms:RecipientAttestation:PCR1\\\":\\\"" A "\\\","
		"\\\"kms:RecipientAttestation:PCR2\\\":\\\"" A "\\\"}}}]}\"}",
	};

	for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
		ck_assert_int_eq(run(sound[i]), OK);
		ck_assert_msg(lint.n == 0, "%zu: %s", i,
		    lint.n > 0 ? lint.finding[0].text : "");
		ck_assert_uint_eq(lint.use_n, 1);
		ck_assert_uint_eq(lint.use[0].mask, 7);
	}
}
END_TEST

#define ACTION(a) ONE(GOOD "," ALLOW(ROLE, "\"" a "\"", ""))
#define COND(op, keys) ONE(ALLOW(ROLE, "\"kms:Decrypt\"", WHEN(op, keys)))
#define WHO(who) ONE(ALLOW(who, "\"kms:Decrypt\"", WHEN("StringEquals", SOUND)))
#define PCR2(v) PCR "0\":\"" A "\"," PCR "1\":\"" A "\"," PCR "2\":" v

static const struct hole {
	enum kms_finding_kind kind;
	const char *policy;
} holes[] = {
	{ KMS_WILDCARD, ACTION("kms:*") },
	{ KMS_WILDCARD, ACTION("*") },
	{ KMS_WILDCARD, ACTION("kms:Decryp?") },
	{ KMS_WILDCARD, ACTION("kms:ReEncrypt*") },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:PutKeyPolicy") },
	{ KMS_ACTION_FORBIDDEN, ACTION("KMS:putkeypolicy") },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:CreateGrant") },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:ReplicateKey") },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:ReEncryptFrom") },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:ReEncryptTo") },
	{ KMS_ACTION_UNKNOWN, ACTION("kms:Frobnicate") },
	{ KMS_ACTION_UNKNOWN, ACTION("s3:GetObject") },
	{ KMS_NOT_ACTION,
	    ONE("{\"Effect\":\"Allow\",\"Principal\":{" ROLE
		"},\"NotAction\":\"kms:PutKeyPolicy\",\"Resource\":\"*\"}") },
	{ KMS_NOT_ACTION,
	    ONE("{\"Effect\":\"Allow\",\"NotPrincipal\":{" ROLE
		"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}") },
	{ KMS_WILDCARD, WHO("\"AWS\":\"*\"") },
	{ KMS_WILDCARD, WHO("\"AWS\":\"arn:aws:iam::123456789012:role/*\"") },
	{ KMS_PRINCIPAL, WHO("\"Service\":\"ec2.amazonaws.com\"") },
	{ KMS_PRINCIPAL, WHO("\"AWS\":\"somebody\"") },
	{ KMS_PRINCIPAL,
	    WHO("\"Federated\":\"arn:aws:iam::123456789012:role/host\"") },
	{ KMS_WILDCARD,
	    ONE("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
		"\"kms:Decrypt\",\"Resource\":\"*\"" WHEN("StringEquals",
		    SOUND) "}") },
	{ KMS_WILDCARD,
	    WHO("\"AWS\":[\"arn:aws:iam::123456789012:role/host\",\"*\"]") },
	{ KMS_SHAPE, WHO("") },
	{ KMS_SHAPE, WHO("\"AWS\":[]") },
	{ KMS_SHAPE, WHO("\"AWS\":[7]") },
	{ KMS_SHAPE, ONE(GOOD "," ALLOW(ROLE, "[]", "")) },
	{ KMS_SHAPE, ONE(GOOD "," ALLOW(ROLE, "[\"kms:Encrypt\",7]", "")) },
	{ KMS_SHAPE, ONE(ALLOW(ROLE, "\"kms:Decrypt\"", ",\"Condition\":[]")) },
	{ KMS_NOT_ACTION,
	    ONE("{\"Effect\":\"Allow\",\"Principal\":{" ROLE
		"},\"Action\":\"kms:Encrypt\",\"NotResource\":\"*\"}") },
	{ KMS_SHAPE,
	    ONE(GOOD "," ALLOW(ROLE, "\"kms:Encrypt\"", ",\"Grant\":1")) },
	/* the second action of a list */
	{ KMS_ACTION_FORBIDDEN,
	    ONE(GOOD "," ALLOW(ROLE,
		"[\"kms:Encrypt\",\"kms:UpdatePrimaryRegion\"]", "")) },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:ImportKeyMaterial") },
	/* a sound one inside, which is not what would be put */
	{ KMS_SHAPE,
	    "{\"Policy\":\"{}\",\"Version\":\"2012-10-17\",\"Statement\":[" GOOD
	    "]}" },
	{ KMS_SHAPE, "{\"Policy\":\"{}\",\"Statement\":[" GOOD "]}" },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:GetParametersForImport") },
	{ KMS_PCR_MISSING,
	    ONE(ALLOW(ROLE, "[\"kms:Encrypt\",\"kms:GenerateDataKey\"]", "")) },
	{ KMS_PCR_MISSING, ONE(GOOD "," ALLOW(ROLE, "\"kms:Decrypt\"", "")) },
	/* no PCR of these names */
	{ KMS_PCR_MISSING,
	    COND("StringEquals", PCR "00\":\"" A "\"," PCR "1\":\"" A "\"," PCR
				     "2\":\"" B "\"") },
	{ KMS_PCR_MISSING,
	    COND("StringEquals",
		PCR "\":\"" A "\"," PCR "1\":\"" A "\"," PCR "2\":\"" B "\"") },
	{ KMS_PCR_MISSING, ONE(ALLOW(ROLE, "\"kms:Decrypt\"", "")) },
	{ KMS_PCR_MISSING,
	    COND("StringEquals", PCR "0\":\"" A "\"," PCR "1\":\"" A "\"") },
	{ KMS_PCR_MISSING, COND("StringEquals", PCR "8\":\"" A "\"") },
	{ KMS_PCR_SET, COND("StringEquals", PCR2("[\"" A "\",\"" B "\"]")) },
	{ KMS_PCR_SET, COND("StringEquals", PCR2("[]")) },
	{ KMS_PCR_SET, COND("ForAnyValue:StringEquals", SOUND) },
	{ KMS_PCR_SET, COND("ForAllValues:StringEquals", SOUND) },
	{ KMS_PCR_IF_EXISTS, COND("StringEqualsIfExists", SOUND) },
	{ KMS_PCR_OPERATOR, COND("StringLike", SOUND) },
	{ KMS_PCR_OPERATOR, COND("StringNotEquals", SOUND) },
	{ KMS_PCR_OPERATOR, COND("Null", PCR "0\":\"true\"") },
	{ KMS_PCR_VALUE, COND("StringEquals", PCR2("\"" ZERO "\"")) },
	{ KMS_PCR_VALUE, COND("StringEquals", PCR2("\"a1\"")) },
	{ KMS_PCR_VALUE, COND("StringEquals", PCR2("\"A" A "\"")) },
	/* KMS has it in lower case: never equal */
	{ KMS_PCR_VALUE, COND("StringEquals", PCR2("\"" UPPER "\"")) },
	{ KMS_PCR_VALUE,
	    ONE(ALLOW(ROLE, "\"kms:Decrypt\"",
		",\"Condition\":{\"StringEquals\":{" SOUND
		"},\"StringEqualsIgnoreCase\":{" PCR "0\":\"" B "\"}}")) },
	{ KMS_NOTHING, ONE(ALLOW(ROLE, "\"kms:Encrypt\"", "")) },
	{ KMS_VERSION, "{\"Statement\":[" GOOD "]}" },
	{ KMS_SHAPE, "{\"Version\":\"2012-10-17\"}" },
	{ KMS_SHAPE, "{\"Version\":\"2012-10-17\",\"Statement\":[]}" },
	{ KMS_SHAPE,
	    "{\"Version\":\"2012-10-17\",\"Extra\":1,\"Statement\":[" GOOD
	    "]}" },
	{ KMS_SHAPE, ONE("{\"Effect\":\"allow\"}") },
	/* nobody could use this key by it */
	{ KMS_SHAPE, ONE("{\"Effect\":\"Allow\",\"Principal\":{" ROLE
			 "},\"Action\":\"kms:Decrypt\",\"Resource\":"
			 "\"arn:aws:kms:eu-west-1:123456789012:key/"
			 "other\"" WHEN("StringEquals", SOUND) "}") },
	/* one name, seen by people, and two, seen by machines */
	{ KMS_PRINCIPAL,
	    WHO("\"AWS\":\"arn:aws:iam::123456789012:role/h\\u043est\"") },
	{ KMS_PRINCIPAL, WHO("\"AWS\":\"arn:aws:iam::123456789012:role/"
			     "${aws:username}\"") },
	{ KMS_PRINCIPAL,
	    WHO(ROLE ",\"aws\":\"arn:aws:iam::123456789012:role/other\"") },
	/* what is escaped is what it says */
	{ KMS_WILDCARD, ACTION("kms:Decryp\\u003f") },
	{ KMS_ACTION_FORBIDDEN, ACTION("kms:\\u0050utKeyPolicy") },
	{ KMS_ACTION_UNKNOWN, ACTION("kms:Decrypt\\u200b") },
	{ KMS_SHAPE, ONE(GOOD "," ALLOW(ROLE, "\"kms:Encrypt\"",
			 ",\"action\":\"kms:PutKeyPolicy\"")) },
	{ KMS_PCR_MISSING,
	    COND("StringEquals", PCR "0\\u200b\":\"" A "\"," PCR "1\":\"" A
				     "\"," PCR "2\":\"" B "\"") },
	{ KMS_PCR_OPERATOR, COND("StringEquals", SOUND
				"},\"StringLike\":{"
				"\"KMS:recipientATTESTATION:pcr0\":\"*\"") },
	/* of two that may be one to KMS */
	{ KMS_PCR_VALUE, COND("StringEquals", SOUND
			     ",\"kms:recipientattestation:pcr0\":\"" B "\"") },
	{ KMS_SHAPE, ONE("7") },
};

START_TEST(each_hole_is_found)
{
	for (size_t i = 0; i < sizeof holes / sizeof holes[0]; i++) {
		bool found = false;

		ck_assert_int_eq(run(holes[i].policy), OK);
		for (size_t k = 0; k < lint.n; k++)
			found |= lint.finding[k].kind == holes[i].kind;
		ck_assert_msg(found, "%zu: %s is not found in %s", i,
		    kms_lint_name(holes[i].kind), holes[i].policy);
	}
}
END_TEST

START_TEST(a_finding_names_the_line_and_the_key)
{
	static const char policy[] =
	    "{\n\"Version\":\"2012-10-17\",\n\"Statement\":[\n" GOOD ",\n"
	    "{\"Effect\":\"Allow\",\n\"Principal\":{" ROLE "},\n"
	    "\"Action\":[\"kms:Decrypt\",\n\"kms:Put*\"],\n"
	    "\"Resource\":\"*\",\n\"Condition\":{\"StringLike\":{\n" SOUND
	    "}}\n}]}";
	static const struct {
		size_t line;
		const char *pointer;
	} want[] = {
		{ 8, "/Statement/1/Action/1" },
		{ 11, "/Statement/1/Condition/StringLike/"
		      "kms:RecipientAttestation:PCR0" },
		{ 11, "/Statement/1/Condition/StringLike/"
		      "kms:RecipientAttestation:PCR1" },
		{ 11, "/Statement/1/Condition/StringLike/"
		      "kms:RecipientAttestation:PCR2" },
	};

	ck_assert_int_eq(run(policy), OK);
	ck_assert_uint_eq(lint.n, 4);
	for (size_t i = 0; i < lint.n; i++) {
		ck_assert_str_eq(lint.finding[i].pointer, want[i].pointer);
		ck_assert_uint_eq(lint.finding[i].line, want[i].line);
	}
	/* what is not there is looked for where it should be */
	ck_assert_int_eq(run(HEAD "\n" ALLOW(ROLE, "\"kms:Decrypt\"", "") "]}"),
	    OK);
	ck_assert_str_eq(lint.finding[0].pointer, "/Statement/0");
	ck_assert_uint_eq(lint.finding[0].line, 2);
	/* what only JSON can say stands before it */
	ck_assert_int_eq(run("{\"Id\":\"\\ud83d\\ude00\",\"Version\":\"x\",\n"
			     "\"Extra\":1.5,\n\"Statement\":[" GOOD "]}"),
	    OK);
	ck_assert_str_eq(lint.finding[0].pointer, "/Extra");
	ck_assert_uint_eq(lint.finding[0].line, 2);
	/* in what AWS prints it is all one line */
	ck_assert_int_eq(run("{\"Policy\":\"{\\\"Version\\\":1}\"}"), OK);
	ck_assert_uint_ge(lint.n, 1);
	ck_assert_uint_eq(lint.finding[0].line, 0);
}
END_TEST

/* A policy of n statements that each are as they should be. */
static void
run_many(size_t n)
{
	const size_t one = strlen(GOOD) + 1;
	char *text = malloc(sizeof HEAD + n * one + 3), *p = text;

	p = stpcpy(p, HEAD);
	for (size_t i = 0; i < n; i++)
		p = stpcpy(stpcpy(p, i > 0 ? "," : ""), GOOD);
	stpcpy(p, "]}");
	ck_assert_int_eq(run(text), OK);
	free(text);
}

START_TEST(no_statement_is_left_unread)
{
	run_many(KMS_STATEMENTS);
	ck_assert_uint_eq(lint.n, 0);
	ck_assert_uint_eq(lint.use_n, KMS_STATEMENTS);
	run_many(KMS_STATEMENTS + 1);
	ck_assert_uint_ge(lint.n, 1);
	ck_assert_int_eq(lint.finding[0].kind, KMS_SHAPE);
}
END_TEST

START_TEST(what_is_no_policy_is_refused)
{
	static const char *const bad[] = { "", "[]", "7", "{",
		"{\"Version\":\"2012-10-17\",\"Version\":\"2012-10-17\"}",
		"{\"Policy\":\"{\"}", "{\"Policy\":\"[]\"}",
		/* the same name, once in escapes */
		"{\"Statement\":[],\"St\\u0061tement\":[]}",
		"{\"Policy\":\"{\\\"Id\\\":1,\\\"\\\\u0049d\\\":2}\"}" };
	char *large = malloc(70000);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_msg(run(bad[i]) == ERR_JSON_BAD, "%s", bad[i]);
		ck_assert_uint_ge(faults.n, 1);
	}
	ck_assert_int_eq(run("{\"Version\":\n\"1\",\n\"Version\":\"1\"}"),
	    ERR_JSON_BAD);
	ck_assert_msg(strncmp(faults.fault[0].message, "line 3", 6) == 0, "%s",
	    faults.fault[0].message);
	memset(large, ' ', 70000);
	large[69999] = '\0';
	ck_assert_int_eq(run(large), ERR_TOO_LARGE);
	free(large);
}
END_TEST

static uint8_t value[48];

static json_t *
make(size_t releases, const char *action)
{
	static const char *const host[] = {
		"arn:aws:iam::123456789012:role/host"
	};
	struct pcrs p = { .mask = 0x107 };
	struct kms_release of[2] = { { "ReleaseInForce", &p },
		{ "ReleaseNext", &p } };
	struct kms_request q = { .id = "encl-test",
		.release = of,
		.host = host,
		.host_n = 1,
		.action = &action,
		.action_n = 1,
		.admin = host };

	q.release_n = releases;
	q.admin_n = 1;
	memset(value, 0xa1, sizeof value);
	for (unsigned i = 0; i < 9; i++)
		p.value[i] = value;
	return kms_policy_make(&q);
}

START_TEST(what_is_made_passes_its_own_lint)
{
	for (size_t n = 1; n <= 2; n++) {
		json_t *j = make(n, "Decrypt");

		ck_assert_ptr_nonnull(j);
		kms_lint_run(j, &lint);
		ck_assert_msg(lint.n == 0, "%s",
		    lint.n > 0 ? lint.finding[0].text : "");
		ck_assert_uint_eq(lint.use_n, n);
		for (size_t i = 0; i < n; i++) {
			ck_assert_uint_eq(lint.use[i].mask, 0x107);
			ck_assert_mem_eq(lint.use[i].value[8], value, 48);
		}
		json_decref(j);
	}
}
END_TEST

START_TEST(layout_does_not_change_the_hash)
{
	json_t *j = make(1, "kms:Decrypt"), *again;
	char *text = json_dumps(j, JSON_INDENT(7)), *a, *b;

	again = json_loads(text, 0, NULL);
	a = kms_policy_canonical(j);
	b = kms_policy_canonical(again);
	ck_assert_str_eq(a, b);
	ck_assert_ptr_null(strchr(a, '\n'));
	free(text);
	free(a);
	free(b);
	json_decref(j);
	json_decref(again);
}
END_TEST

START_TEST(a_principal_is_one_account_role_or_user)
{
	static const char *const good[] = { "123456789012",
		"arn:aws:iam::123456789012:root",
		"arn:aws:iam::123456789012:role/a/b",
		"arn:aws-us-gov:iam::123456789012:user/x",
		"arn:aws:sts::123456789012:assumed-role/a/b" };
	static const char *const bad[] = { "", "*", "12345678901",
		"1234567890123", "arn:aws:iam::12345678901:root",
		"arn:aws:iam::123456789012:role/",
		"arn:aws:iam::123456789012:role/*",
		"arn:aws:iam::123456789012:group/x",
		"arn:aws:iam:us-east-1:123456789012:role/x",
		"arn:aws:s3::123456789012:role/x",
		"arn:gcp:iam::123456789012:role/x", "arn:aws:iam::*:root",
		"arn:aws:iam::123456789012:role/${aws:username}",
		"arn:aws:iam::123456789012:role/h\u043est" };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(kms_policy_is_principal(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!kms_policy_is_principal(bad[i]), "%s", bad[i]);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_sound_policy_has_no_finding,
		each_hole_is_found, a_finding_names_the_line_and_the_key,
		no_statement_is_left_unread, what_is_no_policy_is_refused,
		what_is_made_passes_its_own_lint,
		layout_does_not_change_the_hash,
		a_principal_is_one_account_role_or_user };

	return SUITE_RUN("kms", t);
}
