#!/bin/sh
# SPDX-License-Identifier: ISC
# encl without a server: usage, help, output, key files.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/expect.sh
top=$PWD
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1

encl() {
	env -i ENCL_ACCEPT_RISK=short-window HOME="$T" PATH="$PATH" $VARS setsid -w "$B/bin/encl" "$@" \
		>out 2>err </dev/null
}
VARS=

# is NAME EXIT [CODE] -- ARGS...
# says NAME FILE PATTERN; silent NAME FILE PATTERN

is "no command" 2 usage --
is "an unknown command" 2 usage -- frobnicate
is "a command that is not whole" 2 usage -- upgrade
is "a group of commands and no such one" 2 usage -- key frobnicate
says "it says so" err 'no command "key frobnicate"'
says "and shows the group" err '^  key generate'
is "--help of a group" 0 -- key --help
says "is data, too" out '^  key generate'
is "--help of a group in a group" 0 -- enclave definition -h
is "--help of what is not there" 2 usage -- frobnicate --help
is "a prefix of a command" 2 usage -- upgrade stag
is "an unknown option" 2 usage -- key list --nonsense
is "an option without its value" 2 usage -- key list -o
is "a choice that there is not" 2 usage -- key list -o xml
is "an argument too many" 2 usage -- version x
is "an option before the command" 2 usage -- -o json version
is "--help" 0 -- upgrade stage --help
says "help is data" out 'usage: encl upgrade stage'
is "help" 0 -- help
is "help of one" 0 -- help key generate
for scheme in file sealed piv pkcs11 ssh-agent server; do
	says "it says how to name a $scheme: key" out "^  $scheme:"
done
is "help of one that takes no key" 0 -- help version
silent "does not" out 'pkcs11:'
is "help of what is not there" 2 usage -- help key frobnicate
says "it says where to look" err '`encl help` lists'
is "help for programs" 0 -- help --all -o json
python3 - out "$top/README.md" <<'EOF' && echo "ok - help for programs is one object, with the keys of the README" || bad=1
import json, re, sys
j = json.load(open(sys.argv[1]))
words = [c["command"] for c in j["commands"]]
assert len(words) > 30 and len(set(words)) == len(words)
assert "man" not in words
assert j["exit_codes"]["3"]
said = [r["scheme"] for r in j["references"]]
table = re.findall("^\\| `([a-z0-9-]+):", open(sys.argv[2]).read(), re.M)
assert sorted(said) == sorted(table) and "file" in said
EOF
is "--version" 0 -- --version
is "version -o json" 0 -- version -o json
python3 -c 'import json; json.load(open("out"))' || fail "version -o json"
is "version -o yaml" 0 -- version -o yaml
says "yaml" out '^"encl": "'
encl key list -o json --nonsense
python3 - <<'EOF' && echo "ok - an error in JSON" || bad=1
import json
e = json.load(open("err"))["error"]
assert e["code"] == "usage" and e["exit"] == 2 and e["message"] and e["detail"]
assert open("out").read() == ""
EOF

bash -c '"$0" help --all 2>err | head -n 1 >out; sleep 0.2' "$B/bin/encl"
[ ! -s err ] && echo "ok - a reader that goes early hears no complaint" ||
	fail "a closed pipe"
"$B/bin/encl" help --all >/dev/full 2>err
[ $? -eq 1 ] && grep -q file_write err && echo "ok - a full disk is said" ||
	fail "a full disk"

for shell in bash zsh fish; do
	is "completion $shell" 0 -- completion $shell
	command -v $shell >/dev/null 2>&1 || {
		echo "skipped $shell is not here"
		continue
	}
	cp out completion.$shell
	$shell -n completion.$shell && echo "ok - $shell reads its completion" ||
		fail "$shell does not read its completion"
done
if bash -c 'source ./completion.bash
t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _encl; echo "${COMPREPLY[*]}"; }
[ "$(t encl enclave definition l)" = "list lint" ] &&
[ "$(t encl upgrade wait --for n)" = noticed ] &&
[ "$(t encl completion "")" = "bash zsh fish" ] &&
[ "$(t encl upgrade stage store --key p)" = "piv: pkcs11:" ] &&
[ "$(t encl key show p)" = "piv: pkcs11:" ] &&
[ "$(t encl key generate --pas)" = "--passphrase-file --passphrase-fd" ]'; then
	echo "ok - bash completes"
else
	fail "bash does not complete"
fi
if command -v fish >/dev/null 2>&1; then
	fish -c "source ./completion.fish; complete -C 'encl up'
		complete -C 'encl enclave def'" >out 2>err
	[ ! -s err ] && [ "$(tr '\n' ' ' <out)" = "upgrade definition " ] &&
		echo "ok - fish completes" || fail "fish does not complete"
fi
mkdir man && is "manual pages" 0 -- man man
if command -v mandoc >/dev/null 2>&1; then
	for f in man/*.1; do
		mandoc -Tlint -Wwarning "$f" >>lint 2>&1
	done
	if [ -s lint ]; then
		cp lint out
		fail "mandoc finds fault with the manual"
	else
		echo "ok - mandoc finds no fault with $(ls man | wc -l) pages"
	fi
else
	echo "skipped mandoc is not here"
fi

# start-up: the libraries of HTTP are not even opened
if ldd "$B/bin/encl" 2>/dev/null | grep -q libcurl; then
	fail "libcurl is loaded at start-up"
else
	echo "ok - libcurl is not loaded at start-up"
fi

# key files
secret='correct horse battery'
echo "$secret" >pass
is "a key needs a passphrase" 10 passphrase_missing -- key generate a.key
[ ! -e a.key ] && echo "ok - nothing is left behind" || fail "a.key is there"
echo short >short
is "a short passphrase" 2 usage -- key generate a.key --passphrase-file short
is "key generate" 0 -- key generate a.key --passphrase-file pass --name ops-1
cp out a.pub
says "stdout is the public key line" out '^ssh-ed25519 AAAA[A-Za-z0-9+/=]* ops-1$'
silent "the passphrase is not printed" out "$secret"
silent "nor on stderr" err "$secret"
[ "$(stat -c %a a.key)" = 600 ] && echo "ok - mode 0600" || fail "mode"
is "a key file is never overwritten" 6 file_exists -- key generate a.key --passphrase-file pass
if ssh-keygen -l -f a.pub >fp 2>/dev/null; then
	encl key show a.key -o json
	f=$(sed -n 's/.*"fingerprint": "\(.*\)",/\1/p' out)
	grep -q -F "$f" fp && echo "ok - ssh-keygen has the same fingerprint" ||
		fail "fingerprint"
else
	echo "skipped ssh-keygen is not here"
fi
is "key show of a line" 0 -- key show "$(cat a.pub)"
is "key show of @FILE" 0 -- key show @a.pub
is "key show of what is no key" 2 usage -- key show "ssh-ed25519 AAAAnonsense x"
is "key show of a missing file" 10 key_missing -- key show nothere
is "a kind that is not supported" 10 key_scheme -- key show "kms:x"
is "a kind that is mistyped" 10 key_scheme -- key generate "pkcs1:x"
says "it says how a path is named" err 'file:pkcs1:x'
[ ! -e pkcs1:x ] && echo "ok - it makes no file of that name" || fail "it makes a file"
is "a fingerprint for a reference" 10 key_scheme -- key show SHA256:abc
says "it says where references are" err 'encl key list'
is "a path with a colon further on" 10 key_missing -- key show ./a:b
is "a path with a colon, as one" 10 key_missing -- key show file:a:b
is "another one" 10 key_scheme -- key show "fido2:x"
is "a public key that is to sign" 10 key_file_bad -- key show a.pub
says "it says how one is named" err '@a.pub'
is "and named as one" 10 key_scheme -- key renew @a.pub
is "a key file that is called sealed" 10 key_file_bad -- key show sealed:a.key
says "it says what it is" err 'name it file:a.key'
printf '%s\n' '-----BEGIN OPENSSH PRIVATE KEY-----' >openssh.key
is "a key of OpenSSH's" 10 key_file_bad -- key show openssh.key
says "it says ssh-add" err 'ssh-add openssh.key'
is "nothing to attest" 10 key_scheme -- key attest a.key
says "it says what has a proof" err 'hint: piv:'
is "nothing to renew" 10 key_scheme -- key renew a.key
says "it says what renews" err 'hint: sealed:'
is "a public key of another make" 2 usage -- key show @a.key
says "it says what a line is" err 'encl key enroll'
chmod 644 a.key
is "a key that others can read" 4 config_open -- key show a.key
env -i HOME="$T" "$B/bin/encl" key generate closed.key --name c --passphrase-file pass 2>&- >out ||
	fail "no stderr"
is "what is said to nobody does not end in the key" 0 -- key show closed.key
env -i HOME="$T" "$B/bin/encl" key show closed.key 2>/dev/null >&- && fail "no stdout"
mkdir pipes && mkfifo pipes/a.key
is "a pipe that nobody writes is no key" 5 file_read -- key show pipes/a.key
is "nor is it waited for" 0 -- key list pipes
chmod 600 a.key
mkdir none
sed 's/ops-1/ops-2/' a.key >b.key && chmod 600 b.key
is "the header of a damaged file still parses" 0 -- key show b.key
sed 's/ops=3/ops=03/' a.key >c.key && chmod 600 c.key
is "a second spelling" 10 key_file_bad -- key show c.key
head -c 100 a.key >d.key && chmod 600 d.key
is "a file that is cut" 10 key_file_bad -- key show d.key
is "key list of no folder" 5 file_read -- key list nowhere
is "key list of nothing" 0 -- key list none
says "it says where it looked" err 'none'
is "key list" 0 -- key list "$T"
says "key list knows it" out ops-1

# signing with no server at all: a genesis
cat >enclave.yaml <<'EOF'
name: payments
image: registry.example.org/payments:1
EOF
create="enclave create -f enclave.yaml --control-key file:a.key"
is "nobody to ask" 11 declined -- $create --sign-only g.st --passphrase-file pass
says "the screen was shown" err 'YOU ARE ABOUT TO SIGN the beginning of a chain'
[ ! -e g.st ] && echo "ok - nothing was written" || fail "g.st is there"
echo "wrong horse battery" >wrong
is "a wrong passphrase" 10 passphrase -- $create --sign-only g.st --yes --passphrase-file wrong
silent "the wrong passphrase is not printed" err 'wrong horse'
[ ! -e g.st ] && echo "ok - nothing was written" || fail "g.st is there"
is "a damaged key file" 10 passphrase -- enclave create -f enclave.yaml --control-key file:b.key --sign-only g.st --yes --passphrase-file pass
is "by file" 0 -- $create --sign-only g.st --yes --passphrase-file pass
is "an existing statement is kept" 6 file_exists -- $create --sign-only g.st --yes --passphrase-file pass
is "--dry-run asks nothing" 0 -- $create --dry-run
printf '%s\n' "$secret" >pass2
exec 5<pass2
env -i ENCL_ACCEPT_RISK=short-window HOME="$T" setsid -w "$B/bin/encl" $create --sign-only h.st --yes --passphrase-fd 5 >out 2>err </dev/null &&
	echo "ok - by a descriptor" || fail "by a descriptor"
exec 5<&-
VARS=ENCL_PASSPHRASE_FILE=pass is "by the environment" 0 -- $create --sign-only i.st --yes
is "the same key twice" 7 would_refuse -- $create --control-key file:a.key --sign-only j.st --yes --passphrase-file pass
is "a threshold that cannot be" 7 would_refuse -- $create --threshold 2 --sign-only j.st --yes --passphrase-file pass
is "a bad definition" 2 definition_bad -- enclave create -f pass --control-key file:a.key --dry-run
is "a server is needed" 2 server_none -- $create --yes --passphrase-file pass

# two signers, no server
is "a second key" 0 -- key generate b2.key --passphrase-file pass --name ops-2
two="enclave create -f enclave.yaml --control-key file:a.key --control-key file:b2.key --threshold 2"
is "one of two signs" 0 -- $two --key a.key --sign-only two.st --yes --passphrase-file pass
says "more are needed" err 'more are needed'
is "a stranger signs" 0 -- key generate s.key --passphrase-file pass
is "the other signs" 0 -- upgrade sign two.st --key b2.key --yes --passphrase-file pass
says "now enough" err 'enough with these'
is "nobody is left" 0 -- upgrade sign two.st --key b2.key --yes --passphrase-file pass
is "a genesis is not submitted so" 2 usage -- upgrade submit two.st --server http://127.0.0.1:9
printf x >>two.st
is "a statement with a byte too many" 3 -- upgrade sign two.st --key b2.key --yes --passphrase-file pass

# http in the clear
is "plain http to another machine" 2 plain_http -- whoami --server http://example.org
is "a host that only looks local" 2 plain_http -- whoami --server http://localhost.example.org
is "a user in the URL" 2 usage -- whoami --server http://127.0.0.1@example.org
is "nobody listens" 8 network -- whoami --server http://127.0.0.1:9

# .encl.yaml
printf 'enclave: payments\nserver: http://127.0.0.1:9\n' >.encl.yaml
VARS=ENCL_TOKEN=encl_pat_x is "no token goes where only the folder says" 2 config_bad -- whoami
printf 'enclave: payments\nroots: [aws]\n' >.encl.yaml
is "the folder does not say whom to trust" 2 config_bad -- whoami
rm .encl.yaml
mkdir -p .config/encl
printf 'default: {server: "http://127.0.0.1:9", token: x}\n' >.config/encl/credentials.yaml
printf 'current: default\ncontexts: {default: {server: "http://127.0.0.1:9"}}\n' >.config/encl/config.yaml
chmod 644 .config/encl/credentials.yaml
is "credentials that others can read" 4 config_open -- whoami
chmod 600 .config/encl/credentials.yaml
is "credentials" 8 network -- whoami
is "an unknown context" 5 context_unknown -- whoami --context nowhere
exit $bad
