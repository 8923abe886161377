/* SPDX-License-Identifier: ISC */
#include "cmd_reproduce.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "against.h"
#include "build_make.h"
#include "deffile.h"
#include "fail.h"
#include "file.h"
#include "image/layer.h"
#include "image_text.h"
#include "mem.h"
#include "out.h"
#include "recipe.h"

/* One reproduction: the release that was promised, and the image that is at
 * hand for it. */
struct work {
	struct target t;
	struct release g;
	struct against a;
	json_t *definition; /* of the release, or NULL */
	const char *image;
	char *folder; /* that it was built in, to be removed; or NULL */
};

/* The recipe that the definition names, in a checkout of its source. */
static enum err
named_recipe(const struct work *w, const char *dir, const char **file)
{
	const char *name = json_string_value(
	    json_object_get(json_object_get(w->definition, "source"), "build"));

	if (name == NULL)
		return fail_with(ERR_RECIPE_BAD,
		    "The definition does not say how to build.");
	if (name[0] == '/' || strstr(name, "..") != NULL ||
	    strchr(name, '\n') != NULL)
		return fail_with(ERR_RECIPE_BAD,
		    "The definition names no recipe in its source; it says: "
		    "%s",
		    name);
	*file = mem_printf("%s/%s", dir, name);
	if (file_is_there(*file))
		return OK;
	return fail_with(ERR_RECIPE_BAD,
	    "There is no %s. The definition says how to build: %s", *file,
	    name);
}

static enum err
rebuild(const struct cli *c, struct work *w, const char *file)
{
	struct build_extra x = { .definition = NULL };
	struct build_result r;
	const char *keep = command_value(c, "keep");
	json_t *recipe = NULL;
	enum err e;

	w->image = keep;
	if (keep == NULL) {
		w->folder = mem_printf("%s/encl-XXXXXX", layer_spool_folder());
		if (mkdtemp(w->folder) == NULL)
			return fail_with(ERR_FILE_WRITE, "%s: %s", w->folder,
			    strerror(errno));
		w->image = mem_printf("%s/image.eif", w->folder);
	}
	e = recipe_read(c, file, false, &recipe);
	if (e == OK) {
		/* What the chain says is not left to the recipe. */
		if (json_object_get(recipe, "definition") != NULL)
			x.definition = w->definition;
		if (json_object_get(recipe, "chain-id") != NULL)
			(void)json_object_set_new(recipe, "chain-id",
			    json_string(mem_hex(h32_span(&w->t.chain))));
		e = build_make(recipe, &x, w->image, &r);
	}
	json_decref(recipe);
	return e;
}

static enum err
image_at_hand(const struct cli *c, struct work *w)
{
	const char *eif = command_value(c, "eif");
	const char *recipe = command_value(c, "recipe");
	const char *source = command_value(c, "source-dir");

	if ((eif != NULL) + (recipe != NULL) + (source != NULL) != 1)
		return fail_with(ERR_USAGE,
		    "Give one of --eif, --recipe and --source-dir.");
	w->image = eif;
	if (eif != NULL)
		return OK;
	if (target_definition(&w->t, &w->g.definition, &w->definition) != OK) {
		fail_forget();
		w->definition = NULL;
	}
	if (source != NULL)
		TRY(named_recipe(w, source, &recipe));
	return rebuild(c, w, recipe);
}

/* With the released image itself at hand, it says more; but first it must be
 * the released one. */
static enum err
released_image(const struct cli *c, struct work *w)
{
	const char *path = command_value(c, "released");
	struct against_result r;
	struct measure *m;
	enum err e;

	if (path == NULL)
		return OK;
	TRY(image_file_measure(path, 0, &m));
	TRY(against_compare(path, m, &w->a, &r));
	e = r.same ? OK : ERR_IMAGE_OTHER;
	json_decref(r.registers);
	json_decref(r.places);
	if (e != OK)
		return fail_with(e, "%s is not %s.", path, w->a.what);
	w->a.path = path;
	w->a.image = m;
	return OK;
}

static enum err
judge(struct cli *c, struct work *w)
{
	struct against_result r;
	struct measure *m;
	json_t *j = NULL;
	enum err e;

	TRY(image_file_measure(w->image, MEASURE_SHA256, &m));
	TRY(image_file_certify(m, command_value(c, "signing-cert")));
	TRY(against_compare(w->image, m, &w->a, &r));
	if (c->format == FORMAT_TABLE) {
		image_text_print(&m->eif, &m->registers);
		return against_say(&w->a, &r, NULL);
	}
	j = image_text_json(&m->registers);
	e = against_say(&w->a, &r, j);
	TRY(out_json(c, j));
	return e;
}

enum err
cmd_reproduce_run(struct cli *c)
{
	struct work *w = mem_new(sizeof *w);
	enum err e;

	TRY(against_target(c, command_arg(c, 0), &w->t));
	TRY(against_stage(&w->t, command_value(c, "stage"), &w->a, &w->g));
	e = image_at_hand(c, w);
	if (e == OK)
		e = released_image(c, w);
	if (e == OK)
		e = judge(c, w);
	if (w->folder != NULL) {
		(void)unlink(w->image);
		(void)rmdir(w->folder);
	}
	json_decref(w->definition);
	return e;
}
