#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/witnesses.md: its sh blocks run as they stand, but for paths, addresses
# and keys.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
T=$(mktemp -d /tmp/encl-witness.XXXXXX) || exit 1
. tests/lib/witness.sh
top=$PWD
trap 'witness_stop 1 KILL 2>/dev/null; rm -rf "$T"' EXIT
mkdir "$T/desk" && cd "$T/desk" || exit 1
export PATH="$BUILD/bin:$PATH"
log() { "$BUILD/tests/tools/testlog" "$@"; }
bad=0
chain=$(log id x)
family=$(log family ours encl.example.org/chains)

# section HEADING: its sh blocks, as one script
section() {
	awk -v heading="## $1" '/^## / { on = $0 == heading }
		/^```/ { sh = on && $0 == "```sh"; next } sh' "$top/docs/witnesses.md" |
		sed -e "s|/etc/encl/witness|$T/w1|g" -e "s|/var/lib/encl-witness|$T/w1|g" \
			-e "s|CHAINID|$chain|g" -e "s|https://w1.example.org|$WITNESS_URL|" \
			-e "s|encl.example.org/chains+.*|$family|" >script
	if [ -s script ] && sh -ex ./script >out 2>err; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed 's/^/# /' out err
		bad=1
	fi
}
section "Running one"
grep -q '^w1.example.org/encl, 0 logs' out || { echo "not ok - check"; bad=1; }
# as the unit starts it
line=$(sed -n 's|^ExecStart=/usr/bin/encl-witness run||p' "$top/deploy/systemd/encl-witness.service")
[ "$line" = " --credential witness --logs /etc/encl/witness.logs" ] || { echo "not ok - the unit"; bad=1; }
mkdir "$T/credentials" && cp "$T/w1.key" "$T/credentials/witness" && chmod 444 "$T/credentials/witness"
CREDENTIALS_DIRECTORY=$T/credentials encl-witness check --state "$T/w1" \
	--credential witness --logs "$T/w1.logs" >/dev/null || { echo "not ok - a credential"; bad=1; }
witness_run 1 --logs "$T/w1.logs" || exit 1
log ask ours "encl.example.org/chains/$chain" 0 7 >body
curl -sf -o /dev/null --data-binary @body "$WITNESS_URL/add-checkpoint" ||
	{ echo "not ok - a chain of the family"; bad=1; }
section "Asking a witness, as an auditor"
log cosigned "$(cat witness.vkey)" out >/dev/null && [ "$(sed -n 2p out)" = 7 ] ||
	{ echo "not ok - the newest checkpoint"; bad=1; }
for figure in $(sed -n 's/^| `\(encl_witness_[a-z_]*\).*/\1/p' "$top/docs/witnesses.md"); do
	curl -s "$WITNESS_URL/metrics" | grep -q "^# TYPE $figure " ||
		{ echo "not ok - no figure $figure"; bad=1; }
done
encl-witness man >"$T/encl-witness.1"
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning "$T/encl-witness.1" >out 2>&1 ||
		{ echo "not ok - the manual"; cat out; bad=1; }
else
	echo "skipped mandoc is not here"
fi
exit $bad
