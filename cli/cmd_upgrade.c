/* SPDX-License-Identifier: ISC */
#include "cmd_upgrade.h"

#include "chain/hash.h"
#include "definition_changes.h"
#include "fail.h"
#include "history.h"
#include "lines.h"
#include "mem.h"
#include "out.h"
#include "screen.h"
#include "state_text.h"
#include "value.h"
#include "view/view.h"
#include "wait.h"

static const char *
what(const struct stage *g)
{
	return g->has_release ? mem_string(g->release.version) : "policy";
}

/* Who vouched for it and how, the newest last. */
static json_t *
vouches(const struct history_row *r)
{
	json_t *list = json_array();

	for (const struct history_vouch *v = r->vouch; v; v = v->next) {
		char fingerprint[51];
		json_t *o;

		key_fingerprint(&v->kid, fingerprint);
		o = json_pack("{s:o,s:s,s:o,s:I}", "kid",
		    view_bytes_h32(&v->kid), "fingerprint", fingerprint, "name",
		    view_bytes_text(v->name), "seq", (json_int_t)v->seq);
		if (v->method.p != NULL)
			(void)json_object_set_new(o, "method",
			    view_bytes_text(v->method));
		(void)json_array_insert_new(list, 0, o);
	}
	return list;
}

static json_t *
row_json(const struct history_row *r)
{
	json_t *j = json_pack("{s:o,s:I,s:o,s:s,s:s,s:o,s:I,s:o,s:o}", "stage",
	    view_bytes_h32(&r->stage), "seq", (json_int_t)r->seq, "entry",
	    view_bytes_h32(&r->entry), "kind",
	    r->g.has_release ? "release" : "policy", "status",
	    history_end_text(r->end), "from", view_bytes_h32(&r->g.from),
	    "delay_ms", (json_int_t)r->g.delay, "not_before",
	    view_time(r->g.not_before), "expires", view_time(r->g.expires));

	(void)json_object_set_new(j, r->g.has_release ? "release" : "policy",
	    r->g.has_release ? view_release(&r->g.release)
			     : view_policy(&r->g.policy));
	if (r->g.notes.p != NULL)
		(void)json_object_set_new(j, "notes",
		    view_bytes_text(r->g.notes));
	if (r->at > 0)
		(void)json_object_set_new(j, "completed", view_time(r->at));
	if (r->reason != NULL)
		(void)json_object_set_new(j, "reason", json_string(r->reason));
	(void)json_object_set_new(j, "endorsed_by", vouches(r));
	return j;
}

static void
list_rows(const struct history_row *row, size_t n)
{
	static const char *const head[] = { "SEQ", "STAGE", "WHAT", "STATUS",
		"WINDOW", "EXPIRES" };
	struct out_table t;

	out_table_head(&t, 6, head);
	for (size_t i = 0; i < n; i++) {
		const char *cell[6];

		cell[0] = mem_printf("%llu", (unsigned long long)row[i].seq);
		cell[1] = mem_printf("%.12s", mem_hex(h32_span(&row[i].stage)));
		cell[2] = what(&row[i].g);
		cell[3] = history_end_text(row[i].end);
		cell[4] = value_duration_text(row[i].g.delay);
		cell[5] = value_time_text(row[i].g.expires);
		out_table_row(&t, cell);
	}
	out_table_print(&t);
}

/* The chain that is named, by a file or at the server, and the stage, which
 * may be NULL. */
static enum err
find_chain(const struct cli *c, struct target *t, const char **stage)
{
	const char *file = command_value(c, "chain");

	*stage = command_arg(c, file != NULL && c->arg_n < 2 ? 0 : 1);
	return file != NULL ? target_file(c, file, t)
			    : target_get(c, command_arg(c, 0), t);
}

enum err
cmd_upgrade_list(struct cli *c)
{
	const char *stage;
	struct target *t = mem_new(sizeof *t);
	const struct history_row *row;
	json_t *items;
	size_t n;

	TRY(find_chain(c, t, &stage));
	TRY(history_of(t, &row, &n));
	if (c->format == FORMAT_TABLE) {
		list_rows(row, n);
		return OK;
	}
	items = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(items, row_json(&row[i]));
	return out_json(c,
	    json_pack("{s:s,s:o,s:o}", "enclave", t->name, "chain",
		view_bytes_h32(&t->chain), "items", items));
}

/* The release that was in force when this stage was made, or NULL. */
static enum err
before(const struct target *t, const struct history_row *row,
    const struct history_row **was)
{
	const struct history_row *list;
	size_t n;

	*was = NULL;
	TRY(history_of(t, &list, &n));
	for (size_t i = 0; i < n && list[i].seq < row->seq; i++)
		if (list[i].g.has_release &&
		    (list[i].end == HISTORY_IN_FORCE ||
			list[i].end == HISTORY_RETIRED))
			*was = &list[i];
	return OK;
}

static void
line(const char *head, const char *text)
{
	out_data("  %-12s %s\n", head, text);
}

/* The newest first: it stands where it is looked for. */
static void
show_vouches(const struct history_row *r)
{
	for (const struct history_vouch *v = r->vouch; v; v = v->next) {
		char fingerprint[51];

		key_fingerprint(&v->kid, fingerprint);
		lines_key(true, "endorsed by", fingerprint, v->name,
		    mem_printf(", entry %llu", (unsigned long long)v->seq));
		if (v->method.p != NULL)
			lines_quote(true, "", v->method);
	}
}

static void
show_row(const struct target *t, const struct history_row *r,
    const struct history_row *was)
{
	struct policy *now = mem_new(sizeof *now);

	out_data("%s: %s, %s\n", t->name,
	    r->g.has_release ? mem_printf("version %s", what(&r->g))
			     : "a change of the policy",
	    history_end_text(r->end));
	line("stage", mem_hex(h32_span(&r->stage)));
	line("entry", mem_printf("%llu, %s", (unsigned long long)r->seq,
			  mem_hex(h32_span(&r->entry))));
	if (r->g.has_release)
		screen_pcrs(was ? &was->g.release.pcrs : NULL,
		    &r->g.release.pcrs, true);
	else
		screen_policy(state_policy(t->st, now) == OK &&
				      r->end != HISTORY_IN_FORCE
				  ? now
				  : NULL,
		    &r->g.policy, true);
	line("window", value_duration_text(r->g.delay));
	line("not before", value_time_text(r->g.not_before));
	line("expires", value_time_text(r->g.expires));
	if (r->g.notes.p != NULL)
		lines_quote(true, "notes", r->g.notes);
	if (r->at > 0)
		line("completed", value_time_text(r->at));
	if (r->reason != NULL)
		lines_quote(true, "revoked", span_str(r->reason));
	show_vouches(r);
	if (r->end == HISTORY_STAGED || r->end == HISTORY_NOTICED)
		line("waiting for", state_text_waiting(t));
}

static void
print_changes(const struct release *was, const struct release *now,
    const json_t *changes)
{
	bool same = was != NULL && h32_eq(&was->definition, &now->definition);

	line("definition", same ? "same"
			   : json_array_size(changes) > 0
			       ? "CHANGED"
			       : "written otherwise, and means the same");
	definition_changes_print(true, changes);
}

static const struct release *
release_of(const struct history_row *row)
{
	return row != NULL ? &row->g.release : NULL;
}

/* What a chain file without the definitions that it names can say, too. */
static json_t *
changes_if_there(const struct target *t, const struct history_row *was,
    const struct history_row *row)
{
	json_t *changes;

	if (definition_changes_of(t, release_of(was), &row->g.release, NULL,
		&changes) == OK)
		return changes;
	fail_forget();
	return NULL;
}

static json_t *
show_json(const struct target *t, const struct history_row *was,
    const struct history_row *row)
{
	json_t *j = row_json(row), *diff;

	if (!row->g.has_release)
		return j;
	diff = view_diff_release(release_of(was), &row->g.release,
	    changes_if_there(t, was, row));
	(void)json_object_update_missing(j, diff);
	json_decref(diff);
	return j;
}

enum err
cmd_upgrade_show(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	const struct history_row *row, *was;
	const char *stage;
	json_t *changes;

	TRY(find_chain(c, t, &stage));
	TRY(history_find(t, stage, &row));
	TRY(before(t, row, &was));
	if (c->format != FORMAT_TABLE)
		return out_json(c, show_json(t, was, row));
	show_row(t, row, was);
	if (!row->g.has_release)
		return OK;
	changes = changes_if_there(t, was, row);
	if (changes != NULL)
		print_changes(release_of(was), &row->g.release, changes);
	json_decref(changes);
	return OK;
}

static enum err
diff_release(struct cli *c, const struct target *t,
    const struct history_row *row)
{
	const struct release *now = &row->g.release;
	const struct history_row *was;
	json_t *changes, *j;

	TRY(before(t, row, &was));
	TRY(definition_changes_of(t, release_of(was), now, NULL, &changes));
	if (c->format != FORMAT_TABLE) {
		j = view_diff_release(release_of(was), now, changes);
		(void)json_object_set_new(j, "stage",
		    view_bytes_h32(&row->stage));
		return out_json(c, j);
	}
	out_data("%s: %s -> %s\n", t->name, was ? what(&was->g) : "nothing",
	    what(&row->g));
	screen_pcrs(was ? &was->g.release.pcrs : NULL, &now->pcrs, true);
	print_changes(release_of(was), now, changes);
	json_decref(changes);
	return OK;
}

enum err
cmd_upgrade_diff(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	struct policy *now = mem_new(sizeof *now);
	const struct history_row *row;
	const char *stage;
	json_t *j;

	TRY(find_chain(c, t, &stage));
	TRY(history_find(t, stage, &row));
	if (row->g.has_release)
		return diff_release(c, t, row);
	TRY(state_policy(t->st, now));
	if (c->format != FORMAT_TABLE) {
		j = view_diff_policy(now, &row->g.policy);
		(void)json_object_set_new(j, "stage",
		    view_bytes_h32(&row->stage));
		return out_json(c, j);
	}
	out_data("%s: policy\n", t->name);
	screen_policy(now, &row->g.policy, true);
	return OK;
}

enum err
cmd_upgrade_wait(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	const struct history_row *row;
	const char *want = command_value(c, "for");
	uint64_t limit = 0;
	enum wait_for what_for = WAIT_RELEASED;

	TRY(value_duration(c, "timeout", &limit));
	if (want != NULL)
		what_for = *want == 'n'   ? WAIT_NOTICED
			   : *want == 'c' ? WAIT_CLOSED
					  : WAIT_RELEASED;
	TRY(target_get(c, command_arg(c, 0), t));
	TRY(history_find(t, command_arg(c, 1), &row));
	TRY(wait_stage(c, t, &row->stage, what_for, limit));
	TRY(history_find(t, mem_hex(h32_span(&row->stage)), &row));
	if (c->format != FORMAT_TABLE)
		return out_json(c, row_json(row));
	out_data("%s\n", history_end_text(row->end));
	return OK;
}
