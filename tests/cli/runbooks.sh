#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/runbooks.md: every sh block in it runs as it stands, but for the names
# of the enclaves, each section on a chain of its own; this script plays the
# thief.  Broken when somebody in trouble could not follow a page to its end.
cd "$(dirname "$0")/../.." || exit 1
page=$PWD/docs/runbooks.md
. tests/lib/cli.sh
cli_start
export PATH="$B/bin:$PATH" ENCL_YES=1 ENCL_SERVER="$ENCLD_URL"
export ENCL_TOKEN_FILE="$T/token" ENCL_PASSPHRASE_FILE="$T/pass"
export ENCL_ROOT="$T/sim/root.pem"
mkdir keys
for k in ops-1 ops-2 ops-3 g-1 g-2 g-3; do
	encl key generate "file:$T/keys/$k.key" --name $k && cp out keys/$k.pub ||
		fail "key $k"
done
pcrs a1 b1 c1 >v1.pcrs
pcrs a2 b1 c2 >v2.pcrs
# The functions below talk to encl as the page does.
encl() { "$B/bin/encl" "$@"; }

# begin [KEY]: a chain with a release in force; ops-3, or this key, is the
# third control key
begin() {
	cp "$T"/keys/* .
	encl enclave create -f enclave.yaml --min-delay 1s --threshold 2 \
		--control-key file:ops-1.key --control-key file:ops-2.key \
		--control-key "${1:-@ops-3.pub}" --guardian-key @g-1.pub \
		--guardian-key @g-2.pub --guardian-key @g-3.pub >chain &&
		encl upgrade stage $name --pcrs v1.pcrs --version 1.0 \
			--key ops-1.key --key ops-2.key || return 1
	chain=$(cat chain)
	children= agents=
	enclave v1.pcrs
	enclave v2.pcrs
	echo "$children" >pids
	encl upgrade wait $name --timeout 10m
}
refused() { # CODE COMMAND...: the thief tries
	code=$1
	shift
	! encl "$@" >out.thief 2>&1 && grep "^  code: $code\$" out.thief && return 0
	cat out.thief
	return 1
}

before_stolen_threshold() {
	begin && mkdir thief && cp ops-1.key ops-2.key thief &&
		encl key generate thief/own.key --name thief >thief/own.pub &&
		encl policy stage $name --remove-control-key ops-3 \
			--add-control-key @thief/own.pub --activate-after 1h \
			--key thief/ops-1.key --key thief/ops-2.key
}
# The owners' change is on its way, or in force already.
after_stolen_threshold() {
	encl policy show $name >shown && grep 'ops-4' shown &&
		refused would_refuse upgrade stage $name --pcrs v2.pcrs \
			--key thief/ops-1.key --key thief/ops-2.key
}
before_stolen_guardian() {
	begin && encl upgrade stage $name --pcrs v2.pcrs --version 2.0 \
		--activate-after 1h --key ops-1.key --key ops-2.key &&
		encl upgrade revoke $name --reason "ha" --key g-3.key
}
after_stolen_guardian() {
	encl upgrade list $name | grep '2.0 *in force' &&
		encl upgrade stage $name --pcrs v1.pcrs --version 3.0 \
			--activate-after 1h --key ops-1.key --key ops-2.key &&
		refused would_refuse upgrade revoke $name --reason "ha" --key g-3.key
}
# It is signed and stopped before the window is over.
before_away() {
	begin && hold
}
after_away() {
	go_on
	encl upgrade list $name | grep '2.0 *revoked'
}
after_window() {
	encl policy show $name -o json | grep '"min_delay_ms": 259200000' &&
		refused delay_short upgrade stage $name --pcrs v2.pcrs \
			--activate-after 1h --key ops-1.key --key ops-2.key
}
after_freeze() {
	refused not_upgradable upgrade stage $name --pcrs v2.pcrs \
		--key ops-1.key --key ops-2.key
}
before_server() {
	# Keys of the server have no name but the organisation's.
	encl key generate server:held && begin server:held
}
before_sealed() {
	mkdir backup
	encl key generate sealed:laptop.key --name ops-3 --program --yes \
		--recovery-out ops-3.recovery >ops-3.line &&
		cp laptop.key backup/ops-3.key && begin @ops-3.line &&
		rm laptop.key ops-3.key
}
not_ops_3() {
	encl policy show $name >shown && grep ops-4 shown && ! grep ops-3 shown
}

# section NUMBER HEADING BEFORE AFTER
section() {
	name=payments-$1
	mkdir "$T/$1" && cd "$T/$1" || exit 1
	export HOME="$T/$1"
	ln -s ../token ../pass ../v1.pcrs ../v2.pcrs ../sim .
	printf 'name: %s\nimage: r/p:1\n' $name >enclave.yaml
	awk -v heading="## $2" '/^## / { on = $0 == heading }
		/^```/ { sh = on && $0 == "```sh"; next } sh' "$page" |
		sed -e "s/payments/$name/g" >script
	if { [ -s script ] && $3 && sh -ex ./script && $4; } \
		>log 2>&1; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		sed 's/^/# /' log
	fi >result
	go_on 2>/dev/null
	kill $(cat pids 2>/dev/null) 2>/dev/null
	return 0
}

# Three at a time: each signature takes 256 MiB.
run() {
	ran=$((ran + 1))
	(section $ran "$@") &
	jobs="$jobs $!"
	[ $((ran % 3)) -ne 0 ] || { wait $jobs; jobs=; }
}
ran=0 jobs=
run "A control key is lost" begin not_ops_3
run "A control key is stolen, and fewer than the threshold" begin not_ops_3
run "Enough control keys are stolen to stage" before_stolen_threshold \
	after_stolen_threshold
run "A guardian key is lost" begin true
run "A guardian key is stolen" before_stolen_guardian after_stolen_guardian
run "A guardian goes away" before_away after_away
run "Changing the window" begin after_window
run "Freezing" begin after_freeze
run "A new chain, by several people" true true
run "The server's keys are lost" before_server true
yubikey="$B/tests/virtual/libusb-1.0.so.0"
if [ -e "$yubikey" ] && "$B/bin/encl" help key generate | grep -q sealed:PATH; then
	export LD_LIBRARY_PATH="$B/tests/virtual"
	run "A laptop with a sealed key is lost" before_sealed not_ops_3
	unset LD_LIBRARY_PATH
else
	ran=$((ran + 1))
	echo "skipped A laptop with a sealed key is lost: there is no virtual YubiKey"
fi
wait $jobs
cat "$T"/*/result
! grep -q '^not ok' "$T"/*/result || bad=1
[ $ran -eq "$(awk '/^## / { n += had; had = 0 } /^```sh$/ { had = 1 }
	END { print n + had }' "$page")" ] || {
	echo "not ok - a section of the page was not run"
	bad=1
}
children=
exit $bad
