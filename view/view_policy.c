/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "put.h"
#include "view.h"

static json_t *
keys(const struct keyset *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		put_item(&list, view_key(&s->key[i]));
	return list;
}

static json_t *
indexes(uint32_t mask)
{
	json_t *list = json_array();

	for (int i = 0; i < PCR_COUNT; i++) {
		if (mask >> i & 1)
			put_item(&list, json_integer(i));
	}
	return list;
}

static json_t *
endorsers(const struct policy *p)
{
	json_t *o = json_object();

	put_member(&o, "keys", keys(&p->endorsers));
	put_member(&o, "threshold",
	    json_integer((json_int_t)p->endorser_threshold));
	return o;
}

static json_t *
witnesses(const struct policy *p)
{
	json_t *o = json_object(), *log = json_object(), *list = json_array();

	put_member(&log, "name", view_bytes_text(p->log_name));
	put_member(&log, "key", view_bytes_h32(&p->log_key));
	for (size_t i = 0; i < p->witness_n; i++)
		put_item(&list, view_bytes_text(p->witness[i]));
	put_member(&o, "log", log);
	put_member(&o, "keys", list);
	put_member(&o, "threshold",
	    json_integer((json_int_t)p->witness_threshold));
	return o;
}

json_t *
view_policy(const struct policy *p)
{
	json_t *o = json_object();

	put_member(&o, "control", keys(&p->control));
	put_member(&o, "threshold", json_integer((json_int_t)p->threshold));
	put_member(&o, "guardians", keys(&p->guardians));
	put_member(&o, "min_delay_ms", json_integer((json_int_t)p->min_delay));
	put_member(&o, "upgradable", json_boolean(p->upgradable));
	put_member(&o, "pcrs", indexes(p->pcrs));
	if (p->has_endorsers)
		put_member(&o, "endorsers", endorsers(p));
	if (p->has_witnesses)
		put_member(&o, "witnesses", witnesses(p));
	return o;
}

static const struct shape any = { .type = SHAPE_ANY };
static const struct shape pcr = { .type = SHAPE_UINT, .max = PCR_COUNT - 1 };

static const struct shape endorser_members[] = {
	{ "keys", SHAPE_ARRAY, SHAPE_REQUIRED, .min = 1, .max = POLICY_KEYS,
	    .of = &any },
	{ "threshold", SHAPE_UINT, SHAPE_REQUIRED, .min = 1,
	    .max = POLICY_KEYS },
	{ .type = SHAPE_END },
};

static const struct shape members[] = {
	{ "control", SHAPE_ARRAY, SHAPE_REQUIRED, .min = 1, .max = POLICY_KEYS,
	    .of = &any },
	{ "threshold", SHAPE_UINT, SHAPE_REQUIRED, .min = 1,
	    .max = POLICY_KEYS },
	{ "guardians", SHAPE_ARRAY, .max = POLICY_KEYS, .of = &any },
	{ "min_delay_ms", SHAPE_UINT, SHAPE_REQUIRED, .max = DURATION_MAX },
	{ .name = "upgradable", .type = SHAPE_BOOL, .flags = SHAPE_REQUIRED },
	{ "pcrs", SHAPE_ARRAY, SHAPE_REQUIRED | SHAPE_UNIQUE, .min = 3,
	    .max = PCR_COUNT, .of = &pcr },
	{ "endorsers", SHAPE_OBJECT, .of = endorser_members },
	{ .type = SHAPE_END },
};

static const struct shape shape = { .type = SHAPE_OBJECT, .of = members };

static enum err
take_keys(const json_t *list, const char *pointer,
    uint8_t (*blob)[KEY_BLOB_MAX], struct keyset *s, struct shape_faults *f)
{
	enum err e = OK;
	char at[288];

	s->n = json_array_size(list);
	for (size_t i = 0; i < s->n; i++) {
		(void)snprintf(at, sizeof at, "%s/%zu", pointer, i);
		if (view_key_parse(json_array_get(list, i), at, blob[i],
			&s->key[i], f) != OK)
			e = ERR_JSON_FIELD;
	}
	return e;
}

static uint64_t
number(const json_t *j, const char *member)
{
	return (uint64_t)json_integer_value(json_object_get(j, member));
}

/* The keys of one role at `pointer` and `below` it. */
static enum err
take_role(const json_t *list, const char *pointer, const char *below,
    uint8_t (*blob)[KEY_BLOB_MAX], struct keyset *s, struct shape_faults *f)
{
	char at[256];

	(void)snprintf(at, sizeof at, "%s%s", pointer, below);
	return take_keys(list, at, blob, s, f);
}

enum err
view_policy_parse(const json_t *j, const char *pointer,
    struct view_policy_buf *buf, struct policy *p, struct shape_faults *f)
{
	const json_t *pcrs = json_object_get(j, "pcrs");
	const json_t *end = json_object_get(j, "endorsers");

	*p = (struct policy){ 0 };
	TRY(shape_check_at(&shape, j, pointer, f));
	TRY(take_role(json_object_get(j, "control"), pointer, "/control",
	    buf->blob, &p->control, f));
	TRY(take_role(json_object_get(j, "guardians"), pointer, "/guardians",
	    buf->blob + POLICY_KEYS, &p->guardians, f));
	TRY(take_role(json_object_get(end, "keys"), pointer, "/endorsers/keys",
	    buf->blob + (size_t)2 * POLICY_KEYS, &p->endorsers, f));
	p->has_endorsers = end != NULL;
	p->endorser_threshold = number(end, "threshold");
	p->threshold = number(j, "threshold");
	p->min_delay = number(j, "min_delay_ms");
	p->upgradable = json_is_true(json_object_get(j, "upgradable"));
	for (size_t i = 0; i < json_array_size(pcrs); i++) {
		p->pcrs |= UINT32_C(1)
			   << json_integer_value(json_array_get(pcrs, i));
	}
	return OK;
}
