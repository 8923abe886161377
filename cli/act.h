/* SPDX-License-Identifier: ISC */
#ifndef ACT_H
#define ACT_H

#include "chain/signer.h"
#include "keys/holder.h"
#include "risk.h"
#include "target.h"

/*
 * One act of signing, from the bytes to the server's answer.  The bytes are
 * built or decoded here, judged by the chain's own rules with the keys that
 * are about to sign, shown, agreed to, and only then signed: no passphrase is
 * asked for something that could not count.
 */
struct act {
	const struct target *t; /* NULL: the chain is not at hand */
	struct payload p;       /* decoded from the very bytes */
	size_t proof_n;
	struct proof proof[ENTRY_PROOFS]; /* made already */
	size_t key_n;
	struct act_key {
		const char *ref, *name;
		enum custody custody;
		struct signer signer;
	} key[ENTRY_PROOFS]; /* about to sign */
	bool enough; /* with key, the rules accept it; act_judge sets it */
	bool backed; /* and by enough guardians; control keys cannot veto it */
	const json_t *definition; /* of the release: read for this act */
	bool together;            /* policy_make_together says so */
	size_t made;              /* signatures that act_sign has made */
};

/* Decodes payload, which must outlive a.  ERR_WOULD_REFUSE when it
 * is no sound payload, or for another chain than t. */
MUST_USE enum err act_begin(struct act *a, const struct target *t,
    struct span payload);
/* The same from a statement file; its signatures are verified and taken. */
MUST_USE enum err act_begin_statement(struct act *a, const struct target *t,
    struct span statement);

/* Opens the keys of --key, else those of .encl.yaml that wanted says belong
 * here (NULL: all).  One that signed already is passed over; ERR_SIG_*: it
 * did not, though the statement says so. */
MUST_USE enum err act_keys(const struct cli *c, struct act *a,
    bool (*wanted)(const struct act *a, const struct h32 *kid));

/* Opens one more of them.  What holder_open says. */
MUST_USE enum err act_key(const struct cli *c, struct act *a, const char *ref);

/* The keys in the order in which they sign: what is typed comes before what
 * is only touched, so that a mistyped passphrase costs no touch and no try of
 * a device.  Else as they were given.  Indexes into a->key. */
void act_order(const struct act *a, size_t order[ENTRY_PROOFS]);

/* What a signature under it could do. */
void act_risks(const struct act *a, struct risks *r);

/* All of them sign on this machine; else ERR_KEY_SCHEME. */
MUST_USE enum err act_keys_here(const struct act *a);

/* Adds a signature that OpenSSH made over these bytes, verified.
 * ERR_SSHSIG_BAD, ERR_SSHSIG_NAMESPACE, ERR_SIG_*. */
MUST_USE enum err act_add_sshsig(struct act *a, const char *path);

/* Would the chain take it, with these keys?  partial: too few are no error,
 * as others will add theirs.  ERR_AUTHORITY, ERR_WOULD_REFUSE, and what
 * rules.h says of conflicts and policy. */
MUST_USE enum err act_judge(struct act *a, bool partial);

/* Shows it, asks for each serious risk and for the whole, signs with every key
 * that signs here.  dry: only shows.  When a key fails after others have
 * signed, theirs stay in a->proof, a->made of them, and it is said which.
 * ERR_DECLINED, ERR_RISK, and what holders say. */
MUST_USE enum err act_sign(const struct cli *c, struct act *a, bool dry);

/* The signature of this key that a has was verified: the public key is in a
 * policy at hand.  With no chain to compare with most are not. */
bool act_verified(const struct act *a, const struct h32 *kid);

/* What people call the key: its name in a policy at hand, since a device may
 * keep none, else its holder's. */
const char *act_called(const struct act *a, const struct act_key *k);

/* The statement with the signatures made so far. */
MUST_USE enum err act_statement(struct act *a, struct span *statement);

/* Sends it: to the chain, or, where server-held keys are to sign as well,
 * through a draft.  *j: what the server appended. */
MUST_USE enum err act_send(struct act *a, json_t **j);

/* Leaves it on the server as a draft, which server-held keys have signed.  *j:
 * the draft.  After an error there is none. */
MUST_USE enum err act_draft(struct act *a, json_t **j);
/* Takes it away again; that it cannot is no error, as drafts end by
 * themselves. */
void act_draft_end(const struct act *a, const char *id);

/* Closes the keys: it signs nothing any more. */
void act_end(struct act *a);

#endif
