/* SPDX-License-Identifier: ISC */
/* Inclusion and consistency proofs that others collected, good and bad. */
#include "chain/merkle.h"

#include <sys/stat.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/note.h"

#define DIR_OF "../shared/vectors/merkle/"

static unsigned good, bad, failed;

/* Some roots of the collection are texts of another length that are there to
 * be compared only: they stand zero-padded.  An absent one is no hash. */
static bool
hash_of(json_t *v, struct h32 *h)
{
	struct span s =
	    span_str(json_string_value(v) ? json_string_value(v) : "");

	memset(h, 0, sizeof *h);
	for (size_t n = 1; n <= sizeof h->b; n++) {
		if (note_unbase64(s, h->b, n))
			return true;
	}
	return false;
}

/* Some are beyond what an int64_t holds; all that need more than 53 bits are as
 * good as one of them. */
static uint64_t
number(json_t *t, const char *name)
{
	json_t *v = json_object_get(t, name);

	if (!json_is_real(v))
		abort();
	return json_real_value(v) < 0x1p53 ? (uint64_t)json_real_value(v)
					   : UINT64_MAX;
}

static enum err
judge(json_t *t)
{
	json_t *proof = json_object_get(t, "proof");
	size_t n = json_array_size(proof);
	struct h32 h[MERKLE_PROOF], a, b;

	if (n > MERKLE_PROOF)
		return ERR_MERKLE_PROOF;
	for (size_t i = 0; i < n; i++) {
		if (!hash_of(json_array_get(proof, i), &h[i]))
			return ERR_MERKLE_PROOF;
	}
	if (json_object_get(t, "size1")) {
		if (!hash_of(json_object_get(t, "root1"), &a) ||
		    !hash_of(json_object_get(t, "root2"), &b))
			return ERR_MERKLE_PROOF;
		return merkle_consistent(number(t, "size1"), &a,
		    number(t, "size2"), &b, h, n);
	}
	if (!hash_of(json_object_get(t, "leafHash"), &a) ||
	    !hash_of(json_object_get(t, "root"), &b))
		return ERR_MERKLE_PROOF;
	return merkle_included(number(t, "leafIdx"), &a, number(t, "treeSize"),
	    &b, h, n);
}

static void
one(const char *path)
{
	json_t *t = json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
	bool refuse = json_is_true(json_object_get(t, "wantErr"));
	enum err e;

	if (!t)
		abort();
	e = judge(t);
	if ((e != OK) != refuse) {
		printf("not ok %s: %s\n", path, err_code(e));
		failed++;
	} else if (refuse) {
		bad++;
	} else {
		good++;
	}
	json_decref(t);
}

/* Every file below a directory; false when there is none. */
static bool
all(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char below[512];
	struct stat st;

	if (!d)
		return false;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(below, sizeof below, "%s/%s", path, e->d_name);
		if (stat(below, &st) != 0)
			abort();
		if (S_ISDIR(st.st_mode))
			all(below);
		else
			one(below);
	}
	closedir(d);
	return true;
}

int
main(void)
{
	if (!all(DIR_OF "inclusion") || !all(DIR_OF "consistency")) {
		puts("skipped merkle vectors are not here");
		return 77;
	}
	printf("%s merkle: %u accepted, %u refused\n",
	    failed || !good || !bad ? "not ok" : "ok", good, bad);
	return failed || !good || !bad;
}
