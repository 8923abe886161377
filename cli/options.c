/* SPDX-License-Identifier: ISC */
#include "options.h"

const struct option options_global[] = {
	{ "output", 'o', "table|json|yaml", false, "ENCL_OUTPUT",
	    "how stdout is written" },
	{ "server", 0, "URL", false, "ENCL_SERVER", "the server to ask" },
	{ "context", 0, "NAME", false, "ENCL_CONTEXT",
	    "the context to use, instead of the chosen one" },
	{ "token-file", 0, "FILE", false, "ENCL_TOKEN_FILE",
	    "a file with the bearer token, - for stdin" },
	{ "ca-file", 0, "FILE", false, "ENCL_CA_FILE",
	    "the certificate authorities to trust, instead of the system's" },
	{ "insecure-http", 0, NULL, false, "ENCL_INSECURE_HTTP",
	    "allow http:// to other machines" },
	{ "help", 'h', NULL, false, NULL, "say more about the command" },
	{ .name = NULL },
};

#define SECRETS \
	{ "passphrase-file", 0, "FILE", false, "ENCL_PASSPHRASE_FILE", \
		"passphrases of keys: one for all, or a line for each key" }, \
	    { "passphrase-fd", 0, "N", false, NULL, \
		    "the same from an open file descriptor" }, \
	    { "pin-file", 0, "FILE", false, "ENCL_PIN_FILE", \
		    "the PINs of devices: one for all, or a line for each " \
		    "key; tried once" }, \
	    { "pin-fd", 0, "N", false, NULL, \
		    "the same from an open file descriptor" }, \
	{ \
		"pinentry", 0, "CMD", false, "ENCL_PINENTRY", \
		    "ask through this pinentry program, not the terminal" \
	}

const struct option options_secrets[] = { SECRETS, { .name = NULL } };

const struct option options_management[] = {
	{ "management-key-file", 0, "FILE", false, "ENCL_MANAGEMENT_KEY_FILE",
	    "the device's management key, in hex" },
	{ "management-key-fd", 0, "N", false, NULL,
	    "the same from an open file descriptor" },
	{ .name = NULL },
};

/* Not from the environment: --yes there would agree to lose what a slot
 * holds. */
const struct option options_sealed[] = {
	{ "slot", 0, "1|2", false, NULL,
	    "sealed: the slot of the YubiKey's challenge-response (2)" },
	{ "serial", 0, "N", true, NULL,
	    "sealed: this YubiKey; several hold the same secret and stand in "
	    "for each other" },
	{ "program", 0, NULL, false, NULL,
	    "sealed: write the slot, so that a touch is asked and the "
	    "challenge can be renewed; what it held is lost" },
	{ "access-code", 0, NULL, false, NULL,
	    "sealed: the slot has an access code, which is asked for as a "
	    "management key" },
	{ "recovery-out", 0, "FILE", false, NULL,
	    "sealed: write the recovery key to a new FILE, not to the "
	    "terminal" },
	{ "yes", 'y', NULL, false, NULL,
	    "do not ask before a slot is written" },
	{ .name = NULL },
};

const struct option options_piv[] = {
	{ "pin-policy", 0, "never|once|always", false, NULL,
	    "piv: when the device asks for its PIN (once)" },
	{ "touch-policy", 0, "never|cached|always", false, NULL,
	    "piv: when it asks for a touch (always)" },
	{ .name = NULL },
};

const struct option options_recovery[] = {
	{ "name", 0, "NAME", false, NULL,
	    "the name in the public key line; else that of the old one" },
	{ "recovery-file", 0, "FILE", false, NULL,
	    "the recovery key, as it was printed" },
	{ "recovery-fd", 0, "N", false, NULL,
	    "the same from an open file descriptor" },
	{ .name = NULL },
};

#define OLD_COPY \
	{ \
		"allow-old-copy", 0, NULL, false, NULL, \
		    "sealed: use a file that is older than one used here" \
	}

const struct option options_renew[] = {
	SECRETS,
	OLD_COPY,
	{ .name = NULL },
};

const struct option options_sign[] = {
	{ "key", 'k', "REF", true, "ENCL_KEY",
	    "sign with this key; `encl key list` shows those at hand" },
	{ "yes", 'y', NULL, false, "ENCL_YES", "do not ask before signing" },
	{ "accept-risk", 0, "NAME,...", true, "ENCL_ACCEPT_RISK",
	    "sign in spite of these risks, by the names that the screen "
	    "gives them" },
	SECRETS,
	OLD_COPY,
	{ .name = NULL },
};

#define ROOT \
	{ \
		"root", 0, "FILE", true, "ENCL_ROOT", \
		    "an attestation root to trust: aws, a certificate, or " \
		    "its SHA-256" \
	}
#define SIGN_ONLY \
	{ \
		"sign-only", 0, "FILE", false, NULL, \
		    "write the signed statement to FILE instead of sending " \
		    "it" \
	}
#define DRY_RUN \
	{ \
		"dry-run", 'n', NULL, false, NULL, \
		    "show what would be signed, then stop" \
	}

const struct option options_chain[] = { ROOT, { .name = NULL } };

const struct option options_stage[] = { ROOT, SIGN_ONLY, DRY_RUN,
	{ .name = NULL } };

const struct option options_produce[] = {
	SIGN_ONLY,
	DRY_RUN,
	{ .name = NULL },
};

const struct option options_window[] = {
	{ "activate-after", 0, "D", false, NULL,
	    "how long after the notice it may take effect; else the minimum" },
	{ "activate-at", 0, "TIME", false, NULL,
	    "not before this time (RFC 3339)" },
	{ "expires-after", 0, "D", false, NULL,
	    "how long after that it may still take effect (14d)" },
	{ "notes", 0, "TEXT", false, NULL,
	    "a text that is signed too; @FILE reads it" },
	{ "replace", 0, NULL, false, NULL, "take the place of the open stage" },
	{ "draft", 0, NULL, false, NULL,
	    "leave it on the server, where others add their signatures" },
	{ "wait", 'w', "[D]", false, NULL,
	    "wait until it took effect or was closed" },
	{ .name = NULL },
};

const struct option options_evidence[] = {
	{ "evidence", 0, "FILE", true, NULL,
	    "a device's proof that it holds one of the keys: what `encl key "
	    "attest` wrote" },
	{ "evidence-root", 0, "FILE", true, "ENCL_EVIDENCE_ROOT",
	    "certificates of the devices' makers" },
	{ "no-evidence", 0, NULL, false, NULL,
	    "take keys of devices without a proof" },
	{ "publish-evidence", 0, NULL, false, NULL,
	    "show the proofs, with the devices' serial numbers, to whoever "
	    "sees the chain" },
	{ .name = NULL },
};

const struct option options_list[] = {
	{ "limit", 0, "N", false, NULL, "at most so many (100)" },
	{ "after", 0, "CURSOR", false, NULL, "go on after an earlier list" },
	{ .name = NULL },
};
