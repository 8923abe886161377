/* SPDX-License-Identifier: ISC */
#ifndef KMS_POLICY_H
#define KMS_POLICY_H

#include <jansson.h>

#include "chain/pcr.h"
#include "chain/span.h"

/*
 * AWS KMS key policies that give a key to measured code and to nobody else:
 * conditions on kms:RecipientAttestation:PCR<n> (AWS KMS Developer Guide,
 * "Condition keys for attested platforms").
 */

/* A release that may use the key. */
struct kms_release {
	const char *sid; /* letters and digits */
	const struct pcrs *pcrs;
};

struct kms_request {
	const char *id; /* of the policy */
	const struct kms_release *release;
	size_t release_n;
	/* ARNs of those on whose machines the enclaves run: at least one. */
	const char *const *host;
	size_t host_n;
	/* What the attested code may do; see kms_policy_is_attested. */
	const char *const *action;
	size_t action_n;
	/* ARNs that may look at the key and end it, but neither use it nor
	 * change this policy. */
	const char *const *admin;
	size_t admin_n;
};

/* The policy; the caller's.  NULL when there is no memory.  One statement a
 * release, one value a PCR. */
json_t *kms_policy_make(const struct kms_request *q);

/* The Condition of a statement for one release: {"StringEquals":{"kms:
 * RecipientAttestation:PCR0":"hex",..}}; the caller's.  NULL likewise. */
json_t *kms_policy_condition(const struct pcrs *p);

/* Actions whose answer is secret and which KMS can tie to an attestation:
 * Decrypt, DeriveSharedSecret, GenerateDataKey, GenerateDataKeyPair,
 * GenerateRandom.  Name with or without "kms:", in any case. */
bool kms_policy_is_attested(const char *action);

/* "arn:aws:iam::123456789012:role/NAME", also user, root, an assumed role and
 * the other partitions; or the bare account number.  No wildcards. */
bool kms_policy_is_principal(const char *arn);

/*
 * The bytes that a release's `kms` is the SHA-256 of: the policy with sorted
 * members and without whitespace (RFC 8785 for what policies are made of), so
 * that layout does not matter.  The caller frees text.  NULL when there is no
 * memory.
 */
char *kms_policy_canonical(const json_t *policy);

#endif
