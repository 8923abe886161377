/* SPDX-License-Identifier: ISC */
#include "scope.h"

const char *const scope_names[] = { "enclave:read", "enclave:write",
	"upgrade:stage", "key:manage", "token:manage", "member:manage",
	"audit:read", "agent", NULL };

json_t *
scope_json(uint32_t scopes)
{
	json_t *a = json_array();

	for (unsigned i = 0; scope_names[i]; i++)
		if ((scopes & (UINT32_C(1) << i)) &&
		    json_array_append_new(a, json_string(scope_names[i])) !=
			0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

uint32_t
scope_of_json(const json_t *names)
{
	uint32_t scopes = 0;
	size_t at;
	json_t *name;

	json_array_foreach(names, at,
	    name) for (unsigned i = 0; scope_names[i];
		       i++) if (strcmp(json_string_value(name),
				    scope_names[i]) == 0) scopes |= UINT32_C(1)
								    << i;
	return scopes;
}

uint32_t
scope_of_role(enum db_role role)
{
	switch (role) {
	case DB_ROLE_OWNER:
		return SCOPE_ALL;
	case DB_ROLE_OPERATOR:
		return SCOPE_ALL &
		       ~(uint32_t)(SCOPE_MEMBER_MANAGE | SCOPE_AUDIT_READ);
	case DB_ROLE_AUDITOR:
		break;
	}
	return SCOPE_ENCLAVE_READ | SCOPE_AUDIT_READ;
}
