/* SPDX-License-Identifier: ISC */
#include "agent_tasks.h"

#include <jansson.h>

#include "chain/text.h"

static bool
hex_of(const json_t *j, const char *key, struct h32 *h)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s && text_unhex(span_str(s), h->b, sizeof h->b);
}

static bool
task_of(const json_t *j, struct agent_task *t)
{
	const char *role = json_string_value(json_object_get(j, "role"));
	const json_t *seq = json_object_get(j, "seq");
	json_int_t n = json_integer_value(seq);

	t->seq = (uint64_t)n;
	return role && receipt_role(span_str(role), &t->role) == OK &&
	       t->role != ROLE_LIVE && json_is_integer(seq) && n >= 0 &&
	       hex_of(j, "chain", &t->chain) && hex_of(j, "prev", &t->prev);
}

enum err
agent_tasks_decode(struct span body, struct agent_task *task, size_t *n)
{
	json_t *j = json_loadb((const char *)body.p, body.n,
	    JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(j, "tasks"), *one;
	bool good = json_is_array(list);
	size_t i;

	*n = 0;
	json_array_foreach(list, i, one)
	{
		if (!good || *n == AGENT_TASKS_MAX)
			break;
		good = task_of(one, &task[*n]);
		if (good)
			++*n;
	}
	json_decref(j);
	return good ? OK : ERR_ANSWER_BAD;
}
