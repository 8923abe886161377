/* SPDX-License-Identifier: ISC */
#include "ykpers.h"

#include <sodium.h>

#include "cli/fail.h"
#include "cli/mem.h"
#include "ykpers_child.h"
#include "ykpers_lib.h"

_Static_assert(sizeof(struct ykpers_reply) <= YKPERS_CHILD_REPLY,
    "a reply fits");

static void
work(const void *ctx, void *reply)
{
	ykpers_lib_do(ctx, reply);
}

static enum err
wait_for(struct ykpers_child *c, struct ykpers_reply *r)
{
	TRY(ykpers_child_wait(c, r));
	if (r->err == OK)
		return OK;
	if (r->hint[0] != '\0')
		fail_hint("%s", r->hint);
	return fail_with(r->err, "%s", r->detail);
}

/* ui NULL: nobody has to touch anything. */
static enum err
run(const struct ui *ui, const struct ykpers_job *job, struct ykpers_reply *r)
{
	const char *name = mem_printf("%s (15 s)", ykpers_name(job->at));
	const struct ykpers_child_work w = { work, ykpers_lib_give_up,
		sizeof *r, YKPERS_DEADLINE };
	struct ykpers_child c;
	enum err e;

	/* The child first: what shows the prompt may be a thread. */
	TRY(ykpers_child_start(&c, &w, job));
	if (ui != NULL)
		ui->touch(ui, name, true);
	e = wait_for(&c, r);
	if (ui != NULL)
		ui->touch(ui, name, false);
	return e;
}

const char *
ykpers_name(struct ykpers_at at)
{
	if (at.serial == 0)
		return mem_printf("YubiKey, slot %u", at.slot);
	return mem_printf("YubiKey %u, slot %u", at.serial, at.slot);
}

enum err
ykpers_list(struct ykpers_key key[YKPERS_KEYS], size_t *n)
{
	const struct ykpers_job job = { .act = YKPERS_LIST };
	struct ykpers_reply r;

	*n = 0;
	TRY(run(NULL, &job, &r));
	memcpy(key, r.key, sizeof r.key);
	*n = r.n < YKPERS_KEYS ? r.n : YKPERS_KEYS;
	return OK;
}

enum err
ykpers_respond(const struct ui *ui, struct ykpers_at at,
    const uint8_t challenge[YKPERS_CHALLENGE],
    uint8_t response[YKPERS_RESPONSE])
{
	const struct ykpers_job job = { .act = YKPERS_RESPOND,
		.at = at,
		.challenge = challenge };
	struct ykpers_reply *r = sodium_malloc(sizeof *r);
	enum err e;

	if (r == NULL)
		return ERR_OUT_OF_MEMORY;
	e = run(ui, &job, r);
	if (e == OK)
		memcpy(response, r->response, YKPERS_RESPONSE);
	sodium_free(r);
	return e;
}

enum err
ykpers_probe(struct ykpers_at at, bool *touch)
{
	const struct ykpers_job job = { .act = YKPERS_PROBE, .at = at };
	struct ykpers_reply r;

	TRY(run(NULL, &job, &r));
	*touch = r.touch;
	return OK;
}

enum err
ykpers_program(struct ykpers_at at, const uint8_t secret[YKPERS_SECRET],
    const uint8_t *access)
{
	const struct ykpers_job job = { .act = YKPERS_PROGRAM,
		.at = at,
		.secret = secret,
		.access = access };
	struct ykpers_reply r;

	return run(NULL, &job, &r);
}
