/* SPDX-License-Identifier: ISC */
#include "cli/api.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "holder.h"

static enum err
read_key(const json_t *j, struct out *blob, const char **name)
{
	const char *line = json_string_value(json_object_get(j, "key"));
	const char *n = json_string_value(json_object_get(j, "name"));
	uint8_t buf[KEY_BLOB_MAX];
	struct span b, comment;

	if (line == NULL || n == NULL ||
	    key_line_decode(span_str(line), buf, &b, &comment) != OK)
		return fail_with(ERR_ANSWER_BAD,
		    "The server's key is not a public key line.");
	out_put(blob, b.p, b.n);
	*name = mem_printf("%s", n);
	return OK;
}

static enum err
open_key(const struct cli *c, const char *rest, struct signer *s,
    const char **name)
{
	struct out blob = out_of(s->blob_buf, sizeof s->blob_buf);
	const struct conf *k;
	json_t *j;
	enum err e;

	TRY(conf_get(c, &k));
	e = api_get(k, mem_printf("/v1/keys/%s", api_segment(rest)), &j);
	if (e == ERR_NOT_FOUND)
		return fail_with(ERR_KEY_MISSING, "server:%s", rest);
	TRY(e);
	e = read_key(j, &blob, name);
	json_decref(j);
	s->blob = out_span(&blob);
	return e;
}

static enum err
generate(const struct cli *c, const char *rest, struct out *blob,
    const char **name)
{
	const struct conf *k;
	json_t *j;
	enum err e;

	TRY(conf_get(c, &k));
	TRY(api_post(k, "/v1/keys", json_pack("{s:s}", "name", rest), &j));
	e = read_key(j, blob, name);
	json_decref(j);
	return e;
}

const struct holder holder_server = { "server", open_key, generate };
