/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_CHILD_H
#define PKCS11_CHILD_H

#include <sys/types.h>

#include "holder.h"
#include "pkcs11_talk.h"

/*
 * A PKCS#11 module is somebody else's code with the run of the process that
 * loads it.  So it is loaded in a child, which lives from the opening of a key
 * to its closing: one that crashes or hangs is an error like another, it
 * writes nothing between the data on stdout, and a Ctrl-C, which ends the
 * parent, leaves the child to log out and close its session.
 */
struct pkcs11_child {
	pid_t pid;
	int fd;
};

/* Starts job(fd, arg) in a child. */
MUST_USE enum err pkcs11_child_start(struct pkcs11_child *c,
    void (*job)(int fd, void *arg), void *arg);

/* Sends a request, n 0: none, and serves the child until its PKCS11_DONE,
 * which is *done.  PINs come from pin_file or, NULL, from ui.  ERR_DEVICE_GONE
 * for a crash or no answer; else what the child says. */
MUST_USE enum err pkcs11_child_serve(struct pkcs11_child *c,
    const struct ui *ui, const char *pin_file, struct span request,
    void (*key)(void *ctx, const struct pkcs11_message *m), void *ctx,
    struct pkcs11_message *done);

/* Lets it close its sessions, or ends it. */
void pkcs11_child_end(struct pkcs11_child *c);

#endif
