/* SPDX-License-Identifier: ISC */
#include "signer.h"

enum err
signer_sign(const struct signer *s, struct span payload,
    uint8_t sig[KEY_SIG_MAX], size_t *n)
{
	*n = 0;
	TRY(s->sign(s->ctx, payload, sig, n));
	if (*n > KEY_SIG_MAX)
		return ERR_SIG_FORM;
	return sshsig_verify(s->blob, payload, span_of(sig, *n));
}
