/* SPDX-License-Identifier: ISC */
#include "build_make.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/text.h"
#include "chain/version.h"
#include "deffile.h"
#include "definition/definition.h"
#include "fail.h"
#include "file.h"
#include "image/folder.h"
#include "image/kernel.h"
#include "mem.h"
#include "oci.h"
#include "out.h"
#include "recipe.h"
#include "view/view.h"

#define MIB (UINT64_C(1) << 20)
#define MEMORY_MAX (UINT64_C(1) << 24) /* MiB */
#define CPUS_MAX 4096U
#define TIME_FIXED "1970-01-01T00:00:00Z"

/* One image in the making. */
struct work {
	const json_t *j;
	const struct build_extra *extra;
	struct build b;
	struct tree tree, outer;
	struct layer_spool spool;
	struct oci oci;
	json_t *definition; /* or NULL */
	const char *out;
};

static enum err
lacks(const char *name)
{
	return fail_with(ERR_RECIPE_BAD, "--%s is needed.", name);
}

static enum err
check_sha256(const struct work *w, const char *name, const struct h32 *is)
{
	const char *hex = recipe_text(w->j, name);
	struct h32 want;

	if (hex == NULL)
		return OK;
	if (!text_unhex(span_str(hex), want.b, sizeof want.b))
		return fail_with(ERR_RECIPE_BAD, "--%s takes 64 hex digits.",
		    name);
	if (h32_eq(&want, is))
		return OK;
	return fail_with(ERR_OCI_DIGEST, "--%s names another one than %s.",
	    name, mem_hex(h32_span(is)));
}

/* Opens an input and compares it with the digest that the recipe may name. */
static enum err
input(const struct work *w, const char *name, struct blob *b)
{
	const char *path = recipe_text(w->j, name);
	const char *digest = mem_printf("%s-sha256", name);
	struct stat st;
	struct h32 is;

	if (path == NULL)
		return lacks(name);
	*b = (struct blob){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (b->fd < 0 || fstat(b->fd, &st) != 0)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail_with(ERR_FILE_READ, "%s is not a file.", path);
	b->size = (uint64_t)st.st_size;
	(void)posix_fadvise(b->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (recipe_text(w->j, digest) == NULL)
		return OK;
	TRY(blob_sha256(b, &is));
	return check_sha256(w, digest, &is);
}

static enum err
take_boot(struct work *w)
{
	struct blob kernel, boot;
	const char *cmdline = recipe_text(w->j, "cmdline");

	TRY(input(w, "kernel", &kernel));
	TRY(input(w, "boot", &boot));
	w->b.kernel = kernel.fd;
	w->b.boot = boot.fd;
	if (cmdline == NULL)
		return lacks("cmdline");
	w->b.cmdline = span_str(cmdline);
	if (cmdline[0] == '@')
		TRY(file_read(cmdline + 1, EIF_CMDLINE_MAX + 2, &w->b.cmdline));
	while (w->b.cmdline.n > 0 && w->b.cmdline.p[w->b.cmdline.n - 1] == '\n')
		w->b.cmdline.n--;
	return OK;
}

/* What came of a part of the tree, said. */
static enum err
taken(enum err e, const char *path, const struct layer_result *r)
{
	if (e == OK && r->lost_xattrs > 0)
		out_talk("%s: %zu files have extended attributes, which a "
			 "ramdisk cannot hold\n",
		    path, r->lost_xattrs);
	if (e == ERR_FILE_WRITE)
		return fail_with(e, "no room for temporary files: %s",
		    strerror(errno));
	if (e == ERR_FILE_READ)
		return fail_with(e, "%s: \"%s\": %s", path, r->at,
		    strerror(errno));
	return e == OK ? OK : fail_with(e, "%s: \"%s\"", path, r->at);
}

static enum err
take_layer(struct work *w, const struct blob *b, bool whiteouts,
    const char *path)
{
	struct layer l = { b->fd, b->offset, b->size, whiteouts };
	struct layer_result r;
	enum err e = layer_read(&w->tree, &l, &w->spool, &r);

	return taken(e, path, &r);
}

static enum err
take_folder(struct work *w, const char *path)
{
	struct layer_result r;
	enum err e;

	if (recipe_text(w->j, "root-sha256") != NULL)
		return fail_with(ERR_RECIPE_BAD,
		    "--root-sha256 is of a file or an image, and %s is a "
		    "folder.",
		    path);
	e = folder_read(&w->tree, path, &w->spool, &r);
	return taken(e, path, &r);
}

static const char *
oci_arch(const struct work *w)
{
	return w->b.arm64 ? "arm64" : "amd64";
}

static enum err
take_oci(struct work *w, const char *path)
{
	struct h32 is;

	TRY(oci_open(path, recipe_text(w->j, "ref"), oci_arch(w), &w->spool,
	    &w->oci));
	if (!text_unhex(span_str(w->oci.digest + 7), is.b, sizeof is.b))
		return ERR_INTERNAL;
	TRY(check_sha256(w, "root-sha256", &is));
	out_talk("image %s, %zu layers\n", w->oci.digest, w->oci.n);
	for (size_t i = 0; i < w->oci.n; i++)
		TRY(take_layer(w, &w->oci.layer[i], true,
		    mem_printf("layer %zu", i)));
	return OK;
}

static enum err
take_root(struct work *w)
{
	const char *path = recipe_text(w->j, "root");
	struct blob b;
	struct stat st;
	bool is;

	if (path == NULL)
		return lacks("root");
	TRY(oci_is(path, &w->spool, &is));
	if (is)
		return take_oci(w, path);
	if (recipe_text(w->j, "ref") != NULL)
		return fail_with(ERR_OCI_BAD, "%s is not an image layout.",
		    path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return take_folder(w, path);
	TRY(input(w, "root", &b));
	return take_layer(w, &b, false, path);
}

static enum err
put_bytes(struct tree *t, const char *path, struct span s)
{
	struct tree_entry e = { .kind = TREE_FILE, .mode = 0644 };

	e.file.fd = -1;
	e.file.bytes = mem_copy(s).p;
	e.file.size = s.n;
	return tree_put(t, span_str(path), &e);
}

/* What programs of the enclave find in /etc/encl, measured. */
static enum err
put_identity(struct work *w)
{
	const char *id = recipe_text(w->j, "chain-id");
	struct out o = mem_out(DEFINITION_MAX);
	struct h32 chain;
	char *text;
	enum err e;

	if (id != NULL) {
		if (!text_unhex(span_str(id), chain.b, sizeof chain.b))
			return fail_with(ERR_RECIPE_BAD,
			    "--chain-id takes 64 hex digits.");
		TRY(put_bytes(&w->tree, "etc/encl/chain-id",
		    span_str(mem_printf("%s\n", mem_hex(h32_span(&chain))))));
	}
	if (w->definition == NULL)
		return OK;
	TRY(definition_canonical(w->definition, &o, NULL));
	TRY(put_bytes(&w->tree, "etc/encl/definition.cbor", out_span(&o)));
	text = json_dumps(w->definition, JSON_SORT_KEYS | JSON_COMPACT);
	if (text == NULL)
		return ERR_OUT_OF_MEMORY;
	e = put_bytes(&w->tree, "etc/encl/definition.json",
	    span_str(mem_printf("%s\n", text)));
	free(text);
	return e;
}

/* A list as lines: the recipe's own, else the image's. */
static enum err
lines(const json_t *list, const char *name, struct out *o)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		const char *s = json_string_value(v);

		if (s == NULL || strchr(s, '\n') != NULL)
			return fail_with(ERR_RECIPE_BAD,
			    "%s has something that is not one line.", name);
		out_put(o, s, strlen(s));
		out_put(o, "\n", 1);
	}
	return o->full ? ERR_RECIPE_BAD : OK;
}

#define LINES_MAX ((size_t)256 * 1024)

static enum err
put_lines(struct work *w)
{
	const json_t *cmd = recipe_list(w->j, "cmd");
	const json_t *env = recipe_list(w->j, "env");
	struct out c = mem_out(LINES_MAX), e = mem_out(LINES_MAX);

	if (cmd == NULL)
		TRY(lines(json_object_get(w->oci.config, "Entrypoint"),
		    "Entrypoint", &c));
	TRY(lines(cmd != NULL ? cmd : json_object_get(w->oci.config, "Cmd"),
	    "cmd", &c));
	TRY(lines(env != NULL ? env : json_object_get(w->oci.config, "Env"),
	    "env", &e));
	if (c.n == 0)
		return fail_with(ERR_RECIPE_BAD,
		    "Nothing says which program runs: give --cmd.");
	TRY(put_bytes(&w->outer, "cmd", out_span(&c)));
	return put_bytes(&w->outer, "env", out_span(&e));
}

/* The folders that inits of enclaves mount things on. */
static enum err
put_folders(struct tree *t)
{
	static const struct {
		const char *name;
		unsigned mode;
	} folder[] = { { "dev", 0755 }, { "proc", 0755 }, { "run", 0755 },
		{ "sys", 0755 }, { "tmp", 01777 }, { "var", 0755 } };

	for (size_t i = 0; i < sizeof folder / sizeof *folder; i++) {
		struct tree_entry e = { .kind = TREE_DIR,
			.mode = folder[i].mode };

		if (tree_find(t, span_str(folder[i].name)) == NULL)
			TRY(tree_put(t, span_str(folder[i].name), &e));
	}
	return OK;
}

static enum err
take_definition(struct work *w)
{
	const char *path = recipe_text(w->j, "definition");
	struct h32 id;

	if (w->extra->definition != NULL) {
		w->definition =
		    json_incref((json_t *)(uintptr_t)w->extra->definition);
		return OK;
	}
	return path != NULL ? deffile_read(path, &w->definition, &id) : OK;
}

static enum err
number(const struct work *w, const char *name, const char *member,
    uint64_t other, uint64_t max, uint64_t *n)
{
	const char *s = recipe_text(w->j, name);
	const json_t *v =
	    json_object_get(json_object_get(w->definition, "resources"),
		member);
	char *end;

	*n = json_is_integer(v) ? (uint64_t)json_integer_value(v) : other;
	if (s == NULL)
		return OK;
	errno = 0;
	*n = strtoull(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end != '\0' || errno != 0 || *n == 0 ||
	    *n > max)
		return fail_with(ERR_RECIPE_BAD, "--%s is a number, 1 to %llu.",
		    name, (unsigned long long)max);
	return OK;
}

static const char *
text_or(const struct work *w, const char *name, const char *other)
{
	const char *s = recipe_text(w->j, name);

	return s != NULL ? s : other;
}

/* What is not measured, but shown beside what is. */
static const char *
version_of(int kernel)
{
	uint8_t *head = mem_new(KERNEL_HEAD);
	char *text = mem_new(KERNEL_VERSION);
	struct blob b = { .fd = kernel };
	struct stat st;

	if (fstat(kernel, &st) != 0)
		return "Unknown";
	b.size = (uint64_t)st.st_size;
	if (b.size > KERNEL_HEAD)
		b.size = KERNEL_HEAD;
	if (blob_read(&b, head) != OK ||
	    !kernel_version(span_of(head, (size_t)b.size), text))
		return "Unknown";
	return text;
}

/* As nitro-cli writes and reads it. */
static enum err
make_metadata(struct work *w)
{
	const char *time = text_or(w, "time", TIME_FIXED);
	const char *name = text_or(w, "name", "Unknown");
	uint64_t ms;
	json_t *j;
	char *text;

	if (view_time_parse(span_str(time), &ms) != OK)
		return fail_with(ERR_RECIPE_BAD, "--time is RFC 3339.");
	j = json_pack("{s:s,s:s,s:{s:s,s:s,s:s,s:s,s:s},s:{},s:{}}",
	    "ImageName", name, "ImageVersion", text_or(w, "image-version", "1"),
	    "BuildMetadata", "BuildTime", time, "BuildTool", "encl",
	    "BuildToolVersion", VERSION, "OperatingSystem", "Linux",
	    "KernelVersion", version_of(w->b.kernel), "DockerInfo",
	    "CustomMetadata");
	text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (text == NULL)
		return fail_with(ERR_RECIPE_BAD, "--name is not text.");
	w->b.metadata = mem_copy(span_str(text));
	free(text);
	return OK;
}

static enum err
prepare(struct work *w)
{
	const char *arch = text_or(w, "arch", "x86_64");

	w->b.arm64 = strcmp(arch, "aarch64") == 0;
	if (!w->b.arm64 && strcmp(arch, "x86_64") != 0)
		return fail_with(ERR_RECIPE_BAD,
		    "--arch is x86_64 or aarch64.");
	w->b.gzip = recipe_is(w->j, "gzip");
	w->b.cpio.owners = recipe_is(w->j, "owners");
	w->b.tree = &w->tree;
	w->b.key = w->extra->key;
	w->b.cert = w->extra->cert;
	TRY(take_definition(w));
	TRY(number(w, "memory", "memory_mib", 512, MEMORY_MAX, &w->b.memory));
	w->b.memory *= MIB;
	TRY(number(w, "cpus", "cpus", 2, CPUS_MAX, &w->b.cpus));
	TRY(take_boot(w));
	TRY(make_metadata(w));
	TRY(take_root(w));
	TRY(put_identity(w));
	if (recipe_is(w->j, "flat"))
		return OK;
	w->b.cpio.prefix = span_str("rootfs");
	w->b.cpio.outer = &w->outer;
	TRY(put_folders(&w->tree));
	return put_lines(w);
}

/* Into a file beside, which takes its name when it is whole. */
static enum err
write_image(const struct work *w, struct build_result *r)
{
	char *tmp = mem_printf("%s.%ld.tmp", w->out, (long)getpid());
	int fd, why;
	enum err e;

	if (file_is_there(w->out))
		return fail_with(ERR_FILE_EXISTS, "%s", w->out);
	fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_with(ERR_FILE_WRITE, "%s: %s", w->out,
		    strerror(errno));
	e = build_image(fd, &w->b, r);
	why = errno;
	if (close(fd) != 0 && e == OK)
		e = ERR_FILE_WRITE;
	if (e == OK && link(tmp, w->out) != 0) {
		why = errno;
		e = why == EEXIST ? ERR_FILE_EXISTS : ERR_FILE_WRITE;
	}
	(void)unlink(tmp);
	if (e == ERR_FILE_WRITE || e == ERR_FILE_READ || e == ERR_FILE_EXISTS)
		return fail_with(e, "%s: %s", w->out, strerror(why));
	return e;
}

enum err
build_make(const json_t *recipe, const struct build_extra *extra,
    const char *out, struct build_result *r)
{
	struct work *w = mem_new(sizeof *w);
	enum err e;

	w->j = recipe;
	w->extra = extra;
	w->out = out;
	layer_spool_open(&w->spool);
	e = tree_open(&w->tree);
	if (e == OK)
		e = tree_open(&w->outer);
	if (e == OK)
		e = prepare(w);
	if (e == OK)
		e = write_image(w, r);
	tree_close(&w->tree);
	tree_close(&w->outer);
	layer_spool_close(&w->spool);
	json_decref(w->oci.config);
	json_decref(w->definition);
	return e;
}
