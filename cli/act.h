/* SPDX-License-Identifier: ISC */
#ifndef ACT_H
#define ACT_H

#include "chain/signer.h"
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
		struct signer signer;
	} key[ENTRY_PROOFS]; /* about to sign */
	bool enough; /* with key, the rules accept it; act_judge sets it */
};

/* Decodes payload, which must outlive a.  ERR_WOULD_REFUSE when it
 * is no sound payload, or for another chain than t. */
MUST_USE enum err act_begin(struct act *a, const struct target *t,
    struct span payload);
/* The same from a statement file; its signatures are verified and taken. */
MUST_USE enum err act_begin_statement(struct act *a, const struct target *t,
    struct span statement);

/* Opens the keys of --key, else those of .encl.yaml that wanted says belong
 * here (NULL: all).  One that signed already is passed over. */
MUST_USE enum err act_keys(const struct cli *c, struct act *a,
    bool (*wanted)(const struct act *a, const struct h32 *kid));

/* All of them sign on this machine; else ERR_KEY_SCHEME. */
MUST_USE enum err act_keys_here(const struct act *a);

/* Adds a signature that OpenSSH made over these bytes, verified.
 * ERR_SSHSIG_BAD, ERR_SSHSIG_NAMESPACE, ERR_SIG_*. */
MUST_USE enum err act_add_sshsig(struct act *a, const char *path);

/* Would the chain take it, with these keys?  partial: too few are no error,
 * as others will add theirs.  ERR_AUTHORITY, ERR_WOULD_REFUSE, and what
 * rules.h says of conflicts and policy. */
MUST_USE enum err act_judge(struct act *a, bool partial);

/* Shows it, asks, signs with every key that signs here.  dry: only shows.
 * ERR_DECLINED. */
MUST_USE enum err act_sign(const struct cli *c, struct act *a, bool dry);

/* The statement with the signatures made so far. */
MUST_USE enum err act_statement(struct act *a, struct span *statement);

/* Sends it: to the chain, or, where server-held keys are to sign as well,
 * through a draft.  *j: what the server appended. */
MUST_USE enum err act_send(struct act *a, json_t **j);

/* Leaves it on the server as a draft.  *j: the draft. */
MUST_USE enum err act_draft(struct act *a, json_t **j);

void act_end(struct act *a);

#endif
