/* SPDX-License-Identifier: ISC */
#include "policy_says.h"

#include "mem.h"
#include "policy_witness.h"
#include "value.h"
#include "words.h"

struct telling {
	struct policy_saying *list;
	size_t n;
	const char *part;
};

static void
say(struct telling *t, const char *about, const char *text)
{
	if (t->n < POLICY_SAYINGS)
		t->list[t->n++] =
		    (struct policy_saying){ t->part, about, text };
}

bool
policy_says_over(const struct policy *p, const struct state *st)
{
	return !p->upgradable && st->release_n > 0;
}

static const char *
number(uint64_t n)
{
	return mem_printf("%llu", (unsigned long long)n);
}

static void
who_stages(struct telling *t, const struct policy *p)
{
	const char *control = words_of(p->threshold, &p->control);

	say(t, "stages a release", control);
	say(t, "stages a change",
	    mem_printf("%s; and enough of the control keys that it brings",
		control));
}

static void
who_stops(struct telling *t, const struct policy *p)
{
	const char *most = words_of(policy_majority(p), &p->guardians);

	say(t, "stops a release", words_revokers(p, false, false));
	say(t, "stops a change", words_revokers(p, true, false));
	if (p->guardians.n == 0) {
		say(t, "backs a change", "nobody: there are no guardians");
		return;
	}
	say(t, "backs a change",
	    mem_printf("%s, who sign the stage beside the control keys; then "
		       "only as many guardians can stop it, and the control "
		       "keys cannot",
		most));
}

static const char *
witness_names(const struct policy *p)
{
	const char *s = "";

	for (size_t i = 0; i < p->witness_n; i++)
		s = mem_printf("%s%s%s", s, *s ? ", " : "",
		    mem_string(policy_witness_name(p->witness[i])));
	return s;
}

static void
who(struct telling *t, const struct policy *p)
{
	t->part = "who";
	who_stages(t, p);
	who_stops(t, p);
	say(t, "vouches",
	    p->has_endorsers
		? mem_printf("%s, before anything takes effect but a change "
			     "that guardians back",
		      words_of(p->endorser_threshold, &p->endorsers))
		: "nobody has to");
	say(t, "watches",
	    p->has_witnesses
		? mem_printf("%s of %s: notice, acceptance and release count "
			     "only with a checkpoint that they cosigned",
		      number(p->witness_threshold), witness_names(p))
		: "nobody has to: a server and the enclave's host together "
		  "can hide the newest entries");
	say(t, "lets go",
	    "the code in force, by itself, when the window is over and nobody "
	    "has stopped it");
}

static void
when(struct telling *t, const struct policy *p, const struct state *st)
{
	const char *window = value_duration_text(p->min_delay);

	t->part = "when";
	say(t, "a stop", "at once, until the code in force lets go");
	if (st->release_n == 0)
		say(t, "the first release",
		    "as soon as its enclave runs; nobody waits for a window");
	say(t, "a release",
	    p->min_delay == 0
		? "at once, when the new code runs"
		: mem_printf("%s after the code in force knows of it, or later",
		      window));
	say(t, "a change",
	    p->min_delay == 0
		? "at once"
		: mem_printf("%s after the code in force knows of it, or "
			     "later; a change of the window too",
		      window));
	say(t, "the floor",
	    st->floor == 0 ? "none: a change can take the window away"
			   : mem_printf("no change can make the window "
					"shorter than %s",
				 value_duration_text(st->floor)));
}

static void
lost_control(struct telling *t, const struct policy *p)
{
	uint64_t spare = p->control.n - p->threshold;

	if (spare == 0)
		say(t, "a control key",
		    "nothing can be changed any more: the chain is over");
	else
		say(t, "a control key",
		    mem_printf("%s may be lost; stage a change that replaces "
			       "it. With %s lost the chain is over",
			number(spare), number(spare + 1)));
}

static void
lost_guardian(struct telling *t, const struct policy *p)
{
	size_t n = p->guardians.n, spare = n - policy_majority(p);

	if (n == 0)
		return;
	if (n == 1)
		say(t, "a guardian",
		    "nobody but the control keys stops anything, and nobody "
		    "backs a change, until it is replaced");
	else
		say(t, "a guardian",
		    mem_printf("%s may be lost and a release can still be "
			       "stopped; %s, and a change can still be backed",
			number(n - 1), number(spare)));
}

static void
lost_witness(struct telling *t, const struct policy *p)
{
	uint64_t spare = p->witness_n - p->witness_threshold;
	const char *out = p->guardians.n > 0
			      ? "until the guardians back a change of the "
				"witnesses, which needs none"
			      : "any more, and nobody can change that: there "
				"are no guardians to back another choice";

	if (!p->has_witnesses)
		return;
	say(t, "a witness",
	    spare > 0 ? mem_printf("%s may be away; with %s away nothing takes "
				   "effect %s",
			    number(spare), number(spare + 1), out)
		      : mem_printf("nothing takes effect %s", out));
}

static void
lost(struct telling *t, const struct policy *p)
{
	uint64_t spare = p->endorsers.n - p->endorser_threshold;

	t->part = "lost";
	lost_control(t, p);
	lost_guardian(t, p);
	lost_witness(t, p);
	if (!p->has_endorsers)
		return;
	if (spare > 0)
		say(t, "an endorser",
		    mem_printf("%s may be lost", number(spare)));
	else if (p->guardians.n > 0)
		say(t, "an endorser",
		    "no release takes effect until the guardians back a "
		    "change of the endorsers");
	else
		say(t, "an endorser",
		    "nothing takes effect any more: the chain is over");
}

static void
stolen_control(struct telling *t, const struct policy *p)
{
	const char *stop = p->guardians.n > 0
			       ? "in public; a guardian stops a release, and "
				 "guardians with the owner back a change that "
				 "takes the thief's keys out"
			       : "in public, and nobody can stop the thief "
				 "for good";

	if (p->threshold == 1)
		say(t, "a control key",
		    mem_printf("the thief stages what they like, %s", stop));
	else
		say(t, "a control key",
		    mem_printf("does nothing alone. With %s the thief stages "
			       "what they like, %s",
			number(p->threshold), stop));
}

static void
stolen_guardian(struct telling *t, const struct policy *p)
{
	size_t most = policy_majority(p);

	if (p->guardians.n == 0)
		return;
	if (most == 1)
		say(t, "a guardian",
		    "stops every release and every change, its own removal "
		    "too: the chain stands still");
	else
		say(t, "a guardian",
		    mem_printf("stops releases until a change takes it out, "
			       "and can do nothing else. With %s the thief "
			       "stops changes too, and the chain stands still",
			number(most)));
}

static void
stolen(struct telling *t, const struct policy *p)
{
	t->part = "stolen";
	stolen_control(t, p);
	stolen_guardian(t, p);
	if (p->has_witnesses)
		say(t, "a witness",
		    p->witness_threshold > 1
			? mem_printf("does nothing alone; %s of them together "
				     "with the log can show two histories",
			      number(p->witness_threshold))
			: "together with the log shows one history here and "
			  "another one there");
	if (p->has_endorsers)
		say(t, "an endorser",
		    p->endorser_threshold > 1
			? mem_printf("does nothing alone; %s of them vouch for "
				     "anything, and stage nothing",
			      number(p->endorser_threshold))
			: "vouches for anything, and stages nothing");
}

size_t
policy_says(const struct policy *p, const struct state *st,
    struct policy_saying list[POLICY_SAYINGS])
{
	struct telling t = { .list = list };

	if (policy_says_over(p, st)) {
		t.part = "who";
		say(&t, "changes anything",
		    "nobody, ever: the chain is frozen. Lost and stolen keys "
		    "change nothing any more, and no fix can be released");
		return t.n;
	}
	who(&t, p);
	when(&t, p, st);
	lost(&t, p);
	stolen(&t, p);
	return t.n;
}
