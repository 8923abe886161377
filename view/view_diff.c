/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "put.h"
#include "view.h"

static json_t *
pair(json_t *was, json_t *now)
{
	json_t *o = json_object();
	bool changed = was && now && !json_equal(was, now);

	put_member(&o, "was", was);
	put_member(&o, "now", now);
	put_member(&o, "changed", json_boolean(changed));
	return o;
}

static json_t *
value(const struct pcrs *p, unsigned i)
{
	if (p == NULL || (p->mask >> i & 1) == 0)
		return json_null();
	return view_bytes_hex(span_of(p->value[i], PCR_SIZE));
}

json_t *
view_diff_pcrs(const struct pcrs *was, const struct pcrs *now)
{
	uint32_t mask = (was ? was->mask : 0) | now->mask;
	json_t *o = json_object();
	char index[8];

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		(void)snprintf(index, sizeof index, "%u", i);
		put_member(&o, index, pair(value(was, i), value(now, i)));
	}
	return o;
}

json_t *
view_diff_release(const struct release *was, const struct release *now,
    json_t *words)
{
	json_t *o = json_object();

	put_member(&o, "kind", json_string("release"));
	put_member(&o, "version", view_bytes_text(now->version));
	put_member(&o, "was",
	    was ? view_bytes_text(was->version) : json_null());
	put_member(&o, "pcr_diff",
	    view_diff_pcrs(was ? &was->pcrs : NULL, &now->pcrs));
	put_member(&o, "definition",
	    pair(was ? view_bytes_h32(&was->definition) : json_null(),
		view_bytes_h32(&now->definition)));
	put_member(&o, "definition_diff", words ? words : json_null());
	return o;
}

json_t *
view_diff_policy(const struct policy *was, const struct policy *now)
{
	json_t *o = json_object();

	put_member(&o, "kind", json_string("policy"));
	put_member(&o, "policy", pair(view_policy(was), view_policy(now)));
	return o;
}
