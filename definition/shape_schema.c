/* SPDX-License-Identifier: ISC */
#include "shape.h"

#define DURATION_PATTERN "^(0|([1-9][0-9]*(ms|[smhdw]))+)$"
#define RANGE_PATTERN "^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$"

static json_t *schema(const struct shape *s);

/* Sets a member of an object that may be NULL already; gives value away. */
static json_t *
set(json_t *o, const char *name, json_t *value)
{
	if (o == NULL) {
		json_decref(value);
		return NULL;
	}
	if (value == NULL || json_object_set_new(o, name, value) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
typed(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *
bounds(json_t *o, const struct shape *s, const char *min, const char *max)
{
	if (s->min > 0)
		o = set(o, min, json_integer((json_int_t)s->min));
	return set(o, max, json_integer((json_int_t)s->max));
}

/* JSON Schema counts characters and the tables count bytes: for text that is
 * not ASCII the schema lets through what the table refuses. */
static json_t *
schema_text(const struct shape *s)
{
	json_t *o = bounds(typed("string"), s, "minLength", "maxLength");

	if (s->pattern)
		return set(o, "pattern", json_string(s->pattern));
	if (s->type == SHAPE_LINE)
		o = set(o, "pattern", json_string("^[ -~]*$"));
	return o;
}

static json_t *
schema_choice(const struct shape *s)
{
	json_t *list = json_array();

	for (const char *const *c = s->choice; list && *c; c++) {
		if (json_array_append_new(list, json_string(*c)) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return set(json_object(), "enum", list);
}

static json_t *
schema_hex(const struct shape *s)
{
	return json_pack("{s:s, s:s, s:I, s:I}", "type", "string", "pattern",
	    "^[0-9a-f]*$", "minLength", (json_int_t)s->min * 2, "maxLength",
	    (json_int_t)s->min * 2);
}

static json_t *
schema_object(const struct shape *s)
{
	json_t *members = json_object(), *required = json_array();
	json_t *o = set(typed("object"), "additionalProperties", json_false());

	for (const struct shape *m = s->of; m->type != SHAPE_END; m++) {
		members = set(members, m->name, schema(m));
		if (required && m->flags & SHAPE_REQUIRED &&
		    json_array_append_new(required, json_string(m->name)) !=
			0) {
			json_decref(required);
			required = NULL;
		}
	}
	o = set(o, "properties", members);
	return set(o, "required", required);
}

static json_t *
schema_array(const struct shape *s)
{
	json_t *o = bounds(typed("array"), s, "minItems", "maxItems");

	if (s->flags & SHAPE_UNIQUE)
		o = set(o, "uniqueItems", json_true());
	return set(o, "items", schema(s->of));
}

static json_t *
schema_map(const struct shape *s)
{
	json_t *o =
	    bounds(typed("object"), s, "minProperties", "maxProperties");

	if (s->pattern) {
		o = set(o, "propertyNames",
		    json_pack("{s:s}", "pattern", s->pattern));
	}
	return set(o, "additionalProperties", schema(s->of));
}

static json_t *
schema_of_type(const struct shape *s)
{
	switch (s->type) {
	case SHAPE_TEXT:
	case SHAPE_LINE:
		return schema_text(s);
	case SHAPE_UINT:
		return bounds(typed("integer"), s, "minimum", "maximum");
	case SHAPE_BOOL:
		return typed("boolean");
	case SHAPE_CHOICE:
		return schema_choice(s);
	case SHAPE_HEX:
		return schema_hex(s);
	case SHAPE_DURATION:
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
		    DURATION_PATTERN);
	case SHAPE_PORT:
		return json_pack("{s:[{s:s, s:i, s:i}, {s:s, s:s}]}", "anyOf",
		    "type", "integer", "minimum", 1, "maximum", 65535, "type",
		    "string", "pattern", RANGE_PATTERN);
	case SHAPE_OBJECT:
		return schema_object(s);
	case SHAPE_ARRAY:
		return schema_array(s);
	case SHAPE_MAP:
		return schema_map(s);
	case SHAPE_ANY:
	case SHAPE_END:
		break;
	}
	return json_object();
}

static json_t *
schema(const struct shape *s)
{
	json_t *o = schema_of_type(s);

	if (s->flags & SHAPE_NULL)
		o = json_pack("{s:[o, {s:s}]}", "anyOf", o, "type", "null");
	if (s->help)
		o = set(o, "description", json_string(s->help));
	if (s->rule && s->pattern == NULL)
		o = set(o, "$comment", json_string(s->rule));
	return o;
}

json_t *
shape_schema(const struct shape *s)
{
	return schema(s);
}
