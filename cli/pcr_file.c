/* SPDX-License-Identifier: ISC */
#include "pcr_file.h"

#include <ctype.h>
#include <stdio.h>

#include "definition/toml.h"
#include "definition/yaml.h"
#include "fail.h"
#include "file.h"

#define PCR_FILE_MAX (256 * 1024)

static struct span
trim(struct span s)
{
	while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL)
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
		s.n--;
	return s;
}

/* "PCR_0" as "pcr0"; false for names of other things, such as HashAlgorithm.
 * Bare numbers name PCRs only where `bare`. */
static bool
pcr_name(const char *name, size_t n, bool bare, char to[16])
{
	size_t k = 0;

	if (n == 0 || n >= 16)
		return false;
	for (size_t i = 0; i < n; i++)
		to[k++] = (char)tolower((unsigned char)name[i]);
	to[k] = '\0';
	return strncmp(to, "pcr", 3) == 0 ||
	       (bare && strspn(to, "0123456789") == n);
}

static enum err
add(json_t *to, const char *name, struct span value)
{
	json_t *v = json_stringn((const char *)value.p, value.n);

	if (json_object_get(to, name) != NULL) {
		json_decref(v);
		return fail_with(ERR_MEASUREMENTS_BAD, "%s stands there twice.",
		    name);
	}
	return json_object_set_new(to, name, v) == 0 ? OK : ERR_OUT_OF_MEMORY;
}

static bool
names_pcrs(const json_t *j)
{
	const char *name;
	char plain[16];
	json_t *v;

	json_object_foreach(shape_lend(j), name, v)
	{
		if (pcr_name(name, strlen(name), true, plain) &&
		    strpbrk(plain, "0123456789") != NULL)
			return true;
	}
	return false;
}

/* The object with the PCRs: below a name that says so, or j itself.  NULL
 * where there are two, of which readers take this or that one. */
static const json_t *
inner(const json_t *j)
{
	static const char *const names[] = { "Measurements", "measurements",
		"attestation", "pcrs", "release" };

	if (json_is_array(j) && json_array_size(j) == 1)
		j = json_array_get(j, 0);
	for (int depth = 0; depth < 2; depth++) {
		const json_t *below = NULL;

		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			const json_t *v = json_object_get(j, names[i]);

			if (!json_is_object(v))
				continue;
			if (below != NULL || names_pcrs(j))
				return NULL;
			below = v;
		}
		j = below != NULL ? below : j;
	}
	return j;
}

static enum err
from_json(const json_t *j, json_t *to)
{
	const json_t *o = inner(j);
	const char *name;
	json_t *v;

	if (o == NULL)
		return fail_with(ERR_MEASUREMENTS_BAD,
		    "There are measurements in it in two places.");
	if (!json_is_object(o))
		return fail_with(ERR_MEASUREMENTS_BAD,
		    "A list does not say which PCR is which.");
	json_object_foreach((json_t *)(uintptr_t)o, name, v)
	{
		char plain[16];

		if (!pcr_name(name, strlen(name), true, plain))
			continue;
		if (!json_is_string(v))
			return fail_with(ERR_MEASUREMENTS_BAD,
			    "%s is not text.", name);
		TRY(add(to, plain,
		    trim(
			span_of(json_string_value(v), json_string_length(v)))));
	}
	return OK;
}

/* The [attestation] of an enclave.toml, or the map that is in YAML. */
static enum err
from_lines(struct span text, json_t *to)
{
	struct shape_faults toml = { 0 }, yaml = { 0 };
	json_t *j = NULL;
	enum err e = toml_load(text, &j, &toml);

	if (e == OK) {
		if (json_object_get(j, "attestation") != NULL)
			e = from_json(j, to);
	} else if (e != ERR_OUT_OF_MEMORY) {
		e = yaml_load(text, &j, &yaml);
		if (json_is_object(j))
			e = from_json(j, to);
		else if (e != ERR_OUT_OF_MEMORY)
			e = fail_with(ERR_MEASUREMENTS_BAD,
			    "As TOML, %s; as YAML, %s.", toml.fault[0].message,
			    yaml.n > 0 ? yaml.fault[0].message
				       : "it is no map");
	}
	json_decref(j);
	return e;
}

static enum err
collect(struct span text, json_t *to)
{
	struct span t = trim(text);
	struct shape_faults f = { 0 };
	json_t *j;
	enum err e;

	if (t.n == 0 || (t.p[0] != '{' && t.p[0] != '['))
		return from_lines(t, to);
	e = shape_load(t, &j, &f);
	if (e == OK)
		e = from_json(j, to);
	else if (t.p[0] == '[')
		return from_lines(t, to);
	else
		e = fail_with(ERR_MEASUREMENTS_BAD, "%s.",
		    f.n > 0 ? f.fault[0].message : "It is no JSON");
	json_decref(j);
	return e;
}

static enum err
finish(enum err e, json_t *o, struct view_pcrs_buf *buf, struct pcrs *p)
{
	struct shape_faults f = { 0 };

	memset(p, 0, sizeof *p);
	if (e == OK && json_object_size(o) == 0)
		e = fail_with(ERR_MEASUREMENTS_BAD, "There is no PCR in it.");
	if (e == OK && view_pcrs_parse(o, "", buf, p, &f) != OK)
		e = fail_with(ERR_MEASUREMENTS_BAD, "%s %s.",
		    f.n > 0 ? f.fault[0].pointer + 1 : "A PCR",
		    f.n > 0 ? f.fault[0].message : "is malformed");
	json_decref(o);
	return e;
}

enum err
pcr_file_parse(struct span text, struct view_pcrs_buf *buf, struct pcrs *p)
{
	json_t *o = json_object();

	return finish(o == NULL ? ERR_OUT_OF_MEMORY : collect(text, o), o, buf,
	    p);
}

enum err
pcr_file_value(const json_t *j, struct view_pcrs_buf *buf, struct pcrs *p)
{
	json_t *o = json_object();

	return finish(o == NULL ? ERR_OUT_OF_MEMORY : from_json(j, o), o, buf,
	    p);
}

enum err
pcr_file_read_all(const char *path, uint32_t mask, struct view_pcrs_buf *buf,
    struct pcrs *p)
{
	struct span text;

	TRY(file_read(path, PCR_FILE_MAX, &text));
	TRY(pcr_file_parse(text, buf, p));
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if ((mask >> i & 1) != 0 && (p->mask >> i & 1) == 0)
			return fail_with(ERR_MEASUREMENTS_BAD,
			    "%s lacks PCR%u, which the policy measures.", path,
			    i);
	return OK;
}

enum err
pcr_file_read(const char *path, uint32_t mask, struct view_pcrs_buf *buf,
    struct pcrs *p)
{
	TRY(pcr_file_read_all(path, mask, buf, p));
	p->mask = mask;
	return OK;
}
