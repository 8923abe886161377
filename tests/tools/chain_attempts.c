/* SPDX-License-Identifier: ISC */
/* chain_attempts SEED COUNT: tries COUNT entries, good and bad, on a chain and
 * prints each with the verdict that it got: a line "CODE BYTES", then so many
 * bytes.  The first line is the root's hash.  In the end it asks whether the
 * chain is fresh: "tip CODE NOW MAX_AGE BYTES" and a checkpoint.  Another
 * verifier that follows FORMAT.md must say the same. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "chain/walk.h"
#include "tests/lib/chain_builder.h"

static struct chain_builder *b;
static struct chain_builder_draft draft;
static uint64_t dice;

/* 0 to n - 1, the same on every machine. */
static unsigned
roll(unsigned n)
{
	dice = dice * UINT64_C(6364136223846793005) +
	       UINT64_C(1442695040888963407);
	return (unsigned)(dice >> 33) % n;
}

static bool
rarely(void)
{
	return roll(8) == 0;
}

static void
try_bytes(struct span s)
{
	enum err e = chain_builder_append_bytes(b, s);

	printf("%s %zu\n", err_code(e), s.n);
	fwrite(s.p, 1, s.n, stdout);
	putchar('\n');
}

/* The draft in its place, or a little beside it. */
static void
try_draft(void)
{
	static uint8_t bytes[ENTRY_MAX];
	struct out o = out_of(bytes, sizeof bytes);

	if (rarely() && rarely()) {
		switch (roll(4)) {
		case 0:
			draft.seq += 1 + roll(2);
			break;
		case 1:
			draft.prev.b[roll(32)] ^= 1;
			break;
		case 2:
			draft.chain.b[roll(32)] ^= 1;
			break;
		default:
			if (draft.n > 0 && draft.proof[0].kind == PROOF_KEY)
				draft.sig[0][roll(64)] ^= 1;
		}
	}
	if (entry_encode(&o, &draft.chain, draft.seq, &draft.prev,
		draft.payload, draft.proof, draft.n) != OK)
		return;
	if (rarely() && rarely())
		bytes[roll((unsigned)(o.n < 200 ? o.n : 200))] ^=
		    (uint8_t)(1U << roll(8));
	try_bytes(out_span(&o));
}

static signers
some(signers all)
{
	signers who = 0;

	for (unsigned i = 0; i < CHAIN_BUILDER_KEYS; i++)
		if (all >> i & 1 && roll(4) != 0)
			who |= UINT64_C(1) << i;
	return who;
}

#define OWNERS (CONTROL(0) | CONTROL(1) | CONTROL(2))
#define GUARDIANS (GUARDIAN(0) | GUARDIAN(1) | GUARDIAN(2))
#define ENDORSERS (ENDORSER(0) | ENDORSER(1))
#define OTHERS (OTHER(0) | OTHER(1))

static signers
crowd(void)
{
	signers who = some(OWNERS);

	if (roll(3) == 0)
		who |= some(GUARDIANS);
	if (roll(4) == 0)
		who |= some(OTHERS);
	if (rarely())
		who |= some(ENDORSERS);
	return who;
}

/* One of several changes to what would be right. */
static void
spoil_stage(struct stage *g)
{
	static uint8_t other[PCR_SIZE] = { 3 };

	switch (roll(12)) {
	case 0:
		g->from = b->st.opened;
		break;
	case 1:
		g->from = b->st.chain;
		break;
	case 2:
		g->delay -= roll(2);
		break;
	case 3:
		g->delay += DAY;
		break;
	case 4:
		g->not_before += roll(3) * DAY;
		break;
	case 5:
		g->expires = g->not_before + roll(2);
		break;
	case 6:
		g->release.has_svn = true;
		g->release.svn = roll(4);
		break;
	case 7:
		g->release.pcrs.mask |= 1 << 8;
		g->release.pcrs.value[8] = other;
		break;
	case 8:
		g->notes = span_str("notes");
		break;
	default:
		break;
	}
}

/* Other witnesses, none, or some that no chain takes. */
static void
spoil_witnesses(struct policy *p)
{
	static const char *const bad[] = { "witness-0.example+00000000+AAAA",
		"witness 0.example", "witness-0.example" };
	unsigned n = 1 + roll(4);

	p->has_witnesses = roll(3) != 0;
	if (!p->has_witnesses)
		return;
	cosigner_policy(p, roll(4), n, 1 + roll(n));
	switch (roll(12)) {
	case 0:
		p->witness[0] = span_str(bad[roll(3)]);
		break;
	case 1:
		p->witness[n - 1] = p->witness[0];
		break;
	case 2:
		p->witness[0] = span_str(cosigner_log()->vkey);
		break;
	case 3:
		p->log_key = cosigner_witness(roll(4))->public;
		break;
	case 4:
		p->log_key.b[roll(32)] ^= 1;
		break;
	case 5:
		p->log_name = span_str(roll(2) ? "other.example" : "a b");
		break;
	case 6:
		p->witness_threshold = roll(2) * (n + 1);
		break;
	default:
		break;
	}
}

static void
spoil_policy(struct policy *p)
{
	if (roll(3) == 0)
		spoil_witnesses(p);
	if (roll(3) == 0)
		return; /* nothing but witnesses */
	switch (roll(10)) {
	case 0:
		p->control.key[1] = b->key[48].key;
		break;
	case 1:
		p->control.key[1 + roll(2)] = b->key[roll(64)].key;
		break;
	case 2:
		p->threshold = roll(5);
		break;
	case 3:
		p->min_delay = roll(3) * HOUR;
		break;
	case 4:
		p->pcrs |= 1 << 8;
		break;
	case 5:
		p->upgradable = roll(6) != 0;
		break;
	case 6:
		p->guardians.n = roll(4);
		break;
	case 7:
		p->guardians.key[0] = b->key[49].key;
		break;
	default:
		p->has_endorsers = roll(3) == 0;
		p->endorsers.n = 2;
		p->endorsers.key[0] = b->key[32].key;
		p->endorsers.key[1] = b->key[33].key;
		p->endorser_threshold = 1 + roll(2);
	}
}

static void
try_stage(void)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct policy p = chain_builder_policy(b);
	struct stage g;

	if (roll(3) == 0) {
		spoil_policy(&p);
		g = chain_builder_policy_stage(b, &p);
	} else {
		g = chain_builder_stage_of(b, 1 + roll(5));
	}
	g.delay = chain_builder_policy(b).min_delay;
	if (roll(2) == 0)
		spoil_stage(&g);
	stage_encode(&o, &g);
	chain_builder_draft(b, &draft, out_span(&o));
	chain_builder_sign(b, &draft, crowd());
	try_draft();
}

static void
try_endorse(void)
{
	uint8_t buf[4096];

	chain_builder_draft(b, &draft,
	    chain_builder_endorse_payload(b, buf, sizeof buf));
	chain_builder_sign(b, &draft, rarely() ? crowd() : ENDORSER(roll(2)));
	try_draft();
}

static void
try_revoke(void)
{
	uint8_t buf[4096];

	chain_builder_draft(b, &draft,
	    chain_builder_revoke_payload(b, buf, sizeof buf));
	chain_builder_sign(b, &draft, roll(2) ? some(GUARDIANS) : crowd());
	try_draft();
}

static unsigned
staged_version(void)
{
	struct stage g;
	unsigned version;

	if (b->st.phase == PHASE_OPEN || state_stage(&b->st, &g) != OK ||
	    !g.has_release)
		return 1 + roll(5);
	memcpy(&version, g.release.pcrs.value[0], sizeof version);
	return version;
}

/* What is not true of the chain. */
static void
spoil_note(struct cosigner_note *n)
{
	switch (roll(12)) {
	case 0:
		n->size += roll(2) ? 1 : UINT64_MAX;
		break;
	case 1:
		n->root.b[roll(32)] ^= 1;
		break;
	case 2:
		n->origin[roll((unsigned)n->origin_n)] ^= 1;
		break;
	case 3:
		n->log = roll(2) ? NULL : cosigner_witness(0);
		break;
	case 4:
		n->second[roll(8)] = 0;
		break;
	case 5:
		n->second[roll(8)] = UINT64_C(1) << (30 + roll(34));
		break;
	default:
		for (unsigned i = 0; i < 8; i++)
			if (n->second[i] > 0)
				n->second[i] += roll(9000) - 4500;
	}
}

/* Its bytes, or others. */
static void
spoil_bytes(uint8_t *p, size_t *n)
{
	size_t at = *n - 1;

	switch (roll(4)) {
	case 0:
		*n -= 1 + roll(3);
		break;
	case 1: /* the last line twice */
		while (p[at - 1] != '\n')
			at--;
		memcpy(p + *n, p + at, *n - at);
		*n += *n - at;
		break;
	case 2:
		p[roll((unsigned)*n)] = (uint8_t) "\n +\xe2 AB=9"[roll(10)];
		break;
	default:
		p[roll((unsigned)*n)] ^= (uint8_t)(1U << roll(8));
	}
}

/* The checkpoint that is needed, or one a little beside it. */
static void
add_checkpoint(enum role role)
{
	static uint8_t bytes[CHECKPOINT_MAX];
	struct policy now = chain_builder_policy(b);
	uint64_t second = chain_builder_second(b);
	struct out o = out_of(bytes, sizeof bytes);
	struct span s = chain_builder_needed(b, role, bytes, sizeof bytes);
	struct cosigner_note n;

	if ((s.n == 0) != rarely())
		return;   /* rightly so, or not */
	if (roll(8) == 0) /* to an edge */
		second += roll(2) ? 300 + roll(2) : UINT64_MAX - 3599 - roll(2);
	cosigner_note(&n, &b->st,
	    cosigner_named(&now) | (rarely() ? roll(256) : 0), second);
	if (roll(3) == 0)
		spoil_note(&n);
	cosigner_write(&o, &n);
	if (rarely())
		spoil_bytes(bytes, &o.n);
	chain_builder_witness(&draft, out_span(&o));
}

static void
try_receipt(enum role role)
{
	struct receipt r = { b->st.chain, role };
	uint8_t payload[256], said[RECEIPT_USER_DATA_MAX];
	struct out p = out_of(payload, sizeof payload);
	struct out u = out_of(said, sizeof said);
	unsigned version = role == ROLE_ACCEPTED || b->st.release_n == 0
			       ? staged_version()
			       : chain_builder_version(b);

	receipt_encode(&p, &r);
	receipt_user_data(&u, rarely() ? ROLE_LIVE : role, &b->st.chain,
	    rarely() ? &b->st.chain : &b->st.head);
	chain_builder_draft(b, &draft, out_span(&p));
	if (rarely() && rarely())
		chain_builder_sign(b, &draft, CONTROL(0));
	else
		chain_builder_attest(b, &draft, rarely() ? 9 : version,
		    out_span(&u));
	add_checkpoint(role);
	try_draft();
}

/* The clock goes on a little, to an edge, or far. */
static void
pass_time(void)
{
	struct due due[3];
	size_t n = rules_due(&b->st, due);

	if (roll(3) == 0 && n > 0) {
		uint64_t edge = due[roll((unsigned)n)].from;

		if (edge > b->now)
			b->now = edge - (roll(3) == 0);
	} else if (rarely()) {
		b->now += roll(20) * DAY;
	} else {
		b->now += roll(3600000);
	}
}

static void
try_one(void)
{
	struct due due[3];
	size_t n = rules_due(&b->st, due);

	pass_time();
	if (n > 0 && roll(2) == 0)
		try_receipt(due[roll((unsigned)n)].role);
	else if (roll(4) == 0)
		try_receipt((enum role)roll(4));
	else if (b->st.phase == PHASE_OPEN || roll(4) == 0)
		try_stage();
	else if (roll(4) == 0)
		try_revoke();
	else
		try_endorse();
}

/* Times at the edges, and between them. */
static void
choose_times(struct walk_fresh *f, uint64_t second)
{
	f->max_age = roll(2) * HOUR + roll(3);
	f->now = second * 1000 + 999;
	switch (roll(4)) {
	case 0:
		f->now += f->max_age + roll(2);
		break;
	case 1:
		f->now -= WITNESS_AFTER_MS + roll(2);
		break;
	case 2:
		f->now += roll(3600000);
		break;
	default:
		break;
	}
}

static void
try_tip(void)
{
	static struct walk w;
	static uint8_t bytes[CHECKPOINT_MAX];
	struct policy now = chain_builder_policy(b);
	struct walk_opts o = { .rules = b->rules, .from = &b->st };
	uint64_t second = chain_builder_second(b) + roll(7200);
	struct out note = out_of(bytes, sizeof bytes);
	struct cosigner_note n;
	enum err e;

	cosigner_note(&n, &b->st, cosigner_named(&now), second);
	if (roll(4) == 0)
		spoil_note(&n);
	if (!rarely())
		cosigner_write(&note, &n);
	if (note.n > 0 && rarely())
		spoil_bytes(bytes, &note.n);
	choose_times(&o.fresh, second);
	o.fresh.checkpoint = out_span(&note);
	o.rules.level = LEVEL_FRESH;
	walk_init(&w, &o);
	e = walk_end(&w);
	printf("tip %s %" PRIu64 " %" PRIu64 " %zu\n", err_code(e), o.fresh.now,
	    o.fresh.max_age, note.n);
	fwrite(bytes, 1, note.n, stdout);
	putchar('\n');
}

int
main(int argc, char **argv)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct policy named;
	char root[65];
	struct out r = out_of(root, sizeof root);

	if (argc != 3)
		return 2;
	dice = strtoull(argv[1], NULL, 10);
	o.number = (uint32_t)dice;
	if (dice % 3 == 0) {
		o.endorsers = 2;
		o.endorser_threshold = 1 + roll(2);
	}
	if (dice % 5 == 0)
		o.guardians = roll(3);
	if (dice % 2 == 0) {
		unsigned n = 1 + roll(4);

		cosigner_policy(&named, 0, n, 1 + roll(n));
		o.witnesses = &named;
	}
	b = chain_builder_new(&o);
	text_hex(&r, h32_span(&b->root));
	puts(root);
	printf("ok %zu\n", chain_builder_entry(b, 0).n);
	fwrite(chain_builder_entry(b, 0).p, 1, chain_builder_entry(b, 0).n,
	    stdout);
	putchar('\n');
	for (unsigned long i = strtoul(argv[2], NULL, 10); i > 0; i--)
		try_one();
	for (int i = 0; i < 20; i++)
		try_tip();
	chain_builder_free(b);
	return 0;
}
