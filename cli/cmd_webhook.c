/* SPDX-License-Identifier: ISC */
#include "cmd_webhook.h"

#include "listing.h"
#include "mem.h"
#include "out.h"
#include "problem.h"
#include "target.h"
#include "view/view.h"

/* "/v1/webhooks/ID" and what follows; ID is the first argument. */
static char *
path_of(const struct cli *c, const char *tail)
{
	return mem_printf("/v1/webhooks/%s%s", api_segment(command_arg(c, 0)),
	    tail);
}

static void
show_line(const char *name, const char *text)
{
	if (text)
		out_data("%-14s %s\n", name, text);
}

static enum err
show(const struct cli *c, json_t *j)
{
	static const char *const line[][2] = { { "id", "id" }, { "url", "url" },
		{ "chain", "chain" }, { "key", "key" },
		{ "created", "created" }, { "rotated", "rotated" },
		{ "failing since", "failing_since" },
		{ "disabled", "disabled" } };

	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	for (size_t i = 0; i < sizeof line / sizeof *line; i++)
		show_line(line[i][0], listing_text(j, line[i][1]));
	json_decref(j);
	return OK;
}

enum err
cmd_webhook_create(struct cli *c)
{
	json_t *body = json_pack("{s:s}", "url", command_arg(c, 0)), *j;
	const struct conf *k;

	TRY(conf_get(c, &k));
	if (c->arg_n > 1) {
		struct target t;

		TRY(target_find(c, command_arg(c, 1), &t));
		(void)json_object_set_new(body, "chain",
		    view_bytes_h32(&t.chain));
	}
	TRY(api_post(k, "/v1/webhooks", body, &j));
	out_talk("it is told of what is appended from now on; its messages "
		 "verify with this key:\n");
	return show(c, j);
}

enum err
cmd_webhook_list(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "ID", "id" },
		{ "URL", "url" },
		{ "CHAIN", "chain" },
		{ "FAILING SINCE", "failing_since" },
		{ "DISABLED", "disabled" },
	};

	return listing_show(c, "/v1/webhooks", columns, 5);
}

enum err
cmd_webhook_show(struct cli *c)
{
	const struct conf *k;
	json_t *j;

	TRY(conf_get(c, &k));
	TRY(api_get(k, path_of(c, ""), &j));
	return show(c, j);
}

enum err
cmd_webhook_delete(struct cli *c)
{
	const struct conf *k;

	TRY(conf_get(c, &k));
	TRY(api_delete(k, path_of(c, "")));
	out_talk("deleted %s\n", command_arg(c, 0));
	return OK;
}

/* What the server does with it, and shows as it is then. */
static enum err
act(const struct cli *c, const char *tail, json_t **j)
{
	const struct conf *k;

	TRY(conf_get(c, &k));
	return api_submit(k, path_of(c, tail), j);
}

enum err
cmd_webhook_enable(struct cli *c)
{
	json_t *j;

	TRY(act(c, "/enable", &j));
	out_talk("it is told of what is appended from now on\n");
	return show(c, j);
}

enum err
cmd_webhook_rotate_secret(struct cli *c)
{
	/* Not tried again: each time there would be another key. */
	const struct api_request q = { .method = "POST",
		.path = path_of(c, "/rotate") };
	struct api_answer a;
	const struct conf *k;
	json_t *j;

	TRY(conf_get(c, &k));
	TRY(api_call(k, &q, &a));
	TRY(problem_judge(&a));
	j = json_loadb((const char *)a.body.p, a.body.n, 0, NULL);
	if (!j)
		return ERR_ANSWER_BAD;
	out_talk("for a day messages are signed with the old key, too\n");
	return show(c, j);
}

static enum err
sent(const struct cli *c, json_t *j)
{
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	out_talk("delivery %s is on its way; `encl webhook deliveries %s` "
		 "shows what became of it\n",
	    listing_text(j, "id"), command_arg(c, 0));
	json_decref(j);
	return OK;
}

enum err
cmd_webhook_test(struct cli *c)
{
	json_t *j;

	TRY(act(c, "/test", &j));
	return sent(c, j);
}

enum err
cmd_webhook_redeliver(struct cli *c)
{
	json_t *j;

	TRY(act(c,
	    mem_printf("/deliveries/%s/redeliver",
		api_segment(command_arg(c, 1))),
	    &j));
	return sent(c, j);
}

enum err
cmd_webhook_deliveries(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "ID", "id" },
		{ "CREATED", "created" },
		{ "SEQ", "seq" },
		{ "DELIVERED", "delivered" },
		{ "STATUS", "status" },
		{ "ATTEMPTS", "attempts" },
		{ "NEXT", "due" },
		{ "ERROR", "error" },
	};

	return listing_show(c, path_of(c, "/deliveries"), columns, 8);
}

enum err
cmd_webhook_subscribe(struct cli *c)
{
	struct target t;
	json_t *j;

	TRY(target_find(c, command_arg(c, 0), &t));
	TRY(api_post(t.conf, target_path(&t, "/subscriptions"),
	    json_pack("{s:s}", "email", command_arg(c, 1)), &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	out_talk("%s\n", listing_text(j, "text"));
	json_decref(j);
	return OK;
}
