/* SPDX-License-Identifier: ISC */
#include "chain/text.h"
#include "put.h"
#include "view.h"

static json_t *
optional(const struct attest_opt *v)
{
	return v->present ? view_bytes_base64(v->v) : json_null();
}

static json_t *
module_id(const struct attest *a)
{
	bool is = a->module_id.n > 0 && text_is_plain(a->module_id);

	return is ? view_bytes_text(a->module_id) : json_null();
}

json_t *
view_document(const struct attest *a)
{
	bool timed = a->timestamp > 0 && a->timestamp <= TIME_MAX;
	bool measured = (a->pcrs.mask & 7) == 7 && !a->nitrotpm;
	json_t *o = json_object();

	put_member(&o, "module_id", module_id(a));
	put_member(&o, "timestamp",
	    timed ? json_integer((json_int_t)a->timestamp) : json_null());
	put_member(&o, "time", timed ? view_time(a->timestamp) : json_null());
	put_member(&o, "pcrs",
	    a->pcrs.mask ? view_pcrs(&a->pcrs) : json_null());
	put_member(&o, "debug",
	    measured ? json_boolean(attest_is_debug(a)) : json_null());
	put_member(&o, "user_data", optional(&a->user_data));
	put_member(&o, "nonce", optional(&a->nonce));
	put_member(&o, "public_key", optional(&a->public_key));
	return o;
}
