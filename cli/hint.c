/* SPDX-License-Identifier: ISC */
#include "hint.h"

#include <stddef.h>

static const struct row {
	enum err err;
	const char *text;
} rows[] = {
	/* what the chain's own rules say */
	{ ERR_AUTHORITY,
	    "`encl policy show` says whose signatures it takes, `encl upgrade "
	    "sign FILE` adds one" },
	{ ERR_FROM_STALE,
	    "`encl enclave show` says where the chain is now; make the "
	    "statement again" },
	{ ERR_HEAD_MOVED, "the same command again looks again" },
	{ ERR_STAGE_OPEN,
	    "`encl upgrade show` shows it; --replace takes its place, `encl "
	    "upgrade revoke` ends it" },
	{ ERR_REPLACE_BACKED,
	    "have as many guardians sign as it takes, or revoke it first" },
	{ ERR_NOT_UPGRADABLE,
	    "nothing thaws a chain; a new enclave is a new chain" },
	{ ERR_NO_RELEASE,
	    "stage a release first; `encl upgrade list` shows what there is" },
	{ ERR_LIVE_AHEAD,
	    "fetch the chain again; a server that has nothing newer keeps "
	    "those entries back" },
	{ ERR_SVN_FALLS, "--svn N says a number that is not lower" },
	{ ERR_DELAY_SHORT,
	    "`encl policy show` says the shortest window; --activate-after "
	    "asks for one" },
	{ ERR_NOTHING_STAGED,
	    "`encl upgrade list` shows what was staged and what became of "
	    "it" },
	{ ERR_STAGE_UNKNOWN,
	    "`encl upgrade list` shows the stages and their ids" },
	{ ERR_ALREADY_ENDORSED, "there is nothing left to do" },
	{ ERR_ENDORSE_PCRS,
	    "what was rebuilt is not what was staged: do not endorse it, tell "
	    "a guardian" },
	{ ERR_NOT_REVOCABLE,
	    "stage another release; --stage ID still puts the objection on "
	    "record" },
	{ ERR_RELEASE_PCRS,
	    "`encl policy show` says which PCRs count; the file must have "
	    "them" },
	{ ERR_WOULD_REFUSE, "`encl policy show` says what it takes" },
	{ ERR_NOT_ACCEPTED, "start the new image beside the old one" },
	{ ERR_NOT_ENDORSED,
	    "`encl policy show` says whose endorsements it takes" },
	{ ERR_TOO_EARLY, "`encl upgrade show` says when the window is over" },
	{ ERR_NOT_EXPIRED, "`encl upgrade show` says when it expires" },
	{ ERR_RECEIPT_STATE, "`encl chain show` says what the chain has" },
	{ ERR_RECEIPT_AGAIN, "there is nothing left to do" },
	{ ERR_EXPIRED, "stage it again, or look at --expires-after" },
	{ ERR_REVOKED, "`encl upgrade show` says why; stage anew" },
	{ ERR_POLICY_WITNESSES,
	    "a witness is a vkey, NAME+HEX+BASE64, as `encl-witness vkey` "
	    "prints it; none twice" },
	{ ERR_WITNESSES_WAIT,
	    "`encl chain checkpoint` says which witnesses are behind" },
	{ ERR_WITNESS_UNKNOWN,
	    "the server's operator adds their addresses: docs/witnesses.md" },
	{ ERR_LOG_UNKNOWN,
	    "the witness's operator admits the log: docs/witnesses.md" },
	{ ERR_WITNESS_SIZE,
	    "the log's owner sends it the proof from the size that it has" },
	{ ERR_LOG_BEHIND, "the server's operator restores the newest backup: "
			  "docs/witnesses.md" },
	{ ERR_TEXT_BAD,
	    "texts are short and of one line; chain/FORMAT.md says how long "
	    "each may be" },
	{ ERR_POLICY_FLOOR,
	    "--min-delay asks for more; the floor never moves" },
	{ ERR_POLICY_THRESHOLD,
	    "a threshold is from 1 to the number of its keys" },
	{ ERR_POLICY_ROLES, "give each role keys of its own" },
	/* what verification says */
	{ ERR_TAIL_HIDDEN,
	    "--evidence FILE keeps what shows it; ask the server's owner, and "
	    "a mirror for the chain" },
	{ ERR_SPLIT,
	    "nothing that this log says counts any more: show the evidence to "
	    "those who use the chain" },
	{ ERR_CHAIN_EMPTY, "`encl chain export` writes a chain file" },
	{ ERR_CBOR_TYPE, "is it the right file? it may be of another kind" },
	{ ERR_CBOR_TRUNCATED,
	    "is the file whole? fetch it again, or from another place" },
	{ ERR_CBOR_NOT_WELL_FORMED,
	    "is it the right file? it may be of another kind" },
	{ ERR_PIN_MISMATCH,
	    "compare the chain id with one from another place; `encl chain "
	    "pin` lists the pins" },
	{ ERR_PIN_MISSING,
	    "history that was seen here is kept back: ask a mirror for the "
	    "chain, and the server's owner why" },
	{ ERR_ROOT_FOREIGN,
	    "--root FILE names an attestation root to trust, for instance the "
	    "simulator's" },
	{ ERR_DOC_ROOT,
	    "--root FILE names an attestation root to trust, for instance the "
	    "simulator's" },
	{ ERR_CERT_EXPIRED,
	    "without --live a document is judged at its own time" },
	{ ERR_DOC_DEBUG,
	    "such documents prove nothing; --allow-debug lets them pass" },
	/* watching */
	{ ERR_WATCHED, "--state DIR gives this one a folder of its own" },
	{ ERR_WATCH_STATE,
	    "keep that folder as it is, and begin anew in another: --state "
	    "DIR" },
	/* the server */
	{ ERR_TOKEN_MISSING,
	    "`encl login` stores a token; --token-file names one" },
	{ ERR_TOKEN_BAD,
	    "`encl token create`, by somebody whose token works, makes "
	    "another; `encl login` stores it" },
	{ ERR_SCOPE,
	    "`encl whoami` shows the token's scopes, `encl token create "
	    "--scope S` makes another" },
	{ ERR_NOT_FOUND,
	    "`encl enclave list` shows the enclaves that are yours to see" },
	{ ERR_NAME_TAKEN, "choose another name" },
	{ ERR_CHAIN_EXISTS, "`encl enclave list` shows it, if it is yours" },
	{ ERR_DEFINITION_UNKNOWN, "`encl enclave definition push` gives it" },
	{ ERR_DEFINITION_BAD,
	    "the schema is #/components/schemas/Definition of /openapi.json" },
	{ ERR_DRAFT_OTHER, "a draft takes signatures of its own payload" },
	{ ERR_IDEMPOTENCY_CONFLICT, "use a new Idempotency-Key" },
	{ ERR_KEYS_OFF,
	    "its operator sets signer_socket; a key file of your own needs no "
	    "server" },
	{ ERR_NOTICES_OFF,
	    "its operator sets notices_key, and for mails smtp_url and "
	    "smtp_from" },
	{ ERR_QUOTA, "`encl webhook list` shows them" },
	{ ERR_LAST_OWNER, "make another member an owner first" },
	{ ERR_BUNDLE_TOO_LARGE,
	    "`encl api GET /v1/chains/ID/entries` reads page by page" },
	/* images */
	{ ERR_EIF_MAGIC,
	    "`encl measure` takes an .eif; `encl build` makes one" },
	{ ERR_EIF_CRC, "fetch it again, or build it again" },
	{ ERR_EIF_TRUNCATED, "is the file whole? fetch it again" },
	{ ERR_EIF_RESIGNED,
	    "build it anew with `encl build --signing-key`; some loaders "
	    "refuse it as it is" },
	{ ERR_IMAGE_OTHER,
	    "if it should be the same, do not endorse it, and tell a guardian "
	    "before the window ends" },
	{ ERR_TREE_DEVICE,
	    "leave them out; the enclave's init makes the devices there are" },
	{ ERR_OCI_BAD, "`skopeo copy docker://IMAGE oci:DIR` makes a layout" },
	{ ERR_ARCHIVE_LIBRARY, "apt-get install libarchive13" },
	{ ERR_RECIPE_BAD, "`encl build --help` lists what a recipe can say" },
	/* this machine */
	{ ERR_NETWORK,
	    "`encl doctor` looks at the server, `encl context show` says "
	    "which it is; a retry is safe" },
	{ ERR_ANSWER_BAD,
	    "is --server the address of an encld? `encl doctor` looks" },
	{ ERR_CONTEXT_UNKNOWN, "`encl context list` shows the ones there are" },
	{ ERR_CONFIG_OPEN, "chmod 600 closes it to others" },
	{ ERR_DOCTOR, "mend what the lines with \"no\" name, from the top" },
	{ ERR_SERVER_NONE, "`encl login --server URL`, or --server" },
	{ ERR_USAGE, "--help after the command says what it takes" },
	{ ERR_FILE_READ, "is the path right, and may you read it?" },
	{ ERR_FILE_WRITE, "is there room, and may you write there?" },
	{ ERR_FILE_EXISTS, "choose another name, or move that file away" },
	{ ERR_CONFIG_BAD, "mend the file, or move it away and log in anew" },
	{ ERR_YAML_BAD,
	    "plain maps, lists and scalars: no anchors, tags or tabs" },
	{ ERR_MEASUREMENTS_BAD,
	    "the file is what `nitro-cli build-enclave` prints, or a map of "
	    "PCR0, PCR1, PCR2" },
	{ ERR_PIN_NEEDED, "--pin ID" },
	{ ERR_KEY_SCHEME,
	    "file:PATH signs anywhere; server:NAME in the command that makes "
	    "the statement, or with --draft" },
	{ ERR_KEY_MISSING, "`encl key list` shows the keys" },
	{ ERR_KEY_FILE_BAD, "take it from a backup" },
	{ ERR_KEY_BAD,
	    "a line such as \"ssh-ed25519 AAAA... name\", or @FILE with one" },
	{ ERR_PASSPHRASE, "try again; nothing was signed with this key" },
	{ ERR_PASSPHRASE_MISSING, "give --passphrase-file or --passphrase-fd" },
	{ ERR_SECRET_MISSING,
	    "at a terminal it is asked; --pin-file or --pin-fd gives a PIN" },
	{ ERR_PINENTRY,
	    "`encl help` says what --pinentry takes; without it the terminal "
	    "is asked" },
	{ ERR_NSM, "is /dev/nsm there, and may you open it?" },
	{ ERR_NSM_REFUSED, "is the request larger than the module takes?" },
	{ ERR_WAIT_OVER,
	    "nothing was lost; wait again with `encl upgrade wait`" },
	{ ERR_SIGNER,
	    "whoever runs the server starts encl-signer; keys of your own "
	    "sign without it" },
	{ ERR_SIGNER_BEHIND, "the same command again tells the signer more" },
	{ ERR_SIGNER_AHEAD,
	    "`encl chain show` looks again; ask whoever runs the server "
	    "whether an older database was restored" },
	{ ERR_SIGNER_REFUSED,
	    "the signer keeps its own record of the chain; its log says what "
	    "it saw" },
	{ ERR_KEY_AMBIGUOUS,
	    "`encl key list` shows the references that name one key each" },
	{ ERR_KEY_LIBRARY, "install the library that the message names" },
	{ ERR_KEY_OLD_COPY,
	    "use the newest copy; where it is lost, --allow-old-copy uses "
	    "this one" },
	{ ERR_PIN, "each wrong PIN costs a try; the device blocks itself" },
	{ ERR_PIN_BLOCKED,
	    "the device's own tools unblock it with the PUK; other keys of "
	    "the policy still sign" },
	{ ERR_MANAGEMENT_KEY,
	    "name the device's management key; it is asked, never the PIN" },
	{ ERR_TOUCH, "the same command again; touch the key while it blinks" },
	{ ERR_TOUCH_OFF,
	    "program the slot anew with touch, or use another slot" },
	{ ERR_DEVICE_MISSING,
	    "plug it in; `encl key list` shows what is there" },
	{ ERR_DEVICE_BUSY, "end the other program, then the same again" },
	{ ERR_DEVICE_GONE,
	    "nothing was signed; plug it in again and repeat the command" },
	{ ERR_DEVICE_REFUSED, "`encl key list` shows what the device can do" },
	{ ERR_AGENT,
	    "SSH_AUTH_SOCK names the agent's socket; `ssh-add -L` asks it" },
	{ ERR_AGENT_REFUSED,
	    "was its question denied, or is it locked? `ssh-add -X` unlocks; "
	    "`ssh-add -T FILE.pub` tries the key" },
	{ ERR_RISK, "--accept-risk NAME,... accepts what was named" },
};

static const char *
of_class(enum err e)
{
	switch ((int)err_class(e)) {
	case ERR_CLASS_RETRY:
	case ERR_CLASS_LIMIT:
		return "try again; repeating a command is safe";
	case ERR_CLASS_LOGIN:
	case ERR_CLASS_ALLOW:
		return "`encl whoami` says who you are to the server";
	case ERR_CLASS_BUG:
		return "`encl doctor` looks for what is wrong here";
	default:
		return NULL;
	}
}

const char *
hint_of(enum err e)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].err == e)
			return rows[i].text;
	return of_class(e);
}
