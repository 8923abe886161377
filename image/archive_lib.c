/* SPDX-License-Identifier: ISC */
#include "archive_lib.h"

#include <dlfcn.h>

static struct archive_lib lib;

static bool
find(void *so, const char *name, void *fn)
{
	void *p = dlsym(so, name);

	/* POSIX, dlsym: the way to make a function pointer of it in C. */
	memcpy(fn, &p, sizeof p);
	return p != NULL;
}

enum err
archive_lib_load(const struct archive_lib **out)
{
	static bool done;
	void *so;
	bool all = true;

	*out = &lib;
	if (done)
		return OK;
	so = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		return ERR_ARCHIVE_LIBRARY;
#define FIND(name) all = all && find(so, #name, &lib.name);
	ARCHIVE_LIB_EACH(FIND)
#undef FIND
	done = all;
	return all ? OK : ERR_ARCHIVE_LIBRARY;
}
