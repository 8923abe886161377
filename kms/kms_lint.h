/* SPDX-License-Identifier: ISC */
#ifndef KMS_LINT_H
#define KMS_LINT_H

#include <jansson.h>

#include "chain/err.h"
#include "chain/pcr.h"
#include "definition/pointer.h"
#include "definition/shape.h"

/*
 * Reads a key policy as somebody who wants to get around it: whatever could
 * give the key's use to code that was not named by its PCRs, or could change
 * who may use it, is a finding.  What is not understood is one too.
 */
enum kms_finding_kind {
	KMS_SHAPE,            /* no policy document, or a member unknown */
	KMS_VERSION,          /* of the policy language */
	KMS_NOT_ACTION,       /* NotAction, NotResource, NotPrincipal */
	KMS_WILDCARD,         /* * or ? in an action or a principal */
	KMS_PRINCIPAL,        /* not one account, role or user */
	KMS_ACTION_FORBIDDEN, /* could change the policy, or give the key away
			       */
	KMS_ACTION_UNKNOWN,
	KMS_PCR_MISSING, /* PCR0, PCR1 or PCR2 is no condition */
	KMS_PCR_SET,     /* several values, or ForAnyValue, ForAllValues */
	KMS_PCR_IF_EXISTS,
	KMS_PCR_OPERATOR, /* neither StringEquals nor ...IgnoreCase */
	KMS_PCR_VALUE,    /* not 96 hex digits, zero, or never equal */
	KMS_NOTHING,      /* the key is of no use to any attested code */
	/* beside a chain */
	KMS_PCRS_OTHER,      /* code that may not run now */
	KMS_RELEASE_MISSING, /* the release in force cannot use the key */
	KMS_HASH_OTHER,      /* the release names another policy */
	KMS_KINDS
};

#define KMS_FINDINGS 64
#define KMS_STATEMENTS 64
struct kms_lint {
	size_t n;             /* findings kept */
	bool more;            /* there were others */
	char at[POINTER_MAX]; /* what is being looked at */
	struct kms_finding {
		enum kms_finding_kind kind;
		int statement;             /* from 0; -1: the document */
		size_t line;               /* of the file; 0: not known */
		char pointer[POINTER_MAX]; /* RFC 6901, into the document */
		char text[200];
	} finding[KMS_FINDINGS];
	/* The code that may use the key, one statement each: those that give
	 * something secret and have sound conditions. */
	size_t use_n;
	struct kms_use {
		int statement;
		uint32_t mask; /* bit i: PCR i is a condition */
		uint8_t value[PCR_COUNT][PCR_SIZE];
	} use[KMS_STATEMENTS];
};

/* "pcr_missing": a constant string, stable. */
const char *kms_lint_name(enum kms_finding_kind k);

/*
 * Reads text: a policy document, or what `aws kms get-key-policy` prints
 * ({"Policy": "..."}); *policy is the document and the caller's.  Duplicate
 * members are refused.  ERR_JSON_BAD or ERR_JSON_DEPTH with a fault that names
 * the line, ERR_TOO_LARGE (64 KiB).
 */
MUST_USE enum err kms_lint_read(struct span text, json_t **policy,
    struct shape_faults *f);

/* Looks at all of it; l->n is 0 when there is nothing to say. */
void kms_lint_run(const json_t *policy, struct kms_lint *l);

/* The line of each finding in the text that was read; none where that is what
 * AWS prints, which has the document in one. */
void kms_lint_locate(struct span text, struct kms_lint *l);

/* For the files of this folder: what is looked at from here on is a member, or
 * an item of a list, of what was; back again, given what was returned. */
size_t kms_lint_enter(struct kms_lint *l, const char *member);
size_t kms_lint_enter_item(struct kms_lint *l, size_t i);
void kms_lint_leave(struct kms_lint *l, size_t was);

/* Adds one finding, about what is being looked at. */
void kms_lint_add(struct kms_lint *l, enum kms_finding_kind kind, int statement,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
