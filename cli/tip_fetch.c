/* SPDX-License-Identifier: ISC */
#include "tip_fetch.h"

#include "chain/hash.h"
#include "chain/note.h"
#include "fail.h"
#include "mem.h"
#include "problem.h"

#define TEXT "text/plain"

static enum err
get(const struct conf *k, const char *path, bool once, struct span *note,
    bool *found)
{
	const struct api_request q = { .method = "GET",
		.path = path,
		.accept = TEXT,
		.once = once,
		.max = NOTE_MAX };
	struct api_answer a;

	*found = false;
	*note = span_of(NULL, 0);
	TRY(api_call(k, &q, &a));
	if (a.status == 404)
		return OK;
	TRY(problem_judge(&a));
	*note = a.body;
	*found = true;
	return OK;
}

enum err
tip_fetch_server(const struct target *t, uint64_t max_age, struct span *note,
    bool *found)
{
	/* A whole second of the server's is not more than what is asked. */
	const char *age = max_age == UINT64_MAX
			      ? ""
			      : mem_printf("?max_age=%llu",
				    (unsigned long long)(max_age / 1000));

	return get(t->conf, target_path(t, mem_printf("/checkpoint%s", age)),
	    max_age != UINT64_MAX, note, found);
}

enum err
tip_fetch_witness(const struct conf *k, const char *url, struct span origin,
    struct span *note, bool *found)
{
	size_t n = strlen(url);
	struct conf other = { .ca_file = k->ca_file,
		.insecure_http = k->insecure_http };
	struct h32 id;

	while (n > 0 && url[n - 1] == '/')
		n--;
	other.server = mem_string(span_of(url, n));
	TRY(hash_sha256(origin, &id));
	return get(&other, mem_printf("/%s/checkpoint", mem_hex(h32_span(&id))),
	    false, note, found);
}
