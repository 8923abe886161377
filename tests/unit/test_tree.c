/* SPDX-License-Identifier: ISC */
/* Layers on one another: what deletions, links and paths come to, whatever the
 * order inside a layer. */
#include <stdio.h>

#include "image/cpio.h"
#include "tests/lib/suite.h"

static struct tree t;

static void
setup(void)
{
	ck_assert_int_eq(tree_open(&t), OK);
}

static void
teardown(void)
{
	tree_close(&t);
}

static enum err
put(const char *path, enum tree_kind kind, const char *data)
{
	struct tree_entry e = { .kind = kind, .mode = 0640, .uid = 7 };

	if (kind == TREE_FILE)
		e.file = (struct tree_file){ .fd = -1,
			.bytes = (const uint8_t *)data,
			.size = strlen(data) };
	if (kind == TREE_SYMLINK)
		e.target = span_str(data);
	return tree_put(&t, span_str(path), &e);
}

static enum err
file(const char *path)
{
	return put(path, TREE_FILE, path);
}

static enum err
folder(const char *path)
{
	return put(path, TREE_DIR, "");
}

static bool
there(const char *path)
{
	return tree_find(&t, span_str(path)) != NULL;
}

static enum err
hide(const char *path)
{
	return tree_whiteout(&t, span_str(path));
}

START_TEST(an_upper_layer_covers_a_lower_one)
{
	ck_assert_int_eq(folder("d"), OK);
	ck_assert_int_eq(file("d/a"), OK);
	ck_assert_int_eq(file("d/b"), OK);
	tree_layer(&t);
	ck_assert_int_eq(folder("d"), OK);
	ck_assert(there("d/a") && there("d/b"));
	ck_assert_int_eq(file("d"), OK); /* a file in its place */
	ck_assert(!there("d/a"));
	ck_assert_int_eq(folder("d"), OK);
	ck_assert(!there("d/a"));
}
END_TEST

START_TEST(a_deletion_spares_its_own_layer_before_and_after)
{
	for (int first = 0; first < 2; first++) {
		ck_assert_int_eq(folder("d"), OK);
		ck_assert_int_eq(file("d/old"), OK);
		tree_layer(&t);
		if (first)
			ck_assert_int_eq(hide("d"), OK);
		ck_assert_int_eq(file("d/new"), OK);
		if (!first)
			ck_assert_int_eq(hide("d"), OK);
		ck_assert(there("d/new") && !there("d/old"));
		/* The old folder's owner and mode went with it. */
		ck_assert_uint_eq(tree_find(&t, span_str("d"))->mode, 0755);
		ck_assert_uint_eq(tree_find(&t, span_str("d"))->uid, 0);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(an_opaque_folder_hides_what_lies_below_it)
{
	for (int first = 0; first < 2; first++) {
		ck_assert_int_eq(folder("d"), OK);
		ck_assert_int_eq(file("d/old"), OK);
		ck_assert_int_eq(file("e"), OK);
		tree_layer(&t);
		if (first)
			ck_assert_int_eq(tree_opaque(&t, span_str("d/")), OK);
		ck_assert_int_eq(file("d/new"), OK);
		if (!first)
			ck_assert_int_eq(tree_opaque(&t, span_str("d")), OK);
		ck_assert(there("d/new") && !there("d/old") && there("e"));
		ck_assert_uint_eq(tree_find(&t, span_str("d"))->mode, 0640);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(the_root_itself_can_be_opaque)
{
	ck_assert_int_eq(file("a"), OK);
	tree_layer(&t);
	ck_assert_int_eq(file("b"), OK);
	ck_assert_int_eq(tree_opaque(&t, span_str("")), OK);
	ck_assert(!there("a") && there("b"));
	ck_assert_int_eq(hide("never-there"), OK);
	ck_assert_int_eq(hide("never/there"), OK);
	ck_assert(!there("never"));
}
END_TEST

START_TEST(no_path_leads_out)
{
	static const char *const bad[] = { "", "/", "/a", "..", "../a", "a/..",
		"a/../b", "./../a" };
	static char longest[TREE_PATH_MAX + 2];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(file(bad[i]) == ERR_TREE_PATH, "%s", bad[i]);
	ck_assert_int_eq(file("./a/./b"), OK);
	ck_assert(there("a/b"));
	ck_assert_int_eq(put("up", TREE_SYMLINK, "../../.."), OK);
	ck_assert_int_eq(put("root", TREE_SYMLINK, "/"), OK);
	ck_assert_int_eq(file("up/c"), OK);
	ck_assert_int_eq(file("root/d"), OK);
	ck_assert(there("c") && there("d"));
	memset(longest, 'n', TREE_NAME_MAX);
	ck_assert_int_eq(file(longest), OK);
	longest[TREE_NAME_MAX] = 'n';
	ck_assert_int_eq(file(longest), ERR_TREE_PATH);
	for (size_t i = 0; i < TREE_PATH_MAX; i++)
		longest[i] = i % 2 ? '/' : 'z';
	longest[TREE_PATH_MAX - 1] = 'x';
	ck_assert_int_eq(file(longest), OK);
	longest[TREE_PATH_MAX] = 'x';
	ck_assert_int_eq(file(longest), ERR_TREE_PATH);
}
END_TEST

START_TEST(links_in_the_middle_are_followed_and_come_to_an_end)
{
	char name[16], to[16];

	ck_assert_int_eq(put("lib", TREE_SYMLINK, "usr/lib"), OK);
	ck_assert_int_eq(file("lib/x"), OK);
	ck_assert(there("usr/lib/x"));
	ck_assert_int_eq(tree_find(&t, span_str("lib"))->kind, TREE_SYMLINK);
	ck_assert_int_eq(file("plain"), OK);
	ck_assert_int_eq(file("plain/x"), ERR_TREE_PARENT);
	for (unsigned i = 0; i <= TREE_LINKS_MAX; i++) {
		(void)snprintf(name, sizeof name, "l%u", i);
		(void)snprintf(to, sizeof to, i ? "l%u" : "end", i - 1);
		ck_assert_int_eq(put(name, TREE_SYMLINK, to), OK);
	}
	(void)snprintf(name, sizeof name, "l%u/x", TREE_LINKS_MAX - 1);
	ck_assert_int_eq(file(name), OK);
	ck_assert(there("end/x"));
	(void)snprintf(name, sizeof name, "l%u/x", TREE_LINKS_MAX);
	ck_assert_int_eq(file(name), ERR_TREE_LINK);
	ck_assert_int_eq(put("empty", TREE_SYMLINK, ""), ERR_TREE_LINK);
}
END_TEST

START_TEST(names_of_one_file_are_counted)
{
	struct tree_node *a;

	ck_assert_int_eq(file("a"), OK);
	ck_assert_int_eq(tree_hardlink(&t, span_str("b"), span_str("a")), OK);
	ck_assert_int_eq(tree_hardlink(&t, span_str("b"), span_str("a")), OK);
	a = tree_find(&t, span_str("a"));
	ck_assert_uint_eq(a->file->links, 2);
	ck_assert_int_eq(tree_hardlink(&t, span_str("a"), span_str("a")), OK);
	ck_assert_uint_eq(a->file->links, 2);
	tree_layer(&t);
	ck_assert_int_eq(hide("b"), OK);
	ck_assert_uint_eq(a->file->links, 1);
	ck_assert_int_eq(folder("d"), OK);
	ck_assert_int_eq(tree_hardlink(&t, span_str("x"), span_str("d")),
	    ERR_TREE_HARDLINK);
	ck_assert_int_eq(tree_hardlink(&t, span_str("x"), span_str("no")),
	    ERR_TREE_HARDLINK);
	ck_assert_int_eq(tree_hardlink(&t, span_str("x"), span_str("../a")),
	    ERR_TREE_PATH);
}
END_TEST

static char written[8192];
static size_t written_n;

static enum err
sink(void *ctx, struct span s)
{
	(void)ctx;
	ck_assert_uint_lt(written_n + s.n, sizeof written);
	memcpy(written + written_n, s.p, s.n);
	written_n += s.n;
	return OK;
}

static enum err
no_file(void *ctx, int fd, uint64_t offset, uint64_t n)
{
	(void)ctx;
	(void)fd;
	(void)offset;
	(void)n;
	return ERR_INTERNAL;
}

/* The n-th field of the entry of this name, all of eight hex digits. */
static unsigned long
field(const char *name, unsigned n)
{
	for (size_t i = 0; i + 110 < written_n; i += 4) {
		unsigned v = 0;
		char hex[9] = "";

		if (memcmp(written + i, "070701", 6) != 0 ||
		    strcmp(written + i + 110, name) != 0)
			continue;
		memcpy(hex, written + i + 6 + (size_t)8 * n, 8);
		ck_assert_int_eq(sscanf(hex, "%8X", &v), 1);
		return v;
	}
	ck_abort_msg("%s is not there", name);
	return 0;
}

START_TEST(an_archive_says_nothing_of_where_it_was_made)
{
	struct cpio c = { .prefix = span_str("p") };
	struct cpio_sink to = { sink, no_file, NULL };

	ck_assert_int_eq(file("b"), OK);
	ck_assert_int_eq(file("a"), OK);
	ck_assert_int_eq(tree_hardlink(&t, span_str("c"), span_str("a")), OK);
	ck_assert_int_eq(put("l", TREE_SYMLINK, "b"), OK);
	for (int owners = 0; owners < 2; owners++) {
		c.owners = owners;
		written_n = 0;
		ck_assert_int_eq(cpio_write(&t, &c, &to), OK);
		ck_assert_uint_eq(written_n % 4, 0);
		ck_assert_uint_eq(field("p", 0), 1); /* number */
		ck_assert_uint_eq(field("p/a", 0), 2);
		ck_assert_uint_eq(field("p/b", 0), 3);
		ck_assert_uint_eq(field("p/c", 0), 2);
		ck_assert_uint_eq(field("p/l", 1), 0120640);
		ck_assert_uint_eq(field("p/b", 2), owners ? 7 : 0);
		ck_assert_uint_eq(field("p/b", 5), 0); /* mtime */
		ck_assert_uint_eq(field("p/a", 4), 2); /* names */
		ck_assert_uint_eq(field("p/a", 6), 0);
		ck_assert_uint_eq(field("p/c", 6), 1); /* size, at the last */
	}
}
END_TEST

START_TEST(what_an_initramfs_cannot_hold_is_refused)
{
	struct tree_entry e = { .kind = TREE_FILE };
	struct cpio c = { .owners = false };
	struct cpio_sink to = { sink, no_file, NULL };

	written_n = 0;
	e.file =
	    (struct tree_file){ .fd = 0, .size = (uint64_t)UINT32_MAX + 1 };
	ck_assert_int_eq(tree_put(&t, span_str("large"), &e), OK);
	ck_assert_int_eq(cpio_write(&t, &c, &to), ERR_TREE_LARGE);
	e.file.size--;
	ck_assert_int_eq(tree_put(&t, span_str("large"), &e), OK);
	ck_assert_int_eq(cpio_write(&t, &c, &to), ERR_INTERNAL); /* no_file */
}
END_TEST

int
main(void)
{
	const TTest *const t_all[] = {
		an_upper_layer_covers_a_lower_one,
		a_deletion_spares_its_own_layer_before_and_after,
		an_opaque_folder_hides_what_lies_below_it,
		the_root_itself_can_be_opaque,
		no_path_leads_out,
		links_in_the_middle_are_followed_and_come_to_an_end,
		names_of_one_file_are_counted,
		an_archive_says_nothing_of_where_it_was_made,
		what_an_initramfs_cannot_hold_is_refused,
	};

	return SUITE_RUN_FIXTURE("tree", t_all, setup, teardown);
}
