/* SPDX-License-Identifier: ISC */
#include "pkcs11_lib.h"

#include <dlfcn.h>

#include "cli/fail.h"

#define SO "libp11-kit.so.0"

static struct pkcs11_lib lib;

static const struct row {
	const char *name;
	void *fn;
} rows[] = {
#define ROW(name) \
	{ \
		"p11_kit_" #name, &lib.name \
	}
	ROW(module_load),
	ROW(module_initialize),
	ROW(module_finalize),
	ROW(modules_load),
	ROW(module_get_name),
	ROW(module_get_flags),
	ROW(message),
	ROW(strerror),
	ROW(be_quiet),
	ROW(uri_new),
	ROW(uri_free),
	ROW(uri_parse),
	ROW(uri_format),
	ROW(uri_message),
	ROW(uri_any_unrecognized),
	ROW(uri_match_module_info),
	ROW(uri_match_slot_info),
	ROW(uri_match_token_info),
	ROW(uri_get_slot_id),
	ROW(uri_get_token_info),
	ROW(uri_get_attribute),
	ROW(uri_set_attribute),
	ROW(uri_get_pin_source),
	ROW(uri_get_module_path),
	ROW(uri_get_module_name),
	ROW(uri_set_module_path),
	ROW(uri_set_module_name),
#undef ROW
};

enum err
pkcs11_lib_load(const struct pkcs11_lib **l)
{
	static bool done;
	void *so = done ? NULL : dlopen(SO, RTLD_NOW | RTLD_LOCAL);

	*l = &lib;
	if (done)
		return OK;
	if (so == NULL) {
		fail_hint("apt-get install libp11-kit0");
		return fail_with(ERR_KEY_LIBRARY, "It is %s.", SO);
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *p = dlsym(so, rows[i].name);

		if (p == NULL)
			return fail_with(ERR_KEY_LIBRARY, "%s has no %s.", SO,
			    rows[i].name);
		/* POSIX, dlsym: how a function pointer is made of it. */
		memcpy(rows[i].fn, &p, sizeof p);
	}
	lib.be_quiet();
	done = true;
	return OK;
}
