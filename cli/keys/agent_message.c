/* SPDX-License-Identifier: ISC */
#include "agent.h"
#include "chain/sshsig.h"
#include "chain/wire.h"

/* Of draft-miller-ssh-agent section 6.1; the last two are what agents said
 * before there was a draft, and some still do. */
#define FAILURE 5
#define REQUEST_IDENTITIES 11
#define IDENTITIES_ANSWER 12
#define SIGN_REQUEST 13
#define SIGN_RESPONSE 14
#define EXTENSION_FAILURE 28
#define FAILURE_SSH2 30
#define FAILURE_SSHCOM 102

static void
put_u8(struct out *o, uint8_t v)
{
	out_put(o, &v, 1);
}

void
agent_list_encode(struct out *o)
{
	put_u8(o, REQUEST_IDENTITIES);
}

void
agent_sign_encode(struct out *o, struct span blob, struct span data)
{
	put_u8(o, SIGN_REQUEST);
	wire_put_string(o, blob);
	wire_put_string(o, data);
	wire_put_u32(o, 0);
}

/* Takes the type off the front; ERR_AGENT unless it is this one. */
static enum err
expect(struct span *s, uint8_t type)
{
	uint8_t t;

	if (s->n == 0)
		return ERR_AGENT;
	t = s->p[0];
	*s = span_of(s->p + 1, s->n - 1);
	if (t == type)
		return OK;
	return t == FAILURE || t == EXTENSION_FAILURE || t == FAILURE_SSH2 ||
		       t == FAILURE_SSHCOM
		   ? ERR_AGENT_REFUSED
		   : ERR_AGENT;
}

static bool
take_u32(struct span *s, uint32_t *v)
{
	if (s->n < 4)
		return false;
	*v = (uint32_t)s->p[0] << 24 | (uint32_t)s->p[1] << 16 |
	     (uint32_t)s->p[2] << 8 | s->p[3];
	*s = span_of(s->p + 4, s->n - 4);
	return true;
}

enum err
agent_list_decode(struct span s, struct agent_key *key, size_t *n)
{
	uint32_t count;

	*n = 0;
	TRY(expect(&s, IDENTITIES_ANSWER));
	if (!take_u32(&s, &count) || count > AGENT_KEYS_MAX)
		return ERR_AGENT;
	for (uint32_t i = 0; i < count; i++)
		if (!wire_string(&s, &key[i].blob) ||
		    !wire_string(&s, &key[i].comment))
			return ERR_AGENT;
	if (s.n != 0)
		return ERR_AGENT;
	*n = count;
	return OK;
}

enum err
agent_sign_decode(struct span s, enum key_type type, uint8_t sig[KEY_SIG_MAX],
    size_t *n)
{
	struct span wire, made;

	*n = 0;
	TRY(expect(&s, SIGN_RESPONSE));
	if (!wire_string(&s, &wire) || s.n != 0 ||
	    sshsig_from_wire(wire, type, sig, &made) != OK)
		return ERR_AGENT;
	*n = made.n;
	return OK;
}
