/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_JOB_H
#define PKCS11_JOB_H

#include "chain/key.h"
#include "pkcs11_uri.h"

/* What the child of pkcs11_child.h does; fd is its socket. */

/* Says the one key that the URI (struct pkcs11_uri) names, then PKCS11_DONE;
 * then signs each request of SSHSIG_TBS_SIZE bytes, with a PKCS11_DONE for
 * each, until the parent has gone. */
void pkcs11_job_sign(int fd, void *uri);

/* Says every key that may sign and is to be seen without a PIN. */
void pkcs11_job_list(int fd, void *uri);

/* Makes a key and says it. */
struct pkcs11_job_make {
	const struct pkcs11_uri *uri;
	const char *label;
	enum key_type type;
};
void pkcs11_job_make(int fd, void *make);

#endif
