#!/bin/sh
# SPDX-License-Identifier: ISC
# encl and a person at a terminal: questions, passphrases, interruptions, and a
# chain that moves while the question stands.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export BUILD="$B"
top=$PWD
. tests/lib/pg.sh
. tests/lib/encld.sh
T=$(mktemp -d) || exit 1
bad=0
pg_start
encld_start || exit 1
stop() {
	encld_stop
	pg_stop
	rm -rf "$T"
}
trap stop EXIT
cd "$T" || exit 1
export HOME="$T" ENCL_SERVER="$ENCLD_URL" ENCL_TOKEN="$ENCLD_TOKEN"
unset ENCL_PASSPHRASE_FILE ENCL_YES NO_COLOR
pass='correct horse battery'

# at NAME EXIT SCRIPT ARGS...: ARGS are encl's
at() {
	name=$1 want=$2 script=$3
	shift 3
	python3 "$top/tests/cli/terminal.py" "$script" -- "$B/bin/encl" "$@" >out
	rc=$?
	if [ $rc -ne "$want" ]; then
		echo "not ok - $name: exit $rc, not $want"
		cat -v out | sed 's/^/# /'
		bad=1
	elif grep -q -F "$pass" out; then
		echo "not ok - $name: the passphrase is on the screen"
		bad=1
	else
		echo "ok - $name"
	fi
}
says() {
	if grep -q -e "$2" out; then
		echo "ok - $1"
	else
		echo "not ok - $1: no $2"
		cat -v out | sed 's/^/# /'
		bad=1
	fi
}
silent() {
	if grep -q -e "$2" out; then
		echo "not ok - $1: has $2"
		bad=1
	else
		echo "ok - $1"
	fi
}

at "a passphrase, twice" 0 '[["New passphrase", "'"$pass"'\n"], ["same again", "'"$pass"'\n"]]' key generate a.key
at "two that differ" 2 '[["New passphrase", "'"$pass"'\n"], ["same again", "'"$pass"'.\n"]]' key generate b.key
[ ! -e b.key ] && echo "ok - no key was made" || { echo "not ok - b.key"; bad=1; }
at "a correction with backspace" 0 '[["New passphrase", "'"$pass"'x\u007f\n"], ["same again", "'"$pass"'\n"]]' key generate b.key
at "Ctrl-C at the passphrase" 11 '[["New passphrase", "\u0003"]]' key generate c.key
at "Ctrl-D at the passphrase" 11 '[["New passphrase", "\u0004"]]' key generate c.key
[ ! -e c.key ] && echo "ok - no key was made" || { echo "not ok - c.key"; bad=1; }
# the terminal has its echo back: what is typed after a Ctrl-C is seen
python3 "$top/tests/cli/terminal.py" '[["New passphrase", "\u0003"], ["echo=", ""]]' -- \
	sh -c "'$B/bin/encl' key generate c.key; stty -a | grep -q ' echo ' && echo echo=on" >out
says "echo is on again" 'echo=on'

printf 'name: payments\nimage: r/p:1\n' >enclave.yaml
make="enclave create -f enclave.yaml --control-key file:a.key --control-key file:b.key --threshold 1 --min-delay 1s"
at "no" 11 '[["Sign this? [y/N]", "n\n"]]' $make --key a.key
at "nothing is no" 11 '[["Sign this? [y/N]", "\n"]]' $make --key a.key
at "yeah is no" 11 '[["Sign this? [y/N]", "yeah\n"]]' $make --key a.key
silent "no passphrase is asked before the answer" 'Passphrase for'
wrong='["Passphrase for a.key: ", "wrong\n"]'
at "three wrong passphrases" 10 '[["Sign this? [y/N]", "y\n"], '"$wrong, $wrong, $wrong"']' $make --key a.key
at "yes, and a wrong one before the right one" 0 '[["Sign this? [y/N]", "yes\n"], '"$wrong"', ["The passphrase is wrong. Passphrase for", "'"$pass"'\n"]]' $make --key a.key
says "the title is bold" "$(printf '\033\\[1m')"
NO_COLOR=1 at "NO_COLOR" 11 '[["Sign this? [y/N]", "n\n"]]' $make --key a.key
silent "nothing is bold" "$(printf '\033')"

# Two keys, two passphrases; the chain moves while the question stands.
v=$(printf 'a1%.0s' $(seq 48))
echo "{\"PCR0\":\"$v\",\"PCR1\":\"$v\",\"PCR2\":\"$v\"}" >v1.json
echo "$pass" >pass
race="'$B/bin/encl' upgrade stage payments --pcrs v1.json --key b.key --passphrase-file pass --yes >/dev/null 2>race;
'$B/bin/encl' upgrade revoke payments --reason race --key b.key --passphrase-file pass --yes >/dev/null 2>>race"
script=$(RACE="$race" PASS="$pass" python3 -c 'import json, os
yes = ["Passphrase for", os.environ["PASS"] + "\n"]
print(json.dumps([["Sign this? [y/N]", [os.environ["RACE"], "y\n"]], yes,
    ["once more", ""], ["Sign this? [y/N]", "y\n"], yes]))')
at "the chain moved: shown and asked again" 0 "$script" upgrade stage payments --pcrs v1.json --key a.key
"$B/bin/encl" upgrade list payments -o json >out
says "the other one was revoked" '"status": "revoked"'
says "this one is staged" '"status": "staged"'
exit $bad
