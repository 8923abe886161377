/* SPDX-License-Identifier: ISC */
/*
 * Makes statements for tests that speak HTTP: one command a line on stdin, one
 * answer a line on stdout, "ok WORDS" or "err CODE".  Chains are those of
 * tests/lib/chain_builder.h.  keep: the builder's own chain moves as well;
 * drop: it does not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chain/evidence.h"
#include "chain/hash.h"
#include "chain/text.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/maker.h"

#define WORDS 32
#define CHAINS 8192

static struct chain_builder *chain[CHAINS];
static struct chain_builder *b;
static unsigned chains;
static char *word[WORDS];
static struct h32 evidence; /* of the next policies' first control key */
static struct policy named; /* their log and witnesses */
static uint8_t named_text[8192];

static void
say_hex(struct span s)
{
	putchar(' ');
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", s.p[i]);
}

static uint64_t
number(unsigned i, int base)
{
	return word[i] ? strtoull(word[i], NULL, base) : 0;
}

static struct span
bytes(unsigned i, uint8_t *buf, size_t cap)
{
	size_t n = word[i] ? strlen(word[i]) / 2 : 0;

	if (n > cap || (n && !text_unhex(span_str(word[i]), buf, n)))
		n = 0;
	return span_of(buf, n);
}

static struct h32
h32_word(unsigned i)
{
	struct h32 h = { { 0 } };

	bytes(i, h.b, sizeof h.b);
	return h;
}

static enum err
say_statement(struct chain_builder_draft *d)
{
	static uint8_t buf[ENTRY_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct h32 id;

	TRY(hash_sha256(d->payload, &id));
	TRY(entry_statement_encode(&o, d->payload, d->proof, d->n));
	printf("ok");
	say_hex(h32_span(&id));
	say_hex(out_span(&o));
	return OK;
}

/* What is in d: appended here when word i says keep, and said. */
static enum err
finish(struct chain_builder_draft *d, unsigned i)
{
	if (strcmp(word[i], "keep") == 0)
		TRY(chain_builder_append(b, d));
	return say_statement(d);
}

static enum err
signed_by(struct span payload, signers who)
{
	static struct chain_builder_draft d;

	chain_builder_draft(b, &d, payload);
	chain_builder_sign(b, &d, who);
	return finish(&d, 1);
}

/* new NUMBER CONTROL THRESHOLD GUARDIANS ENDORSERS ENDORSER_THRESHOLD
 * MIN_DELAY FLOOR -> INDEX CHAIN PAYLOAD_ID STATEMENT */
static enum err
new_chain(void)
{
	static uint8_t buf[ENTRY_MAX];
	const struct chain_builder_opts o = { (unsigned)number(2, 10),
		(unsigned)number(3, 10), (unsigned)number(4, 10),
		(unsigned)number(5, 10), (unsigned)number(6, 10), number(7, 10),
		number(8, 10), false, (uint32_t)number(1, 10), evidence,
		named.has_witnesses ? &named : NULL };
	struct out out = out_of(buf, sizeof buf);
	uint64_t now = b ? b->now : CHAIN_BUILDER_TIME;
	struct entry e;

	if (chains == CHAINS)
		return ERR_NO_SPACE;
	b = chain[chains] = chain_builder_new(&o);
	b->now = now;
	TRY(entry_decode(chain_builder_entry(b, 0), &e));
	TRY(entry_statement_encode(&out, e.payload, e.proof, e.proof_n));
	printf("ok %u", chains++);
	say_hex(h32_span(&e.id));
	say_hex(out_span(&out));
	return OK;
}

/* stage keep|drop VERSION DEFINITION WHO DELAY FROM EXPIRES; - is as it should
 * be -> STAGE STATEMENT */
static enum err
stage(void)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct stage g = chain_builder_stage_of(b, (unsigned)number(2, 10));
	struct out o = out_of(buf, sizeof buf);

	if (*word[3] != '-')
		g.release.definition = h32_word(3);
	if (*word[5] != '-')
		g.delay = number(5, 10);
	if (*word[6] != '-')
		g.from = h32_word(6);
	if (*word[7] != '-')
		g.expires = number(7, 10);
	stage_encode(&o, &g);
	return signed_by(out_span(&o), number(4, 16));
}

static void
take_witnesses(struct policy *p)
{
	p->has_witnesses = named.has_witnesses;
	p->log_name = named.log_name;
	p->log_key = named.log_key;
	p->witness_n = named.witness_n;
	p->witness_threshold = named.witness_threshold;
	memcpy(p->witness, named.witness, sizeof p->witness);
}

/* policy keep|drop MIN_DELAY WHO -> STAGE STATEMENT */
static enum err
policy(void)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct policy next = chain_builder_policy(b);
	struct out o = out_of(buf, sizeof buf);
	struct stage g;

	next.min_delay = number(2, 10);
	next.control.key[0].evidence = evidence;
	next.control.key[0].has_evidence = evidence.b[0] != 0;
	take_witnesses(&next);
	g = chain_builder_policy_stage(b, &next);
	stage_encode(&o, &g);
	return signed_by(out_span(&o), number(3, 16));
}

/* revoke keep|drop STAGE WHO REASON; - is the open stage */
static enum err
revoke(void)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct revoke v = { .chain = b->st.chain,
		.stage = b->st.stage_id,
		.reason = span_str(word[4]) };

	if (*word[2] != '-')
		v.stage = h32_word(2);
	revoke_encode(&o, &v);
	return signed_by(out_span(&o), number(3, 16));
}

/* endorse keep|drop WHO */
static enum err
endorse(void)
{
	static uint8_t buf[PAYLOAD_MAX];

	return signed_by(chain_builder_endorse_payload(b, buf, sizeof buf),
	    number(2, 16));
}

static enum role
role_of(const char *name)
{
	enum role r = ROLE_SEEN;

	while (r < ROLE_LIVE && strcmp(payload_role_name(r), name) != 0)
		r++;
	return r;
}

/* receipt keep|drop ROLE VERSION PREV [CHECKPOINT]; - is the head.  Without a
 * CHECKPOINT the tests' own witnesses make the one that is needed; - is none */
static enum err
receipt(void)
{
	static struct chain_builder_draft d;
	static uint8_t note[CHECKPOINT_MAX];
	struct span checkpoint;
	uint8_t payload[256], text[RECEIPT_USER_DATA_MAX];
	struct out o = out_of(payload, sizeof payload);
	struct out user_data = out_of(text, sizeof text);
	struct receipt r = { .chain = b->st.chain, .role = role_of(word[2]) };
	struct h32 prev = *word[4] == '-' ? b->st.head : h32_word(4);

	receipt_encode(&o, &r);
	receipt_user_data(&user_data, r.role, &r.chain, &prev);
	chain_builder_draft(b, &d, out_span(&o));
	chain_builder_attest(b, &d, (unsigned)number(3, 10),
	    out_span(&user_data));
	checkpoint = word[5]
			 ? bytes(5, note, sizeof note)
			 : chain_builder_needed(b, r.role, note, sizeof note);
	if (checkpoint.n > 0)
		chain_builder_witness(&d, checkpoint);
	return finish(&d, 1);
}

/* witnesses COUNT THRESHOLD [NAME KEY VKEY...]: of policies from here on, and
 * of the log; COUNT 0: none.  Without names the tests' own. */
static enum err
witnesses(void)
{
	struct out o = out_of(named_text, sizeof named_text);
	unsigned n = (unsigned)number(1, 10);

	memset(&named, 0, sizeof named);
	if (n > COSIGNERS || (word[3] && (n == 0 || !word[4 + n])))
		return ERR_USAGE;
	if (n > 0)
		cosigner_policy(&named, 0, n, (unsigned)number(2, 10));
	for (unsigned i = 0; word[3] && i <= n; i++) {
		const char *text = word[i ? 4 + i : 3];
		struct span *to = i ? &named.witness[i - 1] : &named.log_name;

		*to = span_of(o.p + o.n, strlen(text));
		out_put(&o, text, to->n);
	}
	if (word[3])
		named.log_key = h32_word(4);
	printf("ok");
	return o.full ? ERR_NO_SPACE : OK;
}

/* cosigners COUNT -> NAME KEY VKEY...: the tests' own log and witnesses */
static enum err
cosigners(void)
{
	printf("ok %s", COSIGNER_LOG);
	say_hex(h32_span(&cosigner_log()->public));
	for (unsigned i = 0; i < number(1, 10); i++)
		printf(" %s", cosigner_witness(i)->vkey);
	return OK;
}

/* checkpoint [SECOND] -> CHECKPOINT over the builder's own chain, by the tests'
 * own log and witnesses; without SECOND at the clock's */
static enum err
checkpoint(void)
{
	static uint8_t note[CHECKPOINT_MAX];
	uint64_t second = word[1] ? number(1, 10) : chain_builder_second(b);

	printf("ok");
	say_hex(chain_builder_checkpoint(b, second, note, sizeof note));
	return OK;
}

/* sign keep|drop WHO PAYLOAD */
static enum err
sign(void)
{
	static uint8_t buf[PAYLOAD_MAX];

	return signed_by(bytes(3, buf, sizeof buf), number(2, 16));
}

/* follow ENTRY: somebody else appended it */
static enum err
follow(void)
{
	static uint8_t buf[ENTRY_MAX];

	TRY(chain_builder_append_bytes(b, bytes(1, buf, sizeof buf)));
	printf("ok");
	return OK;
}

/* evidence HASH: of the first control key of policies from here on; - none.
 * One that begins with a zero byte is none either. */
static enum err
set_evidence(void)
{
	evidence = h32_word(1);
	printf("ok");
	return OK;
}

static enum err
use(void)
{
	if (number(1, 10) >= chains)
		return ERR_NOT_FOUND;
	b = chain[number(1, 10)];
	printf("ok");
	return OK;
}

/* clock MS: of documents and of stages */
static enum err
set_clock(void)
{
	b->now = number(1, 10);
	printf("ok");
	return OK;
}

/* attest NUMBER MAKER TOUCH -> PEM: what a device says of the first control key
 * of the chain that `new NUMBER` makes; TOUCH 2 is always */
static enum err
attest(void)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct piv_cert_fact f = maker_fact;
	uint8_t pem[EVIDENCE_MAX];
	struct out out = out_of(pem, sizeof pem);
	struct chain_builder *of;

	o.number = (uint32_t)number(1, 10);
	f.policy[1] = (uint8_t)number(3, 10);
	of = chain_builder_new(&o);
	maker_bundle_ed25519(&out, (unsigned)number(2, 10), &f,
	    of->key[0].secret);
	chain_builder_free(of);
	printf("ok");
	say_hex(out_span(&out));
	return OK;
}

/* maker NUMBER -> DER of its root */
static enum err
maker(void)
{
	printf("ok");
	say_hex(maker_root((unsigned)number(1, 10)));
	return OK;
}

/* root -> DER */
static enum err
root(void)
{
	printf("ok");
	say_hex(nsm_sim_root(b->sim));
	return OK;
}

/* pcr0 VERSION -> PCR0 */
static enum err
pcr0(void)
{
	struct release r = chain_builder_release(b, (unsigned)number(1, 10));

	printf("ok");
	say_hex(span_of(r.pcrs.value[0], PCR_SIZE));
	say_hex(span_of(r.pcrs.value[1], PCR_SIZE));
	say_hex(span_of(r.pcrs.value[2], PCR_SIZE));
	return OK;
}

/* head -> HEAD NEXT_SEQ OPENED STAGE */
static enum err
head(void)
{
	printf("ok");
	say_hex(h32_span(&b->st.head));
	printf(" %llu", (unsigned long long)b->st.next_seq);
	say_hex(h32_span(&b->st.opened));
	say_hex(h32_span(&b->st.stage_id));
	return OK;
}

/* entry SEQ -> the bytes that the builder has there */
static enum err
entry(void)
{
	printf("ok");
	say_hex(chain_builder_entry(b, number(1, 10)));
	return OK;
}

/* key INDEX -> KID LINE */
static enum err
key(void)
{
	const struct chain_builder_key *k = &b->key[number(1, 10) & 63];
	char line[KEY_LINE_MAX];
	struct out o = out_of(line, sizeof line);

	key_line_encode(&o, k->key.blob, span_str(""));
	printf("ok");
	say_hex(h32_span(&k->key.kid));
	printf(" %s", line);
	return OK;
}

static const struct {
	const char *name;
	unsigned words, most; /* 0: words and no more */
	enum err (*run)(void);
} commands[] = {
	{ "new", 9, 0, new_chain },
	{ "use", 2, 0, use },
	{ "stage", 8, 0, stage },
	{ "policy", 4, 0, policy },
	{ "revoke", 5, 0, revoke },
	{ "endorse", 3, 0, endorse },
	{ "receipt", 5, 6, receipt },
	{ "sign", 4, 0, sign },
	{ "follow", 2, 0, follow },
	{ "clock", 2, 0, set_clock },
	{ "evidence", 2, 0, set_evidence },
	{ "witnesses", 2, WORDS, witnesses },
	{ "cosigners", 2, 0, cosigners },
	{ "checkpoint", 1, 2, checkpoint },
	{ "attest", 4, 0, attest },
	{ "maker", 2, 0, maker },
	{ "root", 1, 0, root },
	{ "pcr0", 2, 0, pcr0 },
	{ "head", 1, 0, head },
	{ "entry", 2, 0, entry },
	{ "key", 2, 0, key },
};

static bool
fits(unsigned n, size_t i)
{
	return commands[i].most
		   ? n >= commands[i].words && n <= commands[i].most
		   : n == commands[i].words;
}

static enum err
run(unsigned n)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (n && strcmp(word[0], commands[i].name) == 0)
			return fits(n, i) ? commands[i].run() : ERR_USAGE;
	return ERR_USAGE;
}

int
main(void)
{
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		unsigned n = 0;
		char *rest = line;
		enum err e;

		memset(word, 0, sizeof word);
		while (n < WORDS && (word[n] = strtok_r(rest, " \n", &rest)))
			n++;
		e = run(n);
		if (e != OK)
			printf("err %s", err_code(e));
		putchar('\n');
		fflush(stdout);
	}
	free(line);
	return 0;
}
