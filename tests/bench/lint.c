/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "definition/dialect.h"

/*
 * lint SECONDS FILE...: what `encl enclave definition lint` does with a file,
 * with one after the other for that long, on one processor.  Prints how many
 * definitions that were in a second of its time.
 */
#define FILES 256

static char text[FILES][DEFINITION_SOURCE_MAX];
static size_t size[FILES];

static double
now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		exit(1);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
lint(const char *name, struct span file)
{
	static uint8_t cbor[DEFINITION_MAX];
	struct out o = out_of(cbor, sizeof cbor);
	struct shape_faults f = { 0 };
	json_t *d, *notes;
	const char *id;
	struct h32 sha256;

	if (dialect_import(file, NULL, &d, &id, &notes, &f) != OK ||
	    definition_canonical(d, &o, &sha256) != OK) {
		fprintf(stderr, "%s: %s %s\n", name, f.fault[0].pointer,
		    f.fault[0].message);
		exit(1);
	}
	json_decref(d);
	json_decref(notes);
}

int
main(int argc, char **argv)
{
	double seconds = argc > 2 ? atof(argv[1]) : 0, start;
	int n = argc - 2;
	unsigned long done = 0;

	if (n < 1 || n > FILES)
		return 1;
	for (int i = 0; i < n; i++) {
		FILE *f = fopen(argv[i + 2], "rb");

		if (f == NULL)
			return 1;
		size[i] = fread(text[i], 1, sizeof text[i], f);
		(void)fclose(f);
		lint(argv[i + 2], span_of(text[i], size[i]));
	}
	for (start = now(); now() - start < seconds; done += (unsigned long)n)
		for (int i = 0; i < n; i++)
			lint(argv[i + 2], span_of(text[i], size[i]));
	printf("%.0f\n", (double)done / (now() - start));
	return 0;
}
