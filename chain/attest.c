/* SPDX-License-Identifier: ISC */
#include "attest.h"

#include "bundle.h"
#include "cose.h"
#include "loose.h"
#include "text.h"

#define CERT_MAX 1024
#define OPTIONAL_MAX 1024
#define MODULE_ID_MAX 128
#define TIME_END UINT64_C(253402300800000) /* the year 10000 */

const struct h32 attest_root_aws = { { 0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44,
    0xef, 0xe4, 0x56, 0x46, 0x31, 0x95, 0xd6, 0x06, 0x31, 0x7e, 0xd7, 0xcd,
    0xcc, 0x3c, 0x17, 0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79, 0xbb,
    0x5b } };

/* i-<hex>-tpm<hex> names an instance's NitroTPM, i-<hex>-enc<hex> an enclave.
 */
static bool
is_nitrotpm(struct span id)
{
	for (size_t i = 0; i + 4 <= id.n; i++) {
		if (memcmp(id.p + i, "-tpm", 4) == 0)
			return true;
	}
	return false;
}

static enum err
read_module_id(struct loose *c, struct attest *a)
{
	TRY(loose_string(c, LOOSE_TEXT, ERR_DOC_MODULE_ID, &a->module_id));
	if (a->module_id.n == 0 || a->module_id.n > MODULE_ID_MAX ||
	    !text_is_plain(a->module_id))
		return ERR_DOC_MODULE_ID;
	return OK;
}

static enum err
read_digest(struct loose *c, struct attest *a)
{
	struct span v;

	(void)a;
	TRY(loose_string(c, LOOSE_TEXT, ERR_DOC_DIGEST, &v));
	return span_is(v, "SHA384") ? OK : ERR_DOC_DIGEST;
}

static enum err
read_timestamp(struct loose *c, struct attest *a)
{
	TRY(loose_uint(c, ERR_DOC_TIMESTAMP, &a->timestamp));
	return a->timestamp > 0 && a->timestamp < TIME_END ? OK
							   : ERR_DOC_TIMESTAMP;
}

static enum err
read_pcr(struct loose *c, struct pcrs *p, uint64_t end)
{
	uint64_t index;
	struct span v;

	TRY(loose_uint(c, ERR_DOC_PCRS, &index));
	if (index >= end)
		return ERR_DOC_PCR_INDEX;
	if (p->mask & UINT32_C(1) << index)
		return ERR_DOC_DUPLICATE;
	TRY(loose_string(c, LOOSE_BYTES, ERR_DOC_PCRS, &v));
	if (v.n != PCR_SIZE)
		return ERR_DOC_PCR_LENGTH;
	p->mask |= UINT32_C(1) << index;
	p->value[index] = v.p;
	return OK;
}

/* PCRs below end, those of need among them. */
static enum err
read_map(struct loose *c, struct pcrs *p, uint64_t end, uint32_t need)
{
	struct loose_seq map;
	bool more;

	TRY(loose_open(c, LOOSE_MAP, ERR_DOC_PCRS, &map));
	for (;;) {
		TRY(loose_more(c, &map, &more));
		if (!more)
			return (p->mask & need) == need ? OK
							: ERR_DOC_PCR_MISSING;
		TRY(read_pcr(c, p, end));
	}
}

/* What the other kind has is stepped over: it is refused all the same. */
static enum err
read_pcrs(struct loose *c, struct attest *a)
{
	return a->nitrotpm ? loose_skip(c)
			   : read_map(c, &a->pcrs, PCR_COUNT, 7);
}

static enum err
read_cert(struct loose *c, enum err other, struct span *v)
{
	TRY(loose_string(c, LOOSE_BYTES, other, v));
	return v->n >= 1 && v->n <= CERT_MAX ? OK : other;
}

static enum err
read_certificate(struct loose *c, struct attest *a)
{
	return read_cert(c, ERR_DOC_CERT_FIELD, &a->certificate);
}

static enum err
read_cabundle(struct loose *c, struct attest *a)
{
	struct loose_seq list;
	bool more;

	TRY(loose_open(c, LOOSE_ARRAY, ERR_DOC_CABUNDLE, &list));
	for (;;) {
		TRY(loose_more(c, &list, &more));
		if (!more)
			return a->ca_n ? OK : ERR_DOC_CABUNDLE;
		if (a->ca_n == ATTEST_CA_MAX)
			return ERR_DOC_CABUNDLE;
		TRY(read_cert(c, ERR_DOC_CABUNDLE, &a->ca[a->ca_n]));
		for (size_t i = 0; i < a->ca_n; i++) {
			if (span_eq(a->ca[i], a->ca[a->ca_n]))
				return ERR_DOC_CERT_TWICE;
		}
		a->ca_n++;
	}
}

static enum err
read_optional(struct loose *c, struct attest_opt *o)
{
	if (loose_null(c))
		return OK;
	TRY(loose_string(c, LOOSE_BYTES, ERR_DOC_OPTIONAL, &o->v));
	o->present = true;
	return o->v.n <= OPTIONAL_MAX ? OK : ERR_DOC_OPTIONAL;
}

static enum err
read_public_key(struct loose *c, struct attest *a)
{
	return read_optional(c, &a->public_key);
}

static enum err
read_user_data(struct loose *c, struct attest *a)
{
	return read_optional(c, &a->user_data);
}

static enum err
read_nonce(struct loose *c, struct attest *a)
{
	return read_optional(c, &a->nonce);
}

static enum err
read_nitrotpm(struct loose *c, struct attest *a)
{
	return a->nitrotpm ? read_map(c, &a->pcrs, ATTEST_TPM_PCRS,
				 (UINT32_C(1) << ATTEST_TPM_PCRS) - 1)
			   : loose_skip(c);
}

static const struct field {
	const char *key;
	enum err (*read)(struct loose *c, struct attest *a);
	bool required;
} fields[] = {
	{ "module_id", read_module_id, true },
	{ "digest", read_digest, true },
	{ "timestamp", read_timestamp, true },
	{ "pcrs", read_pcrs, true },
	{ "certificate", read_certificate, true },
	{ "cabundle", read_cabundle, true },
	{ "public_key", read_public_key, false },
	{ "user_data", read_user_data, false },
	{ "nonce", read_nonce, false },
	{ "nitrotpm_pcrs", read_nitrotpm, false },
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])
#define FIELD_NITROTPM (FIELD_COUNT - 1)
#define FIELD_PCRS 3

static size_t
field_of(struct span key)
{
	size_t i = 0;

	while (i < FIELD_COUNT && !span_is(key, fields[i].key))
		i++;
	return i;
}

/* Says so before it says that something is missing: the documents of another
 * kind lack what an enclave's have. */
static enum err
judge_fields(const struct attest *a, const bool *seen)
{
	if (!a->nitrotpm && (seen[FIELD_NITROTPM] || is_nitrotpm(a->module_id)))
		return ERR_DOC_NITROTPM;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		bool other = a->nitrotpm && i == FIELD_PCRS;

		if (fields[i].required && !other && !seen[i])
			return ERR_DOC_FIELD_MISSING;
	}
	if (!a->nitrotpm)
		return OK;
	if (!seen[FIELD_NITROTPM])
		return ERR_DOC_FIELD_MISSING;
	if (seen[FIELD_PCRS])
		return ERR_DOC_PCRS;
	return is_nitrotpm(a->module_id) ? OK : ERR_DOC_MODULE_ID;
}

static enum err
read_payload(struct span payload, struct attest *a)
{
	struct loose c = loose_of(payload);
	struct loose_seq map;
	struct loose_keys keys;
	struct span key;
	bool more, seen[FIELD_COUNT] = { false };

	keys.n = 0;
	TRY(loose_open(&c, LOOSE_MAP, ERR_DOC_PAYLOAD, &map));
	for (;;) {
		TRY(loose_more(&c, &map, &more));
		if (!more)
			break;
		TRY(loose_string(&c, LOOSE_TEXT, ERR_DOC_KEY, &key));
		TRY(loose_key(&keys, key));
		size_t i = field_of(key);
		if (i == FIELD_COUNT) {
			TRY(loose_skip(&c));
			continue;
		}
		seen[i] = true;
		TRY(fields[i].read(&c, a));
	}
	if (c.p != c.end)
		return ERR_DOC_PAYLOAD;
	return judge_fields(a, seen);
}

static enum err
parse(struct span doc, struct attest *a, bool nitrotpm)
{
	struct cose s;

	memset(a, 0, sizeof *a);
	a->nitrotpm = nitrotpm;
	if (doc.n > ATTEST_DOC_MAX)
		return ERR_TOO_LARGE;
	TRY(cose_parse(doc, &s));
	a->protected = s.protected;
	a->payload = s.payload;
	a->signature = s.signature;
	return read_payload(s.payload, a);
}

enum err
attest_parse(struct span doc, struct attest *a)
{
	return parse(doc, a, false);
}

enum err
attest_parse_nitrotpm(struct span doc, struct attest *a)
{
	return parse(doc, a, true);
}

bool
attest_is_debug(const struct attest *a)
{
	static const uint8_t zero[PCR_SIZE];

	if (a->nitrotpm)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (memcmp(a->pcrs.value[i], zero, PCR_SIZE) != 0)
			return false;
	}
	return true;
}

enum err
attest_verify(const struct attest *a, const struct h32 *root, uint64_t at,
    struct attest_cache *cache)
{
	struct cose s = { a->protected, a->payload, a->signature };
	const uint8_t *point;

	TRY(bundle_verify(a, root, at, cache, &point));
	if (cache)
		cache->checks++;
	return cose_verify(&s, point);
}
