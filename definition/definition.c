/* SPDX-License-Identifier: ISC */
#include "definition.h"

#include "definition/yaml.h"

enum err
definition_check(const json_t *j, struct shape_faults *f)
{
	enum err e = shape_check(&definition_shape, j, f);

	return e == ERR_JSON_FIELD ? ERR_DEFINITION_BAD : e;
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
