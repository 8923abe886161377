/* SPDX-License-Identifier: ISC */
/* nsm_doc DIR PCRS [USER_DATA [NONCE]]: a document of the simulator in DIR on
 * stdout, with the registers of the file PCRS; the others are hex, - is none.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "enclave/simpcrs.h"

static struct span
unhex(const char *text, uint8_t *to)
{
	size_t n = strlen(text) / 2;

	if (strcmp(text, "-") == 0)
		return span_of(NULL, 0);
	if (n > NSM_FIELD_MAX || !text_unhex(span_str(text), to, n))
		exit(2);
	return span_of(to, n);
}

int
main(int argc, char **argv)
{
	static uint8_t document[ATTEST_DOC_MAX], user_data[NSM_FIELD_MAX + 1],
	    nonce[NSM_FIELD_MAX + 1];
	struct out o = out_of(document, sizeof document);
	struct nsm_ask ask = { 0 };
	struct nsm_sim *sim;
	struct nsm nsm;

	if (argc < 3 || argc > 5)
		return 2;
	if (argc > 3)
		ask.user_data = unhex(argv[3], user_data);
	if (argc > 4)
		ask.nonce = unhex(argv[4], nonce);
	if (nsm_sim_open(argv[1], &sim) != OK ||
	    simpcrs_file(sim, argv[2]) != OK)
		return 1;
	nsm = nsm_sim_nsm(sim);
	if (nsm_attest(&nsm, &ask, &o) != OK)
		return 1;
	fwrite(document, 1, o.n, stdout);
	nsm_close(&nsm);
	return 0;
}
