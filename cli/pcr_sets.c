/* SPDX-License-Identifier: ISC */
#include "pcr_sets.h"

#include <ctype.h>

#include "chain/text.h"
#include "fail.h"
#include "mem.h"
#include "pcr_file.h"

static enum err
too_many(void)
{
	return fail_with(ERR_MEASUREMENTS_BAD, "There are more than %u sets.",
	    PCR_SETS_MAX);
}

/* One PCR of one set. */
static enum err
put(struct pcr_set *s, unsigned index, const char *hex)
{
	static const uint8_t zero[PCR_SIZE];
	uint8_t *v = s->buf.value[index];

	if (s->pcrs.mask >> index & 1)
		return fail_with(ERR_MEASUREMENTS_BAD,
		    "PCR%u stands there twice.", index);
	if (!text_unhex(span_str(hex), v, PCR_SIZE))
		return fail_with(ERR_MEASUREMENTS_BAD,
		    "PCR%u is not 96 hex digits.", index);
	if (memcmp(v, zero, PCR_SIZE) == 0)
		return fail_with(ERR_MEASUREMENTS_BAD, "PCR%u is zero.", index);
	s->pcrs.mask |= UINT32_C(1) << index;
	s->pcrs.value[index] = v;
	return OK;
}

static void
copy(struct pcr_set *to, const struct pcr_set *from)
{
	*to = *from;
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (to->pcrs.mask >> i & 1)
			to->pcrs.value[i] = to->buf.value[i];
}

/* Every set so far with every value of one more PCR. */
static enum err
multiply(struct pcr_set **set, size_t *n, unsigned index, const json_t *list)
{
	size_t k = json_array_size(list), at = 0, i;
	struct pcr_set *to;
	json_t *v;

	if (k == 0)
		return fail_with(ERR_MEASUREMENTS_BAD,
		    "The list of PCR%u is empty.", index);
	if (k > PCR_SETS_MAX || *n * k > PCR_SETS_MAX)
		return too_many();
	to = mem_new(*n * k * sizeof *to);
	for (size_t s = 0; s < *n; s++)
		json_array_foreach(list, i, v)
		{
			copy(&to[at], &(*set)[s]);
			TRY(put(&to[at++], index, json_string_value(v)));
		}
	*set = to;
	*n = at;
	return OK;
}

/* "enclave_pcr0_hashes" is of PCR0. */
static bool
index_in(const char *name, unsigned *index)
{
	for (const char *p = name; *p != '\0'; p++)
		if (tolower((unsigned char)p[0]) == 'p' &&
		    tolower((unsigned char)p[1]) == 'c' &&
		    tolower((unsigned char)p[2]) == 'r') {
			p += p[3] == '_' ? 4 : 3;
			if (!isdigit((unsigned char)*p))
				return false;
			*index = (unsigned)(*p - '0');
			if (isdigit((unsigned char)p[1]))
				*index = *index * 10 + (unsigned)(p[1] - '0');
			return *index < PCR_COUNT;
		}
	return false;
}

static bool
all_text(const json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) if (!json_is_string(v)) return false;
	return json_array_size(list) > 0;
}

static enum err
of_objects(const json_t *list, struct pcr_set **set, size_t *n)
{
	size_t i;
	json_t *v;

	if (json_array_size(list) > PCR_SETS_MAX)
		return too_many();
	*n = json_array_size(list);
	*set = mem_new((*n + 1) * sizeof **set);
	json_array_foreach(list, i, v)
	    TRY(pcr_file_value(v, &(*set)[i].buf, &(*set)[i].pcrs));
	return *n > 0 ? OK
		      : fail_with(ERR_MEASUREMENTS_BAD, "The list is empty.");
}

/* {"enclave_pcr0_hashes": [..]}, of JSON or of a .tfvars file. */
static enum err
of_variables(const json_t *j, struct pcr_set **set, size_t *n)
{
	const char *name;
	json_t *v;
	unsigned index;

	*set = mem_new(sizeof **set);
	*n = 1;
	json_object_foreach((json_t *)(uintptr_t)j, name, v)
	{
		json_t *list = json_is_array(v) ? json_incref(v) : json_array();
		enum err e = OK;

		if (json_is_string(v))
			(void)json_array_append(list, v);
		if (index_in(name, &index) && all_text(list))
			e = multiply(set, n, index, list);
		json_decref(list);
		TRY(e);
	}
	if (((*set)->pcrs.mask & 1) != 0)
		return OK;
	return fail_with(ERR_MEASUREMENTS_BAD,
	    (*set)->pcrs.mask != 0
		? "There is no PCR0 in it, and no other PCR is of all of an "
		  "image."
		: "There is no PCR in it.");
}

static bool
has_lists(const json_t *j)
{
	const char *name;
	json_t *v;
	unsigned index;

	json_object_foreach((json_t *)(uintptr_t)j, name,
	    v) if (index_in(name, &index) && json_is_array(v)) return true;
	return false;
}

static enum err
of_json(const json_t *j, struct pcr_set **set, size_t *n)
{
	const json_t *sets = json_object_get(j, "sets");

	if (json_is_array(sets))
		return of_objects(sets, set, n);
	if (json_is_array(j) && all_text(j)) {
		*set = mem_new(sizeof **set);
		*n = 1;
		return multiply(set, n, 0, j);
	}
	if (json_is_array(j))
		return of_objects(j, set, n);
	if (has_lists(j))
		return of_variables(j, set, n);
	*set = mem_new(sizeof **set);
	*n = 1;
	return pcr_file_value(j, &(*set)->buf, &(*set)->pcrs);
}

/* The next word, quoted text or sign of a .tfvars file; false at the end. */
static bool
word(struct span *s, char to[256], char *kind)
{
	size_t n = 0;

	while (s->n > 0) {
		char c = (char)s->p[0];
		bool line =
		    c == '#' || (c == '/' && s->n > 1 && s->p[1] == '/');

		if (!line && !isspace((unsigned char)c))
			break;
		do
			*s = span_of(s->p + 1, s->n - 1);
		while (line && s->n > 0 && s->p[0] != '\n');
	}
	if (s->n == 0)
		return false;
	*kind = (char)s->p[0];
	if (*kind == '"') {
		for (n = 0; n + 1 < s->n && s->p[n + 1] != '"' && n < 255; n++)
			to[n] = (char)s->p[n + 1];
		*s = span_of(s->p + n + 1, s->n - n - 1);
	} else if (isalnum((unsigned char)*kind) || *kind == '_') {
		*kind = 'a';
		for (; n < s->n && n < 255 &&
		       (isalnum(s->p[n]) || s->p[n] == '_' || s->p[n] == '-');
		     n++)
			to[n] = (char)s->p[n];
		to[n] = '\0';
		*s = span_of(s->p + n, s->n - n);
		return true;
	}
	to[n] = '\0';
	if (s->n > 0)
		*s = span_of(s->p + 1, s->n - 1);
	return true;
}

/* NAME = "TEXT" and NAME = ["TEXT", ...]; NULL where it is something else. */
static json_t *
tfvars(struct span s)
{
	json_t *j = json_object(), *list;
	char name[256], t[256], kind;

	while (word(&s, name, &kind)) {
		if (kind != 'a' || !word(&s, t, &kind) || kind != '=' ||
		    !word(&s, t, &kind))
			goto other;
		list = json_array();
		if (json_object_get(j, name) != NULL) {
			json_decref(list);
			goto other;
		}
		if (json_object_set_new(j, name, list) != 0)
			goto other;
		if (kind == '"') {
			(void)json_array_append_new(list, json_string(t));
			continue;
		}
		if (kind == 'a') /* true, a number */
			continue;
		if (kind != '[')
			goto other;
		while (word(&s, t, &kind) && kind != ']')
			if (kind == '"')
				(void)json_array_append_new(list,
				    json_string(t));
			else if (kind != ',')
				goto other;
	}
	return j;
other:
	json_decref(j);
	return NULL;
}

enum err
pcr_sets_parse(struct span text, struct pcr_set **set, size_t *n)
{
	struct shape_faults f = { 0 };
	json_t *j;
	enum err e;

	if (shape_load(text, &j, &f) == OK) {
		e = of_json(j, set, n);
		json_decref(j);
		return e;
	}
	j = tfvars(text);
	if (j != NULL && has_lists(j)) {
		e = of_variables(j, set, n);
		json_decref(j);
		return e;
	}
	json_decref(j);
	*set = mem_new(sizeof **set);
	*n = 1;
	return pcr_file_parse(text, &(*set)->buf, &(*set)->pcrs);
}
