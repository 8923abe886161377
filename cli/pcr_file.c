/* SPDX-License-Identifier: ISC */
#include "pcr_file.h"

#include <ctype.h>
#include <stdio.h>

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

/* The object with the PCRs: below a name that says so, or j itself. */
static const json_t *
inner(const json_t *j)
{
	static const char *const names[] = { "Measurements", "measurements",
		"pcrs", "release" };

	if (json_is_array(j) && json_array_size(j) == 1)
		j = json_array_get(j, 0);
	for (int depth = 0; depth < 2; depth++)
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			const json_t *v = json_object_get(j, names[i]);

			if (json_is_object(v)) {
				j = v;
				break;
			}
		}
	return j;
}

static enum err
from_json(const json_t *j, json_t *to)
{
	const json_t *o = inner(j);
	const char *name;
	json_t *v;

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

/* One `NAME = "VALUE"` line of the [attestation] table. */
static enum err
toml_line(struct span line, json_t *to)
{
	const uint8_t *eq = memchr(line.p, '=', line.n), *end;
	struct span name, value;
	char plain[16];
	uint8_t quote;

	if (eq == NULL)
		return OK;
	name = trim(span_of(line.p, (size_t)(eq - line.p)));
	if (name.n > 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = span_of(name.p + 1, name.n - 2);
	if (!pcr_name((const char *)name.p, name.n, false, plain))
		return OK;
	value = trim(span_of(eq + 1, line.n - (size_t)(eq - line.p) - 1));
	quote = value.n > 0 ? value.p[0] : 0;
	end = quote == '"' || quote == '\''
		  ? memchr(value.p + 1, quote, value.n - 1)
		  : NULL;
	if (end == NULL)
		return fail_with(ERR_MEASUREMENTS_BAD,
		    "%s is not a text between quotes.", plain);
	return add(to, plain,
	    trim(span_of(value.p + 1, (size_t)(end - value.p) - 1)));
}

static enum err
from_toml(struct span text, json_t *to)
{
	bool inside = false;

	while (text.n > 0) {
		const uint8_t *nl = memchr(text.p, '\n', text.n);
		size_t n = nl != NULL ? (size_t)(nl - text.p) : text.n;
		struct span line = trim(span_of(text.p, n));

		text = span_of(text.p + n + (nl != NULL),
		    text.n - n - (nl != NULL));
		if (line.n > 0 && line.p[0] == '[')
			inside = span_is(line, "[attestation]");
		else if (inside && line.n > 0 && line.p[0] != '#')
			TRY(toml_line(line, to));
	}
	return OK;
}

/* YAML that is no TOML: a definition, and what else has measurements. */
static enum err
from_yaml(struct span text, json_t *to)
{
	struct shape_faults f = { 0 };
	json_t *j = NULL;
	enum err e = yaml_load(text, &j, &f);

	if (e == OK && json_is_object(inner(j)))
		e = from_json(j, to);
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

	if (t.n == 0 || (t.p[0] != '{' && t.p[0] != '[')) {
		TRY(from_toml(t, to));
		/* What is wrong with the YAML is no news to who gave TOML. */
		return json_object_size(to) > 0 || from_yaml(t, to) == OK
			   ? OK
			   : fail_with(ERR_MEASUREMENTS_BAD,
				 "There is no PCR in it.");
	}
	if (shape_load(t, &j, &f) != OK) {
		e = from_toml(t, to);
		if (e == OK && json_object_size(to) == 0)
			return fail_with(ERR_MEASUREMENTS_BAD, "%s",
			    f.n > 0 ? f.fault[0].message : "");
		return e;
	}
	e = from_json(j, to);
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
