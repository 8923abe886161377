/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include <arpa/inet.h>

#include "chain/payload.h"
#include "definition.h"

#define LABEL_SET "abcdefghijklmnopqrstuvwxyz0123456789-"

static bool
is_label(const char *s, size_t n)
{
	if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\0' || strchr(LABEL_SET, s[i]) == NULL)
			return false;
	}
	return true;
}

static bool
test_name(const json_t *j)
{
	return is_label(json_string_value(j), json_string_length(j));
}

static bool
is_label_or_any(const char *s, size_t n)
{
	return is_label(s, n) || (n == 1 && *s == '*');
}

/* What resolvers of many systems read as an address in another spelling:
 * "10.1", "167772161", "0xa000001". */
static bool
is_number(const char *s)
{
	if (strncmp(s, "0x", 2) == 0)
		return s[2 + strspn(s + 2, "0123456789abcdef")] == '\0';
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* A DNS name in lower case; "*" may stand for any label, "**" at the start for
 * one label or more, "*" alone for every name, and "*." for those of one
 * label. */
static bool
test_host(const json_t *j)
{
	const char *s = json_string_value(j), *dot;

	if (strcmp(s, "*") == 0 || strcmp(s, "*.") == 0)
		return true;
	if (strncmp(s, "**.", 3) == 0)
		s += 3;
	for (; (dot = strchr(s, '.')) != NULL; s = dot + 1) {
		if (!is_label_or_any(s, (size_t)(dot - s)))
			return false;
	}
	return is_label_or_any(s, strlen(s)) && !is_number(s);
}

/* The bits below the first `keep` are all zero. */
static bool
host_bits_zero(const uint8_t *b, size_t n, unsigned long keep)
{
	for (size_t i = 0; i < n; i++) {
		unsigned long first = keep > i * 8 ? keep - i * 8 : 0;

		if (first < 8 && (b[i] & (0xffU >> first)) != 0)
			return false;
	}
	return true;
}

static bool
test_cidr(const json_t *j)
{
	const char *s = json_string_value(j), *slash = strchr(s, '/');
	char address[INET6_ADDRSTRLEN];
	size_t n = slash ? (size_t)(slash - s) : strlen(s), size;
	unsigned long keep;
	uint8_t b[16];
	char *end;

	if (n >= sizeof address)
		return false;
	memcpy(address, s, n);
	address[n] = '\0';
	size = strchr(address, ':') ? 16 : 4;
	if (inet_pton(size == 16 ? AF_INET6 : AF_INET, address, b) != 1)
		return false;
	if (slash == NULL)
		return true;
	if (slash[1] < '0' || slash[1] > '9' ||
	    (slash[1] == '0' && slash[2] != '\0'))
		return false;
	keep = strtoul(slash + 1, &end, 10);
	return *end == '\0' && keep <= size * 8 &&
	       host_bits_zero(b, size, keep);
}

static bool
test_address(const json_t *j)
{
	const char *s = json_string_value(j);
	uint8_t b[16];

	return inet_pton(AF_INET, s, b) == 1 || inet_pton(AF_INET6, s, b) == 1;
}

static bool
test_variable(const json_t *j)
{
	const char *s = json_string_value(j);

	for (size_t i = 0; s[i]; i++) {
		if (!(s[i] == '_' || (s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= 'a' && s[i] <= 'z') ||
			(i > 0 && s[i] >= '0' && s[i] <= '9')))
			return false;
	}
	return true;
}

static bool
test_rule(const json_t *j)
{
	return (json_object_get(j, "host") != NULL) +
		   (json_object_get(j, "cidr") != NULL) +
		   json_is_true(json_object_get(j, "parent")) ==
	       1;
}

static bool
test_path(const json_t *j)
{
	return json_string_value(j)[0] == '/';
}

/* 0, 1 and 2 come first: every attestation document has them. */
static bool
test_pcrs(const json_t *j)
{
	json_int_t last = -1;

	for (size_t i = 0; i < json_array_size(j); i++) {
		json_int_t v = json_integer_value(json_array_get(j, i));

		if (v <= last || (i < 3 && v != (json_int_t)i))
			return false;
		last = v;
	}
	return true;
}

static bool
test_policy(const json_t *j)
{
	const json_t *keys = json_object_get(j, "control_keys");
	const json_t *k = json_object_get(j, "threshold");

	return keys == NULL || k == NULL ||
	       (size_t)json_integer_value(k) <= json_array_size(keys);
}

#define END \
	{ \
		.type = SHAPE_END \
	}

static const struct shape source[] = {
	{ "repo", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 200,
	    .help = "Where the source is." },
	{ "commit", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 200,
	    .help = "The exact revision." },
	{ "build", SHAPE_TEXT, 0, .max = 4000,
	    .help = "How to build the image from it." },
	END,
};

static const struct shape resources[] = {
	{ "cpus", SHAPE_UINT, SHAPE_REQUIRED, .min = 1, .max = 256 },
	{ "memory_mib", SHAPE_UINT, SHAPE_REQUIRED, .min = 64, .max = 1 << 24 },
	END,
};

static const char *const transports[] = { "tcp", "udp", NULL };

static const struct shape port[] = {
	{ "port", SHAPE_UINT, SHAPE_REQUIRED, .min = 1, .max = 65535 },
	{ "protocol", SHAPE_CHOICE, .choice = transports,
	    .help = "tcp where it is absent." },
	{ "tls", SHAPE_BOOL, .help = "TLS ends inside the enclave." },
	{ "name", SHAPE_LINE, 0, .min = 1, .max = 63, .test = test_name,
	    .rule = "must be lower-case letters, digits and inner hyphens" },
	{ "key_file", SHAPE_LINE, 0, .min = 1, .max = 400,
	    .help = "The TLS key, by name." },
	{ "cert_file", SHAPE_LINE, 0, .min = 1, .max = 400 },
	END,
};
static const struct shape port_item = { .type = SHAPE_OBJECT, .of = port };

static const char *const actions[] = { "allow", "deny", NULL };
static const char *const protocols[] = { "any", "tcp", "udp", NULL };
static const struct shape rule_port = { .type = SHAPE_PORT };

static const struct shape rule[] = {
	{ "host", SHAPE_LINE, 0, .min = 1, .max = 253, .test = test_host,
	    .rule =
		"must be a DNS name in lower case, with \"*\" for a label or "
		"\"**.\" before it, or \"*\"; addresses go into cidr",
	    .help = "*.x is one label before x, **.x is one or more, *. is any "
		    "name of one label, * is any name." },
	{ "cidr", SHAPE_LINE, 0, .min = 1, .max = 49, .test = test_cidr,
	    .rule = "must be an address or a network without host bits, such "
		    "as 10.0.0.0/8" },
	{ "parent", SHAPE_BOOL,
	    .help = "The machine that the enclave runs on." },
	{ "ports", SHAPE_ARRAY, SHAPE_UNIQUE, .min = 1, .max = 64,
	    .of = &rule_port, .help = "Every port where it is absent." },
	{ "protocol", SHAPE_CHOICE, .choice = protocols,
	    .help = "tcp where it is absent." },
	{ "action", SHAPE_CHOICE, .choice = actions,
	    .help = "allow where it is absent." },
	{ "loopback", SHAPE_LINE, 0, .min = 1, .max = 45, .test = test_address,
	    .rule = "must be an IPv4 or IPv6 address",
	    .help = "Where a forwarder inside the enclave takes it." },
	{ "vsock_port", SHAPE_UINT, 0, .min = 1, .max = UINT32_MAX,
	    .help = "Where the parent's proxy for it listens." },
	END,
};
static const struct shape rule_item = { .type = SHAPE_OBJECT,
	.of = rule,
	.test = test_rule,
	.rule = "must have either host or cidr, or parent" };

static const char *const defaults[] = { "deny", "allow", NULL };
static const struct shape address = { .type = SHAPE_LINE,
	.min = 1,
	.max = 45,
	.test = test_address,
	.rule = "must be an IPv4 or IPv6 address" };

static const char *const dns[] = { "allowlist", "open", NULL };

static const struct shape egress[] = {
	{ "default", SHAPE_CHOICE, SHAPE_REQUIRED, .choice = defaults,
	    .help = "What happens to traffic that no rule matches." },
	{ "rules", SHAPE_ARRAY, SHAPE_UNIQUE, .max = 256, .of = &rule_item,
	    .help = "The first that matches decides." },
	{ "resolvers", SHAPE_ARRAY, SHAPE_UNIQUE, .max = 8, .of = &address },
	{ "dns", SHAPE_CHOICE, .choice = dns,
	    .help = "Which names the resolver answers: those of the rules, or "
		    "every one." },
	{ "proxy_port", SHAPE_UINT, 0, .min = 1, .max = 65535,
	    .help = "Where the proxy inside the enclave listens." },
	END,
};

static bool
test_storage(const json_t *j)
{
	return (json_object_get(j, "size_mib") != NULL) !=
	       (json_object_get(j, "size_bytes") != NULL);
}

static const struct shape storage[] = {
	{ "size_mib", SHAPE_UINT, 0, .min = 1, .max = UINT64_C(1) << 32 },
	{ "size_bytes", SHAPE_UINT, 0, .min = 1, .max = UINT64_C(1) << 52 },
	{ "mount", SHAPE_LINE, 0, .min = 1, .max = 200, .test = test_path,
	    .rule = "must begin with /", .pattern = "^/[ -~]*$" },
	{ "encrypted", SHAPE_BOOL, .help = "true where it is absent." },
	{ "anti_rollback", SHAPE_BOOL,
	    .help = "An old copy of it is noticed; false where it is absent." },
	END,
};

static const struct shape healthcheck[] = {
	{ "path", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 200 },
	{ "port", SHAPE_UINT, 0, .min = 1, .max = 65535 },
	END,
};

static const struct shape endpoint = { .type = SHAPE_LINE,
	.min = 1,
	.max = 253 };

static const struct shape kms_proxy[] = {
	{ "listen_port", SHAPE_UINT, SHAPE_REQUIRED, .min = 1, .max = 65535 },
	{ "endpoints", SHAPE_MAP, 0, .max = 64, .of = &endpoint,
	    .help = "Host names by region." },
	END,
};

static const struct shape api[] = {
	{ "listen_port", SHAPE_UINT, SHAPE_REQUIRED, .min = 1, .max = 65535 },
	END,
};

static const struct shape signing[] = {
	{ "certificate", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 400 },
	{ "key", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 400 },
	END,
};

static const struct shape measurements[] = {
	{ "pcr0", SHAPE_HEX, 0, .min = PCR_SIZE, .max = PCR_SIZE },
	{ "pcr1", SHAPE_HEX, 0, .min = PCR_SIZE, .max = PCR_SIZE },
	{ "pcr2", SHAPE_HEX, 0, .min = PCR_SIZE, .max = PCR_SIZE },
	{ "pcr3", SHAPE_HEX, 0, .min = PCR_SIZE, .max = PCR_SIZE },
	{ "pcr4", SHAPE_HEX, 0, .min = PCR_SIZE, .max = PCR_SIZE },
	{ "pcr8", SHAPE_HEX, 0, .min = PCR_SIZE, .max = PCR_SIZE },
	END,
};

static const struct shape pin = { .type = SHAPE_LINE, .min = 1, .max = 200 };
static const char *const visibilities[] = { "private", "public", NULL };

/* Lines where they are plain, else base64. */
static bool
test_imported(const json_t *j)
{
	return (json_object_get(j, "lines") != NULL) !=
	       (json_object_get(j, "base64") != NULL);
}

static const struct shape source_line = { .type = SHAPE_TEXT, .max = 32768 };

static const struct shape imported[] = {
	{ "dialect", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 64,
	    .help = "The format of the file." },
	{ "sha256", SHAPE_HEX, SHAPE_REQUIRED, .min = 32, .max = 32 },
	{ "lines", SHAPE_ARRAY, 0, .min = 1, .max = 4096, .of = &source_line,
	    .help = "The file, without its newlines." },
	{ "base64", SHAPE_LINE, 0, .max = 65536,
	    .help = "The file, where a line is not plain text." },
	END,
};

static const struct shape kept = { .type = SHAPE_LINE, .min = 1, .max = 32768 };
static const struct shape kept_of = { .type = SHAPE_MAP,
	.min = 1,
	.max = 512,
	.of = &kept };

static const struct shape variable = { .type = SHAPE_LINE,
	.min = 1,
	.max = 64,
	.test = test_variable,
	.rule = "must be letters, digits and underscores, not a digit first",
	.pattern = "^[A-Za-z_][A-Za-z0-9_]*$" };

static const struct shape key = { .type = SHAPE_LINE, .min = 1, .max = 512 };
static const struct shape pcr = { .type = SHAPE_UINT, .max = PCR_COUNT - 1 };

static const struct shape upgrade[] = {
	{ "upgradable", SHAPE_BOOL,
	    .help = "false: the first release is the last." },
	{ "min_delay", SHAPE_DURATION,
	    .help = "The least time between notice and release." },
	{ "threshold", SHAPE_UINT, 0, .min = 1, .max = POLICY_KEYS },
	{ "control_keys", SHAPE_ARRAY, SHAPE_UNIQUE, .min = 1,
	    .max = POLICY_KEYS, .of = &key,
	    .help = "References to keys, or OpenSSH public keys." },
	{ "guardian_keys", SHAPE_ARRAY, SHAPE_UNIQUE, .max = POLICY_KEYS,
	    .of = &key, .help = "Keys that can revoke." },
	{ "pcrs", SHAPE_ARRAY, 0, .min = 3, .max = PCR_COUNT, .of = &pcr,
	    .test = test_pcrs, .rule = "must rise from 0, 1, 2" },
	END,
};

static const struct shape members[] = {
	{ "name", SHAPE_LINE, SHAPE_REQUIRED, .min = 1, .max = 63,
	    .test = test_name,
	    .rule = "must be lower-case letters, digits and inner hyphens",
	    .pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" },
	{ "description", SHAPE_TEXT, 0, .max = 1000 },
	{ "image", SHAPE_LINE, 0, .min = 1, .max = 200,
	    .help = "The container image that the enclave image is made of." },
	{ "dockerfile", SHAPE_LINE, 0, .min = 1, .max = 400,
	    .help = "What such an image is built from." },
	{ "eif", SHAPE_LINE, 0, .min = 1, .max = 400,
	    .help = "The enclave image file, where it runs." },
	{ "target", SHAPE_LINE, 0, .min = 1, .max = 200,
	    .help = "The name of what is built from it." },
	{ "runtime", SHAPE_MAP, 0, .min = 1, .max = 16, .of = &pin,
	    .help = "What runs beside it in the enclave, and its versions." },
	{ "source", SHAPE_OBJECT, .of = source },
	{ "resources", SHAPE_OBJECT, .of = resources },
	{ "instance_type", SHAPE_LINE, 0, .min = 1, .max = 63 },
	{ "replicas", SHAPE_UINT, 0, .max = 100000 },
	{ "debug", SHAPE_BOOL,
	    .help = "Its console can be read, and every measurement is zero." },
	{ "visibility", SHAPE_CHOICE, .choice = visibilities,
	    .help = "Whether anybody can fetch the image." },
	{ "ports", SHAPE_ARRAY, SHAPE_UNIQUE, .max = 64, .of = &port_item,
	    .help = "What the enclave listens on." },
	{ "egress", SHAPE_OBJECT, .of = egress,
	    .help = "Nothing may go out where it is absent." },
	{ "storage", SHAPE_OBJECT, .of = storage, .test = test_storage,
	    .rule = "must have either size_mib or size_bytes" },
	{ "healthcheck", SHAPE_OBJECT, .of = healthcheck },
	{ "kms_proxy", SHAPE_OBJECT, .of = kms_proxy },
	{ "api", SHAPE_OBJECT, .of = api,
	    .help = "Where the runtime answers the application." },
	{ "signing", SHAPE_OBJECT, .of = signing,
	    .help = "Files that sign the enclave image: PCR8." },
	{ "measurements", SHAPE_OBJECT, .of = measurements,
	    .help = "What a build of it measured." },
	{ "environment", SHAPE_ARRAY, SHAPE_UNIQUE, .max = 256, .of = &variable,
	    .help = "Names only: values are not part of a definition." },
	{ "secrets", SHAPE_ARRAY, SHAPE_UNIQUE, .max = 256, .of = &variable,
	    .help = "Names only." },
	{ "upgrade", SHAPE_OBJECT, .of = upgrade, .test = test_policy,
	    .rule = "must not have a threshold above its control_keys",
	    .help = "Wishes for the policy that a new chain begins with; what "
		    "holds is the policy in the chain." },
	{ "extensions", SHAPE_MAP, 0, .min = 1, .max = 16, .of = &kept_of,
	    .help = "What a file of another format says that has no place "
		    "here: by format, JSON pointer and JSON text." },
	{ "imported", SHAPE_OBJECT, .of = imported, .test = test_imported,
	    .rule = "must have either lines or base64",
	    .help = "The file that it was made from." },
	END,
};

const struct shape definition_shape = { .type = SHAPE_OBJECT,
	.of = members,
	.help =
	    "What an enclave is; in deterministic CBOR at most 49152 bytes, "
	    "with the file that it was made from." };

json_t *
definition_schema(void)
{
	json_t *o = shape_schema(&definition_shape);
	int bad = o == NULL;

	bad = bad ||
	      json_object_set_new(o, "$schema",
		  json_string("https://json-schema.org/draft/2020-12/schema"));
	bad = bad || json_object_set_new(o, "title",
			 json_string("encl enclave definition"));
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}
