/* SPDX-License-Identifier: ISC */
#include "cmd_api.h"
#include "cmd_attest.h"
#include "cmd_build.h"
#include "cmd_chain.h"
#include "cmd_chain_verify.h"
#include "cmd_checkpoint.h"
#include "cmd_definition.h"
#include "cmd_dialect.h"
#include "cmd_doctor.h"
#include "cmd_enclave.h"
#include "cmd_enroll.h"
#include "cmd_evidence.h"
#include "cmd_key.h"
#include "cmd_key_attest.h"
#include "cmd_kms.h"
#include "cmd_live.h"
#include "cmd_login.h"
#include "cmd_measure.h"
#include "cmd_measurements.h"
#include "cmd_policy.h"
#include "cmd_reproduce.h"
#include "cmd_revoke.h"
#include "cmd_sign.h"
#include "cmd_stage.h"
#include "cmd_token.h"
#include "cmd_upgrade.h"
#include "cmd_version.h"
#include "cmd_watch.h"
#include "cmd_webhook.h"
#include "command_options.h"
#include "completion.h"
#include "help.h"
#include "man.h"
#include "options.h"
#include "recipe.h"

#define NONE \
	{ \
		NULL \
	}

/* The enclave that a command is about. */
#define ENCLAVE \
	"ENCLAVE is a name, a chain id, or the beginning of a pinned one; " \
	"without it .encl.yaml says. The whole chain is fetched and verified " \
	"here first."

/* What a sealed key is, and is not: docs/keys.md. */
#define SEALED \
	"sealed:PATH is a key file that opens with a passphrase and a " \
	"YubiKey's answer to a challenge, after a touch. It is sealed, not " \
	"held by the YubiKey: while it signs, the key is in this machine's " \
	"memory, and a program that can read that has it. A touch shows " \
	"that somebody is there, not what is signed. An old copy of the " \
	"file stays openable for ever with what opened it; that it is old " \
	"is noticed here, not by a thief. The recovery key opens it without " \
	"either: keep it offline."

const struct command commands[] = {
	{ "login", "", 0, 0, { command_options_login },
	    "Store a token for a server, as a context.",
	    "--server says where, --context under which name, --token-file "
	    "with what: without it the token is asked at the terminal. Only a "
	    "token that works is stored, readable by you alone, and it is "
	    "never sent to another server.",
	    false, cmd_login_run },
	{ "context list", "", 0, 0, NONE, "List the contexts.", NULL, false,
	    cmd_login_context_list },
	{ "context use", "NAME", 1, 1, NONE, "Choose a context.", NULL, false,
	    cmd_login_context_use },
	{ "context show", "", 0, 0, NONE,
	    "Show the server that commands would ask.", NULL, false,
	    cmd_login_context_show },
	{ "whoami", "", 0, 0, NONE, "Ask the server who you are.", NULL, false,
	    cmd_login_whoami },
	{ "enclave create", "", 0, 0,
	    { command_options_create, options_evidence, options_chain,
		options_sign, options_produce },
	    "Make an enclave and the first entry of its chain.",
	    "The chain begins here: this program makes the bytes, signs them "
	    "and knows the chain id before any server does. The id is printed "
	    "on stdout and pinned.\n\n"
	    "Without --key the --control-key references themselves sign. With "
	    "--sign-only FILE others add their signatures by `encl upgrade "
	    "sign FILE`, and --genesis FILE sends it.",
	    false, cmd_enclave_create },
	{ "enclave list", "", 0, 0, { options_list }, "List the enclaves.",
	    NULL, false, cmd_enclave_list },
	{ "enclave show", "[ENCLAVE]", 0, 1, { options_chain },
	    "Show what is in force, what is pending, and who decides.", ENCLAVE,
	    false, cmd_enclave_show },
	{ "enclave definition list", "[ENCLAVE]", 0, 1, { options_list },
	    "List the versions of a definition.", NULL, false,
	    cmd_definition_list },
	{ "enclave definition show", "[ENCLAVE [VERSION]]", 0, 2, NONE,
	    "Show a definition.", NULL, false, cmd_definition_show },
	{ "enclave definition push", "[ENCLAVE]", 0, 1,
	    { command_options_definition },
	    "Give the server a new version of a definition.", NULL, false,
	    cmd_definition_push },
	{ "enclave definition import", "FILE", 1, 1, { command_options_import },
	    "Make a definition from a file of another system.",
	    "The file is kept in the definition as it is, with its SHA-256, "
	    "so that it can be written again byte for byte. What has no place "
	    "in a definition is kept too, and named.",
	    false, cmd_dialect_import },
	{ "enclave definition export", "FILE", 1, 1, { command_options_into },
	    "Write a definition as a file of another system.",
	    "What nobody edited is written as it was imported. What the "
	    "format cannot say is listed, and then nothing is written.",
	    false, cmd_dialect_export },
	{ "enclave definition lint", "FILE...", 1, COMMAND_MAX,
	    { command_options_lint },
	    "Say what definition files allow that one may not have meant.",
	    NULL, false, cmd_dialect_lint },
	{ "enclave definition diff", "OLD NEW", 2, 2, NONE,
	    "Compare two definition files, of whatever format, by what they "
	    "mean.",
	    NULL, false, cmd_dialect_diff },
	{ "upgrade stage", "[ENCLAVE]", 0, 1,
	    { command_options_stage, options_window, options_sign,
		options_stage },
	    "Sign a new release and start its window.",
	    ENCLAVE
	    "\n\n"
	    "What is signed is shown first, decoded from the very bytes, "
	    "beside the release in force. Nothing is asked for that the "
	    "chain's own rules would refuse.",
	    false, cmd_stage_release },
	{ "upgrade list", "[ENCLAVE]", 0, 1,
	    { command_options_history, options_chain },
	    "List the stages of a chain and what became of them.", ENCLAVE,
	    false, cmd_upgrade_list },
	{ "upgrade show", "[ENCLAVE [STAGE]]", 0, 2,
	    { command_options_history, options_chain },
	    "Show one stage, the newest by default.",
	    ENCLAVE " STAGE is a version, or the beginning of a stage's id.",
	    false, cmd_upgrade_show },
	{ "upgrade diff", "[ENCLAVE [STAGE]]", 0, 2,
	    { command_options_history, options_chain },
	    "Show what a stage changes.",
	    ENCLAVE " STAGE is a version, or the beginning of a stage's id.",
	    false, cmd_upgrade_diff },
	{ "upgrade revoke", "[ENCLAVE]", 0, 1,
	    { command_options_revoke, options_sign, options_stage },
	    "Sign that a staged upgrade must not happen.",
	    ENCLAVE
	    "\n\n"
	    "A revocation can be signed ahead, with no network and no "
	    "account: --sign-only writes it, from --chain FILE or from the "
	    "stage's own bytes in --stage-file FILE. Whoever has it can send "
	    "it later with `encl upgrade submit`, which asks for no token.\n\n"
	    "--agent and --mirror give it to others beside the server, which "
	    "could swallow it. Each answer is shown, and one that took it is "
	    "enough for exit code 0. .encl.yaml can list `agents`.",
	    false, cmd_revoke_run },
	{ "upgrade endorse", "[ENCLAVE]", 0, 1,
	    { command_options_endorse, options_sign, options_stage },
	    "Sign that you rebuilt the staged image and measured the same.",
	    ENCLAVE, false, cmd_revoke_endorse },
	{ "upgrade sign", "FILE|DRAFT [ENCLAVE]", 1, 2,
	    { command_options_sign, options_chain, options_sign },
	    "Add a signature to a statement that somebody else made.",
	    "FILE is what --sign-only wrote; the signature is added to it. "
	    "DRAFT is the id of a draft on the server.\n\n"
	    "Works with no network: what is signed is decoded from the bytes. "
	    "--chain FILE, or ENCLAVE, brings the chain to compare with; "
	    "without either it is said that nothing was compared.",
	    false, cmd_sign_run },
	{ "upgrade submit", "FILE|DRAFT", 1, 1, { command_options_deliver },
	    "Send a statement that has its signatures.",
	    "A revocation can go to agents and mirrors as well, for when the "
	    "server swallows it; each answer is shown, and one that took it is "
	    "enough.",
	    false, cmd_sign_submit },
	{ "upgrade wait", "[ENCLAVE [STAGE]]", 0, 2,
	    { command_options_wait, options_chain },
	    "Wait until a stage took effect.",
	    "Exit code 9 when the time is over first, 7 when it was revoked "
	    "or lapsed instead.",
	    false, cmd_upgrade_wait },
	{ "policy show", "[ENCLAVE]", 0, 1, { options_chain },
	    "Say who can do what, in plain words.", ENCLAVE, false,
	    cmd_policy_show },
	{ "policy stage", "[ENCLAVE]", 0, 1,
	    { command_options_policy, options_evidence, options_window,
		options_sign, options_stage },
	    "Sign a change of keys, thresholds or windows.",
	    ENCLAVE
	    "\n\n"
	    "A policy goes the way of a release: same window, same veto. "
	    "Enough of the new control keys must sign as well: give several "
	    "--key.",
	    false, cmd_stage_policy },
	{ "chain show", "[ENCLAVE]", 0, 1, { options_chain },
	    "List the entries of a chain.", ENCLAVE, false, cmd_chain_show },
	{ "chain head", "[ENCLAVE]", 0, 1, { options_chain },
	    "Print the id of the newest entry.", ENCLAVE, false,
	    cmd_chain_head },
	{ "chain measurements", "[ENCLAVE]", 0, 1,
	    { command_options_measurements, options_chain },
	    "Print the PCRs that clients may accept now.",
	    "From the chain as it was verified here, in the form of "
	    "`GET /v1/chains/{id}/measurements`. Forms other than sets are for "
	    "clients that know no times: they have the pending release only "
	    "while its code may run.",
	    false, cmd_measurements_run },
	{ "chain export", "[ENCLAVE]", 0, 1,
	    { command_options_export, options_chain },
	    "Write all that an offline verifier needs.", ENCLAVE, false,
	    cmd_chain_export },
	{ "chain pin", "[NAME [ID]]", 0, 2,
	    { command_options_pin, options_chain },
	    "List the pinned chains, or set one by hand.",
	    "A chain id is pinned when the enclave is made here or seen first. "
	    "A server that later names another is refused.",
	    false, cmd_chain_pin },
	{ "chain checkpoint", "[ENCLAVE]", 0, 1,
	    { command_options_checkpoint, options_chain },
	    "Show what witnesses saw of a chain, and when.",
	    ENCLAVE
	    "\n\n"
	    "The newest checkpoint is compared with the entries. --from asks a "
	    "witness itself, where the server cannot answer for it: one that "
	    "has seen more entries than the server shows, or others, is exit "
	    "code 3.",
	    false, cmd_checkpoint_run },
	{ "chain split", "FILE [FILE]", 1, 2, { command_options_split },
	    "Verify evidence that a log showed two histories, or make it.",
	    "FILE is evidence, and --log names the log that it convicts. Of "
	    "two files, each a checkpoint of one log, --out FILE makes "
	    "evidence: of one size by themselves, of two sizes with the "
	    "entries of the larger, --chain, where the smaller one is not how "
	    "it begins.",
	    false, cmd_checkpoint_split },
	{ "chain verify", "FILE", 1, 1, { command_options_chain_verify },
	    "Verify a chain file, with no network and no configuration.",
	    "FILE is what `encl chain export` writes, or a bundle that a "
	    "server gives; - is stdin.\n\n"
	    "Exit code 3 and nothing else says that the chain does not verify. "
	    "A chain with a revocation that came too late is disputed, which "
	    "is said, and is no failure without --refuse-disputed.",
	    false, cmd_chain_verify_run },
	{ "watch", "[CHAIN]...", 0, COMMAND_MAX,
	    { command_options_watch, options_chain },
	    "Follow chains, verify what is new, and say what happens.",
	    "CHAIN is a name, a chain id, or the beginning of a pinned one. "
	    "Each is verified from its beginning once; from then on what is "
	    "new is verified on top of what this watcher remembers, so that "
	    "no server can take back what it showed. A line is printed for "
	    "each thing that happens.\n\n"
	    "--exec runs a command for each, by sh. Nothing that others wrote "
	    "is part of it: it finds the event as JSON on its stdin, and in "
	    "its environment ENCL_EVENT, ENCL_CHAIN, ENCL_SEQ and ENCL_CODE. "
	    "After a crash the last event may come once more.\n\n"
	    "With --once it looks once. Exit code 3 says that something is "
	    "wrong, 21 that a change took effect in spite of a revocation, 20 "
	    "that a change is pending.",
	    false, cmd_watch_run },
	{ "key generate", "REF", 1, 1,
	    { command_options_generate, options_sealed, options_piv,
		options_secrets, options_management },
	    "Make a control key and print its public key.",
	    "A REF without a word and a colon before it is the path of a key "
	    "file.\n\n"
	    "The OpenSSH public key line is printed on stdout.\n\n" SEALED,
	    false, cmd_key_generate },
	{ "key recover", "REF NEW", 2, 2,
	    { options_recovery, options_sealed, options_secrets,
		options_management },
	    "Make a key anew from one whose device or passphrase is lost.",
	    "REF is sealed:PATH, and the recovery key that was printed when it "
	    "was made opens it. NEW is where the same key goes: sealed:PATH "
	    "or file:PATH.\n\n"
	    "The old file stays openable with what opened it. If somebody "
	    "else may have it, stage a policy without this key.",
	    false, cmd_key_recover },
	{ "key renew", "REF", 1, 1,
	    { options_renew, options_sealed, options_management },
	    "Give a sealed key a new challenge.",
	    "A key whose slot encl wrote does that at every use. For a slot "
	    "of another program's it takes a second touch.\n\n"
	    "With --program the slot's secret is written to further YubiKeys, "
	    "those of --serial, which then stand in for the first.",
	    false, cmd_key_renew },
	{ "key list", "[DIR]", 0, 1, NONE, "List the keys that are at hand.",
	    "Key files are looked for in DIR, by default in the folder keys "
	    "beside the configuration file; with DIR nothing else is "
	    "listed. Nothing is asked and nothing touched.",
	    false, cmd_key_list },
	{ "key enroll", "REF", 1, 1, { command_options_enroll, options_renew },
	    "Write the public half of a key for those who make a policy.",
	    "It is one OpenSSH public key line, which a colleague gives to "
	    "--control-key, --guardian-key or --add-control-key as @FILE. "
	    "Compare the fingerprint by voice.\n\n"
	    "Nothing is signed, unless --test asks whether the key works: then "
	    "it signs a text that can never be a statement of a chain. Test a "
	    "guardian's key so, since it first signs when it is needed.",
	    false, cmd_enroll_run },
	{ "key show", "REF", 1, 1, NONE, "Show the public half of a key.",
	    "REF may be a public key too: a line, or @FILE.", false,
	    cmd_key_show },
	{ "key attest", "[REF]", 0, 1, { command_options_key_attest },
	    "Have a device prove that it made a key, and verify the proof.",
	    "REF is piv:serial=N;slot=SLOT. With --verify no device is "
	    "needed.\n\n"
	    "The proof is a bundle of certificates: the key's own, the "
	    "device's, and those up to the maker's root. Yubico publishes its "
	    "roots; name them with --evidence-root. A root with another "
	    "fingerprint is taken where you name it, and said to be none of "
	    "Yubico's.\n\n"
	    "Exit code 3 says that it does not verify, or that the key is too "
	    "easy to use: held in hardware means a touch and a PIN, and for "
	    "ECDSA firmware 5.7.0.",
	    false, cmd_key_attest },
	{ "key publish-evidence", "ENCLAVE [FILE]...", 1, 1 + 48,
	    { command_options_publish, options_chain },
	    "Show where the keys of a chain live.",
	    "What devices proved when their keys came into the policy was kept "
	    "here; FILE is a proof that came another way. Only what a key of "
	    "the policy in force, or of the staged one, names is published.\n\n"
	    "A proof names the serial number of its device, and cannot be "
	    "taken back.",
	    false, cmd_evidence_publish },
	{ "attest verify", "FILE", 1, 1, { command_options_attest_verify },
	    "Verify one attestation document.",
	    "FILE holds the document as it is, in hex or in base64; - is "
	    "stdin.\n\n"
	    "Without --live the document is judged at its own time.",
	    false, cmd_attest_verify },
	{ "attest live", "[ENCLAVE]", 0, 1,
	    { command_options_live, options_chain },
	    "Ask a running enclave who it is, and compare it with its chain.",
	    "The document is verified as of now and compared with the chain "
	    "that was verified here. Exit code 0 says that the code may run: "
	    "it is in force, or it is pending and the chain is being handed "
	    "over to it. Exit code 3 says that it is pending before that, "
	    "retired or unknown, or that the document does not verify.\n\n"
	    "evervault: GET URL/.well-known/attestation, which answers "
	    "everybody with one document and takes no challenge, so that it "
	    "may be up to three hours old; over https the connection's key "
	    "must be the one that the document names. enclaver: POST "
	    "URL/v1/attestation.",
	    false, cmd_live_run },
	{ "build", "", 0, 0, { command_options_build, recipe_options },
	    "Build an enclave image from its parts.",
	    "The same parts give the same bytes on any machine, at any time: "
	    "files sorted, times 0, owners root, numbers in order. What the "
	    "image is made of, and the init that starts it, are yours; nothing "
	    "is added but what the options say.\n\n"
	    "Without --flat the application lies below rootfs, beside the "
	    "files cmd and env, as the usual boot ramdisk expects it.",
	    false, cmd_build_run },
	{ "measure", "IMAGE.eif", 1, 1,
	    { command_options_measure, options_chain },
	    "Measure an enclave image: PCR0, PCR1, PCR2 and PCR8.",
	    "IMAGE.eif is read once, in constant memory; - is stdin. An image "
	    "that readers could understand in two ways is refused. A "
	    "signature in it is verified.\n\n"
	    "With -o json the registers in lower-case hex, PCR8 where the "
	    "image is signed; or the code of what is wrong, and exit 3.",
	    false, cmd_measure_run },
	{ "kms policy", "[ENCLAVE]", 0, 1,
	    { command_options_kms_policy, options_chain },
	    "Print an AWS KMS key policy for the release in force.",
	    "Only code with exactly these PCRs can use the key, and nobody can "
	    "change the policy; during a hand-over there is a statement for "
	    "the old release and one for the new one.  Create the key with "
	    "--bypass-policy-lockout-safety-check, since the policy shuts out "
	    "its own author.\n\n"
	    "--pcrs makes the policy of a release before it is staged; `encl "
	    "upgrade stage --kms-policy FILE` then names it in the release.",
	    false, cmd_kms_policy },
	{ "kms lint", "FILE [ENCLAVE]", 1, 2,
	    { command_options_kms_lint, options_chain },
	    "Look for holes in an AWS KMS key policy.",
	    "FILE is a policy, or what `aws kms get-key-policy` prints.  Each "
	    "hole is a line with a code, and the command then ends with 3.  "
	    "With ENCLAVE, or --chain FILE, what the key is given to must also "
	    "be what the chain has in force.",
	    false, cmd_kms_lint },
	{ "reproduce", "[CHAIN]", 0, 1,
	    { command_options_reproduce, options_chain },
	    "Compare an image of your own with what a chain promises.",
	    "CHAIN is a chain file, or ENCLAVE, a name or a chain id. The "
	    "chain "
	    "is verified first. Nothing that a definition says is run: an "
	    "image is built by you, or here from its parts.\n\n"
	    "Exit code 3 when it differs; what differs is said: which "
	    "registers, and where they come from.",
	    false, cmd_reproduce_run },
	{ "token create", "NAME", 1, 1, { command_options_token },
	    "Make a token; it is printed this once.", NULL, false,
	    cmd_token_create },
	{ "token list", "", 0, 0, { options_list }, "List the tokens.", NULL,
	    false, cmd_token_list },
	{ "token revoke", "ID", 1, 1, NONE, "End a token.", NULL, false,
	    cmd_token_revoke },
	{ "webhook create", "URL [ENCLAVE]", 1, 2, NONE,
	    "Have an address told of a chain, or of all of yours.",
	    "Without ENCLAVE it is told of all chains of your organisation; "
	    "any public chain can be named, by its id. Messages follow "
	    "Standard Webhooks and are signed with Ed25519; the public key is "
	    "printed. What is not taken is sent again for three days.",
	    false, cmd_webhook_create },
	{ "webhook list", "", 0, 0, { options_list }, "List the webhooks.",
	    NULL, false, cmd_webhook_list },
	{ "webhook show", "ID", 1, 1, NONE,
	    "Show a webhook and the key that verifies its messages.", NULL,
	    false, cmd_webhook_show },
	{ "webhook delete", "ID", 1, 1, NONE,
	    "Delete a webhook and what waits for it.", NULL, false,
	    cmd_webhook_delete },
	{ "webhook test", "ID", 1, 1, NONE, "Send it a test.", NULL, false,
	    cmd_webhook_test },
	{ "webhook enable", "ID", 1, 1, NONE,
	    "Use a webhook again that was disabled because it failed.", NULL,
	    false, cmd_webhook_enable },
	{ "webhook rotate-secret", "ID", 1, 1, NONE,
	    "Give a webhook another key; the old one signs for a day more.",
	    NULL, false, cmd_webhook_rotate_secret },
	{ "webhook deliveries", "ID", 1, 1, { options_list },
	    "Show what was sent to it, newest first.", NULL, false,
	    cmd_webhook_deliveries },
	{ "webhook redeliver", "ID DELIVERY", 2, 2, NONE,
	    "Send a message again, under the same id.", NULL, false,
	    cmd_webhook_redeliver },
	{ "subscribe", "ENCLAVE ADDRESS", 2, 2, NONE,
	    "Have mails sent to an address about a public chain.",
	    "The address is asked first, by a mail with a link; it hears "
	    "nothing more unless somebody says yes there.",
	    false, cmd_webhook_subscribe },
	{ "api", "METHOD PATH", 2, 2, { command_options_api },
	    "Send one request to the server, with your token.", NULL, false,
	    cmd_api_run },
	{ "doctor", "", 0, 0, { options_chain },
	    "Check configuration, server, clock, token and pinned chains.",
	    NULL, false, cmd_doctor_run },
	{ "completion", "bash|zsh|fish", 1, 1, NONE,
	    "Print a completion script for a shell.", NULL, false,
	    completion_run },
	{ "version", "", 0, 0, NONE, "Print the versions.", NULL, false,
	    cmd_version_run },
	{ "help", "[COMMAND]...", 0, 3, { command_options_help },
	    "Say what commands do.",
	    "With -o json the same table for programs.", false, help_run },
	{ "man", "DIR", 1, 1, NONE, "Write the manual pages to a folder.", NULL,
	    true, man_run },
};

const size_t command_count = sizeof commands / sizeof commands[0];
