#!/bin/sh
# SPDX-License-Identifier: ISC
# ssh-agent: keys, with a real ssh-agent (FIDO2 through OpenSSH's own dummy
# token), a real gpg-agent, and agents that misbehave.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
. tests/lib/sshsig.sh
. tests/lib/agent.sh
. tests/lib/expect.sh
fake=$PWD/tests/cli/agent_fake.py
command -v ssh-agent >/dev/null 2>&1 || {
	echo "skipped keys-agent: there is no ssh-agent here"
	exit 77
}
T=$(mktemp -d /tmp/encl-agent.XXXXXX) || exit 1
agents=
stop() {
	[ -z "$agents" ] || kill $agents 2>/dev/null
	[ ! -d "$T/gnupg" ] || GNUPGHOME=$T/gnupg gpgconf --kill all
	rm -rf "$T"
}
trap stop EXIT
cd "$T" || exit 1
dummy=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so

encl() {
	env -i HOME="$T" PATH="$PATH" ${SOCK:+SSH_AUTH_SOCK="$SOCK"} \
		setsid -w "$B/bin/encl" "$@" >out 2>err </dev/null
}
agent() { # NAME [VAR=VALUE...]: a new ssh-agent; sets SOCK
	SOCK=$T/$1.sock
	shift
	env "$@" ssh-agent -D -a "$SOCK" -P '/usr/lib/*' >/dev/null 2>&1 &
	agents="$agents $!"
	agent_wait "$SOCK" || exit 1
}
add() {
	SSH_AUTH_SOCK=$SOCK SSH_ASKPASS=${ASKPASS:-} SSH_ASKPASS_REQUIRE=force \
		ssh-add -q "$@" 2>>add.log
}
create="enclave create -f enclave.yaml --yes --sign-only g.st --control-key"
signs() { # NAME REF...: each signs, and OpenSSH says so
	signs=$1
	shift
	n=$#
	for ref in "$@"; do set -- "$@" --control-key "$ref"; shift; done
	shift
	rm -f g.st
	is "signed with $signs" 0 -- $create "$@" --threshold $n
	[ -e g.st ] || return
	if sshsig_genesis g.st "$n" >out 2>&1; then
		echo "ok - ssh-keygen verifies it"
	else
		fail "ssh-keygen does not verify $signs"
	fi
}
fingerprint() { ssh-keygen -lf "$1.pub" | cut -d' ' -f2; }
nothing() {
	[ ! -e g.st ] && echo "ok - nothing was signed: $1" || fail "$1: g.st"
	rm -f g.st
}

printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
ssh-keygen -q -t ed25519 -N '' -C ed -f ed
ssh-keygen -q -t ecdsa -b 256 -N '' -C p256 -f p256
ssh-keygen -q -t ecdsa -b 384 -N '' -C p384 -f p384
ssh-keygen -q -t ecdsa -b 521 -N '' -C p521 -f p521
ssh-keygen -q -t rsa -b 2048 -N '' -C rsa -f rsa
ssh-keygen -q -s rsa -I id -n me p256.pub

# no agent, and agents without a key
SOCK=
is "no agent" 10 agent -- $create ssh-agent:
is "no agent and a list" 0 -- key list
SOCK=$T/nothere.sock
is "an agent that is gone" 10 agent -- $create ssh-agent:
is "and its list" 10 agent -- key list
says "the socket is named" err nothere.sock
agent plain
is "an agent without keys" 10 key_missing -- $create ssh-agent:
add rsa && add p521
is "only keys that no chain takes" 10 key_missing -- $create ssh-agent:
is "one of them by name" 10 key_scheme -- $create "ssh-agent:$(fingerprint rsa)"
says "which is named" err ssh-rsa
is "by its comment" 10 key_scheme -- $create ssh-agent:p521

# the three plain types
add ed
signs "the only usable key" ssh-agent:
says "it has its comment for a name" err 'signed by ed$'
add p256 && add p384
rm -f g.st
is "one of several is not guessed" 10 key_ambiguous -- $create ssh-agent:
says "what would be exact is said" err "ssh-agent:$(fingerprint p384)"
nothing "when it is ambiguous"
signs "Ed25519" "ssh-agent:$(fingerprint ed)"
signs "P-256" "ssh-agent:$(fingerprint p256)"
signs "P-384" ssh-agent:p384
is "a prefix of a fingerprint is none" 10 key_missing -- $create ssh-agent:SHA256:
f=$(fingerprint ed)
is "nor one that is cut" 10 key_missing -- $create "ssh-agent:${f%?}"
is "another comment" 10 key_missing -- $create ssh-agent:p38
rm -f g.st
is "one key by two names counts once" 0 -- $create ssh-agent:ed \
	--key ssh-agent:ed --key "ssh-agent:$(fingerprint ed)"
sshsig_genesis g.st 1 >out 2>&1 || fail "one key twice"
is "key list" 0 -- key list
says "it has the fingerprint" out "^ssh-agent:$(fingerprint p256) "
silent "RSA is passed over" out "$(fingerprint rsa)"
is "key show" 0 -- key show ssh-agent:ed
[ "$(cut -d' ' -f1-3 out)" = "$(cut -d' ' -f1-3 ed.pub)" ] &&
	echo "ok - the public key line is OpenSSH's" || fail "key show"
is "key generate says how" 10 key_scheme -- key generate ssh-agent:x
says "with ssh-keygen" err 'ssh-keygen -t ed25519-sk'
# Half of all ECDSA signatures have a high S as the agent makes them.
for i in 1 2 3 4 5 6; do
	rm -f g.st
	encl $create ssh-agent:p256
	sshsig_genesis g.st 1 >out 2>&1 || fail "signature $i"
done
[ $bad -eq 0 ] && echo "ok - every P-256 signature is low-S"

# locked, removed
cat >askpass <<-'SH'
#!/bin/sh
echo "a secret of the agent"
SH
chmod +x askpass
ASKPASS=$T/askpass add -x
is "a locked agent" 10 key_missing -- $create ssh-agent:ed
says "the lock is thought of" err 'ssh-add -X'
ASKPASS=$T/askpass add -X
add -d ed
is "a key that was removed" 10 key_missing -- $create ssh-agent:ed

# a question before each use
agent denied SSH_ASKPASS=/bin/false SSH_ASKPASS_REQUIRE=force DISPLAY=x
add -c ed
rm -f g.st
is "a denied confirmation" 10 agent_refused -- $create ssh-agent:ed
nothing "when it was denied"
agent agreed SSH_ASKPASS=/bin/true SSH_ASKPASS_REQUIRE=force DISPLAY=x
add -c ed
signs "a key whose use was agreed to" ssh-agent:ed

# FIDO2
if [ -e $dummy ]; then
	export SSH_SK_PROVIDER=$dummy
	ssh-keygen -q -t ed25519-sk -N '' -C sk1 -f sk1
	ssh-keygen -q -t ecdsa-sk -N '' -C sk2 -f sk2
	ssh-keygen -q -t ed25519-sk -O no-touch-required -N '' -C sk3 -f sk3
	ssh-keygen -q -t ed25519-sk -O application=ssh:encl -N '' -C sk4 -f sk4
	agent fido
	for k in sk1 sk2 sk3 sk4; do add $k; done
	signs "Ed25519 of a FIDO2 token" "ssh-agent:$(fingerprint sk1)"
	signs "P-256 of a FIDO2 token" ssh-agent:sk2
	signs "a key with an application of its own" ssh-agent:sk4
	signs "two tokens" ssh-agent:sk1 ssh-agent:sk2
	rm -f g.st
	is "a signature without a touch" 3 sig_no_touch -- $create ssh-agent:sk3
	nothing "without a touch"
	agent notoken SSH_SK_HELPER=/bin/false
	add sk1
	is "a token that does not sign" 10 agent_refused -- $create ssh-agent:sk1
	says "the token is thought of" err 'plugged in'
else
	echo "skipped FIDO2: openssh-tests is not installed"
fi

# gpg-agent
if command -v gpg-agent >/dev/null 2>&1 && command -v gpg >/dev/null 2>&1; then
	export GNUPGHOME=$T/gnupg
	mkdir -m 700 gnupg
	echo enable-ssh-support >gnupg/gpg-agent.conf
	for a in ed25519 nistp256 nistp384; do
		gpg --batch --quiet --passphrase '' --quick-gen-key \
			"$a@example.org" $a auth 2>>gpg.log
	done
	gpg --with-keygrip --with-colons -K 2>>gpg.log |
		sed -n 's/^grp:*\([0-9A-F]*\):$/\1/p' >gnupg/sshcontrol
	gpgconf --launch gpg-agent
	SOCK=$(gpgconf --list-dirs agent-ssh-socket)
	unset GNUPGHOME
	encl key list
	refs=$(sed -n 's/^\(ssh-agent:[^ ]*\) .*/\1/p' out)
	if [ "$(echo "$refs" | wc -w)" = 3 ]; then
		signs "three keys of a gpg-agent" $refs
	else
		fail "gpg-agent does not list its keys"
	fi
else
	echo "skipped gpg-agent: it is not here"
fi

# agents that misbehave
misbehaves() { # MODE EXIT CODE
	SOCK=$T/$1.sock
	python3 "$fake" "$SOCK" "$1" ed.pub 2>/dev/null &
	agents="$agents $!"
	comes test -S "$SOCK" || fail "no agent: $1"
	rm -f g.st
	is "an agent: $1" "$2" "$3" -- $create ssh-agent:
	nothing "agent $1"
}
misbehaves refuses 10 agent_refused
misbehaves loses 10 key_missing
says "it was there" err 'any more'
misbehaves garbage 10 agent
misbehaves cut 10 agent
misbehaves counts 10 agent
misbehaves huge 10 agent
misbehaves signs-nonsense 3 sig_bad
misbehaves signs-garbage 10 agent
misbehaves signs-list 10 agent
misbehaves goes 10 agent
misbehaves nasty 3 sig_bad
silent "a comment moves no cursor" err "$(printf '\033')"
misbehaves sleeps 10 agent
says "it is said that it was slow" err 'took too long'
exit $bad
