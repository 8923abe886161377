/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_TALK_H
#define PKCS11_TALK_H

#include "chain/key.h"

/*
 * What the child that runs a module (pkcs11_child.h) and its parent say to
 * each other, over a pair of sockets that keep packets whole.  The parent
 * trusts no field of it.
 */
enum pkcs11_said {
	PKCS11_PIN,       /* asks for one: text, tries, again */
	PKCS11_PAD,       /* the PIN is being typed at the token: text */
	PKCS11_TOUCH,     /* an operation that may wait for a touch: text */
	PKCS11_TOUCH_END, /* either of the two is over */
	PKCS11_KEY,       /* one key: text is its reference, name, data: blob */
	PKCS11_DONE       /* the end of a request: err, text, hint, data */
};

struct pkcs11_message {
	uint32_t said, err;
	int32_t tries;
	uint32_t again;
	uint32_t n; /* of data */
	uint8_t data[KEY_BLOB_MAX];
	char text[4096], hint[256], name[68];
};

/* The child's side: fd is the socket. */
void pkcs11_talk_say(int fd, enum pkcs11_said said, const char *text);
void pkcs11_talk_key(int fd, const char *ref, const char *name,
    struct span blob);
/* The end, with what fail.h has to say about e. */
void pkcs11_talk_done(int fd, enum err e, struct span data);
/* A PIN in guarded memory, pkcs11_talk_forget it; or what the person's side
 * says instead. */
MUST_USE enum err pkcs11_talk_pin(int fd, const char *what, int tries,
    bool again, struct span *pin);
void pkcs11_talk_forget(struct span *pin);
/* The next request, n bytes; false when the parent has gone. */
MUST_USE bool pkcs11_talk_request(int fd, uint8_t *request, size_t n);

/* The parent's side.  False: the child has gone, or talks nonsense. */
MUST_USE bool pkcs11_talk_hear(int fd, struct pkcs11_message *m);
void pkcs11_talk_answer(int fd, enum err e, struct span pin);

#endif
