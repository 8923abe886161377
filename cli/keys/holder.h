/* SPDX-License-Identifier: ISC */
#ifndef HOLDER_H
#define HOLDER_H

#include "chain/signer.h"
#include "ui.h"

/*
 * What can hold a control key, by the scheme of its reference.  No other code
 * names a kind of holder; help, manual and completions are printed from the
 * table in holder.c.
 */

/* Where a key's secret half is while it signs. */
enum custody {
	CUSTODY_FILE,   /* in this machine's memory, from a file */
	CUSTODY_SEALED, /* the same, and only with a device plugged in */
	CUSTODY_SERVER, /* in encl-signer */
	CUSTODY_AGENT,  /* wherever an agent keeps it */
	CUSTODY_DEVICE  /* in a device that does not let it out */
};

/* What holder.generate is asked to make. */
struct holder_make {
	const char *name; /* of the public key line; NULL: the holder's own */
	enum key_type type;
	bool typed; /* type was named; else the holder's usual one */
};

/* One key of a listing; the strings and the blob live as long as the
 * command. */
struct holder_key {
	const char *ref, *name;
	struct span blob;
};
typedef void holder_list_fn(void *ctx, const struct holder_key *k);

struct holder {
	const char *scheme; /* "piv" */
	const char *form;   /* "piv:serial=N;slot=SLOT" */
	const char *about;  /* one line of help */
	enum custody custody;
	/* Opens the key: its public half is in s->blob, nothing is asked and
	 * nothing touched yet.  s->sign is NULL where the key signs only
	 * inside the server.  rest: what follows the colon. */
	enum err (*open)(const struct ui *ui, const char *rest,
	    struct signer *s, const char **name);
	/* OK: the reference names a key and nothing that would be run or read
	 * as a secret, so that a folder's .encl.yaml may name it.
	 * ERR_CONFIG_BAD, and those of a reference that cannot be read.  NULL:
	 * they all do. */
	enum err (*tame)(const char *rest);
	/* Makes a key; its public half goes to blob (KEY_BLOB_MAX).  NULL:
	 * keys of this kind are made with other tools, which about names. */
	enum err (*generate)(const struct ui *ui, const char *rest,
	    const struct holder_make *make, struct out *blob,
	    const char **name);
	/* The same with the key of an Ed25519 seed (32 bytes, in guarded
	 * memory of the caller's).  NULL: holders of this kind make their keys
	 * themselves. */
	enum err (*import)(const struct ui *ui, const char *rest,
	    const struct holder_make *make, const uint8_t *seed,
	    struct out *blob, const char **name);
	/* Makes the key's file open with another answer of its device from
	 * now on.  NULL: there is nothing to renew. */
	enum err (*renew)(const struct ui *ui, const char *rest);
	/* The Ed25519 seed (32 bytes, to guarded memory of the caller's) and
	 * the name of a key whose device or passphrase is lost, by its
	 * recovery key.  NULL: there is none. */
	enum err (*recover)(const struct ui *ui, const char *rest,
	    uint8_t *seed, const char **name);
	/* The keys that are at hand now, none being no error.  NULL: cannot
	 * be listed. */
	enum err (*list)(const struct ui *ui, holder_list_fn *each, void *ctx);
	/* The device's own proof that it made the key: the bundle of
	 * chain/evidence.h.  NULL: none. */
	enum err (
	    *attest)(const struct ui *ui, const char *rest, struct out *bundle);
};

extern const struct holder *const holders[]; /* by the order of help */
extern const size_t holder_count;

/* The holder of a reference, and what follows the colon.  A reference without
 * a colon, or with "/", ".", "~" or a space before it, is a path.
 * ERR_KEY_SCHEME: the word before the colon is no holder's, or it is "@FILE".
 */
MUST_USE enum err holder_find(const char *ref, const struct holder **h,
    const char **rest);

/* ERR_KEY_SCHEME, ERR_KEY_MISSING, ERR_KEY_AMBIGUOUS, ERR_KEY_FILE_BAD,
 * ERR_CONFIG_OPEN, ERR_DEVICE_*; name is what people call the key.  Close with
 * holder_close. */
MUST_USE enum err holder_open(const struct ui *ui, const char *ref,
    struct signer *s, const char **name);
/* signer_sign, and where what came back does not verify, whose it was. */
MUST_USE enum err holder_ask(const struct signer *s, const char *name,
    struct span payload, uint8_t sig[KEY_SIG_MAX], size_t *n);
void holder_close(struct signer *s);

/* holder_NAME.c, one each */
extern const struct holder holder_file;
extern const struct holder holder_sealed;
extern const struct holder holder_agent;
extern const struct holder holder_piv;
extern const struct holder holder_pkcs11;
extern const struct holder holder_server;

#endif
