/* SPDX-License-Identifier: ISC */
#include "key_kind.h"

#include <sys/stat.h>

#include "cli/fail.h"
#include "cli/file.h"

#define KIND_MAX 16384

static const struct kind {
	const char *lead, *scheme, *what, *instead, *after;
} kinds[] = {
	{ "encl-key/v1\n", "file", "a key that a passphrase alone opens",
	    "name it file:", "" },
	{ "encl-sealed-key/v1\n", "sealed", "a sealed key",
	    "name it sealed:", "" },
	{ "-----BEGIN OPENSSH PRIVATE KEY-----", "",
	    "a private key of OpenSSH's", "an agent makes it a key: ssh-add ",
	    ", then `encl key list`" },
	{ "ssh-", "", "a public key", "where a public key will do it is @",
	    "; to sign, name the secret half" },
	{ "ecdsa-", "", "a public key", "where a public key will do it is @",
	    "; to sign, name the secret half" },
	{ "sk-", "", "a public key", "where a public key will do it is @",
	    "; to sign, name the secret half" },
};

enum err
key_kind_check(const char *path, const char *scheme)
{
	struct span text;
	struct stat st;

	/* A pipe would be waited for, and emptied. */
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return OK;
	if (file_read(path, KIND_MAX, &text) != OK) {
		fail_forget();
		return OK;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const struct kind *k = &kinds[i];
		size_t n = strlen(k->lead);

		if (text.n < n || memcmp(text.p, k->lead, n) != 0)
			continue;
		if (strcmp(k->scheme, scheme) == 0)
			return OK;
		fail_hint("%s%s%s", k->instead, path, k->after);
		return fail_with(ERR_KEY_FILE_BAD, "%s is %s.", path, k->what);
	}
	return OK;
}
