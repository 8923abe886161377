/* SPDX-License-Identifier: ISC */
#include "against.h"

#include <fcntl.h>
#include <unistd.h>

#include "fail.h"
#include "file.h"
#include "history.h"
#include "image/blob.h"
#include "mem.h"
#include "out.h"

#define TEXT_MAX ((size_t)1 << 20)
#define CBOR_ARRAY 0x80 /* what no text begins with */

/* The first byte of a file, or -1. */
static int
first_byte(const char *path)
{
	uint8_t b;
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = -1;

	if (fd < 0)
		return -1;
	if (read(fd, &b, 1) == 1)
		r = b;
	(void)close(fd);
	return r;
}

enum err
against_target(const struct cli *c, const char *arg, struct target *t)
{
	if (arg != NULL && first_byte(arg) >= CBOR_ARRAY)
		return target_file(c, arg, t);
	return target_get(c, arg, t);
}

static void
take_release(struct against *a, const struct release *r)
{
	a->n = 1;
	a->set = mem_new(sizeof *a->set);
	a->set->pcrs.mask = r->pcrs.mask;
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (r->pcrs.mask >> i & 1) {
			memcpy(a->set->buf.value[i], r->pcrs.value[i],
			    PCR_SIZE);
			a->set->pcrs.value[i] = a->set->buf.value[i];
		}
	a->has_eif = r->has_eif;
	a->eif = r->eif;
}

static void
name_release(struct against *a, const struct target *t, const struct release *r,
    const char *state)
{
	a->what = mem_printf("version %s of %s, %s", mem_string(r->version),
	    t->name, state);
	take_release(a, r);
}

static enum err
named_stage(const struct target *t, const char *stage, struct against *a,
    struct release *g)
{
	const struct history_row *row;

	TRY(history_find(t, stage, &row));
	if (!row->g.has_release)
		return fail_with(ERR_STAGE_CONTENT,
		    "The stage is of a policy, which has no image.");
	*g = row->g.release;
	name_release(a, t, g, history_end_text(row->end));
	return OK;
}

enum err
against_stage(const struct target *t, const char *stage, struct against *a,
    struct release *g)
{
	struct stage *s = mem_new(sizeof *s);

	*a = (struct against){ .what = NULL };
	if (stage != NULL)
		return named_stage(t, stage, a, g);
	if (t->st->phase != PHASE_OPEN) {
		TRY(state_stage(t->st, s));
		if (s->has_release) {
			*g = s->release;
			name_release(a, t, g, "pending");
			return OK;
		}
	}
	if (t->st->release_n == 0)
		return fail_with(ERR_NOTHING_STAGED,
		    "%s has no release, neither pending nor in force.",
		    t->name);
	TRY(state_release(t->st, g));
	name_release(a, t, g, "in force");
	return OK;
}

static enum err
read_image(const char *path, struct against *a)
{
	struct measure *m;

	TRY(image_file_measure(path, 0, &m));
	a->what = mem_printf("%s", path);
	a->path = path;
	a->image = m;
	a->n = 1;
	a->set = mem_new(sizeof *a->set);
	registers_pcrs(&m->registers, &a->set->pcrs);
	return OK;
}

enum err
against_read(const struct cli *c, const char *arg, struct against *a)
{
	struct target *t = mem_new(sizeof *t);
	struct release *g = mem_new(sizeof *g);
	struct span text;

	*a = (struct against){ .what = NULL };
	if (image_file_is(arg))
		return read_image(arg, a);
	if (!file_is_there(arg) || first_byte(arg) >= CBOR_ARRAY) {
		TRY(against_target(c, arg, t));
		return against_stage(t, NULL, a, g);
	}
	TRY(file_read(arg, TEXT_MAX, &text));
	a->what = mem_printf("%s", arg);
	return pcr_sets_parse(text, &a->set, &a->n);
}

/* The registers of a set that differ, as bits; *both: those that could be
 * compared.  One that the image lacks (PCR8 of an unsigned one) differs. */
static uint32_t
differing(const struct registers *r, const struct pcrs *want, uint32_t *both)
{
	struct pcrs is;
	uint32_t different = 0;

	registers_pcrs(r, &is);
	*both = 0;
	for (unsigned k = 0; k < REGISTERS; k++) {
		unsigned i = registers_index[k];

		if (!(want->mask >> i & 1))
			continue;
		*both |= UINT32_C(1) << i;
		if (!(is.mask >> i & 1) ||
		    memcmp(is.value[i], want->value[i], PCR_SIZE) != 0)
			different |= UINT32_C(1) << i;
	}
	return different;
}

static void
place(struct against_result *r, const char *text)
{
	(void)json_array_append_new(r->places, json_string(text));
}

/* What can be said from registers alone. */
static void
say_registers(struct against_result *r, uint32_t different)
{
	if (different >> 1 & 1)
		place(r, "kernel, command line or boot ramdisk");
	if (different >> 2 & 1)
		place(r, "the application's ramdisk");
	if (different == 1)
		place(r, "the order of the sections, or what PCR0 alone "
			 "covers");
	if (different >> 8 & 1)
		place(r, "the signing certificate");
}

struct pair {
	const char *path[2];
	const struct eif *eif[2];
	int fd[2];
};

static const char *
section_name(const struct eif *e, unsigned i)
{
	unsigned k = 0;

	if (e->section[i].type != EIF_RAMDISK)
		return eif_type_name(e->section[i].type);
	for (unsigned j = 0; j < i; j++)
		k += e->section[j].type == EIF_RAMDISK;
	return mem_printf("ramdisk %u", k);
}

static enum err
compare_section(const struct pair *p, unsigned i, struct against_result *r)
{
	const struct eif_section *a = &p->eif[0]->section[i];
	const struct eif_section *b = &p->eif[1]->section[i];
	struct blob x = { p->fd[0], a->offset, a->size };
	struct blob y = { p->fd[1], b->offset, b->size };
	uint64_t at;
	bool same;

	if (a->type != b->type) {
		place(r, mem_printf("section %u is %s here and %s there", i,
			     section_name(p->eif[0], i),
			     section_name(p->eif[1], i)));
		return OK;
	}
	TRY(blob_compare(&x, &y, &same, &at));
	if (!same)
		place(r,
		    mem_printf("%s, from byte %llu on (%llu bytes here, %llu "
			       "there)",
			section_name(p->eif[0], i), (unsigned long long)at,
			(unsigned long long)a->size,
			(unsigned long long)b->size));
	return OK;
}

/* The next section from *i on that a register covers, or NULL. */
static const struct eif_section *
next_measured(const struct eif *e, unsigned *i)
{
	while (*i < e->n) {
		const struct eif_section *s = &e->section[(*i)++];

		if (s->type != EIF_SIGNATURE && s->type != EIF_METADATA)
			return s;
	}
	return NULL;
}

/* Registers cover what sections hold, one behind the other, and not where one
 * ends: the beginning of the command line can become the end of the kernel. */
static bool
same_borders(const struct eif *a, const struct eif *b)
{
	const struct eif_section *x, *y;
	unsigned i = 0, k = 0;

	do {
		x = next_measured(a, &i);
		y = next_measured(b, &k);
		if (x != NULL && y != NULL &&
		    (x->type != y->type || x->size != y->size))
			return false;
	} while (x != NULL && y != NULL);
	return x == y;
}

static enum err
compare_sections(const struct pair *p, struct against_result *r)
{
	const struct eif *a = p->eif[0], *b = p->eif[1];
	unsigned n = a->n < b->n ? a->n : b->n;

	for (unsigned i = 0; i < n; i++)
		TRY(compare_section(p, i, r));
	for (unsigned i = n; i < a->n; i++)
		place(r,
		    mem_printf("%s stands here alone", section_name(a, i)));
	for (unsigned i = n; i < b->n; i++)
		place(r,
		    mem_printf("%s stands there alone", section_name(b, i)));
	if (a->version != b->version || a->arm64 != b->arm64 ||
	    a->memory != b->memory || a->cpus != b->cpus)
		place(r, "the header");
	if (r->same && !same_borders(a, b)) {
		r->same = false;
		place(r, "where a section ends, which no register covers");
	}
	return OK;
}

static enum err
compare_files(const char *path, const struct measure *m,
    const struct against *a, struct against_result *r)
{
	struct pair p = { { path, a->path }, { &m->eif, &a->image->eif },
		{ -1, -1 } };
	enum err e = OK;

	for (unsigned i = 0; i < 2; i++) {
		p.fd[i] = open(p.path[i], O_RDONLY | O_CLOEXEC);
		if (p.fd[i] < 0)
			e = fail_with(ERR_FILE_READ, "%s", p.path[i]);
	}
	if (e == OK)
		e = compare_sections(&p, r);
	for (unsigned i = 0; i < 2; i++)
		if (p.fd[i] >= 0)
			(void)close(p.fd[i]);
	return e;
}

static unsigned
bits(uint32_t v)
{
	return (unsigned)__builtin_popcount(v);
}

enum err
against_compare(const char *path, const struct measure *m,
    const struct against *a, struct against_result *r)
{
	uint32_t best = UINT32_MAX, both = 0, all = 0;

	/* Of several sets the nearest one is told of. */
	for (size_t i = 0; i < a->n; i++) {
		uint32_t d = differing(&m->registers, &a->set[i].pcrs, &both);

		if (both == 0)
			return fail_with(ERR_MEASUREMENTS_BAD,
			    "%s says no PCR that an image has.", a->what);
		all |= both;
		if (bits(d) < bits(best))
			best = d;
	}
	if (all == 0)
		return fail_with(ERR_MEASUREMENTS_BAD, "%s says no PCR.",
		    a->what);
	*r = (struct against_result){ best == 0, json_array(), json_array() };
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (best >> i & 1)
			(void)json_array_append_new(r->registers,
			    json_string(mem_printf("PCR%u", i)));
	if (a->image != NULL)
		return compare_files(path, m, a, r);
	say_registers(r, best);
	if (best == 0 && a->has_eif && m->has_sha256 &&
	    !h32_eq(&a->eif, &m->sha256))
		place(r, "the file, in what is not measured: metadata, "
			 "signature, header, or where a section ends");
	return OK;
}

enum err
against_say(const struct against *a, struct against_result *r, json_t *j)
{
	size_t i;
	json_t *v;

	if (j != NULL) {
		(void)json_object_set_new(j, "against", json_string(a->what));
		(void)json_object_set_new(j, "equal", json_boolean(r->same));
		(void)json_object_set(j, "different", r->registers);
		(void)json_object_set(j, "where", r->places);
	} else {
		out_data("%s   %s\n", r->same ? "EQUAL" : "DIFFERENT", a->what);
		json_array_foreach(r->registers, i, v)
		    out_data("       %s\n", json_string_value(v));
		json_array_foreach(r->places, i, v) out_data("       %s: %s\n",
		    r->same ? "not measured" : "differs", json_string_value(v));
	}
	json_decref(r->registers);
	json_decref(r->places);
	r->registers = r->places = NULL;
	return r->same ? OK : ERR_IMAGE_OTHER;
}
