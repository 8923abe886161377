/* SPDX-License-Identifier: ISC */
#include "capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char text[1 << 17];
static FILE *file;
static int kept;

void
capture_begin(void)
{
	file = tmpfile();
	if (file == NULL)
		abort();
	(void)fflush(stderr);
	kept = dup(STDERR_FILENO);
	(void)dup2(fileno(file), STDERR_FILENO);
}

const char *
capture_text(void)
{
	ssize_t n;

	(void)fflush(stderr);
	n = pread(fileno(file), text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

const char *
capture_end(void)
{
	(void)capture_text();
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	(void)fclose(file);
	return text;
}
