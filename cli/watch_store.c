/* SPDX-License-Identifier: ISC */
#include "watch_store.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "chain/cbor.h"
#include "chain/note.h"
#include "chain/text.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

#define MAGIC "encl/watch/1"
#define CODE_MAX 64
#define ALIKE_MAX 4 /* pieces of evidence of one name */

static const char *
path_of(const char *dir, const struct h32 *chain, const char *name)
{
	return mem_printf("%s/%s/%s", dir, mem_hex(h32_span(chain)), name);
}

static enum err
make_folder(const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return OK;
	return fail_with(ERR_FILE_WRITE, "%s: %s", path, strerror(errno));
}

static void
make_parents(const char *path)
{
	char *s = mem_printf("%s", path);

	for (char *p = s + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			(void)mkdir(s, 0700);
			*p = '/';
		}
}

enum err
watch_store_open(const char *dir)
{
	const char *path = mem_printf("%s/lock", dir);
	int fd;

	make_parents(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_with(ERR_FILE_WRITE, "%s: %s", path,
		    strerror(errno));
	/* Open until the program ends, however that is. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return fail_with(ERR_WATCHED, "%s", dir);
	}
	return OK;
}

static enum err
decode_loose(struct cbor *c, struct watch_kept *k)
{
	TRY(cbor_array(c, 0, WATCH_STORE_LOOSE, &k->loose_n));
	for (size_t i = 0; i < k->loose_n; i++)
		TRY(cbor_bytes(c, 1, ENTRY_MAX, &k->loose[i]));
	cbor_close(c);
	return OK;
}

enum err
watch_store_decode(struct span s, struct watch_kept *k)
{
	struct cbor c = cbor_of(s);
	struct span magic, state, code;
	size_t n;

	TRY(cbor_array(&c, 8, 8, &n));
	TRY(cbor_line(&c, 1, CODE_MAX, &magic));
	TRY(cbor_h32(&c, &k->chain));
	TRY(cbor_bytes(&c, 0, STATE_ENCODED_MAX, &state));
	TRY(cbor_bool(&c, &k->caught_up));
	TRY(cbor_bool(&c, &k->disputed));
	TRY(cbor_h32(&c, &k->disputed_stage));
	TRY(cbor_line(&c, 1, CODE_MAX, &code));
	TRY(decode_loose(&c, k));
	cbor_close(&c);
	TRY(cbor_end(&c));
	k->wrong = err_from_code(mem_string(code));
	if (!span_is(magic, MAGIC) || !span_is(code, err_code(k->wrong)))
		return ERR_ENTRY_SHAPE;
	if (state.n == 0)
		return OK;
	TRY(state_decode(state, &k->st));
	return k->st.next_seq > 0 ? OK : ERR_ENTRY_SHAPE;
}

enum err
watch_store_encode(const struct watch_kept *k, struct out *o)
{
	struct out state = mem_out(STATE_ENCODED_MAX);

	if (k->st.next_seq > 0)
		state_encode(&state, &k->st);
	cbor_put_array(o, 8);
	cbor_put_text(o, span_str(MAGIC));
	cbor_put_bytes(o, h32_span(&k->chain));
	cbor_put_bytes(o, out_span(&state));
	cbor_put_bool(o, k->caught_up);
	cbor_put_bool(o, k->disputed);
	cbor_put_bytes(o, h32_span(&k->disputed_stage));
	cbor_put_text(o, span_str(err_code(k->wrong)));
	cbor_put_array(o, k->loose_n);
	for (size_t i = 0; i < k->loose_n; i++)
		cbor_put_bytes(o, k->loose[i]);
	return state.full || o->full ? ERR_NO_SPACE : OK;
}

enum err
watch_store_read(const char *dir, const struct h32 *chain, struct watch_kept *k)
{
	const char *path = path_of(dir, chain, "state");
	struct span s;

	memset(k, 0, sizeof *k);
	k->chain = *chain;
	if (!file_is_there(path))
		return OK;
	TRY(file_read(path, WATCH_STORE_MAX, &s));
	if (watch_store_decode(s, k) == OK && h32_eq(&k->chain, chain) &&
	    (k->st.next_seq == 0 || h32_eq(&k->st.chain, chain)))
		return OK;
	return fail_with(ERR_WATCH_STATE, "%s", path);
}

enum err
watch_store_write(const char *dir, const struct watch_kept *k)
{
	struct out o = mem_out(WATCH_STORE_MAX);

	TRY(watch_store_encode(k, &o));
	TRY(make_folder(path_of(dir, &k->chain, "")));
	return file_replace_locked(path_of(dir, &k->chain, "state"),
	    out_span(&o), 0600);
}

/* One of another length need not be read, however long it is. */
static enum err
holds(const char *path, struct span s, bool *is)
{
	struct span was;
	struct stat st;

	*is = false;
	if (stat(path, &st) == 0 && (uintmax_t)st.st_size != s.n)
		return OK;
	TRY(file_read(path, s.n, &was));
	*is = span_eq(was, s);
	return OK;
}

enum err
watch_store_evidence(const char *dir, const struct h32 *chain, const char *name,
    struct span s, const char **path)
{
	bool is;

	TRY(make_folder(path_of(dir, chain, "")));
	TRY(make_folder(path_of(dir, chain, "evidence")));
	for (unsigned i = 0; i < ALIKE_MAX; i++) {
		*path = path_of(dir, chain,
		    i == 0 ? mem_printf("evidence/%s", name)
			   : mem_printf("evidence/%s.%u", name, i));
		if (!file_is_there(*path))
			return file_create(*path, s, 0644);
		TRY(holds(*path, s, &is));
		if (is)
			return OK;
	}
	*path = NULL;
	return OK;
}

static const char *
checkpoint_path(const char *dir, const struct h32 *chain, uint64_t size)
{
	return path_of(dir, chain,
	    mem_printf("checkpoints/%llu", (unsigned long long)size));
}

enum err
watch_store_seen(const char *dir, const struct h32 *chain, uint64_t size,
    struct span *note, bool *found)
{
	const char *path = checkpoint_path(dir, chain, size);

	*found = file_is_there(path);
	return *found ? file_read(path, NOTE_MAX, note) : OK;
}

enum err
watch_store_checkpoint(const char *dir, const struct h32 *chain, uint64_t size,
    struct span note, struct span *other)
{
	struct span was;
	bool found;

	*other = span_of(NULL, 0);
	TRY(make_folder(path_of(dir, chain, "")));
	TRY(make_folder(path_of(dir, chain, "checkpoints")));
	TRY(watch_store_seen(dir, chain, size, &was, &found));
	if (!found)
		return file_replace_locked(checkpoint_path(dir, chain, size),
		    note, 0644);
	if (!span_eq(was, note))
		*other = was;
	return OK;
}

enum err
watch_store_each(const char *dir,
    enum err (*each)(void *ctx, const struct h32 *chain), void *ctx)
{
	DIR *d = opendir(dir);
	struct dirent *f;
	enum err e = OK;

	if (d == NULL)
		return fail_with(ERR_FILE_READ, "%s: %s", dir, strerror(errno));
	while (e == OK && (f = readdir(d)) != NULL) {
		struct h32 chain;

		if (text_unhex(span_str(f->d_name), chain.b, sizeof chain.b))
			e = each(ctx, &chain);
	}
	(void)closedir(d);
	return e;
}
