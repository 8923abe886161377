/* SPDX-License-Identifier: ISC */
#include "definition.h"

#include <stdio.h>
#include <stdlib.h>

#include "definition/yaml.h"

/* The registers of an enclave in debug mode are zero: nobody built those. */
static enum err
check_measurements(const json_t *j, struct shape_faults *f)
{
	static const char *const names[] = { "pcr0", "pcr1", "pcr2" };
	const json_t *m = json_object_get(j, "measurements");
	enum err e = OK;

	for (size_t i = 0; i < 3; i++) {
		const char *s = json_string_value(json_object_get(m, names[i]));
		char pointer[32];

		if (s == NULL || s[strspn(s, "0")] != '\0' ||
		    json_is_true(json_object_get(j, "debug")))
			continue;
		(void)snprintf(pointer, sizeof pointer, "/measurements/%s",
		    names[i]);
		shape_fault(f, pointer,
		    "is zero, as in an enclave in debug mode, and debug is not "
		    "set");
		e = ERR_DEFINITION_BAD;
	}
	return e;
}

enum err
definition_check(const json_t *j, struct shape_faults *f)
{
	enum err e = shape_check(&definition_shape, j, f);

	if (e == OK)
		e = check_measurements(j, f);
	return e == ERR_JSON_FIELD ? ERR_DEFINITION_BAD : e;
}

enum err
definition_fits(const json_t *j, struct shape_faults *f)
{
	uint8_t *p = malloc(DEFINITION_MAX);
	struct out o = out_of(p, p ? DEFINITION_MAX : 0);
	enum err e = p ? definition_canonical(j, &o, NULL) : ERR_OUT_OF_MEMORY;

	free(p);
	if (e != ERR_NO_SPACE)
		return e;
	shape_fault(f, "",
	    "is too large: a definition, with the file that it was made from, "
	    "has at most 49152 bytes of CBOR");
	return ERR_DEFINITION_BAD;
}

/* Whatever is wrong with the writing is wrong with the definition. */
static enum err
checked(enum err e, json_t **j, struct shape_faults *f)
{
	if (e == OK)
		e = definition_check(*j, f);
	if (e == OK)
		return OK;
	json_decref(*j);
	*j = NULL;
	return e == ERR_OUT_OF_MEMORY ? e : ERR_DEFINITION_BAD;
}

enum err
definition_yaml(struct span text, json_t **j, struct shape_faults *f)
{
	*j = NULL;
	if (text.n > DEFINITION_SOURCE_MAX)
		return ERR_TOO_LARGE;
	return checked(yaml_load(text, j, f), j, f);
}

enum err
definition_json(struct span text, json_t **j, struct shape_faults *f)
{
	*j = NULL;
	if (text.n > DEFINITION_SOURCE_MAX)
		return ERR_TOO_LARGE;
	return checked(shape_load(text, j, f), j, f);
}
