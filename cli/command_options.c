/* SPDX-License-Identifier: ISC */
#include "command_options.h"

const struct option command_options_help[] = {
	{ "all", 0, NULL, false, NULL, "everything about every command" },
	{ .name = NULL },
};

const struct option command_options_generate[] = {
	{ "name", 0, "NAME", false, NULL,
	    "the name in the public key line; else that of the file" },
	{ "type", 't', "ed25519|ecdsa-p256|ecdsa-p384", false, NULL,
	    "the algorithm, where the holder has a choice" },
	{ .name = NULL },
};

const struct option command_options_key_attest[] = {
	{ "evidence-root", 0, "FILE", true, "ENCL_EVIDENCE_ROOT",
	    "certificates of the devices' maker: its roots, and what stands "
	    "between them and the devices" },
	{ "out", 0, "FILE", false, NULL,
	    "write the bundle to a new FILE; it names the device" },
	{ "verify", 0, "FILE", false, NULL,
	    "verify this bundle instead of asking a device" },
	{ "key", 'k', "KEY", false, NULL,
	    "with --verify: the key that it is about, a line or @FILE" },
	{ .name = NULL },
};

const struct option command_options_enroll[] = {
	{ "name", 0, "NAME", false, NULL,
	    "the name in the policy; else the key's own" },
	{ "out", 0, "FILE", false, NULL,
	    "write the line to a new FILE, not to stdout" },
	{ "test", 0, NULL, false, NULL,
	    "have the key sign something that no chain takes" },
	{ .name = NULL },
};

const struct option command_options_login[] = {
	{ "root", 0, "FILE", true, NULL,
	    "an attestation root to trust with this context, beside AWS's" },
	{ .name = NULL },
};

const struct option command_options_create[] = {
	{ "file", 'f', "FILE", false, NULL, "the definition, YAML or JSON" },
	{ "control-key", 0, "KEY", true, NULL,
	    "a key that stages upgrades: a public key line, @FILE, or a REF" },
	{ "threshold", 0, "N", false, NULL,
	    "how many of them it takes; else a majority" },
	{ "guardian-key", 0, "KEY", true, NULL, "a key that can only revoke" },
	{ "endorser-key", 0, "KEY", true, NULL,
	    "a key that must vouch for every release" },
	{ "endorser-threshold", 0, "N", false, NULL,
	    "how many of those it takes; else a majority" },
	{ "witness", 0, "VKEY", true, NULL,
	    "a witness that must have seen every change: NAME+HEX+BASE64, or "
	    "the name "
	    "of one that the server knows" },
	{ "witness-threshold", 0, "N", false, NULL,
	    "how many of them it takes; else a majority" },
	{ "log", 0, "NAME+KEY", false, NULL,
	    "the log that they watch; else the server's" },
	{ "min-delay", 0, "D", false, NULL,
	    "the shortest window of an upgrade (48h)" },
	{ "floor", 0, "D", false, NULL,
	    "the window that no later policy can go below (0)" },
	{ "no-upgrades", 0, NULL, false, NULL,
	    "the first release is the last" },
	{ "pcrs", 0, "LIST", false, NULL, "the PCRs that count (0,1,2)" },
	{ "private", 0, NULL, false, NULL,
	    "show the chain to the organisation alone" },
	{ "genesis", 0, "FILE", false, NULL,
	    "a genesis that was signed already, with --sign-only" },
	{ .name = NULL },
};

const struct option command_options_kms_policy[] = {
	{ "host", 0, "ARN", true, NULL,
	    "the role of the machines that run the enclave" },
	{ "allow", 0, "ACTION", true, NULL,
	    "what the attested code may do (Decrypt)" },
	{ "admin", 0, "ARN", true, NULL, "who may look at the key and end it" },
	{ "pcrs", 0, "FILE", false, NULL,
	    "for these measurements, instead of a chain's" },
	{ "pending", 0, NULL, false, NULL,
	    "for the pending release too, before its window is over" },
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file instead of the server" },
	{ .name = NULL },
};

const struct option command_options_measurements[] = {
	{ "format", 0, "sets|evervault|terraform|kms", false, NULL,
	    "for which client (sets)" },
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file instead of the server" },
	{ .name = NULL },
};

const struct option command_options_history[] = {
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file instead of ENCLAVE and the server" },
	{ .name = NULL },
};

const struct option command_options_kms_lint[] = {
	{ "chain", 0, "FILE", false, NULL,
	    "compare with this chain file instead of the server's" },
	{ .name = NULL },
};

const struct option command_options_definition[] = {
	{ "file", 'f', "FILE", false, NULL, "the definition, YAML or JSON" },
	{ .name = NULL },
};

const struct option command_options_import[] = {
	{ "format", 0, "FORMAT", false, NULL,
	    "the format of the file, such as enclaver/4; else it is found "
	    "out" },
	{ "out", 0, "FILE", false, NULL, "write to a new FILE, not to stdout" },
	{ .name = NULL },
};

const struct option command_options_into[] = {
	{ "format", 0, "FORMAT", false, NULL,
	    "the format to write, such as enclaver/4" },
	{ "out", 0, "FILE", false, NULL, "write to a new FILE, not to stdout" },
	{ .name = NULL },
};

const struct option command_options_lint[] = {
	{ "format", 0, "FORMAT", false, NULL,
	    "the format of the files; else it is found out" },
	{ .name = NULL },
};

const struct option command_options_stage[] = {
	{ "pcrs", 0, "FILE", false, NULL,
	    "the measurements of the new image, as builders print them" },
	{ "eif", 0, "FILE", false, NULL,
	    "the new image, measured here instead of --pcrs" },
	{ "definition", 0, "FILE", false, NULL,
	    "the definition, when it is new" },
	{ "version", 0, "V", false, NULL,
	    "its name; else the number of the upgrade" },
	{ "image", 0, "NAME", false, NULL, "the image; else the definition's" },
	{ "svn", 0, "N", false, NULL,
	    "the security version, which never falls" },
	{ "eif-sha256", 0, "HEX", false, NULL,
	    "the enclave image file, where --eif does not say" },
	{ "kms-policy", 0, "FILE", false, NULL,
	    "the policy of its storage key, which is linted and named" },
	{ "kms-sha256", 0, "HEX", false, NULL,
	    "the policy of the release's storage key" },
	{ "source", 0, "REPO", false, NULL, "where the source is" },
	{ "commit", 0, "SHA", false, NULL, "the commit it was built from" },
	{ .name = NULL },
};

const struct option command_options_policy[] = {
	{ "add-control-key", 0, "KEY", true, NULL,
	    "one more key that stages; it must sign too where the threshold "
	    "asks for it" },
	{ "remove-control-key", 0, "KEY", true, NULL,
	    "by name, fingerprint or public key" },
	{ "threshold", 0, "N", false, NULL, "how many control keys it takes" },
	{ "add-guardian-key", 0, "KEY", true, NULL,
	    "one more key that revokes" },
	{ "remove-guardian-key", 0, "KEY", true, NULL, "likewise" },
	{ "add-endorser-key", 0, "KEY", true, NULL,
	    "one more key that vouches" },
	{ "remove-endorser-key", 0, "KEY", true, NULL, "likewise" },
	{ "endorser-threshold", 0, "N", false, NULL,
	    "how many endorsements it takes" },
	{ "witness", 0, "VKEY", true, NULL,
	    "the witnesses from then on, all of them: NAME+HEX+BASE64, or the "
	    "name "
	    "of one that the server knows" },
	{ "witness-threshold", 0, "N", false, NULL,
	    "how many of them it takes; else a majority" },
	{ "log", 0, "NAME+KEY", false, NULL,
	    "the log that they watch; else the server's" },
	{ "no-witnesses", 0, NULL, false, NULL, "nobody watches any more" },
	{ "min-delay", 0, "D", false, NULL,
	    "the shortest window from then on" },
	{ "freeze", 0, NULL, false, NULL, "no upgrade ever again" },
	{ .name = NULL },
};

#define DELIVER \
	{ "agent", 0, "URL", true, NULL, \
		"give a revocation to this agent, too: encl-agent --listen" }, \
	{ \
		"mirror", 0, "URL", true, NULL, \
		    "give it to this server, too, which has the same chain" \
	}

const struct option command_options_deliver[] = { DELIVER, { .name = NULL } };

const struct option command_options_revoke[] = {
	{ "reason", 'm', "TEXT", false, NULL,
	    "why; it is signed and public; @FILE reads it" },
	{ "stage", 0, "ID", false, NULL,
	    "a stage that is closed already, by id or version" },
	{ "stage-file", 0, "FILE", false, NULL,
	    "the stage that --sign-only wrote, in the chain or not yet" },
	DELIVER,
	{ "out", 0, "FILE", false, NULL, "keep it in a new FILE as well" },
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file instead of a server, for --sign-only, --agent and "
	    "--mirror" },
	{ "draft", 0, NULL, false, NULL,
	    "leave it on the server, where others add their signatures" },
	{ .name = NULL },
};

const struct option command_options_endorse[] = {
	{ "pcrs", 0, "FILE", false, NULL,
	    "what you measured when you rebuilt the image" },
	{ "eif", 0, "FILE", false, NULL,
	    "the image that you rebuilt, measured here instead" },
	{ "signing-cert", 0, "FILE", false, NULL,
	    "the certificate of a signed release, which makes PCR8" },
	{ "method", 0, "TEXT", false, NULL,
	    "how you did it; it is signed and public; @FILE reads it" },
	{ "stage", 0, "ID", false, NULL, "the stage; else the open one" },
	{ "draft", 0, NULL, false, NULL,
	    "leave it on the server, where others add their signatures" },
	{ .name = NULL },
};

const struct option command_options_sign[] = {
	{ "sshsig", 0, "FILE", true, NULL,
	    "add a signature that ssh-keygen -Y sign -n chain@encl made" },
	{ "payload", 0, "FILE", false, NULL,
	    "write the bytes that such a signature is over, then stop" },
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file to compare with, verified first" },
	{ "out", 0, "FILE", false, NULL,
	    "write here instead of over the file" },
	{ "dry-run", 'n', NULL, false, NULL,
	    "show what would be signed, then stop" },
	{ .name = NULL },
};

const struct option command_options_wait[] = {
	{ "for", 0, "noticed|released|closed", false, NULL,
	    "what to wait for (released)" },
	{ "timeout", 0, "D", false, NULL, "give up after this long" },
	{ .name = NULL },
};

const struct option command_options_export[] = {
	{ "file", 0, "FILE", false, NULL, "write here instead of to stdout" },
	{ "sshsig", 0, "DIR", false, NULL,
	    "write every signature with its message to a folder instead, for "
	    "ssh-keygen -Y verify" },
	{ "chain", 0, "FILE", false, NULL,
	    "read the chain from a file instead of a server" },
	{ .name = NULL },
};

const struct option command_options_pin[] = {
	{ "remove", 0, NULL, false, NULL, "forget the pin of this name" },
	{ .name = NULL },
};

const struct option command_options_token[] = {
	{ "scope", 0, "SCOPE", true, NULL,
	    "what it may do, such as upgrade:stage" },
	{ "expires-after", 0, "D", false, NULL, "how long it lives (90d)" },
	{ "member", 0, "NAME", false, NULL, "whose it is; else yours" },
	{ .name = NULL },
};

const struct option command_options_api[] = {
	{ "data", 'd', "TEXT", false, NULL, "the body; @FILE reads it" },
	{ "type", 0, "TYPE", false, NULL,
	    "its Content-Type (application/json)" },
	{ "accept", 0, "TYPE", false, NULL, "what to ask for" },
	{ .name = NULL },
};

const struct option command_options_chain_verify[] = {
	{ "pin", 0, "ID", false, NULL, "the chain id that you trust" },
	{ "pin-entry", 0, "SEQ:ID", false, NULL,
	    "an entry seen earlier, which must be there" },
	{ "pcrs", 0, "FILE", false, NULL,
	    "these PCRs must be in force; only with a pinned chain id" },
	{ "root", 0, "CERT", true, NULL,
	    "trust this attestation root instead of AWS's: aws, a certificate "
	    "or its SHA-256" },
	{ "evidence-root", 0, "FILE", true, NULL,
	    "trust these makers of devices when it says where keys live" },
	{ "level", 0, "signed|attested|public|fresh", false, NULL,
	    "what must be shown: signatures alone, documents too, that "
	    "witnesses saw it, that they saw its end lately; else public "
	    "where the policy has witnesses, else attested" },
	{ "max-age", 0, "D", false, NULL,
	    "fresh: how long ago the witnesses may have seen the end (1h)" },
	{ "at", 0, "TIME", false, NULL,
	    "fresh: by this clock instead of this machine's (RFC 3339)" },
	{ "checkpoint", 0, "FILE", false, NULL,
	    "fresh: a cosigned checkpoint over the end, instead of the file's "
	    "own" },
	{ "split", 0, "FILE", false, NULL,
	    "evidence that the log of this chain showed two histories" },
	{ "revocation", 0, "FILE", true, NULL,
	    "a signed revocation that came another way" },
	{ "refuse-disputed", 0, NULL, false, NULL,
	    "fail when a completed stage was revoked too late" },
	{ "threads", 0, "N", false, NULL, "verify with so many threads" },
	{ "state", 0, "FILE", false, NULL,
	    "remember the newest entry in FILE, and ask for it next time" },
	{ .name = NULL },
};

const struct option command_options_checkpoint[] = {
	{ "max-age", 0, "D", false, NULL,
	    "it must have been cosigned within this time" },
	{ "from", 0, "URL", true, NULL,
	    "ask this witness, too, at its own address" },
	{ "evidence", 0, "FILE", false, NULL,
	    "write what shows that something is wrong to a new FILE" },
	{ "out", 0, "FILE", false, NULL, "write the server's checkpoint" },
	{ .name = NULL },
};

const struct option command_options_split[] = {
	{ "log", 0, "VKEY", false, NULL,
	    "the log's verifier key, NAME+HEX+BASE64" },
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file that begins with the larger one's entries" },
	{ "out", 0, "FILE", false, NULL, "write evidence to a new FILE" },
	{ .name = NULL },
};

const struct option command_options_watch[] = {
	{ "directory", 0, "URL", false, NULL,
	    "every public chain of this server, instead of CHAIN" },
	{ "exec", 0, "CMD", false, NULL, "run this for each event" },
	{ "once", 0, NULL, false, NULL, "look once and say by exit code" },
	{ "state", 0, "DIR", false, NULL, "the folder of what is remembered" },
	{ "compare", 0, "FILE", false, NULL,
	    "compare a checkpoint that another watcher saw with those seen "
	    "here, and end" },
	{ "revocation", 0, "FILE", true, NULL,
	    "a signed revocation that came another way" },
	{ "max-age", 0, "D", false, NULL,
	    "witnesses must have vouched for the newest entry within this "
	    "time" },
	{ "interval", 0, "D", false, NULL,
	    "how often to ask a server that does not tell by itself (30s)" },
	{ "patience", 0, "D", false, NULL,
	    "how long a server may be away before it is said (10m)" },
	{ .name = NULL },
};

const struct option command_options_publish[] = {
	{ "evidence-root", 0, "FILE", true, "ENCL_EVIDENCE_ROOT",
	    "certificates of the devices' makers" },
	{ "yes", 'y', NULL, false, "ENCL_YES", "do not ask before publishing" },
	{ .name = NULL },
};

const struct option command_options_attest_verify[] = {
	{ "root", 0, "CERT", true, NULL,
	    "trust this root instead of AWS's: aws, a certificate or its "
	    "SHA-256" },
	{ "live", 0, NULL, false, NULL,
	    "judge certificates at this moment, not at the document's own "
	    "time" },
	{ "allow-debug", 0, NULL, false, NULL,
	    "let the document of an enclave in debug mode pass" },
	{ "nitrotpm", 0, NULL, false, NULL,
	    "the document must be of an EC2 instance's NitroTPM" },
	{ .name = NULL },
};

const struct option command_options_live[] = {
	{ "url", 0, "URL", false, NULL,
	    "where the enclave is: https://HOST, or tcp:HOST:PORT or "
	    "vsock:CID:PORT of encl-countersign" },
	{ "via", 0, "countersign|evervault|enclaver", false, NULL,
	    "what to ask there (countersign)" },
	{ "chain", 0, "FILE", false, NULL,
	    "a chain file instead of the server" },
	{ .name = NULL },
};

const struct option command_options_measure[] = {
	{ "against", 0, "WHAT", false, NULL,
	    "compare with a file of measurements, a definition, another image, "
	    "or the pending release of a chain: a chain file, or ENCLAVE" },
	{ .name = NULL },
};

const struct option command_options_reproduce[] = {
	{ "stage", 0, "ID", false, NULL,
	    "the stage, by id or version; else the pending one, else what is "
	    "in force" },
	{ "eif", 0, "FILE", false, NULL, "the image that you built" },
	{ "recipe", 0, "FILE", false, NULL,
	    "build it here from this recipe, as `encl build` does" },
	{ "source-dir", 0, "DIR", false, NULL,
	    "the same with the recipe that the definition names, in a checkout "
	    "of its source" },
	{ "keep", 0, "FILE", false, NULL, "keep what is built here" },
	{ "signing-cert", 0, "FILE", false, NULL,
	    "the certificate of a signed release, which makes PCR8" },
	{ "released", 0, "FILE", false, NULL,
	    "the released image itself: says which section differs, and "
	    "where" },
	{ .name = NULL },
};

const struct option command_options_build[] = {
	{ "out", 0, "FILE", false, NULL, "the image that is made" },
	{ "recipe", 0, "FILE", false, NULL,
	    "these options from a file, YAML with the same names" },
	{ "signing-key", 0, "FILE", false, NULL,
	    "sign the image: a P-384 key, PEM" },
	{ "signing-cert", 0, "FILE", false, NULL,
	    "its certificate, PEM, which makes PCR8" },
	{ .name = NULL },
};
