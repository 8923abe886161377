/* SPDX-License-Identifier: ISC */
#ifndef WITNESS_LIST_H
#define WITNESS_LIST_H

#include "chain/note.h"

/*
 * The witnesses that this server can ask, from its operator's file: a line
 * each, the verifier key and the URL below which it answers; '#' begins a
 * comment.  Nobody else says where this server connects to.
 */
#define WITNESS_LIST_MAX 64
#define WITNESS_LIST_URL 400

struct witness_peer {
	char vkey[NOTE_VKEY_MAX + 1];
	char name[NOTE_NAME + 1];
	char url[WITNESS_LIST_URL + 1]; /* without a slash at its end */
	struct note_key key;            /* its name is in vkey */
};

struct witness_list {
	size_t n;
	struct witness_peer peer[WITNESS_LIST_MAX];
};

/* One line without its newline.  *is: it names a witness, which is added.
 * ERR_VKEY, also for a key that does not cosign; ERR_SETTING: no URL with
 * https (http for this machine alone), or a witness that is there already; or
 * there are too many. */
MUST_USE enum err witness_list_line(struct witness_list *l, struct span line,
    bool *is);

/* l must not be moved afterwards.  file "": none.  ERR_SETTING, and why says
 * where. */
MUST_USE enum err witness_list_read(struct witness_list *l, const char *file,
    char *why, size_t why_n);

/* The one with this key and name; NULL: not known. */
const struct witness_peer *witness_list_find(const struct witness_list *l,
    const struct note_key *k);

#endif
