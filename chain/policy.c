/* SPDX-License-Identifier: ISC */
#include "policy.h"

#include "instant.h"

static enum err
decode_keys(struct cbor *c, size_t min, struct keyset *s)
{
	TRY(cbor_array(c, min, POLICY_KEYS, &s->n));
	for (size_t i = 0; i < s->n; i++)
		TRY(key_decode(c, &s->key[i]));
	cbor_close(c);
	return OK;
}

static enum err
decode_threshold(struct cbor *c, size_t keys, uint64_t *v)
{
	TRY(cbor_uint(c, v));
	return *v >= 1 && *v <= keys ? OK : ERR_POLICY_THRESHOLD;
}

static enum err
decode_pcrs(struct cbor *c, uint32_t *mask)
{
	uint64_t index;
	size_t n;

	*mask = 0;
	TRY(cbor_array(c, 3, PCR_COUNT, &n));
	for (; n > 0; n--) {
		TRY(cbor_uint(c, &index));
		if (index >= PCR_COUNT || *mask >> index != 0)
			return ERR_PCRS_BAD;
		*mask |= UINT32_C(1) << index;
	}
	cbor_close(c);
	return (*mask & 7) == 7 ? OK : ERR_PCRS_BAD;
}

static enum err
decode_endorsers(struct cbor *c, struct policy *p)
{
	struct cbor_map m;

	TRY(cbor_map(c, &m));
	TRY(cbor_map_key(&m, "keys"));
	TRY(decode_keys(c, 1, &p->endorsers));
	TRY(cbor_map_key(&m, "threshold"));
	TRY(decode_threshold(c, p->endorsers.n, &p->endorser_threshold));
	return cbor_map_end(&m);
}

static enum err
decode_log(struct cbor *c, struct policy *p)
{
	struct cbor_map m;

	TRY(cbor_map(c, &m));
	TRY(cbor_map_key(&m, "key"));
	TRY(cbor_h32(c, &p->log_key));
	TRY(cbor_map_key(&m, "name"));
	TRY(cbor_line(c, 1, 64, &p->log_name));
	return cbor_map_end(&m);
}

static enum err
decode_witnesses(struct cbor *c, struct policy *p)
{
	struct cbor_map m;

	TRY(cbor_map(c, &m));
	TRY(cbor_map_key(&m, "log"));
	TRY(decode_log(c, p));
	TRY(cbor_map_key(&m, "keys"));
	TRY(cbor_array(c, 1, POLICY_KEYS, &p->witness_n));
	for (size_t i = 0; i < p->witness_n; i++)
		TRY(cbor_line(c, 1, 200, &p->witness[i]));
	cbor_close(c);
	TRY(cbor_map_key(&m, "threshold"));
	TRY(decode_threshold(c, p->witness_n, &p->witness_threshold));
	return cbor_map_end(&m);
}

static enum err
decode_witness_part(struct cbor *c, struct cbor_map *m, struct policy *p)
{
	const uint8_t *start = c->p;

	TRY(cbor_map_opt(m, "witnesses", &p->has_witnesses));
	p->witness_n = 0;
	p->witness_part = span_of(start, 0);
	if (!p->has_witnesses)
		return OK;
	TRY(decode_witnesses(c, p));
	p->witness_part.n = (size_t)(c->p - start);
	return OK;
}

static enum err
decode_fields(struct cbor *c, struct policy *p)
{
	struct cbor_map m;

	TRY(cbor_map(c, &m));
	TRY(cbor_map_key(&m, "pcrs"));
	TRY(decode_pcrs(c, &p->pcrs));
	TRY(cbor_map_key(&m, "control"));
	TRY(decode_keys(c, 1, &p->control));
	TRY(cbor_map_opt(&m, "endorsers", &p->has_endorsers));
	p->endorsers.n = 0;
	if (p->has_endorsers)
		TRY(decode_endorsers(c, p));
	TRY(cbor_map_key(&m, "guardians"));
	TRY(decode_keys(c, 0, &p->guardians));
	TRY(cbor_map_key(&m, "min_delay"));
	TRY(instant_duration_decode(c, &p->min_delay));
	TRY(cbor_map_key(&m, "threshold"));
	TRY(decode_threshold(c, p->control.n, &p->threshold));
	TRY(decode_witness_part(c, &m, p));
	TRY(cbor_map_key(&m, "upgradable"));
	TRY(cbor_bool(c, &p->upgradable));
	return cbor_map_end(&m);
}

/* No key of the first set stands in the second; of one set, none twice. */
static bool
disjoint(const struct keyset *a, const struct keyset *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = a == b ? i + 1 : 0; k < b->n; k++) {
			if (h32_eq(&a->key[i].kid, &b->key[k].kid))
				return false;
		}
	}
	return true;
}

enum err
policy_decode(struct cbor *c, struct policy *p)
{
	const uint8_t *start = c->p;
	const struct keyset *set[] = { &p->control, &p->guardians,
		&p->endorsers };

	TRY(decode_fields(c, p));
	p->bytes = span_of(start, (size_t)(c->p - start));
	if (p->bytes.n > POLICY_MAX)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = i; k < 3; k++) {
			if (!disjoint(set[i], set[k]))
				return ERR_POLICY_ROLES;
		}
	}
	return OK;
}

static void
encode_keys(struct out *o, const char *name, const struct keyset *s)
{
	cbor_put_key(o, name);
	cbor_put_array(o, s->n);
	for (size_t i = 0; i < s->n; i++)
		key_encode(o, &s->key[i]);
}

static void
encode_uint(struct out *o, const char *name, uint64_t v)
{
	cbor_put_key(o, name);
	cbor_put_uint(o, v);
}

static void
encode_pcrs(struct out *o, uint32_t mask)
{
	cbor_put_key(o, "pcrs");
	cbor_put_array(o, (size_t)__builtin_popcount(mask));
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (mask >> i & 1)
			cbor_put_uint(o, i);
	}
}

static void
encode_endorsers(struct out *o, const struct policy *p)
{
	cbor_put_key(o, "endorsers");
	cbor_put_map(o, 2);
	encode_keys(o, "keys", &p->endorsers);
	encode_uint(o, "threshold", p->endorser_threshold);
}

static void
encode_witnesses(struct out *o, const struct policy *p)
{
	cbor_put_key(o, "witnesses");
	cbor_put_map(o, 3);
	cbor_put_key(o, "log");
	cbor_put_map(o, 2);
	cbor_put_key(o, "key");
	cbor_put_bytes(o, h32_span(&p->log_key));
	cbor_put_key(o, "name");
	cbor_put_text(o, p->log_name);
	cbor_put_key(o, "keys");
	cbor_put_array(o, p->witness_n);
	for (size_t i = 0; i < p->witness_n; i++)
		cbor_put_text(o, p->witness[i]);
	encode_uint(o, "threshold", p->witness_threshold);
}

void
policy_encode(struct out *o, const struct policy *p)
{
	cbor_put_map(o, 6U + p->has_endorsers + p->has_witnesses);
	encode_pcrs(o, p->pcrs);
	encode_keys(o, "control", &p->control);
	if (p->has_endorsers)
		encode_endorsers(o, p);
	encode_keys(o, "guardians", &p->guardians);
	encode_uint(o, "min_delay", p->min_delay);
	encode_uint(o, "threshold", p->threshold);
	if (p->has_witnesses)
		encode_witnesses(o, p);
	cbor_put_key(o, "upgradable");
	cbor_put_bool(o, p->upgradable);
}

int
policy_key_index(const struct keyset *s, const struct h32 *kid)
{
	for (size_t i = 0; i < s->n; i++) {
		if (h32_eq(&s->key[i].kid, kid))
			return (int)i;
	}
	return -1;
}

/* Between two places of the encoded policy. */
static struct span
between(const uint8_t *from, const uint8_t *to)
{
	return span_of(from, (size_t)(to - from));
}

bool
policy_same_but_witnesses(const struct policy *a, const struct policy *b)
{
	/* the head counts the keys, `witnesses` among them */
	const uint8_t *a_from = a->bytes.p + 1, *b_from = b->bytes.p + 1;
	const uint8_t *a_to = a->witness_part.p + a->witness_part.n;
	const uint8_t *b_to = b->witness_part.p + b->witness_part.n;

	return span_eq(between(a_from, a->witness_part.p),
		   between(b_from, b->witness_part.p)) &&
	       span_eq(between(a_to, a->bytes.p + a->bytes.n),
		   between(b_to, b->bytes.p + b->bytes.n));
}

size_t
policy_majority(const struct policy *p)
{
	return p->guardians.n == 0 ? 0 : p->guardians.n / 2 + 1;
}
