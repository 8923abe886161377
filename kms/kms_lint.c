/* SPDX-License-Identifier: ISC */
#include "kms_lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "definition/json_line.h"
#include "kms_condition.h"
#include "kms_policy.h"

#define TEXT_MAX ((size_t)64 * 1024)

static const char *const names[KMS_KINDS] = {
	[KMS_SHAPE] = "shape",
	[KMS_VERSION] = "version",
	[KMS_NOT_ACTION] = "not_action",
	[KMS_WILDCARD] = "wildcard",
	[KMS_PRINCIPAL] = "principal",
	[KMS_ACTION_FORBIDDEN] = "action_forbidden",
	[KMS_ACTION_UNKNOWN] = "action_unknown",
	[KMS_PCR_MISSING] = "pcr_missing",
	[KMS_PCR_SET] = "pcr_set",
	[KMS_PCR_IF_EXISTS] = "pcr_if_exists",
	[KMS_PCR_OPERATOR] = "pcr_operator",
	[KMS_PCR_VALUE] = "pcr_value",
	[KMS_NOTHING] = "nothing",
	[KMS_PCRS_OTHER] = "pcrs_other",
	[KMS_RELEASE_MISSING] = "release_missing",
	[KMS_HASH_OTHER] = "hash_other",
};

/* What hands the key, or the power over it, to somebody else. */
static const char *const forbidden[] = { "PutKeyPolicy", "CreateGrant",
	"ReplicateKey", "ReEncryptFrom", "ReEncryptTo", "UpdatePrimaryRegion",
	"ImportKeyMaterial", "GetParametersForImport" };

/* The rest of KMS that is about one key and gives nothing secret away (AWS
 * Service Authorization Reference, "AWS KMS"). */
static const char *const harmless[] = { "CancelKeyDeletion", "CreateAlias",
	"DeleteAlias", "DeleteImportedKeyMaterial", "DescribeKey", "DisableKey",
	"DisableKeyRotation", "EnableKey", "EnableKeyRotation", "Encrypt",
	"GenerateDataKeyPairWithoutPlaintext",
	"GenerateDataKeyWithoutPlaintext", "GetKeyPolicy",
	"GetKeyRotationStatus", "GetPublicKey", "ListGrants", "ListKeyPolicies",
	"ListKeyRotations", "ListResourceTags", "ListRetirableGrants",
	"RetireGrant", "RevokeGrant", "RotateKeyOnDemand",
	"ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias",
	"UpdateKeyDescription", "Verify", "VerifyMac" };

const char *
kms_lint_name(enum kms_finding_kind k)
{
	return names[k];
}

void
kms_lint_add(struct kms_lint *l, enum kms_finding_kind kind, int statement,
    const char *fmt, ...)
{
	struct kms_finding *f;
	va_list ap;

	if (l->n == KMS_FINDINGS) {
		l->more = true;
		return;
	}
	f = &l->finding[l->n++];
	f->kind = kind;
	f->statement = statement;
	f->line = 0;
	memcpy(f->pointer, l->at, sizeof f->pointer);
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
}

static enum err
load(struct span text, json_t **j, struct shape_faults *f)
{
	enum err e = shape_load(text, j, f);

	if (e != OK || json_is_object(*j))
		return e;
	shape_fault(f, "", "must be an object");
	return ERR_JSON_BAD;
}

/* What AWS prints around a policy; a document that merely has such a member is
 * judged as it stands. */
static const json_t *
printed(const json_t *j)
{
	const json_t *inner = json_object_get(j, "Policy");
	size_t known = json_object_get(j, "PolicyName") != NULL ? 2 : 1;

	return json_is_string(inner) && json_object_size(j) == known ? inner
								     : NULL;
}

enum err
kms_lint_read(struct span text, json_t **policy, struct shape_faults *f)
{
	const json_t *inner;
	json_t *j = NULL, *document;
	enum err e;

	*policy = NULL;
	if (text.n > TEXT_MAX)
		return ERR_TOO_LARGE;
	e = load(text, &j, f);
	inner = printed(j);
	if (e == OK && inner != NULL) {
		e = load(span_of(json_string_value(inner),
			     json_string_length(inner)),
		    &document, f);
		json_decref(j);
		j = document;
	}
	if (e != OK) {
		json_decref(j);
		return e;
	}
	*policy = j;
	return OK;
}

void
kms_lint_locate(struct span text, struct kms_lint *l)
{
	struct shape_faults f = { 0 };
	json_t *j;
	bool plain = load(text, &j, &f) == OK && printed(j) == NULL;

	json_decref(j);
	for (size_t i = 0; plain && i < l->n; i++)
		l->finding[i].line = json_line(text, l->finding[i].pointer);
}

size_t
kms_lint_enter(struct kms_lint *l, const char *member)
{
	size_t was = strlen(l->at);

	(void)pointer_add(l->at, member);
	return was;
}

size_t
kms_lint_enter_item(struct kms_lint *l, size_t i)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%zu", i);
	return kms_lint_enter(l, number);
}

void
kms_lint_leave(struct kms_lint *l, size_t was)
{
	l->at[was] = '\0';
}

static bool
in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(name, list[i]) == 0)
			return true;
	return false;
}
#define IN(name, list) in(name, list, sizeof(list) / sizeof(list)[0])

/* Members have their capitals. */
static bool
exactly(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}
#define EXACTLY(name, list) exactly(name, list, sizeof(list) / sizeof(list)[0])

/* One action of an Allow.  True: its answer is secret. */
static bool
look_at_action(struct kms_lint *l, int st, const char *a)
{
	if (strpbrk(a, "*?") != NULL)
		kms_lint_add(l, KMS_WILDCARD, st, "the action %.60s", a);
	else if (strncasecmp(a, "kms:", 4) != 0)
		kms_lint_add(l, KMS_ACTION_UNKNOWN, st, "the action %.60s", a);
	else if (IN(a + 4, forbidden))
		kms_lint_add(l, KMS_ACTION_FORBIDDEN, st, "the action %.60s",
		    a);
	else if (kms_policy_is_attested(a))
		return true;
	else if (!IN(a + 4, harmless))
		kms_lint_add(l, KMS_ACTION_UNKNOWN, st, "the action %.60s", a);
	return false;
}

/* A value, or each item of a list; false when it is neither, or empty. */
static bool
each(const json_t *v, bool (*one)(struct kms_lint *, int, const char *),
    struct kms_lint *l, int st, bool *any)
{
	size_t i;
	json_t *item;

	*any = false;
	if (json_is_string(v)) {
		*any = one(l, st, json_string_value(v));
		return true;
	}
	if (json_array_size(v) == 0)
		return false;
	json_array_foreach(shape_lend(v), i, item)
	{
		size_t was;

		if (!json_is_string(item))
			return false;
		was = kms_lint_enter_item(l, i);
		*any |= one(l, st, json_string_value(item));
		kms_lint_leave(l, was);
	}
	return true;
}

static bool
look_at_principal(struct kms_lint *l, int st, const char *p)
{
	if (strpbrk(p, "*?") != NULL)
		kms_lint_add(l, KMS_WILDCARD, st, "the principal %.100s", p);
	else if (!kms_policy_is_principal(p))
		kms_lint_add(l, KMS_PRINCIPAL, st, "the principal %.100s", p);
	return false;
}

/* Those of one kind. */
static void
look_at_kind(struct kms_lint *l, int st, const char *kind, const json_t *who)
{
	size_t was = kms_lint_enter(l, kind);
	bool any;

	if (strcmp(kind, "AWS") != 0)
		kms_lint_add(l, KMS_PRINCIPAL, st,
		    "a principal of the kind %.40s", kind);
	else if (!each(who, look_at_principal, l, st, &any))
		kms_lint_add(l, KMS_SHAPE, st, "its Principal is not text");
	kms_lint_leave(l, was);
}

static void
look_at_principals(struct kms_lint *l, int st, const json_t *v)
{
	size_t was = v != NULL ? kms_lint_enter(l, "Principal") : strlen(l->at);
	const char *kind;
	json_t *who;

	if (json_is_string(v))
		(void)look_at_principal(l, st, json_string_value(v));
	else if (json_object_size(v) == 0)
		kms_lint_add(l, KMS_SHAPE, st, "it has no Principal");
	json_object_foreach(shape_lend(v), kind, who)
	{
		look_at_kind(l, st, kind, who);
	}
	kms_lint_leave(l, was);
}

/* True: the answer of one of its actions is secret. */
static bool
look_at_actions(struct kms_lint *l, int st, const json_t *v)
{
	size_t was = v != NULL ? kms_lint_enter(l, "Action") : strlen(l->at);
	bool secret = false;

	if (!each(v, look_at_action, l, st, &secret)) {
		kms_lint_add(l, KMS_SHAPE, st, "it has no Action");
		secret = false;
	}
	kms_lint_leave(l, was);
	return secret;
}

/* In a key's policy the key is `*`; another one is none of its business. */
static bool
look_at_resource(struct kms_lint *l, int st, const char *r)
{
	if (strcmp(r, "*") != 0)
		kms_lint_add(l, KMS_SHAPE, st,
		    "the resource %.100s, where * is the key", r);
	return false;
}

static void
look_at_resources(struct kms_lint *l, int st, const json_t *v)
{
	size_t was;
	bool any;

	if (v == NULL)
		return;
	was = kms_lint_enter(l, "Resource");
	if (!each(v, look_at_resource, l, st, &any))
		kms_lint_add(l, KMS_SHAPE, st, "its Resource is not text");
	kms_lint_leave(l, was);
}

static bool
members_known(struct kms_lint *l, int st, const json_t *s)
{
	static const char *const known[] = { "Sid", "Effect", "Principal",
		"Action", "Resource", "Condition" };
	static const char *const negative[] = { "NotAction", "NotPrincipal",
		"NotResource" };
	bool ok = true;
	const char *name;
	json_t *v;

	json_object_foreach(shape_lend(s), name, v)
	{
		size_t was = strlen(l->at);

		if (EXACTLY(name, known))
			continue;
		ok = false;
		(void)kms_lint_enter(l, name);
		kms_lint_add(l, IN(name, negative) ? KMS_NOT_ACTION : KMS_SHAPE,
		    st, "it has %.40s", name);
		kms_lint_leave(l, was);
	}
	return ok;
}

static void
look_at_condition(struct kms_lint *l, int st, const json_t *condition)
{
	struct kms_use *use = &l->use[l->use_n];
	size_t was = strlen(l->at);

	use->statement = st;
	if (condition != NULL)
		(void)kms_lint_enter(l, "Condition");
	if (kms_condition_read(l, st, condition, use))
		l->use_n++;
	kms_lint_leave(l, was);
}

static void
look_at_allow(struct kms_lint *l, int st, const json_t *s)
{
	const json_t *condition = json_object_get(s, "Condition");
	bool secret;

	look_at_principals(l, st, json_object_get(s, "Principal"));
	look_at_resources(l, st, json_object_get(s, "Resource"));
	secret = look_at_actions(l, st, json_object_get(s, "Action"));
	if (condition != NULL && !json_is_object(condition)) {
		kms_lint_add(l, KMS_SHAPE, st, "its Condition is no object");
		return;
	}
	if (secret)
		look_at_condition(l, st, condition);
}

/* A Deny takes away, and can be read no wider than it is meant. */
static void
look_at(struct kms_lint *l, int st, const json_t *s)
{
	const char *effect = json_string_value(json_object_get(s, "Effect"));

	if (!json_is_object(s) || effect == NULL ||
	    (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0)) {
		kms_lint_add(l, KMS_SHAPE, st, "it neither allows nor denies");
		return;
	}
	if (strcmp(effect, "Allow") == 0 && members_known(l, st, s))
		look_at_allow(l, st, s);
}

static void
look_at_document(struct kms_lint *l, const json_t *policy)
{
	static const char *const known[] = { "Version", "Id", "Statement" };
	const char *name,
	    *version = json_string_value(json_object_get(policy, "Version"));
	json_t *v;

	json_object_foreach(shape_lend(policy), name, v)
	{
		size_t was = strlen(l->at);

		if (EXACTLY(name, known))
			continue;
		(void)kms_lint_enter(l, name);
		kms_lint_add(l, KMS_SHAPE, -1, "it has %.40s", name);
		kms_lint_leave(l, was);
	}
	if (version == NULL || (strcmp(version, "2012-10-17") != 0 &&
				   strcmp(version, "2008-10-17") != 0))
		kms_lint_add(l, KMS_VERSION, -1,
		    "its Version is not 2012-10-17");
}

void
kms_lint_run(const json_t *policy, struct kms_lint *l)
{
	const json_t *list = json_object_get(policy, "Statement");
	size_t i, was;
	json_t *s;

	memset(l, 0, sizeof *l);
	look_at_document(l, policy);
	was = list != NULL ? kms_lint_enter(l, "Statement") : 0;
	if (json_is_object(list))
		look_at(l, 0, list);
	else if (json_array_size(list) == 0 ||
		 json_array_size(list) > KMS_STATEMENTS)
		kms_lint_add(l, KMS_SHAPE, -1, "it has not 1 to %d statements",
		    KMS_STATEMENTS);
	else
		json_array_foreach(shape_lend(list), i, s)
		{
			size_t above = kms_lint_enter_item(l, i);

			look_at(l, (int)i, s);
			kms_lint_leave(l, above);
		}
	kms_lint_leave(l, was);
	if (l->use_n == 0 && l->n == 0)
		kms_lint_add(l, KMS_NOTHING, -1,
		    "no attested code may use the key");
}
