/* SPDX-License-Identifier: ISC */
#include "put.h"
#include "view.h"

static json_t *
optional(const struct attest_opt *v)
{
	return v->present ? view_bytes_base64(v->v) : json_null();
}

json_t *
view_document(const struct attest *a)
{
	json_t *o = json_object();

	put_member(&o, "module_id", view_bytes_text(a->module_id));
	put_member(&o, "timestamp", json_integer((json_int_t)a->timestamp));
	put_member(&o, "time", view_time(a->timestamp));
	put_member(&o, "pcrs", view_pcrs(&a->pcrs));
	put_member(&o, "debug", json_boolean(attest_is_debug(a)));
	put_member(&o, "user_data", optional(&a->user_data));
	put_member(&o, "nonce", optional(&a->nonce));
	put_member(&o, "public_key", optional(&a->public_key));
	return o;
}
