/* SPDX-License-Identifier: ISC */
#include "agent_tasks.h"

#include <jansson.h>

#include "chain/checkpoint.h"
#include "chain/text.h"

static bool
hex_of(const json_t *j, const char *key, struct h32 *h)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s && text_unhex(span_str(s), h->b, sizeof h->b);
}

/* *full: there is no room for it. */
static bool
checkpoint_of(const json_t *j, struct out *room, struct span *checkpoint,
    bool *full)
{
	struct span s = span_str(j ? json_string_value(j) : "");
	size_t n = s.n / 4 * 3;

	*checkpoint = (struct span){ 0 };
	if (s.n == 0 || s.n % 4 != 0)
		return s.n == 0;
	n -= s.p[s.n - 1] == '=';
	n -= s.p[s.n - 2] == '=';
	*full = room->cap - room->n < n;
	if (n > CHECKPOINT_MAX || *full)
		return *full;
	if (!note_unbase64(s, room->p + room->n, n))
		return false;
	*checkpoint = span_of(room->p + room->n, n);
	room->n += n;
	return true;
}

static bool
task_of(const json_t *j, struct out *room, struct agent_task *t, bool *full)
{
	const json_t *checkpoint = json_object_get(j, "checkpoint");
	const char *role = json_string_value(json_object_get(j, "role"));
	const json_t *seq = json_object_get(j, "seq");
	json_int_t n = json_integer_value(seq);

	t->seq = (uint64_t)n;
	return role && receipt_role(span_str(role), &t->role) == OK &&
	       t->role != ROLE_LIVE && json_is_integer(seq) && n >= 0 &&
	       hex_of(j, "chain", &t->chain) && hex_of(j, "prev", &t->prev) &&
	       (checkpoint == NULL || json_is_string(checkpoint)) &&
	       checkpoint_of(checkpoint, room, &t->checkpoint, full);
}

enum err
agent_tasks_decode(struct span body, struct out *room, struct agent_task *task,
    size_t *n)
{
	json_t *j = json_loadb((const char *)body.p, body.n,
	    JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(j, "tasks"), *one;
	bool good = json_is_array(list), full = false;
	size_t i;

	*n = 0;
	json_array_foreach(list, i, one)
	{
		if (!good || *n == AGENT_TASKS_MAX)
			break;
		good = task_of(one, room, &task[*n], &full);
		if (full)
			break;
		if (good)
			++*n;
	}
	json_decref(j);
	return good ? OK : ERR_ANSWER_BAD;
}
