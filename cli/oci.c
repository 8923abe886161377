/* SPDX-License-Identifier: ISC */
#include "oci.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "chain/text.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

#define JSON_BLOB_MAX ((uint64_t)4 << 20)
#define DEPTH 3 /* an index of an index of manifests */

/* Where the files of the layout are: a folder, or places in an archive. */
struct store {
	const char *path;
	bool folder;
	int fd; /* of the archive */
	size_t n, cap;
	struct member {
		const char *name;
		struct blob at;
	} * member;
};

static enum err
bad(const char *path, const char *what)
{
	return fail_with(ERR_OCI_BAD, "%s: %s", path, what);
}

static enum err
unreadable(const char *path)
{
	return fail_with(ERR_FILE_READ, "%s: %s", path, strerror(errno));
}

static enum err
add_member(void *ctx, const char *name, int fd, uint64_t offset, uint64_t size)
{
	struct store *s = ctx;

	if (strncmp(name, "./", 2) == 0)
		name += 2;
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? 2 * s->cap : 64;

		s->member = mem_grow(s->member, s->n * sizeof *s->member,
		    cap * sizeof *s->member);
		s->cap = cap;
	}
	s->member[s->n++] =
	    (struct member){ mem_printf("%s", name), { fd, offset, size } };
	return OK;
}

static enum err
store_open(struct store *s, const char *path, struct layer_spool *spool)
{
	struct stat st;
	struct layer l = { .fd = -1 };

	*s = (struct store){ .path = path, .fd = -1 };
	if (stat(path, &st) != 0)
		return unreadable(path);
	s->folder = S_ISDIR(st.st_mode);
	if (s->folder)
		return OK;
	s->fd = l.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (l.fd < 0)
		return unreadable(path);
	l.size = (uint64_t)st.st_size;
	return layer_members(&l, spool, add_member, s);
}

static bool
store_find(const struct store *s, const char *name, struct blob *b)
{
	const char *path = mem_printf("%s/%s", s->path, name);
	struct stat st;

	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->member[i].name, name) == 0) {
			*b = s->member[i].at;
			return true;
		}
	if (!s->folder)
		return false;
	b->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0 || fstat(b->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	b->offset = 0;
	b->size = (uint64_t)st.st_size;
	return true;
}

static enum err
json_of(const struct store *s, const struct blob *b, const char *name,
    json_t **j)
{
	uint8_t *p;

	if (b->size > JSON_BLOB_MAX)
		return bad(s->path, mem_printf("%s is too large", name));
	p = mem_new((size_t)b->size + 1);
	TRY(blob_read(b, p));
	*j = json_loadb((char *)p, (size_t)b->size, JSON_REJECT_DUPLICATES,
	    NULL);
	if (json_is_object(*j))
		return OK;
	json_decref(*j);
	*j = NULL;
	return bad(s->path, mem_printf("%s is not a JSON object", name));
}

static const char *
text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}

/* The blob that a descriptor names, compared with its digest and size. */
static enum err
described(const struct store *s, const json_t *d, struct blob *b)
{
	const char *digest = text(d, "digest");
	const json_t *size = json_object_get(d, "size");
	struct h32 want, is;

	if (strncmp(digest, "sha256:", 7) != 0 ||
	    !text_unhex(span_str(digest + 7), want.b, sizeof want.b))
		return bad(s->path,
		    "a part has a digest that is not sha256:HEX");
	if (!store_find(s, mem_printf("blobs/sha256/%s", digest + 7), b))
		return bad(s->path, mem_printf("it lacks %s", digest));
	TRY(blob_sha256(b, &is));
	if (!json_is_integer(size) ||
	    (uint64_t)json_integer_value(size) != b->size ||
	    !h32_eq(&is, &want))
		return fail_with(ERR_OCI_DIGEST, "%s: %s is another file.",
		    s->path, digest);
	return OK;
}

static bool
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n >= k && strcmp(s + n - k, tail) == 0;
}

static bool
is_index(const json_t *d)
{
	const char *type = text(d, "mediaType");

	return ends(type, ".image.index.v1+json") ||
	       ends(type, ".manifest.list.v2+json");
}

/* What is asked for, and the one that was found. */
struct wanted {
	const struct store *s;
	const char *ref, *arch;
	size_t n;
	json_t *found;
	const char *names; /* of those that were passed over */
};

static bool
is_named(const struct wanted *w, const json_t *d)
{
	const json_t *a = json_object_get(d, "annotations");

	return w->ref == NULL || strcmp(text(d, "digest"), w->ref) == 0 ||
	       strcmp(text(a, "org.opencontainers.image.ref.name"), w->ref) ==
		   0;
}

static bool
is_platform(const struct wanted *w, const json_t *d)
{
	const json_t *p = json_object_get(d, "platform");

	return p == NULL || (strcmp(text(p, "os"), "linux") == 0 &&
				strcmp(text(p, "architecture"), w->arch) == 0);
}

static enum err search(struct wanted *w, const json_t *index, unsigned depth,
    bool named);

static enum err
search_one(struct wanted *w, const json_t *d, unsigned depth, bool named)
{
	struct blob b;
	json_t *j;
	enum err e;

	named = named || is_named(w, d);
	if (is_index(d)) {
		if (depth == 0)
			return bad(w->s->path, "its indexes are too deep");
		TRY(described(w->s, d, &b));
		TRY(json_of(w->s, &b, "an index", &j));
		e = search(w, j, depth - 1, named);
		json_decref(j);
		return e;
	}
	if (!is_platform(w, d))
		return OK;
	if (!named) {
		w->names = mem_printf("%s %s", w->names, text(d, "digest"));
		return OK;
	}
	if (w->n++ == 0)
		w->found = json_incref((json_t *)(uintptr_t)d);
	return OK;
}

static enum err
search(struct wanted *w, const json_t *index, unsigned depth, bool named)
{
	const json_t *list = json_object_get(index, "manifests");
	size_t i;
	json_t *d;

	if (!json_is_array(list))
		return bad(w->s->path, "an index has no list of manifests");
	json_array_foreach(list, i, d) TRY(search_one(w, d, depth, named));
	return OK;
}

static enum err
find_manifest(const struct store *s, const char *ref, const char *arch,
    json_t **d)
{
	struct wanted w = { .s = s, .ref = ref, .arch = arch, .names = "" };
	struct blob b;
	json_t *j;
	enum err e;

	if (!store_find(s, "index.json", &b))
		return bad(s->path, "it has no index.json");
	TRY(json_of(s, &b, "index.json", &j));
	e = search(&w, j, DEPTH, false);
	json_decref(j);
	*d = w.found;
	TRY(e);
	if (w.n == 1)
		return OK;
	if (w.n > 1)
		return bad(s->path,
		    "it has several images for this architecture; --ref says "
		    "which");
	return bad(s->path,
	    mem_printf("it has no such image for linux on %s%s%s", arch,
		w.names[0] != '\0' ? "; there are" : "", w.names));
}

static enum err
take_layers(const struct store *s, const json_t *manifest, struct oci *o)
{
	const json_t *list = json_object_get(manifest, "layers");
	size_t i;
	json_t *d;

	if (!json_is_array(list) || json_array_size(list) > OCI_LAYERS)
		return bad(s->path, "the manifest has no list of layers");
	json_array_foreach(list, i, d)
	{
		const char *type = text(d, "mediaType");

		if (!ends(type, ".tar") && !ends(type, ".tar+gzip") &&
		    !ends(type, ".tar+zstd") && !ends(type, ".tar.gzip"))
			return bad(s->path,
			    mem_printf("a layer is of the type \"%s\"", type));
		TRY(described(s, d, &o->layer[o->n++]));
	}
	return OK;
}

static enum err
take_config(const struct store *s, const json_t *manifest, const char *arch,
    struct oci *o)
{
	struct blob b;
	json_t *j;

	TRY(described(s, json_object_get(manifest, "config"), &b));
	TRY(json_of(s, &b, "the configuration", &j));
	if (strcmp(text(j, "architecture"), arch) != 0 ||
	    strcmp(text(j, "os"), "linux") != 0) {
		json_decref(j);
		return bad(s->path,
		    mem_printf("the image is not for linux on %s", arch));
	}
	o->config = json_incref(json_object_get(j, "config"));
	json_decref(j);
	return OK;
}

/* A layout has a few names at its top, and a root file system has others;
 * the first one of those ends the look. */
static enum err
only_layout(void *ctx, const char *name, int fd, uint64_t offset, uint64_t size)
{
	static const char *const known[] = { "oci-layout", "index.json",
		"manifest.json", "repositories", NULL };
	bool *is = ctx;

	(void)fd;
	(void)offset;
	(void)size;
	if (strncmp(name, "./", 2) == 0)
		name += 2;
	*is = *is || strcmp(name, "oci-layout") == 0;
	if (strncmp(name, "blobs/", 6) == 0)
		return OK;
	for (size_t i = 0; known[i] != NULL; i++)
		if (strcmp(name, known[i]) == 0)
			return OK;
	*is = false;
	return ERR_OCI_BAD;
}

enum err
oci_is(const char *path, struct layer_spool *spool, bool *is)
{
	struct stat st;
	struct layer l;
	enum err e;

	*is = true;
	if (stat(path, &st) != 0)
		return unreadable(path);
	if (S_ISDIR(st.st_mode)) {
		*is = file_is_there(mem_printf("%s/oci-layout", path)) ||
		      file_is_there(mem_printf("%s/index.json", path));
		return OK;
	}
	*is = false;
	l = (struct layer){ .fd = open(path, O_RDONLY | O_CLOEXEC),
		.size = (uint64_t)st.st_size };
	if (l.fd < 0)
		return unreadable(path);
	e = layer_members(&l, spool, only_layout, is);
	(void)close(l.fd);
	if (e == OK || e == ERR_OCI_BAD)
		return OK;
	return fail_with(e, "%s", path);
}

enum err
oci_open(const char *path, const char *ref, const char *arch,
    struct layer_spool *spool, struct oci *o)
{
	struct store s;
	struct blob b;
	json_t *d = NULL, *manifest = NULL;
	enum err e;

	*o = (struct oci){ .n = 0 };
	TRY(store_open(&s, path, spool));
	if (!store_find(&s, "oci-layout", &b))
		return bad(path, "it has no file oci-layout");
	e = find_manifest(&s, ref, arch, &d);
	if (e == OK)
		e = described(&s, d, &b);
	if (e == OK)
		e = json_of(&s, &b, "the manifest", &manifest);
	if (e == OK)
		e = take_layers(&s, manifest, o);
	if (e == OK)
		e = take_config(&s, manifest, arch, o);
	if (e == OK)
		o->digest = mem_printf("%s", text(d, "digest"));
	json_decref(manifest);
	json_decref(d);
	return e;
}
