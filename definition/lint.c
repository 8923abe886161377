/* SPDX-License-Identifier: ISC */
#include "lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "diff_imported.h"
#include "pointer.h"

static enum err
note(json_t *notes, const char *pointer, const char *text)
{
	return json_array_append_new(notes, json_pack("{s:s, s:s}", "pointer",
						pointer, "text", text)) == 0
		   ? OK
		   : ERR_OUT_OF_MEMORY;
}

/* An address or a network; bits: that are fixed.  Checked before. */
static int
network(const char *cidr, uint8_t b[16], unsigned *bits)
{
	char address[INET6_ADDRSTRLEN] = "";
	size_t n = strcspn(cidr, "/");
	int family = strchr(cidr, ':') ? AF_INET6 : AF_INET;

	memcpy(address, cidr, n < sizeof address ? n : sizeof address - 1);
	*bits = family == AF_INET ? 32 : 128;
	if (cidr[n] == '/')
		*bits = (unsigned)strtoul(cidr + n + 1, NULL, 10);
	return inet_pton(family, address, b) == 1 ? family : AF_UNSPEC;
}

static bool
same_bits(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
	for (unsigned i = 0; i < bits; i++)
		if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

static bool
has_address(const char *cidr, const char *address)
{
	uint8_t a[16], b[16];
	unsigned bits, whole;
	int family = network(cidr, a, &bits);

	if (family == AF_UNSPEC || network(address, b, &whole) != family)
		return false;
	return same_bits(a, b, bits);
}

/* Networks of this size are handed out to continents. */
#define LARGE_IPV4 7
#define LARGE_IPV6 11

/* Addresses of IPv4 are among those of IPv6, too, behind so many bytes: of RFC
 * 4291 section 2.5.5 both spellings; RFC 2765 section 2.1, RFC 6052 section 2.1
 * and RFC 8215, by what translates (of the last, the /96 that it has them
 * take); RFC 3056 section 2, through a tunnel. */
static const struct ipv4_in {
	const char *network;
	unsigned at;
} ipv4_in[] = {
	{ "::ffff:0:0/96", 12 },
	{ "::/96", 12 },
	{ "::ffff:0:0:0/96", 12 },
	{ "64:ff9b::/96", 12 },
	{ "64:ff9b:1::/96", 12 },
	{ "2002::/16", 2 },
};
#define IPV4_IN (sizeof ipv4_in / sizeof ipv4_in[0])
#define IPV4_CIDR 32 /* bytes of text */

/* All of them. */
static bool
has_ipv4(const uint8_t a[16], unsigned bits)
{
	for (size_t i = 0; i < IPV4_IN; i++) {
		uint8_t b[16];
		unsigned whole;

		if (network(ipv4_in[i].network, b, &whole) == AF_INET6 &&
		    bits <= whole && same_bits(a, b, bits))
			return true;
	}
	return false;
}

/* A network inside those addresses, as the one of IPv4 that it is. */
static bool
is_ipv4(const uint8_t a[16], unsigned bits, char cidr[IPV4_CIDR])
{
	for (size_t i = 0; i < IPV4_IN; i++) {
		unsigned at = ipv4_in[i].at, above;
		char address[INET_ADDRSTRLEN];
		uint8_t b[16];

		if (network(ipv4_in[i].network, b, &above) != AF_INET6 ||
		    bits < above || !same_bits(a, b, above) ||
		    inet_ntop(AF_INET, a + at, address, sizeof address) == NULL)
			continue;
		bits = bits - above < 32 ? bits - above : 32;
		(void)snprintf(cidr, IPV4_CIDR, "%s/%u", address, bits);
		return true;
	}
	return false;
}

static const char *
wide_network(const char *cidr)
{
	char ipv4[IPV4_CIDR];
	uint8_t b[16];
	unsigned bits;
	int family = network(cidr, b, &bits);

	if (family == AF_INET6 && is_ipv4(b, bits, ipv4)) {
		cidr = ipv4;
		family = network(cidr, b, &bits);
	}
	if (bits == 0 || (family == AF_INET6 && has_ipv4(b, bits)))
		return "allows every address";
	if (bits <= (family == AF_INET ? LARGE_IPV4 : LARGE_IPV6))
		return "allows a large part of all addresses";
	if (has_address(cidr, "169.254.169.254") ||
	    has_address(cidr, "fd00:ec2::254"))
		return "allows the machine's metadata service, which gives "
		       "out its credentials";
	return NULL;
}

static bool
ends_in_any(const char *host)
{
	size_t n = strlen(host);

	return n > 2 && strcmp(host + n - 2, ".*") == 0;
}

/* What is wide about the destination of a rule that allows; NULL: nothing. */
static const char *
wide(const json_t *rule)
{
	const char *host = json_string_value(json_object_get(rule, "host"));
	const char *cidr = json_string_value(json_object_get(rule, "cidr"));

	if (host && strcmp(host, "*") == 0)
		return "allows every name";
	if (host && strncmp(host, "**.", 3) == 0)
		return "allows every name below this one, at any depth";
	if (host && (strncmp(host, "xn--", 4) == 0 || strstr(host, ".xn--")))
		return "has letters beyond ASCII in punycode: what it looks "
		       "like is no proof of what it is";
	if (host && (strcmp(host, "*.") == 0 || ends_in_any(host)))
		return "allows names whatever they end in";
	return cidr ? wide_network(cidr) : NULL;
}

static enum err
look_at_rule(const json_t *rule, size_t i, bool ports, json_t *notes)
{
	const char *action = json_string_value(json_object_get(rule, "action"));
	const char *why = wide(rule);
	char pointer[64];

	if (action && strcmp(action, "deny") == 0)
		return OK;
	(void)snprintf(pointer, sizeof pointer, "/egress/rules/%zu", i);
	if (why)
		TRY(note(notes, pointer, why));
	if (ports && json_object_get(rule, "ports") == NULL)
		TRY(note(notes, pointer,
		    "is wider than it looks: it names no ports, so every port "
		    "is meant"));
	return OK;
}

/* The runtime's API puts what it is asked for into documents of this code. */
static enum err
look_at_api(const json_t *d, json_t *notes)
{
	const json_t *api = pointer_get(d, "/api/listen_port"), *port;
	const json_t *ports = json_object_get(d, "ports");
	bool open = false;
	size_t i;

	json_array_foreach(ports, i, port) open =
	    open || (api && json_equal(api, json_object_get(port, "port")));
	return open ? note(notes, "/api/listen_port",
			  "can be reached from outside: whoever does gets "
			  "documents of this code that say what he likes, "
			  "receipts among them")
		    : OK;
}

/* The file that was imported is what the other system goes by. */
static enum err
look_at_file(const json_t *d, json_t *notes)
{
	char *text;
	bool widens;
	enum err e =
	    diff_imported_says(d, &text, &widens) ? OK : ERR_OUT_OF_MEMORY;

	if (e == OK && text)
		e = note(notes, "/imported", text);
	free(text);
	return e;
}

enum err
lint_notes(const json_t *d, bool ports, json_t *notes)
{
	const json_t *rules = pointer_get(d, "/egress/rules");
	const char *usual =
	    json_string_value(pointer_get(d, "/egress/default"));

	for (size_t i = 0; i < json_array_size(rules); i++)
		TRY(look_at_rule(json_array_get(rules, i), i, ports, notes));
	if (usual && strcmp(usual, "allow") == 0)
		TRY(note(notes, "/egress/default",
		    "allows everything that no rule denies"));
	if (json_is_true(json_object_get(d, "debug")))
		TRY(note(notes, "/debug",
		    "shows the console to the host and makes every "
		    "measurement zero: nobody can trust it"));
	TRY(look_at_api(d, notes));
	return look_at_file(d, notes);
}
