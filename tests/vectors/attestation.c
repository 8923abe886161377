/* SPDX-License-Identifier: ISC */
/* Documents that nobody here wrote, and synthetic ones that break one rule
 * each: every one gets the verdict that its index gives. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/attest.h"
#include "chain/hash.h"

#define DIR "../shared/vectors/"

static int failed;

static void
result(bool ok, const char *file, const char *detail)
{
	printf("%s %s %s\n", ok ? "ok" : "not ok", file, detail);
	failed += !ok;
}

static struct span
load(const char *dir, const char *file, uint8_t *buf, size_t cap)
{
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s%s/%s", DIR, dir, file);
	f = fopen(path, "rb");
	if (!f) {
		printf("not ok %s cannot be opened\n", path);
		exit(1);
	}
	n = fread(buf, 1, cap, f);
	fclose(f);
	return span_of(buf, n);
}

static enum err
judge(struct span doc, const struct h32 *root, struct attest *a)
{
	TRY(attest_parse(doc, a));
	return attest_verify(a, root, a->timestamp, NULL);
}

static json_t *
index_of(const char *dir, const char *member)
{
	char path[512];
	json_t *whole, *j;

	snprintf(path, sizeof path, "%s%s/index.json", DIR, dir);
	whole = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	j = json_incref(json_object_get(whole, member));
	json_decref(whole);
	return j;
}

static bool
same_text(json_t *d, const char *key, struct span v)
{
	const char *s = json_string_value(json_object_get(d, key));

	return s && span_is(v, s);
}

static void
real(json_t *d)
{
	static uint8_t buf[65536];
	struct attest a;
	const char *file = json_string_value(json_object_get(d, "file"));
	const char *verdict = json_string_value(json_object_get(d, "verdict"));
	struct span doc = load("attestation", file, buf, sizeof buf);
	enum err e = judge(doc, &attest_root_aws, &a);
	json_int_t at = json_integer_value(json_object_get(d, "timestamp_ms"));
	bool ok;

	if (strncmp(file, "nitrotpm/", 9) == 0) {
		ok = e == ERR_DOC_NITROTPM &&
		     attest_parse_nitrotpm(doc, &a) == OK &&
		     attest_verify(&a, &attest_root_aws, a.timestamp, NULL) ==
			 OK &&
		     a.timestamp == (uint64_t)at &&
		     same_text(d, "module_id", a.module_id);
	} else if (strcmp(verdict, "valid") != 0) {
		ok = e != OK;
	} else {
		ok = e == OK &&
		     attest_is_debug(&a) ==
			 json_is_true(json_object_get(d, "debug_mode")) &&
		     a.timestamp == (uint64_t)at &&
		     same_text(d, "module_id", a.module_id);
	}
	result(ok, file, err_code(e));
}

/* The code of each synthetic document that must be refused. */
static const struct {
	const char *file;
	enum err code;
} codes[] = {
	{ "bad-sig-bit", ERR_DOC_SIG },
	{ "bad-sig-95", ERR_DOC_SIG_LENGTH },
	{ "bad-sig-zero", ERR_DOC_SIG },
	{ "bad-sig-der", ERR_DOC_SIG_LENGTH },
	{ "bad-qemu-alg", ERR_DOC_ALG },
	{ "bad-alg-es512", ERR_DOC_ALG },
	{ "bad-prot-emptymap", ERR_DOC_ALG },
	{ "bad-prot-crit", ERR_DOC_ALG },
	{ "bad-alg-unprotected", ERR_DOC_ALG },
	{ "bad-ctx-signature", ERR_DOC_SIG },
	{ "bad-outer-trailing", ERR_DOC_TRAILING },
	{ "bad-outer-5", ERR_DOC_SHAPE },
	{ "bad-outer-tag17", ERR_DOC_TAG },
	{ "bad-outer-map", ERR_DOC_SHAPE },
	{ "bad-payload-text", ERR_DOC_PAYLOAD },
	{ "bad-truncated", ERR_DOC_CBOR },
	{ "bad-len-4g", ERR_DOC_CBOR },
	{ "bad-nest-bomb", ERR_TOO_LARGE },
	{ "bad-payload-trailing", ERR_DOC_PAYLOAD },
	{ "bad-dup-pcrs", ERR_DOC_DUPLICATE },
	{ "bad-dup-certificate", ERR_DOC_DUPLICATE },
	{ "bad-dup-pcr-nonminimal", ERR_DOC_NOT_SHORTEST },
	{ "bad-null-moduleid", ERR_DOC_MODULE_ID },
	{ "bad-null-digest", ERR_DOC_DIGEST },
	{ "bad-null-timestamp", ERR_DOC_TIMESTAMP },
	{ "bad-null-pcrs", ERR_DOC_PCRS },
	{ "bad-null-certificate", ERR_DOC_CERT_FIELD },
	{ "bad-null-cabundle", ERR_DOC_CABUNDLE },
	{ "bad-moduleid-bytes", ERR_DOC_MODULE_ID },
	{ "bad-moduleid-nul", ERR_DOC_MODULE_ID },
	{ "bad-digest-SHA512", ERR_DOC_DIGEST },
	{ "bad-digest-empty", ERR_DOC_DIGEST },
	{ "bad-ts-negative", ERR_DOC_TIMESTAMP },
	{ "bad-ts-text", ERR_DOC_TIMESTAMP },
	{ "bad-ts-max", ERR_DOC_TIMESTAMP },
	{ "bad-pcrs-empty", ERR_DOC_PCR_MISSING },
	{ "bad-pcr-index-32", ERR_DOC_PCR_INDEX },
	{ "bad-pcr-index-text", ERR_DOC_PCRS },
	{ "bad-pcr-len-32", ERR_DOC_PCR_LENGTH },
	{ "bad-pcrs-array", ERR_DOC_PCRS },
	{ "bad-userdata-1025", ERR_DOC_OPTIONAL },
	{ "bad-pubkey-1025", ERR_DOC_OPTIONAL },
	{ "bad-userdata-chunked", ERR_DOC_CHUNKED },
	{ "bad-key-bytes", ERR_DOC_KEY },
	{ "bad-cabundle-empty", ERR_DOC_CABUNDLE },
	{ "bad-cabundle-missing-int", ERR_CERT_ISSUER },
	{ "bad-cabundle-extra", ERR_DOC_CERT_TWICE },
	{ "bad-cabundle-emptycert", ERR_DOC_CABUNDLE },
	{ "bad-ca-trailing", ERR_CERT_DER },
	{ "policy-cabundle-noroot", ERR_DOC_ROOT },
	{ "bad-attacker-chain-real-root-at-0", ERR_CERT_SIG },
	{ "bad-int-notca", ERR_CERT_CA },
	{ "bad-int-nocertsign", ERR_CERT_KEY_USAGE },
	{ "bad-pathlen-regional-0", ERR_CERT_PATHLEN },
	{ "bad-leaf-ca", ERR_CERT_LEAF_CA },
	{ "bad-leaf-noku", ERR_CERT_KEY_USAGE },
	{ "bad-leaf-expired", ERR_CERT_EXPIRED },
	{ "bad-instance-expired", ERR_CERT_EXPIRED },
	{ "bad-regional-future", ERR_CERT_NOT_YET },
	{ "bad-issuer-name", ERR_CERT_ISSUER },
	{ "bad-leaf-p256", ERR_DOC_SIG_LENGTH },
	{ "bad-leaf-sha256", ERR_CERT_ALG },
	{ "bad-leaf-wrongsig", ERR_CERT_SIG },
	{ "bad-ca-as-leaf", ERR_CERT_LEAF_CA },
};

/* Where the index leaves a document to policy, the profile accepts it only
 * when it is not in the table above. */
static enum err
expected(const char *file)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		size_t n = strlen(codes[i].file);

		if (strncmp(file, codes[i].file, n) == 0 &&
		    strcmp(file + n, ".cose") == 0)
			return codes[i].code;
	}
	return OK;
}

static void
synthetic(json_t *d, const struct h32 *root)
{
	static uint8_t buf[65536];
	struct attest a;
	const char *file = json_string_value(json_object_get(d, "file"));
	const char *expect = json_string_value(json_object_get(d, "expect"));
	struct span doc = load("attestation-synthetic", file, buf, sizeof buf);
	enum err e = judge(doc, root, &a);
	bool ok = e == expected(file);

	if (strcmp(expect, "accept") == 0)
		ok = ok && e == OK;
	if (strcmp(expect, "reject") == 0)
		ok = ok && e != OK;
	/* Under the real root none of them says anything. */
	ok = ok && judge(doc, &attest_root_aws, &a) != OK;
	result(ok, file, err_code(e));
}

int
main(void)
{
	static uint8_t buf[4096];
	struct h32 root;
	json_t *docs = index_of("attestation", "documents");
	json_t *cases = index_of("attestation-synthetic", "cases");

	if (!docs || !cases) {
		puts("skipped attestation vectors are not here");
		return 77;
	}
	for (size_t i = 0; i < json_array_size(docs); i++)
		real(json_array_get(docs, i));
	if (hash_sha256(load("attestation-synthetic", "root.der", buf,
			    sizeof buf),
		&root) != OK)
		return 1;
	for (size_t i = 0; i < json_array_size(cases); i++)
		synthetic(json_array_get(cases, i), &root);
	json_decref(docs);
	json_decref(cases);
	return failed != 0;
}
