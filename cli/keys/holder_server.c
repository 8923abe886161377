/* SPDX-License-Identifier: ISC */
#include "chain/text.h"
#include "cli/api.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "holder.h"

#define PAGES 100 /* of a list, more than anybody has */

static enum err
read_key(const json_t *j, struct out *blob, const char **name)
{
	const char *line = json_string_value(json_object_get(j, "key"));
	const char *n = json_string_value(json_object_get(j, "name"));
	uint8_t buf[KEY_BLOB_MAX];
	struct span b, comment;

	if (line == NULL || n == NULL || !text_is_line(span_str(n)) ||
	    key_line_decode(span_str(line), buf, &b, &comment) != OK)
		return fail_with(ERR_ANSWER_BAD,
		    "The server's key is not a public key line.");
	out_put(blob, b.p, b.n);
	*name = mem_printf("%s", n);
	return OK;
}

/* The server signs with the key of this name. */
static enum err
check_name(const char *name, const char *wanted)
{
	if (strcmp(name, wanted) == 0)
		return OK;
	return fail_with(ERR_ANSWER_BAD, "The server's key is %s, not %s.",
	    name, wanted);
}

static enum err
open_key(const struct ui *ui, const char *rest, struct signer *s,
    const char **name)
{
	struct out blob = out_of(s->blob_buf, sizeof s->blob_buf);
	const struct conf *k;
	json_t *j;
	enum err e;

	TRY(conf_get(ui->c, &k));
	e = api_get(k, mem_printf("/v1/keys/%s", api_segment(rest)), &j);
	if (e == ERR_NOT_FOUND)
		return fail_with(ERR_KEY_MISSING, "server:%s", rest);
	TRY(e);
	e = read_key(j, &blob, name);
	json_decref(j);
	if (e == OK)
		e = check_name(*name, rest);
	s->blob = out_span(&blob);
	return e;
}

static enum err
generate(const struct ui *ui, const char *rest, const struct holder_make *make,
    struct out *blob, const char **name)
{
	const struct conf *k;
	json_t *j;
	enum err e;

	if (make->typed && make->type != KEY_ED25519)
		return fail_with(ERR_USAGE, "The server holds ssh-ed25519.");
	if (make->name != NULL)
		return fail_with(ERR_USAGE,
		    "A key of the server has its name in the reference.");
	TRY(conf_get(ui->c, &k));
	TRY(api_post(k, "/v1/keys", json_pack("{s:s}", "name", rest), &j));
	e = read_key(j, blob, name);
	json_decref(j);
	return e == OK ? check_name(*name, rest) : e;
}

static enum err
list_page(const json_t *page, holder_list_fn *each, void *ctx)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(page, "items"), i, v)
	{
		struct out blob = mem_out(KEY_BLOB_MAX);
		struct holder_key key;

		TRY(read_key(v, &blob, &key.name));
		key.ref = mem_printf("server:%s", key.name);
		key.blob = out_span(&blob);
		each(ctx, &key);
	}
	return OK;
}

static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	const char *more = "", *next;
	const struct conf *k;
	json_t *j;
	enum err e;

	if (conf_get(ui->c, &k) != OK || k->token == NULL) {
		fail_forget();
		return OK;
	}
	for (size_t i = 0; i < PAGES; i++) {
		TRY(api_get(k, mem_printf("/v1/keys?limit=500%s", more), &j));
		e = list_page(j, each, ctx);
		next = json_string_value(json_object_get(j, "next"));
		if (next != NULL)
			more = mem_printf("&after=%s", api_segment(next));
		json_decref(j);
		if (e != OK || next == NULL)
			return e;
	}
	return fail_with(ERR_ANSWER_BAD,
	    "The server's list of keys has no end.");
}

const struct holder holder_server = {
	.scheme = "server",
	.form = "server:NAME",
	.about = "an Ed25519 key that the server's signer holds",
	.custody = CUSTODY_SERVER,
	.open = open_key,
	.generate = generate,
	.list = list,
};
