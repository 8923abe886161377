/* SPDX-License-Identifier: ISC */
#include "kms_policy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "chain/text.h"

static const char *const attested[] = { "Decrypt", "DeriveSharedSecret",
	"GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom" };

/* What does not make the key do anything, nor changes who may. */
static const char *const administration[] = { "kms:CancelKeyDeletion",
	"kms:DescribeKey", "kms:DisableKey", "kms:EnableKey",
	"kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:GetPublicKey",
	"kms:ListResourceTags", "kms:ScheduleKeyDeletion" };

bool
kms_policy_is_attested(const char *action)
{
	if (strncasecmp(action, "kms:", 4) == 0)
		action += 4;
	for (size_t i = 0; i < sizeof attested / sizeof attested[0]; i++)
		if (strcasecmp(action, attested[i]) == 0)
			return true;
	return false;
}

static bool
is_account(const char *s, size_t n)
{
	return n == 12 && strspn(s, "0123456789") >= 12;
}

/* The next part of an ARN, up to a colon. */
static size_t
part(const char **s, const char **p)
{
	size_t n = strcspn(*s, ":");

	*p = *s;
	*s += n + ((*s)[n] == ':');
	return n;
}

static bool
is_partition(const char *s, size_t n)
{
	return (n == 3 && memcmp(s, "aws", 3) == 0) ||
	       (n > 4 && n < 20 && memcmp(s, "aws-", 4) == 0);
}

/* What names of IAM are made of: no variable, no letter that looks like
 * another. */
static bool
is_path(const char *s)
{
	return *s != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_+=,.@-/")] == '\0';
}

bool
kms_policy_is_principal(const char *arn)
{
	static const char *const path[] = { "role/", "user/", "assumed-role/" };
	const char *s = arn, *p;
	size_t n;

	if (is_account(arn, strlen(arn)))
		return true;
	if (strlen(arn) > 2048 || strpbrk(arn, "*?") != NULL)
		return false;
	if (part(&s, &p) != 3 || memcmp(p, "arn", 3) != 0)
		return false;
	n = part(&s, &p);
	if (!is_partition(p, n))
		return false;
	n = part(&s, &p);
	if (n != 3 || (memcmp(p, "iam", 3) != 0 && memcmp(p, "sts", 3) != 0))
		return false;
	if (part(&s, &p) != 0)
		return false;
	n = part(&s, &p);
	if (!is_account(p, n))
		return false;
	for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
		if (strncmp(s, path[i], strlen(path[i])) == 0)
			return is_path(s + strlen(path[i]));
	return strcmp(s, "root") == 0;
}

static json_t *
strings(const char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, json_string(text[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
full_names(const char *const *action, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		bool full = strncasecmp(action[i], "kms:", 4) == 0;

		if (json_array_append_new(list,
			json_sprintf("kms:%s", action[i] + (full ? 4 : 0))) !=
		    0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
equals(const struct pcrs *p)
{
	json_t *o = json_object();

	for (unsigned i = 0; o != NULL && i < PCR_COUNT; i++) {
		char name[48], hex[2 * PCR_SIZE + 1];
		struct out h = out_of(hex, sizeof hex);

		if ((p->mask >> i & 1) == 0)
			continue;
		text_hex(&h, span_of(p->value[i], PCR_SIZE));
		(void)snprintf(name, sizeof name,
		    "kms:RecipientAttestation:PCR%u", i);
		if (json_object_set_new(o, name, json_string(hex)) != 0) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

json_t *
kms_policy_condition(const struct pcrs *p)
{
	return json_pack("{s:o}", "StringEquals", equals(p));
}

static json_t *
use_of(const struct kms_request *q, const struct kms_release *r)
{
	return json_pack("{s:s,s:s,s:{s:o},s:o,s:s,s:o}", "Sid", r->sid,
	    "Effect", "Allow", "Principal", "AWS", strings(q->host, q->host_n),
	    "Action", full_names(q->action, q->action_n), "Resource", "*",
	    "Condition", kms_policy_condition(r->pcrs));
}

static json_t *
administer(const struct kms_request *q)
{
	return json_pack("{s:s,s:s,s:{s:o},s:o,s:s}", "Sid", "Administration",
	    "Effect", "Allow", "Principal", "AWS",
	    strings(q->admin, q->admin_n), "Action",
	    strings(administration,
		sizeof administration / sizeof administration[0]),
	    "Resource", "*");
}

json_t *
kms_policy_make(const struct kms_request *q)
{
	json_t *list = json_array();
	int bad = list == NULL;

	for (size_t i = 0; i < q->release_n; i++)
		bad |= json_array_append_new(list, use_of(q, &q->release[i]));
	if (q->admin_n > 0)
		bad |= json_array_append_new(list, administer(q));
	if (bad != 0) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:s,s:s,s:o}", "Version", "2012-10-17", "Id", q->id,
	    "Statement", list);
}

char *
kms_policy_canonical(const json_t *policy)
{
	return json_dumps(policy, JSON_COMPACT | JSON_SORT_KEYS);
}
