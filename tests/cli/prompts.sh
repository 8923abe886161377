#!/bin/sh
# SPDX-License-Identifier: ISC
# What a person is asked before a signature, and by whom: PINs and their last
# try, touches, risks, pinentry programs.  No secret may be seen anywhere.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
top=$PWD
. tests/lib/wait.sh
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
umask 077
export HOME="$T" TERM=xterm
unset ENCL_PASSPHRASE_FILE ENCL_PIN_FILE ENCL_PINENTRY ENCL_YES NO_COLOR \
	ENCL_ACCEPT_RISK COLUMNS
bad=0
pass='correct horse battery' pin=123456

ok() { echo "ok - $1"; }
no() {
	echo "not ok - $1: $2"
	cat -v out | sed 's/^/# /'
	bad=1
}
# at NAME EXIT SCRIPT ARGS...: ARGS are encl's
at() {
	name=$1 want=$2
	printf '%s' "$3" >script
	shift 3
	python3 "$top/tests/cli/terminal.py" @script -- "$B/bin/encl" "$@" >out
	rc=$?
	if [ $rc -ne "$want" ]; then
		no "$name" "exit $rc, not $want"
	elif grep -q -F -e "$pass" -e "$pin" out; then
		no "$name" "a secret is on the screen"
	else
		ok "$name"
	fi
}
# away NAME EXIT ARGS...: with no terminal at all
away() {
	name=$1 want=$2
	shift 2
	setsid -w "$B/bin/encl" "$@" >out 2>&1 </dev/null
	rc=$?
	if [ $rc -eq "$want" ]; then ok "$name"; else no "$name" "exit $rc, not $want"; fi
}
says() { if grep -q -e "$2" out; then ok "$1"; else no "$1" "no $2"; fi; }
silent() { if grep -q -e "$2" out; then no "$1" "has $2"; else ok "$1"; fi; }
absent() { if [ ! -e "$2" ]; then ok "$1"; else no "$1" "$2 is there"; fi; }

printf '%s\n' "$pass" >pass
printf 'name: payments\nimage: r/p:1\n' >enclave.yaml
"$B/bin/encl" key generate a.key --passphrase-file pass --name ops-1 >a.pub 2>/dev/null
"$B/bin/encl" key generate b.key --passphrase-file pass --name ops-2 >b.pub 2>/dev/null
create="enclave create -f enclave.yaml --sign-only g.st"
one="$create --control-key @a.pub --key a.key --min-delay 48h"
yes='["Sign this? [y/N]", "y\n"]'

# risks, one by one
short="$create --control-key @a.pub --key a.key --min-delay 10s"
risk='["Accept the risk short-window? [y/N]"'
at "a risk is asked for by name" 11 "[$risk, \"y\\n\"], [\"Sign this?\", \"n\\n\"]]" $short
says "the screen names it" 'RISK         short-window'
at "and not taken" 11 "[$risk, \"n\\n\"]]" $short
silent "then nothing else is asked" 'Sign this'
at "Ctrl-C at a risk" 11 "[$risk, \"\\u0003\"]]" $short
absent "nothing was signed" g.st
at "--yes agrees to no risk" 7 '[]' $short --yes --passphrase-file pass
says "it is named" 'short-window; nothing was signed'
says "and how it is taken" '--accept-risk=short-window'
absent "nothing was signed" g.st
away "nobody to ask takes no risk" 7 $short --yes --passphrase-file pass
away "nor without --yes" 7 $short --passphrase-file pass
away "another one is not it" 7 $short --yes --passphrase-file pass --accept-risk no-window,no-floor
away "an unknown one" 2 $short --yes --passphrase-file pass --accept-risk short-window,short
away "an unknown one that would write a line" 2 $short --yes --accept-risk "$(printf 'x\n  YOU ARE')"
silent "it writes none" '^  YOU ARE'
away "taken by name" 0 $short --yes --passphrase-file pass --accept-risk no-floor,short-window
rm -f g.st
at "taken by the environment's name" 11 '[["Sign this?", "n\n"]]' $short --accept-risk=short-window
away "one day is not short" 0 $create --control-key @a.pub --key a.key --min-delay 24h --yes --passphrase-file pass
rm -f g.st
away "what cannot be taken back" 7 $one --no-upgrades --yes --passphrase-file pass
says "is named" 'It is freeze;'

# the table of docs/signing.md, from both ends
sed -n 's/.*{ { *"\([a-z-]*\)",.*/\1/p; s/.*no_floor = { "\([a-z-]*\)",.*/\1/p' \
	"$top/cli/risk.c" "$top/cli/risk_stage.c" | sort -u >coded
sed -n '/^## Risks/,/^## Secrets/p' "$top/docs/signing.md" | grep '^| `' |
	cut -d'|' -f2 | tr -d '` ' | tr ',' '\n' | sort -u >told
if cmp -s coded told && [ "$(wc -l <told)" -gt 20 ]; then
	ok "every risk is explained"
else
	diff coded told >out
	no "every risk is explained" "see the difference"
fi
rm told

# a passphrase from pinentry
cat >pinentry <<-EOF
	echo "OK ready"
	while IFS= read -r line; do
		echo "\$line" >>$T/told
		case \$line in
		GETPIN)
			if [ -e $T/wrong ]; then
				rm $T/wrong
				echo "D 000000"
			else
				echo "D \$(cat $T/secret)"
			fi
			echo OK ;;
		BYE) echo OK; exit ;;
		*) echo OK ;;
		esac
	done
EOF
cp pass secret
away "a passphrase by pinentry" 0 $one --yes --pinentry "sh $T/pinentry"
rm -f g.st
if grep -q '^SETDESC Passphrase for a.key$' told; then ok "it says for what"; else no "it says for what" "$(cat told)"; fi
mkdir -p .config/encl && printf 'pinentry: sh %s/pinentry\n' "$T" >.config/encl/config.yaml
away "by the configuration" 0 $one --yes
rm -f g.st .config/encl/config.yaml
printf 'pinentry: sh %s/pinentry\n' "$T" >.encl.yaml
away "never by a folder" 2 $one --yes
rm -f .encl.yaml
away "pinentry agrees, too" 0 $one --pinentry "sh $T/pinentry"
rm -f g.st
away "a pinentry that is not there" 10 $one --yes --pinentry "$T/nothing"
says "says so" 'code: pinentry'
away "one that talks nonsense" 10 $one --yes --pinentry "echo hello"
says "says so" 'code: pinentry'
for p in pinentry-tty pinentry-curses; do
	if ! command -v $p >/dev/null; then
		echo "skipped $p is not here"
		continue
	fi
	at "$p" 0 '[["Passphrase:", "'"$pass"'\r"]]' $one --yes --pinentry $p
	rm -f g.st
	at "$p, Ctrl-C" 11 '[["Passphrase:", "\u0003"]]' $one --yes --pinentry $p
	absent "nothing was signed" g.st
done

# signatures of two keys, of which the second fails
two="$create --control-key @a.pub --control-key @b.pub --threshold 2 --min-delay 48h"
printf '%s\nwrong horse\n' "$pass" >half
at "the second key fails" 10 '[]' $two --key a.key --key b.key --yes --passphrase-file half
says "it is said who signed" 'signed by ops-1'
says "and who did not" 'ops-2 did not sign; nothing was sent'
says "what was signed is kept" 'wrote g.st'
at "the second signs later" 0 '[]' upgrade sign g.st --key b.key --yes --passphrase-file pass
says "both are there" 'wrote g.st with 2 signatures'
says "the first by its name" 'signed by .*ops-1'
# the same bytes on another device, with no key at all
grep -o 'SHA-256 [0-9a-f ]*' out | head -n 1 | tr -d '\r' >sum
at "shown on another device" 0 '[]' upgrade sign g.st --dry-run
says "the sum is the same" "$(cat sum)"
rm -f g.st

# what others wrote, on a narrow terminal
for w in 20 40 80; do
	TERMINAL_COLUMNS=$w at "a screen of $w columns" 11 '[["Sign this?", "n\n"]]' $one
done
TERM=dumb at "a dumb terminal" 11 '[["Sign this?", "n\n"]]' $one
away "no terminal, no screen of its own" 11 $one
says "the screen is there all the same" 'YOU ARE ABOUT TO SIGN'
silent "nothing is bold" "$(printf '\033')"

# PINs and touches: a PIV card
if [ ! -e "$B/tests/virtual/libpcsclite.so.1" ]; then
	echo "skipped PINs: there is no virtual card"
	exit $bad
fi
mkdir card
export LD_LIBRARY_PATH="$B/tests/virtual" VPIV_DIR="$T/card"
printf '010203040506070801020304050607080102030405060708\n' >mgm
if ! "$B/bin/encl" key generate 'piv:slot=9c' --management-key-file mgm >y.pub 2>out; then
	no "a key in a card" "none"
	exit 1
fi
piv="$create --control-key @y.pub --key piv:slot=9c --min-delay 48h"
printf '%s\n' "$pin" >pin
printf '000000\n' >badpin
asks() { printf '["PIN for YubiKey 17654321, slot 9c (%s left): ", "%s"]' "$1" "$2"; }
three=$(asks "3 tries" "$pin\\n")

at "a PIN" 0 "[$yes, $three]" $piv
says "the screen says where the key is" 'in a device'
says "and as what" '| piv:slot=9c'
silent "a touch that comes at once is not asked for" 'touch YubiKey'
rm -f g.st
at "a wrong one, and again" 0 "[$yes, $(asks "3 tries" '000000\n'), [\"The PIN is wrong. \", \"\"], $(asks "2 tries" "$pin\\n")]" $piv
rm -f g.st
at "the last try is not taken" 11 "[$yes, $(asks "3 tries" '000000\n'), $(asks "2 tries" '000000\n'), [\"One try is left\", \"n\\n\"]]" $piv
absent "nothing was signed" g.st
at "--yes does not take it" 11 '[["One try is left", "\n"]]' $piv --yes
at "Ctrl-C at the last try" 11 '[["One try is left", "\u0003"]]' $piv --yes
away "a file does not take it" 10 $piv --yes --pin-file pin
says "it says so" 'One try is left for YubiKey 17654321, slot 9c: only a person'
says "and not that it was wrong" 'code: secret_missing'
at "a person takes it" 0 "[[\"One try is left\", \"y\\n\"], $(asks "1 try" "$pin\\n")]" $piv --yes
rm -f g.st
away "a wrong PIN in a file" 10 $piv --yes --pin-file badpin
says "is tried once" '2 tries are left'
at "a right one from a file" 0 '[]' $piv --yes --pin-file pin
rm -f g.st
away "nobody to ask for a PIN" 10 $piv --yes
says "says so" 'code: secret_missing'
says "and whose" 'nobody to ask. It is for YubiKey 17654321, slot 9c'
away "a passphrase is no PIN" 10 $piv --yes --passphrase-file pin
says "says so" 'code: secret_missing'
at "Ctrl-C at the PIN" 11 "[$yes, $(asks "3 tries" '12\u0003')]" $piv
at "Ctrl-D at the PIN" 11 "[$yes, $(asks "3 tries" '\u0004')]" $piv
at "an empty PIN costs no try" 11 "[$yes, $(asks "3 tries" '\n')]" $piv
absent "nothing was signed" g.st
away "both sorts of secrets" 0 $create --control-key @y.pub --control-key @a.pub --threshold 2 --min-delay 48h \
	--key piv:slot=9c --key a.key --yes --pin-file pin --passphrase-file pass
rm -f g.st
touch wrong && cp pin secret && rm -f told
away "pinentry, wrong and again" 0 $piv --yes --pinentry "sh $T/pinentry"
if grep -q '^SETERROR The PIN is wrong.$' told && grep -q '(2 tries left)$' told; then
	ok "it is told why"
else
	no "it is told why" "$(cat told)"
fi
if grep -q -e "$pin" -e 000000 told; then no "it is told no PIN" ""; else ok "it is told no PIN"; fi
rm -f g.st

# touches
export VPIV_TOUCH="file:$T/finger"
prompt='touch YubiKey 17654321, slot 9c (15 s)'
at "a touch" 0 "[$yes, $three, [\"$prompt\", [\"touch finger\", \"\"]]]" $piv
says "its prompt is taken away" "$(printf '9c (15 s)\r\033\\[K')"
rm -f g.st
TERM=dumb at "on a dumb terminal" 0 "[$yes, $three, [\"$prompt\", [\"touch finger\", \"\"]]]" $piv
silent "its prompt stays" "$(printf '\033\\[K')"
rm -f g.st
: >out
(comes grep -q 'touch YubiKey' out && touch finger) &
away "with no terminal" 0 $piv --yes --pin-file pin
wait
says "it is one plain line" "^touch YubiKey 17654321, slot 9c (15 s)\$"
rm -f g.st
at "Ctrl-C at the touch" 11 "[$yes, $three, [\"$prompt\", \"\\u0003\"]]" $piv
absent "nothing was signed" g.st
# while it waits, the PIN is in no command line and no environment
cat >look <<-EOF
	for p in /proc/[0-9]*; do
		set -- \$(sed 's/.*) //' \$p/stat 2>/dev/null)
		[ "\$4" != "\$SESSION" ] ||
			cat \$p/cmdline \$p/environ 2>/dev/null
	done | tr '\\0' '\\n' >$T/seen
	touch $T/finger
EOF
at "a look at the process" 0 "[$yes, $three, [\"$prompt\", [\"sh $T/look\", \"\"]]]" $piv
if ! grep -q 'piv:slot=9c' seen; then
	echo "skipped a look at the process: nothing was seen"
elif grep -q -e "$pin" -e "$pass" seen; then
	no "the PIN is in a command line or an environment" ""
else
	ok "the PIN is in no command line and no environment"
fi
rm -f g.st
VPIV_TOUCH=never VPIV_TOUCH_TIMEOUT_MS=600 at "no touch in time" 10 "[$yes, $three, [\"$prompt\", \"\"]]" $piv
says "says so" 'code: touch'
VPIV_TOUCH=never VPIV_TOUCH_TIMEOUT_MS=600 away "what is typed comes before what is touched" 10 \
	$create --control-key @y.pub --control-key @a.pub --threshold 2 --min-delay 48h \
	--key piv:slot=9c --key a.key --yes --pin-file pin --passphrase-file pass
says "the file's key has signed" 'signed by ops-1'
says "and it is kept" 'wrote g.st'
exit $bad
