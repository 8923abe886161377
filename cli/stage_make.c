/* SPDX-License-Identifier: ISC */
#include "stage_make.h"

#include "chain/text.h"
#include "cmd_kms.h"
#include "deffile.h"
#include "fail.h"
#include "image_file.h"
#include "mem.h"
#include "out.h"
#include "pcr_file.h"
#include "project.h"
#include "value.h"

#define EXPIRES_AFTER (UINT64_C(14) * 86400000)

static enum err
make_from(const struct cli *c, const struct state *st, struct stage *g)
{
	g->from = st->opened;
	if (st->phase == PHASE_OPEN)
		return OK;
	if (!command_is(c, "replace"))
		return ERR_STAGE_OPEN;
	g->from = st->stage_id;
	return OK;
}

enum err
stage_make_window(const struct cli *c, const struct target *t, struct stage *g)
{
	struct policy *now = mem_new(sizeof *now);
	uint64_t after = EXPIRES_AFTER, begin;

	TRY(state_policy(t->st, now));
	TRY(make_from(c, t->st, g));
	g->chain = t->chain;
	g->delay = now->min_delay;
	g->not_before = value_now();
	TRY(value_duration(c, "activate-after", &g->delay));
	TRY(value_time(c, "activate-at", &g->not_before));
	TRY(value_duration(c, "expires-after", &after));
	begin = value_now() + g->delay;
	if (begin < g->not_before)
		begin = g->not_before;
	g->expires = begin + after;
	if (g->expires > TIME_MAX)
		return fail_with(ERR_USAGE, "It would expire too late.");
	return value_text(c, "notes", &g->notes);
}

static enum err
hex_option(const struct cli *c, const char *name, bool *has, struct h32 *h)
{
	const char *s = command_value(c, name);

	if (s == NULL)
		return OK;
	*has = true;
	if (text_unhex(span_str(s), h->b, sizeof h->b))
		return OK;
	return fail_with(ERR_USAGE, "--%s takes 64 hex digits.", name);
}

static struct span
text_or(const char *a, const json_t *j, const char *member)
{
	const char *s = a;

	if (s == NULL)
		s = json_string_value(json_object_get(j, member));
	return s != NULL ? span_str(mem_printf("%s", s)) : span_of(NULL, 0);
}

/* said: what the definition says of the source was said for this release, and
 * not for the one before it. */
static enum err
make_source(const struct cli *c, const json_t *definition, bool said,
    struct release *r)
{
	const json_t *s = json_object_get(definition, "source");
	const char *repo = command_value(c, "source");

	if (repo == NULL)
		repo = project_value("source");
	if (!said && !command_is(c, "commit"))
		s = NULL;
	r->repo = text_or(repo, s, "repo");
	r->commit = text_or(command_value(c, "commit"), s, "commit");
	r->build = text_or(NULL, s, "build");
	if (r->repo.p == NULL && r->commit.p == NULL) {
		r->build = r->repo;
		return OK;
	}
	if (r->repo.p != NULL && r->commit.p != NULL)
		return OK;
	return fail_with(ERR_USAGE,
	    "A source is a repository and a commit: --source and --commit.");
}

/* The definition: a file that was named, else what is in force, else the one
 * that the server holds. */
static enum err
make_definition(const struct cli *c, const struct target *t, struct release *r,
    json_t **j, bool *is_new)
{
	const char *path = command_value(c, "definition");
	struct release *was = mem_new(sizeof *was);

	*is_new = true;
	if (path == NULL)
		path = project_value("definition");
	if (path != NULL)
		return deffile_read(path, j, &r->definition);
	*is_new = false;
	if (t->st->release_n > 0) {
		TRY(state_release(t->st, was));
		r->definition = was->definition;
		return target_definition(t, &r->definition, j);
	}
	out_talk("definition: the newest one that the server holds\n");
	return deffile_fetch(t->conf, t->pin.name, j, &r->definition);
}

static enum err
make_numbers(const struct cli *c, const struct target *t, struct release *r)
{
	struct release *was = mem_new(sizeof *was);

	r->version = text_or(command_value(c, "version"), NULL, "");
	if (r->version.p == NULL)
		r->version = span_str(mem_printf("%llu",
		    (unsigned long long)t->st->upgrades + 1));
	if (t->st->release_n > 0) {
		TRY(state_release(t->st, was));
		r->has_svn = was->has_svn;
		r->svn = was->svn;
	}
	if (command_is(c, "svn"))
		r->has_svn = true;
	TRY(value_uint(c, "svn", 0, CBOR_UINT_MAX, &r->svn));
	r->has_kms = command_is(c, "kms-policy");
	if (r->has_kms && command_is(c, "kms-sha256"))
		return fail_with(ERR_USAGE,
		    "--kms-policy and --kms-sha256 say the same.");
	if (r->has_kms)
		return cmd_kms_hash(command_value(c, "kms-policy"), t, r,
		    &r->kms);
	return hex_option(c, "kms-sha256", &r->has_kms, &r->kms);
}

/* The image itself, or a file with what it measures. */
static enum err
make_pcrs(const struct cli *c, uint32_t mask, struct release *r)
{
	const char *eif = command_value(c, "eif");
	const char *path = command_value(c, "pcrs");
	struct view_pcrs_buf *buf = mem_new(sizeof *buf);
	struct measure *m;

	TRY(hex_option(c, "eif-sha256", &r->has_eif, &r->eif));
	if (eif == NULL && path == NULL)
		eif = project_value("eif");
	if (eif != NULL && path != NULL)
		return fail_with(ERR_USAGE,
		    "--eif and --pcrs say the same: give one.");
	if (eif == NULL) {
		if (path == NULL)
			path = project_value("pcrs");
		if (path != NULL)
			return pcr_file_read(path, mask, buf, &r->pcrs);
		return fail_with(ERR_USAGE,
		    "--eif FILE is the image, --pcrs FILE its measurements.");
	}
	TRY(image_file_measure(eif, MEASURE_SHA256, &m));
	if (r->has_eif && !h32_eq(&r->eif, &m->sha256))
		return fail_with(ERR_IMAGE_OTHER,
		    "%s has another SHA-256 than --eif-sha256 says.", eif);
	r->has_eif = true;
	r->eif = m->sha256;
	return image_file_release(eif, m, mask, &r->pcrs);
}

enum err
stage_make_release(const struct cli *c, const struct target *t, struct stage *g,
    json_t **definition)
{
	struct policy *now = mem_new(sizeof *now);
	struct release *r = &g->release;
	bool is_new = false;

	*definition = NULL;
	g->has_release = true;
	TRY(state_policy(t->st, now));
	TRY(make_pcrs(c, now->pcrs, r));
	TRY(make_definition(c, t, r, definition, &is_new));
	r->image = text_or(command_value(c, "image"), *definition, "image");
	TRY(make_source(c, *definition, is_new || t->st->release_n == 0, r));
	if (!is_new) {
		json_decref(*definition);
		*definition = NULL;
	}
	return make_numbers(c, t, r);
}
