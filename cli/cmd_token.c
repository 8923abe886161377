/* SPDX-License-Identifier: ISC */
#include "cmd_token.h"

#include "api.h"
#include "fail.h"
#include "listing.h"
#include "mem.h"
#include "out.h"
#include "value.h"

#define SCOPES 16

enum err
cmd_token_create(struct cli *c)
{
	const char *scope[SCOPES], *member = command_value(c, "member");
	size_t n = command_values(c, "scope", scope, SCOPES);
	json_t *list = json_array(), *body, *j;
	const struct conf *k;
	uint64_t expires = 0;

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(scope[i]));
	body =
	    json_pack("{s:s,s:o}", "name", command_arg(c, 0), "scopes", list);
	TRY(value_duration(c, "expires-after", &expires));
	if (expires > 0)
		(void)json_object_set_new(body, "expires_in_ms",
		    json_integer((json_int_t)expires));
	if (member != NULL)
		(void)json_object_set_new(body, "member", json_string(member));
	if (n == 0)
		return fail_with(ERR_USAGE,
		    "--scope says what the token may do.");
	TRY(conf_get(c, &k));
	TRY(api_post_once(k, "/v1/tokens", body, &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	out_talk("made token %s, id %s, until %s; it is shown this once:\n",
	    listing_text(j, "name"), listing_text(j, "id"),
	    listing_text(j, "expires"));
	out_data("%s\n", listing_text(j, "token"));
	json_decref(j);
	return OK;
}

enum err
cmd_token_list(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "ID", "id" },
		{ "NAME", "name" },
		{ "MEMBER", "member" },
		{ "EXPIRES", "expires" },
		{ "SCOPES", "scopes" },
	};

	return listing_show(c, "/v1/tokens", columns, 5);
}

enum err
cmd_token_revoke(struct cli *c)
{
	const struct conf *k;

	TRY(conf_get(c, &k));
	TRY(api_delete(k,
	    mem_printf("/v1/tokens/%s", api_segment(command_arg(c, 0)))));
	out_talk("revoked %s\n", command_arg(c, 0));
	return OK;
}
