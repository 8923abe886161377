/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include "chain/signer.h"
#include "chain/wire.h"
#include "cli/fail.h"
#include "cli/keys/agent.h"
#include "cli/mem.h"
#include "tests/lib/forge.h"
#include "tests/lib/holder.h"
#include "tests/lib/suite.h"

#define PAYLOAD span_str("what people sign")

static struct agent_key key[AGENT_KEYS_MAX];

static void
u8(struct out *o, uint8_t v)
{
	out_put(o, &v, 1);
}

START_TEST(requests_are_as_the_draft_has_them)
{
	uint8_t buf[AGENT_REQUEST_MAX];
	struct out o = out_of(buf, sizeof buf);

	agent_list_encode(&o);
	ck_assert(span_eq(out_span(&o), forge_hex("0b")));
	o = out_of(buf, sizeof buf);
	agent_sign_encode(&o, span_str("key"), span_str("data!"));
	ck_assert(span_eq(out_span(&o), forge_hex("0d"
						  "000000036b6579"
						  "000000056461746121"
						  "00000000")));
}
END_TEST

START_TEST(a_list_is_read)
{
	size_t n;
	struct span s = forge_hex("0c"
				  "00000002"
				  "0000000161"
				  "00000000"
				  "0000000262630000000164");

	ck_assert_int_eq(agent_list_decode(s, key, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(span_is(key[0].blob, "a") && key[0].comment.n == 0);
	ck_assert(span_is(key[1].blob, "bc") && span_is(key[1].comment, "d"));
	ck_assert_int_eq(agent_list_decode(forge_hex("0c00000000"), key, &n),
	    OK);
	ck_assert_uint_eq(n, 0);
}
END_TEST

static const struct refusal {
	const char *what, *answer;
	enum err err;
} refusals[] = {
	{ "nothing", "", ERR_AGENT },
	{ "another message", "0d00000000", ERR_AGENT },
	{ "failure", "05", ERR_AGENT_REFUSED },
	{ "failure of an extension", "1c", ERR_AGENT_REFUSED },
	{ "failure as it was once", "1e", ERR_AGENT_REFUSED },
	{ "failure as another spells it", "66", ERR_AGENT_REFUSED },
	{ "success, which says nothing", "06", ERR_AGENT },
	{ "no count", "0c", ERR_AGENT },
	{ "a count that is cut", "0c000000", ERR_AGENT },
	{ "one key, none there", "0c00000001", ERR_AGENT },
	{ "a blob that is cut", "0c000000010000000261", ERR_AGENT },
	{ "no comment", "0c000000010000000161", ERR_AGENT },
	{ "a comment that is cut", "0c0000000100000001610000000262",
	    ERR_AGENT },
	{ "a byte too many", "0c0000000000", ERR_AGENT },
	{ "a key too many", "0c00000001000000000000000000000000", ERR_AGENT },
	{ "a key too few", "0c000000020000000000000000", ERR_AGENT },
	{ "a length beyond the end", "0c00000001ffffffff", ERR_AGENT },
	{ "more keys than any agent has", "0cffffffff", ERR_AGENT },
	{ "one more than the most", "0c00000801", ERR_AGENT },
};

START_TEST(what_is_no_list_is_refused)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *r = &refusals[i];
		size_t n = 99;

		ck_assert_msg(agent_list_decode(forge_hex(r->answer), key,
				  &n) == r->err,
		    "%s", r->what);
		ck_assert_uint_eq(n, 0);
	}
}
END_TEST

/* What an agent answers for the type, given the signature in chain form. */
static struct span
answer(struct out *o, enum key_type t, struct span sig)
{
	uint8_t buf[512];
	struct out inner = out_of(buf, sizeof buf);
	size_t n = curve_sig_size(key_curve(t)), half = n / 2;

	wire_put_string(&inner, span_str(key_type_name(t)));
	if (key_curve(t) == CURVE_ED25519) {
		wire_put_string(&inner, span_of(sig.p, n));
	} else {
		struct span r = span_of(sig.p, half);
		struct span s = span_of(sig.p + half, half);

		wire_put_u32(&inner,
		    (uint32_t)(wire_mpint_size(r) + wire_mpint_size(s)));
		wire_put_mpint(&inner, r);
		wire_put_mpint(&inner, s);
	}
	out_put(&inner, sig.p + n, sig.n - n);
	u8(o, 14);
	wire_put_string(o, out_span(&inner));
	return out_span(o);
}

START_TEST(a_signature_of_each_type_comes_in_the_chains_form)
{
	for (enum key_type t = KEY_ED25519; t <= KEY_SK_P256; t++)
		for (uint8_t i = 0; i < 8; i++) {
			__attribute__((cleanup(holder_free))) struct holder h;
			uint8_t sig[KEY_SIG_MAX], got[KEY_SIG_MAX], buf[512];
			struct out o = out_of(buf, sizeof buf);
			struct span s, a;
			size_t n;

			holder_make(&h, t, i);
			s = holder_sign(&h, PAYLOAD, 1, sig);
			a = answer(&o, t, s);
			ck_assert_int_eq(agent_sign_decode(a, t, got, &n), OK);
			ck_assert(span_eq(span_of(got, n), s));
			ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD,
					     span_of(got, n)),
			    OK);
			for (size_t k = 0; k < a.n; k++)
				ck_assert_int_eq(agent_sign_decode(span_of(a.p,
								       k),
						     t, got, &n),
				    ERR_AGENT);
			u8(&o, 0);
			ck_assert_int_eq(agent_sign_decode(out_span(&o), t, got,
					     &n),
			    ERR_AGENT);
		}
}
END_TEST

START_TEST(a_signature_of_another_type_is_refused)
{
	__attribute__((cleanup(holder_free))) struct holder h;
	uint8_t sig[KEY_SIG_MAX], got[KEY_SIG_MAX], buf[512];
	struct out o = out_of(buf, sizeof buf);
	struct span a;
	size_t n;

	holder_make(&h, KEY_ED25519, 0);
	a = answer(&o, KEY_ED25519, holder_sign(&h, PAYLOAD, 1, sig));
	for (enum key_type t = KEY_P256; t <= KEY_SK_P256; t++)
		ck_assert_int_eq(agent_sign_decode(a, t, got, &n), ERR_AGENT);
	ck_assert_int_eq(agent_sign_decode(forge_hex("05"), KEY_P256, got, &n),
	    ERR_AGENT_REFUSED);
	ck_assert_int_eq(agent_sign_decode(forge_hex("0c00000000"), KEY_P256,
			     got, &n),
	    ERR_AGENT);
}
END_TEST

/* Both ends of a connection; the far one has sent bytes already. */
static void
connect_to(int fd[2], const char *hex)
{
	struct span s = forge_hex(hex);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fd),
	    0);
	ck_assert_int_eq(write(fd[1], s.p, s.n), (ssize_t)s.n);
}

static void
disconnect(int fd[2])
{
	close(fd[0]);
	close(fd[1]);
	mem_free_all();
	fail_forget();
}

START_TEST(an_exchange_is_one_message_each_way)
{
	struct span got;
	uint8_t sent[16];
	int fd[2];

	connect_to(fd, "00000002aabb");
	ck_assert_int_eq(agent_exchange(fd[0], span_str("ask"), 1000, &got),
	    OK);
	ck_assert(span_eq(got, forge_hex("aabb")));
	ck_assert_int_eq(read(fd[1], sent, sizeof sent), 7);
	ck_assert_mem_eq(sent, "\0\0\0\3ask", 7);
	disconnect(fd);
}
END_TEST

START_TEST(an_agent_that_says_too_much_or_too_little_is_left)
{
	static const char *const said[] = { "", "000000", "00000000",
		"00000002aa", "00040001aa", "ffffffff" };
	struct span got;
	int fd[2];

	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		connect_to(fd, said[i]);
		ck_assert_int_eq(agent_exchange(fd[0], span_str("ask"), 30,
				     &got),
		    ERR_AGENT);
		disconnect(fd);
		/* The same, hung up at the end of it. */
		connect_to(fd, said[i]);
		shutdown(fd[1], SHUT_WR);
		ck_assert_int_eq(agent_exchange(fd[0], span_str("ask"), 1000,
				     &got),
		    ERR_AGENT);
		disconnect(fd);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { requests_are_as_the_draft_has_them,
		a_list_is_read, what_is_no_list_is_refused,
		a_signature_of_each_type_comes_in_the_chains_form,
		a_signature_of_another_type_is_refused,
		an_exchange_is_one_message_each_way,
		an_agent_that_says_too_much_or_too_little_is_left };

	return SUITE_RUN("agent_message", t);
}
