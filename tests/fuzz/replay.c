/* SPDX-License-Identifier: ISC */
/* Stands in for libFuzzer: gives a target every file of its committed corpus.
 * The program is called as its corpus is. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Each input in memory of exactly its size, so that a checker sees any step
 * past it. */
static void
give(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *b;
	long n;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0 ||
	    fseek(f, 0, SEEK_SET) != 0) {
		perror(path);
		exit(1);
	}
	b = malloc(n ? (size_t)n : 1);
	if (!b || fread(b, 1, (size_t)n, f) != (size_t)n)
		abort();
	fclose(f);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(b, (size_t)n);
	free(b);
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	char path[4096];
	unsigned n = 0;
	struct dirent *e;
	DIR *d;

	(void)argc;
	snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name);
	d = opendir(path);
	if (!d) {
		printf("not ok %s has no corpus\n", name);
		return 1;
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", name,
		    e->d_name);
		give(path);
		n++;
	}
	closedir(d);
	printf("%s %s corpus of %u\n", n ? "ok" : "not ok", name, n);
	return n == 0;
}
