/* SPDX-License-Identifier: ISC */
#include "dialect.h"

#include <stdio.h>
#include <stdlib.h>

#include "definition/yaml.h"
#include "dialect_secret.h"
#include "dialect_source.h"
#include "json_line.h"
#include "lint.h"
#include "locate.h"
#include "pointer.h"
#include "toml.h"

static const struct dialect *const rows[] = {
	&dialect_enclaver_0,
	&dialect_enclaver_1,
	&dialect_enclaver_2,
	&dialect_enclaver_3,
	&dialect_enclaver_4,
	&dialect_evervault_1,
	&dialect_evervault_0,
	&dialect_enclavia_create,
	&dialect_enclavia_egress,
	&dialect_chamber,
	&dialect_chamber_config,
	&dialect_nitro_run,
	&dialect_encl,
};
#define ROWS (sizeof rows / sizeof rows[0])

const char *
dialect_id(size_t i)
{
	return i < ROWS ? rows[i]->id : NULL;
}

static const struct dialect *
row_of(const char *id)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i]->id, id) == 0)
			return rows[i];
	}
	return NULL;
}

static const struct dialect *
detect(const json_t *v, enum dialect_syntax syntax)
{
	size_t i = 0;

	/* the last row takes everything */
	while (!rows[i]->detect(v, syntax))
		i++;
	return rows[i];
}

/* Letters, digits and inner hyphens out of any name. */
static json_t *
label(const char *s)
{
	char text[64];
	size_t n = 0;

	for (; *s && n + 1 < sizeof text; s++) {
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			text[n++] = c;
		else if (n > 0 && text[n - 1] != '-')
			text[n++] = '-';
	}
	while (n > 0 && text[n - 1] == '-')
		n--;
	return json_stringn(text, n);
}

static const char *
name_at(const struct dialect *x)
{
	return x->name_at ? x->name_at : "/name";
}

/* A name that is no label of ours is kept beside the label made of it. */
static void
read_name(struct dialect_reader *r)
{
	const char *at = name_at(r->dialect);
	const json_t *v = pointer_get(r->source, at);
	json_t *made;

	if (r->dialect->name && v == NULL) {
		dialect_row_put(r, "/name", json_string(r->dialect->name), "");
		return;
	}
	if (!json_is_string(v)) {
		dialect_row_refuse(r, at, v ? "must be text" : "is missing");
		return;
	}
	made = label(json_string_value(v));
	if (json_equal(made, v)) {
		(void)dialect_row_take(r, at);
	} else {
		dialect_row_note(r, at,
		    "is no name here: lower-case letters, digits and hyphens "
		    "are made of it");
	}
	dialect_row_put(r, "/name", made, at);
}

static bool
is_kept(const struct dialect *x, const char *pointer)
{
	for (const char *const *k = x->kept; k && *k; k++) {
		if (pointer_is_in(pointer, *k))
			return true;
	}
	return false;
}

/* A value that nobody took, as JSON text, so that nulls, fractions and depth
 * have a place. */
static void
keep(struct dialect_reader *r, const char *pointer, const json_t *v)
{
	char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT |
				       JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	json_t *all = json_object_get(r->d, "extensions"), *mine;

	if (all == NULL &&
	    json_object_set_new(r->d, "extensions", json_object()) == 0)
		all = json_object_get(r->d, "extensions");
	mine = json_object_get(all, r->dialect->id);
	if (mine == NULL &&
	    json_object_set_new(all, r->dialect->id, json_object()) == 0)
		mine = json_object_get(all, r->dialect->id);
	if (text == NULL ||
	    json_object_set_new(mine, pointer, json_string(text)) != 0)
		r->e = ERR_OUT_OF_MEMORY;
	free(text);
	if (!is_kept(r->dialect, pointer) &&
	    strcmp(pointer, name_at(r->dialect)) != 0)
		dialect_row_note(r, pointer,
		    "is not known here: it is kept as it is, under "
		    "extensions");
}

static void leftover(struct dialect_reader *r, const char *pointer,
    const json_t *was, const json_t *now);

static void
leftover_member(struct dialect_reader *r, const char *pointer, const char *name,
    const json_t *was, const json_t *now)
{
	char below[POINTER_MAX];

	(void)snprintf(below, sizeof below, "%s", pointer);
	if (strlen(name) >= POINTER_TOKEN / 2 || !pointer_add(below, name)) {
		dialect_row_refuse(r, pointer,
		    "has a member whose name is "
		    "too long");
		return;
	}
	leftover(r, below, was, now);
}

static void
leftover(struct dialect_reader *r, const char *pointer, const json_t *was,
    const json_t *now)
{
	const char *name;
	json_t *v;

	if (json_is_object(now) && json_object_size(was) > 0) {
		json_object_foreach(shape_lend(now), name, v) leftover_member(r,
		    pointer, name, json_object_get(was, name), v);
	} else if (json_is_array(now) && !json_equal(was, now)) {
		for (size_t i = 0; i < json_array_size(now); i++) {
			char index[24];

			(void)snprintf(index, sizeof index, "%zu", i);
			leftover_member(r, pointer, index,
			    json_array_get(was, i), json_array_get(now, i));
		}
	} else {
		keep(r, pointer, now);
	}
}

/* The member of what is at `theirs` that says what is at `ours`. */
static bool
said_by_member(const struct dialect_reader *r, const char *ours,
    const char *theirs, char below[POINTER_MAX])
{
	const json_t *v = pointer_get(r->d, ours);
	const char *name;
	json_t *member;

	(void)snprintf(below, POINTER_MAX, "%s", theirs);
	json_object_foreach(pointer_get(r->source, theirs), name, member)
	{
		if (json_equal(member, v))
			return pointer_add(below, name);
	}
	return false;
}

/* A place in the definition as the one in the file that it came from; below is
 * where it is written when it is not one that was noted. */
static const char *
origin(const struct dialect_reader *r, const char *pointer,
    char below[POINTER_MAX])
{
	const char *theirs = pointer, *name;
	size_t best = 0;
	json_t *v;

	json_object_foreach(r->origin, name, v)
	{
		if (strlen(name) >= best && pointer_is_in(pointer, name)) {
			best = strlen(name);
			theirs = json_string_value(v);
		}
	}
	if (pointer[best] == '\0')
		return theirs;
	(void)snprintf(below, POINTER_MAX, "%s%s", theirs, pointer + best);
	return pointer_get(r->source, below) ||
		       said_by_member(r, pointer, theirs, below)
		   ? below
		   : theirs;
}

static enum err
look_for_traps(struct dialect_reader *r)
{
	json_t *ours = json_array(), *x;
	char below[POINTER_MAX];
	enum err e = ours ? lint_notes(r->d, false, ours) : ERR_OUT_OF_MEMORY;
	size_t i;

	json_array_foreach(ours, i, x) dialect_row_note(r,
	    origin(r, json_string_value(json_object_get(x, "pointer")), below),
	    json_string_value(json_object_get(x, "text")));
	json_decref(ours);
	return e == OK ? r->e : e;
}

static void
read_row(struct dialect_reader *r)
{
	struct shape_faults ours = { 0 };
	char below[POINTER_MAX];
	enum err e;

	if (!json_is_object(r->source)) {
		dialect_row_refuse(r, "", "must be an object");
		return;
	}
	read_name(r);
	for (const struct dialect_pair *p = r->dialect->pairs; p && p->theirs;
	     p++) {
		json_t *v = dialect_row_take(r, p->theirs);

		if (v)
			dialect_row_put(r, p->ours, json_deep_copy(v),
			    p->theirs);
	}
	if (r->dialect->read)
		r->dialect->read(r);
	if (r->e == OK)
		leftover(r, "", r->source, r->rest);
	if (r->e != OK)
		return;
	e = definition_check(r->d, &ours);
	for (size_t i = 0; i < ours.n; i++)
		shape_fault(r->faults, origin(r, ours.fault[i].pointer, below),
		    ours.fault[i].message);
	r->e = e == OK ? look_for_traps(r) : e;
	if (r->e == OK)
		dialect_secret_notes(r);
}

static enum err
import_row(const struct dialect *x, const json_t *v, json_t **d, json_t **notes,
    struct shape_faults *f)
{
	struct dialect_reader r = { .faults = f };

	r.dialect = x;
	r.source = v;
	r.rest = json_deep_copy(v);
	r.d = json_object();
	r.notes = json_array();
	r.origin = json_object();
	r.e = r.rest && r.d && r.notes && r.origin ? OK : ERR_OUT_OF_MEMORY;
	if (r.e == OK)
		read_row(&r);
	json_decref(r.rest);
	json_decref(r.origin);
	if (r.e != OK) {
		json_decref(r.d);
		json_decref(r.notes);
		r.d = r.notes = NULL;
	}
	*d = r.d;
	*notes = r.notes;
	return r.e;
}

static enum err
with_text(struct span text, const struct dialect *x, json_t *d,
    struct shape_faults *f)
{
	if (x == &dialect_encl)
		return definition_fits(d, f);
	if (json_object_set_new(d, "imported",
		dialect_source_keep(text, x->id)) != 0)
		return ERR_OUT_OF_MEMORY;
	TRY(definition_check(d, f));
	return definition_fits(d, f);
}

enum err
dialect_import(struct span text, const char *format, json_t **d,
    const char **id, json_t **notes, struct shape_faults *f)
{
	const struct dialect *x = format ? row_of(format) : NULL;
	static size_t (*const line_of[])(struct span, const char *) = {
		[DIALECT_YAML] = yaml_line,
		[DIALECT_JSON] = json_line,
		[DIALECT_TOML] = toml_line,
	};
	enum dialect_syntax syntax;
	json_t *v;
	enum err e;

	*d = *notes = NULL;
	if (format && x == NULL)
		return ERR_DEFINITION_FORMAT;
	TRY(dialect_source_load(text, &syntax, &v, f));
	if (x == NULL)
		x = detect(v, syntax);
	*id = x->id;
	if (x == &dialect_encl) {
		*notes = json_array();
		e = definition_check(v, f);
		*d = e == OK ? json_incref(v) : NULL;
		if (e == OK)
			e = *notes ? lint_notes(v, true, *notes)
				   : ERR_OUT_OF_MEMORY;
	} else {
		e = import_row(x, v, d, notes, f);
	}
	if (e == OK)
		e = with_text(text, x, *d, f);
	if (e == ERR_DEFINITION_BAD)
		locate_faults(text, line_of[syntax], f);
	json_decref(v);
	if (e == OK)
		return OK;
	json_decref(*d);
	json_decref(*notes);
	*d = *notes = NULL;
	return e;
}

/* What the file said that no definition says, where it said it. */
static bool
put_back(const struct dialect *x, const json_t *d, json_t *v)
{
	json_t *kept = json_object_get(json_object_get(d, "extensions"), x->id);
	const char *pointer;
	json_t *text;

	json_object_foreach(kept, pointer, text)
	{
		json_t *j = json_loads(json_string_value(text),
		    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

		/* a place that is gone shows when the file is read back */
		(void)pointer_set(v, pointer, j);
	}
	return true;
}

static json_t *
write_row(const struct dialect *x, const json_t *d)
{
	json_t *v = json_object();
	bool good = v != NULL;

	if (x == &dialect_encl) {
		json_decref(v);
		return json_deep_copy(d);
	}
	if (good && json_object_get(d, "name") &&
	    !(x->name && strcmp(x->name, json_string_value(
					     json_object_get(d, "name"))) == 0))
		good = pointer_set(v, name_at(x),
		    json_copy(json_object_get(d, "name")));
	for (const struct dialect_pair *p = x->pairs; good && p && p->theirs;
	     p++) {
		const json_t *from = pointer_get(d, p->ours);

		if (from)
			good = pointer_set(v, p->theirs, json_deep_copy(from));
	}
	good =
	    good && (x->write == NULL || x->write(d, v)) && put_back(x, d, v);
	if (good)
		return v;
	json_decref(v);
	return NULL;
}

/* What is different between the definition and what was read back. */
static enum err
compare(const json_t *d, const struct dialect *x, const char *text,
    json_t **lost)
{
	struct shape_faults f = { 0 };
	json_t *back, *notes, *a = NULL, *b = NULL;
	const char *id;
	enum err e =
	    dialect_import(span_str(text), x->id, &back, &id, &notes, &f);

	if (e == ERR_DEFINITION_BAD) {
		*lost = json_array();
		for (size_t i = 0; i < f.n; i++)
			(void)json_array_append_new(*lost,
			    json_pack("{s:s, s:s, s:o}", "pointer",
				f.fault[i].pointer, "change", "removed", "text",
				json_sprintf("%s %s", f.fault[i].pointer,
				    f.fault[i].message)));
		return ERR_DEFINITION_LOSSY;
	}
	TRY(e);
	a = dialect_meaning(d);
	b = dialect_meaning(back);
	*lost = a && b ? definition_diff(a, b) : NULL;
	e = *lost == NULL                 ? ERR_OUT_OF_MEMORY
	    : json_array_size(*lost) != 0 ? ERR_DEFINITION_LOSSY
					  : OK;
	json_decref(a);
	json_decref(b);
	json_decref(back);
	json_decref(notes);
	return e;
}

/* The text that the definition came from, when nothing in it was edited. */
static bool
unedited(const json_t *d, const char *format, char **text, size_t *n)
{
	const json_t *imported = json_object_get(d, "imported");
	const char *from =
	    json_string_value(json_object_get(imported, "dialect"));
	struct shape_faults f = { 0 };
	json_t *again, *notes;
	const char *id;
	bool same;

	if (from == NULL || strcmp(from, format) != 0 ||
	    dialect_source_kept(imported, text, n) != OK)
		return false;
	same = dialect_import(span_of(*text, *n), format, &again, &id, &notes,
		   &f) == OK &&
	       json_equal(again, d);
	json_decref(again);
	json_decref(notes);
	if (!same) {
		free(*text);
		*text = NULL;
	}
	return same;
}

enum err
dialect_export(const json_t *d, const char *format, char **text, size_t *n,
    json_t **lost)
{
	const struct dialect *x = row_of(format);
	json_t *v;
	enum err e;

	*text = NULL;
	*lost = NULL;
	if (x == NULL)
		return ERR_DEFINITION_FORMAT;
	if (unedited(d, format, text, n))
		return OK;
	v = write_row(x, d);
	*text = v ? dialect_source_write(v, x->syntax) : NULL;
	json_decref(v);
	if (*text == NULL)
		return ERR_OUT_OF_MEMORY;
	*n = strlen(*text);
	e = compare(d, x, *text, lost);
	if (e == OK) {
		json_decref(*lost);
		*lost = NULL;
		return OK;
	}
	free(*text);
	*text = NULL;
	return e;
}
