/* SPDX-License-Identifier: ISC */
#include "kms_condition.h"

#include <string.h>
#include <strings.h>

#include "chain/text.h"
#include "definition/shape.h"

#define PREFIX "kms:RecipientAttestation:"

/* The number of PCRn or ImageSha384, which is PCR0; -1: another condition.
 * Names of condition keys have no case. */
static int
pcr_of(const char *key)
{
	int n = 0;

	if (strncasecmp(key, PREFIX, strlen(PREFIX)) != 0)
		return -1;
	key += strlen(PREFIX);
	if (strcasecmp(key, "ImageSha384") == 0)
		return 0;
	if (strncasecmp(key, "PCR", 3) != 0 || key[3] == '\0' ||
	    strlen(key) > 5 || strspn(key + 3, "0123456789") != strlen(key + 3))
		return -1;
	if (key[3] == '0' && key[4] != '\0')
		return -1;
	for (key += 3; *key != '\0'; key++)
		n = 10 * n + (*key - '0');
	return n < PCR_COUNT ? n : -1;
}

static bool
lower(const char *hex, char out[2 * PCR_SIZE + 1], bool *was_lower)
{
	*was_lower = true;
	if (strlen(hex) != 2 * (size_t)PCR_SIZE)
		return false;
	for (size_t i = 0; i < 2 * (size_t)PCR_SIZE; i++) {
		char c = hex[i];

		if (c >= 'A' && c <= 'F') {
			*was_lower = false;
			c = (char)(c - 'A' + 'a');
		}
		out[i] = c;
	}
	out[2 * PCR_SIZE] = '\0';
	return true;
}

/* A value that KMS can meet: it compares with lower-case hex. */
static bool
read_value(struct kms_lint *l, int st, const char *op, const char *key,
    const char *hex, uint8_t value[PCR_SIZE])
{
	static const uint8_t zero[PCR_SIZE];
	char text[2 * PCR_SIZE + 1];
	bool was_lower;

	if (!lower(hex, text, &was_lower) ||
	    !text_unhex(span_str(text), value, PCR_SIZE)) {
		kms_lint_add(l, KMS_PCR_VALUE, st, "%s is not 96 hex digits",
		    key);
		return false;
	}
	if (memcmp(value, zero, PCR_SIZE) == 0) {
		kms_lint_add(l, KMS_PCR_VALUE, st,
		    "%s is zero, which an enclave in debug mode has", key);
		return false;
	}
	if (!was_lower && strcasecmp(op, "StringEquals") == 0) {
		kms_lint_add(l, KMS_PCR_VALUE, st,
		    "%s has capital letters, which StringEquals never meets",
		    key);
		return false;
	}
	return true;
}

static bool
read_operator(struct kms_lint *l, int st, const char *op, const char *key)
{
	size_t n = strlen(op);

	if (strncasecmp(op, "ForAnyValue:", 12) == 0 ||
	    strncasecmp(op, "ForAllValues:", 13) == 0)
		kms_lint_add(l, KMS_PCR_SET, st,
		    "%s is compared as a set (%.40s)", key, op);
	else if (n > 8 && strcasecmp(op + n - 8, "IfExists") == 0)
		kms_lint_add(l, KMS_PCR_IF_EXISTS, st,
		    "%s holds only if there is an attestation (%.40s)", key,
		    op);
	else if (strcasecmp(op, "StringEquals") != 0 &&
		 strcasecmp(op, "StringEqualsIgnoreCase") != 0)
		kms_lint_add(l, KMS_PCR_OPERATOR, st,
		    "%s is compared with %.40s, not with StringEquals", key,
		    op);
	else
		return true;
	return false;
}

/* An array of one value is what AWS's own tools write for one value. */
static const char *
one_value(const json_t *v)
{
	if (json_is_array(v) && json_array_size(v) == 1)
		v = json_array_get(v, 0);
	return json_string_value(v);
}

/* False: a finding was added. */
static bool
read_pcr(struct kms_lint *l, int st, const char *op, const char *key,
    const json_t *v, struct kms_use *use)
{
	int i = pcr_of(key);
	const char *hex = one_value(v);
	uint8_t value[PCR_SIZE];

	if (!read_operator(l, st, op, key))
		return false;
	if (hex == NULL) {
		kms_lint_add(l, KMS_PCR_SET, st, "%s has not one value", key);
		return false;
	}
	if (!read_value(l, st, op, key, hex, value))
		return false;
	if ((use->mask >> i & 1) != 0 &&
	    memcmp(use->value[i], value, PCR_SIZE) != 0) {
		kms_lint_add(l, KMS_PCR_VALUE, st,
		    "PCR%d must be two things at once", i);
		return false;
	}
	use->mask |= UINT32_C(1) << i;
	memcpy(use->value[i], value, PCR_SIZE);
	return true;
}

bool
kms_condition_read(struct kms_lint *l, int st, const json_t *condition,
    struct kms_use *use)
{
	const char *op, *key;
	json_t *block, *v;
	bool sound = true;

	use->mask = 0;
	json_object_foreach(shape_lend(condition), op, block)
	{
		size_t was = kms_lint_enter(l, op);

		json_object_foreach(block, key, v)
		{
			size_t above = kms_lint_enter(l, key);

			if (pcr_of(key) >= 0)
				sound &= read_pcr(l, st, op, key, v, use);
			kms_lint_leave(l, above);
		}
		kms_lint_leave(l, was);
	}
	for (int i = 0; i < 3; i++)
		if ((use->mask >> i & 1) == 0 && sound) {
			kms_lint_add(l, KMS_PCR_MISSING, st,
			    "PCR%d is no condition", i);
			sound = false;
		}
	return sound;
}
