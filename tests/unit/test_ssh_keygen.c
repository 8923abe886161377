/* SPDX-License-Identifier: ISC */
/* Signatures come from and go to the real ssh-keygen. */
#include <sys/stat.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"
#include "tests/lib/holder.h"
#include "tests/lib/suite.h"

static char dir[64];

__attribute__((format(printf, 1, 2))) static int
run(const char *format, ...)
{
	char command[1024];
	va_list args;
	int n;

	n = snprintf(command, sizeof command, "cd %s && ", dir);
	va_start(args, format);
	vsnprintf(command + n, sizeof command - (size_t)n, format, args);
	va_end(args);
	return system(command);
}

static void
put_file(const char *name, struct span s)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(s.p, 1, s.n, f), s.n);
	ck_assert_int_eq(fclose(f), 0);
}

static struct span
get_file(const char *name, uint8_t *buf, size_t cap)
{
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	n = fread(buf, 1, cap, f);
	fclose(f);
	return span_of(buf, n);
}

static const char payload[] = "{the payload}\0 with every\xff byte";
#define PAYLOAD span_of(payload, sizeof payload)

static void
setup(void)
{
	strcpy(dir, "/tmp/encl-keygen-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	put_file("payload", PAYLOAD);
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	const char *options;
	enum key_type type;
} kinds[] = { { "-t ed25519", KEY_ED25519 }, { "-t ecdsa -b 256", KEY_P256 },
	{ "-t ecdsa -b 384", KEY_P384 } };

START_TEST(what_ssh_keygen_signs_is_imported)
{
	uint8_t text[4096], blob_buf[KEY_BLOB_MAX], sig_buf[KEY_SIG_MAX];
	uint8_t line_buf[1024], key_buf[KEY_BLOB_MAX];
	struct span blob, sig, key, comment;
	enum key_type type;

	setup();
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(run("rm -f k k.pub && ssh-keygen -q %s -N '' "
				     "-C 'a comment' -f k",
				     kinds[i].options),
		    0);
		/* often enough to meet high S and short mpints */
		for (int round = 0; round < (i ? 30 : 3); round++) {
			ck_assert_int_eq(run("rm -f payload.sig && ssh-keygen "
					     "-Y sign -q -n chain@encl -f k "
					     "payload 2>/dev/null"),
			    0);
			ck_assert_int_eq(sshsig_dearmor(get_file("payload.sig",
							    text, sizeof text),
					     blob_buf, &blob, sig_buf, &sig),
			    OK);
			ck_assert_int_eq(sshsig_verify(blob, PAYLOAD, sig), OK);
		}
		ck_assert_int_eq(key_parse(blob, &type, NULL, NULL), OK);
		ck_assert(type == kinds[i].type);
		ck_assert_int_eq(key_line_decode(get_file("k.pub", line_buf,
						     sizeof line_buf),
				     key_buf, &key, &comment),
		    OK);
		ck_assert(span_eq(key, blob) && span_is(comment, "a comment"));
	}
	teardown();
}
END_TEST

START_TEST(the_fingerprint_is_ssh_keygens)
{
	uint8_t line[1024], buf[KEY_BLOB_MAX], out[256];
	struct span blob, comment, said;
	char text[51];
	struct h32 kid;

	setup();
	ck_assert_int_eq(run("ssh-keygen -q -t ed25519 -N '' -f k && "
			     "ssh-keygen -l -f k.pub | cut -d' ' -f2 >f"),
	    0);
	ck_assert_int_eq(key_line_decode(get_file("k.pub", line, sizeof line),
			     buf, &blob, &comment),
	    OK);
	ck_assert_int_eq(hash_sha256(blob, &kid), OK);
	key_fingerprint(&kid, text);
	said = get_file("f", out, sizeof out);
	ck_assert(said.n == 51 && memcmp(said.p, text, 50) == 0);
	teardown();
}
END_TEST

START_TEST(another_namespace_is_not_imported)
{
	uint8_t text[4096], blob_buf[KEY_BLOB_MAX], sig_buf[KEY_SIG_MAX];
	struct span blob, sig;

	setup();
	ck_assert_int_eq(run("ssh-keygen -q -t ed25519 -N '' -f k && "
			     "ssh-keygen "
			     "-Y sign -q -n file -f k payload 2>/dev/null"),
	    0);
	ck_assert_int_eq(sshsig_dearmor(get_file("payload.sig", text,
					    sizeof text),
			     blob_buf, &blob, sig_buf, &sig),
	    ERR_SSHSIG_NAMESPACE);
	ck_assert_int_eq(run("rm payload.sig; ssh-keygen -Y sign -q -n "
			     "chain@encl -O hashalg=sha256 -f k payload "
			     "2>/dev/null"),
	    0);
	ck_assert_int_eq(sshsig_dearmor(get_file("payload.sig", text,
					    sizeof text),
			     blob_buf, &blob, sig_buf, &sig),
	    ERR_SSHSIG_NAMESPACE);
	teardown();
}
END_TEST

static void
allow(const struct holder *h)
{
	char line[KEY_LINE_MAX + 4] = "me ";
	struct out o = out_of(line + 3, KEY_LINE_MAX);

	key_line_encode(&o, h->blob, span_str("c"));
	put_file("allowed", span_of(line, 3 + o.n));
}

#define VERIFY \
	"ssh-keygen -Y verify -q -f allowed -I me -n chain@encl " \
	"-s sig <payload >/dev/null 2>&1"

START_TEST(what_a_chain_exports_ssh_keygen_verifies)
{
	uint8_t sig_buf[KEY_SIG_MAX];
	char text[SSHSIG_ARMOR_MAX];
	struct holder h;

	setup();
	for (enum key_type t = KEY_ED25519; t <= KEY_SK_P256; t++) {
		for (int round = 0; round < 20; round++) {
			struct out o = out_of(text, sizeof text);

			holder_make(&h, t, (uint8_t)round);
			ck_assert_int_eq(sshsig_armor(&o, h.blob,
					     holder_sign(&h, PAYLOAD,
						 HOLDER_FLAGS, sig_buf)),
			    OK);
			put_file("sig", out_span(&o));
			allow(&h);
			ck_assert_msg(run(VERIFY) == 0, "%s", key_type_name(t));
			holder_free(&h);
		}
		ck_assert_int_eq(run("echo >>payload"), 0);
		ck_assert(run(VERIFY) != 0);
		put_file("payload", PAYLOAD);
	}
	teardown();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_ssh_keygen_signs_is_imported,
		the_fingerprint_is_ssh_keygens,
		another_namespace_is_not_imported,
		what_a_chain_exports_ssh_keygen_verifies };

	if (system("command -v ssh-keygen >/dev/null") != 0) {
		puts("skipped ssh-keygen");
		return 77;
	}
	return SUITE_RUN("ssh_keygen", t);
}
