/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "put.h"
#include "view.h"

json_t *
view_pcrs(const struct pcrs *p)
{
	json_t *o = json_object();
	char index[8];

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (p->mask >> i & 1) {
			(void)snprintf(index, sizeof index, "%u", i);
			put_member(&o, index,
			    view_bytes_hex(span_of(p->value[i], PCR_SIZE)));
		}
	}
	return o;
}

/* The index that a key names: "8", "PCR8", "pcr8", "pcr_8"; or PCR_COUNT. */
static unsigned
index_of(const char *key)
{
	unsigned long v;
	char *end;

	if (strncmp(key, "PCR", 3) == 0 || strncmp(key, "pcr", 3) == 0)
		key += 3 + (key[3] == '_');
	if (key[0] < '0' || key[0] > '9' || (key[0] == '0' && key[1] != '\0'))
		return PCR_COUNT;
	v = strtoul(key, &end, 10);
	return *end == '\0' && v < PCR_COUNT ? (unsigned)v : PCR_COUNT;
}

/* What is wrong with one member, or NULL. */
static const char *
take(const char *key, const json_t *value, struct view_pcrs_buf *buf,
    struct pcrs *p)
{
	static const uint8_t zero[PCR_SIZE];
	const char *hex = json_string_value(value);
	unsigned i = index_of(key);

	if (i == PCR_COUNT)
		return "is not the index of a PCR";
	if (p->mask >> i & 1)
		return "stands here under another name too";
	if (hex == NULL || !text_unhex(span_str(hex), buf->value[i], PCR_SIZE))
		return "must be 96 hex digits";
	if (memcmp(buf->value[i], zero, PCR_SIZE) == 0)
		return "is zero, as in an enclave in debug mode";
	p->mask |= UINT32_C(1) << i;
	p->value[i] = buf->value[i];
	return NULL;
}

enum err
view_pcrs_parse(const json_t *j, const char *pointer, struct view_pcrs_buf *buf,
    struct pcrs *p, struct shape_faults *f)
{
	enum err e = OK;
	char at[256];

	*p = (struct pcrs){ 0 };
	if (!json_is_object(j)) {
		shape_fault(f, pointer, "must be an object of PCRs");
		return ERR_JSON_FIELD;
	}
	for (void *it = json_object_iter(shape_lend(j)); it;
	     it = json_object_iter_next(shape_lend(j), it)) {
		const char *key = json_object_iter_key(it);
		const char *why = take(key, json_object_iter_value(it), buf, p);

		if (why) {
			(void)snprintf(at, sizeof at, "%s/%s", pointer, key);
			shape_fault(f, at, why);
			e = ERR_JSON_FIELD;
		}
	}
	if (e == OK && (p->mask & 7) != 7) {
		shape_fault(f, pointer, "must have PCR 0, 1 and 2");
		e = ERR_JSON_FIELD;
	}
	return e;
}
