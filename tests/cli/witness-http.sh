#!/bin/sh
# SPDX-License-Identifier: ISC
# encl-witness and callers that mean no good: broken HTTP, slow ones, crowds, and
# a flood of logs that it does not know.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
T=$(mktemp -d /tmp/encl-witness.XXXXXX) || exit 1
. tests/lib/witness.sh
trap 'witness_stop 1 KILL 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP
bad=0
log() { "$BUILD/tests/tools/testlog" "$@"; }
start=$(date +%s)
witness_make 1 && witness_run 1 --log "$(log vkey seed log.example/a)" \
	--per-address 20 --proxies 192.0.2.1 || exit 1
log ask seed log.example/a 0 5 >"$T/body"
curl -sf -o /dev/null --data-binary "@$T/body" "$WITNESS_URL/add-checkpoint"
log ask seed log.example/a 5 5 >"$T/body"
python3 tests/cli/witness_http.py "${WITNESS_URL#http://}" "$T/body" || bad=1

# Logs of others by the thousand cost no memory and no disk.
# What status says of it is rounded, the more the more processors there are.
rss() { awk '/^Rss:/ { print $2 }' "/proc/$WITNESS_PID/smaps_rollup"; }
flood() {
	python3 - "${WITNESS_URL#http://}" "$T/unknown" "$1" <<'EOF'
import http.client, sys
c = http.client.HTTPConnection(sys.argv[1])
body = open(sys.argv[2], encoding="utf-8").read()
for i in range(int(sys.argv[3])):
    c.request("POST", "/add-checkpoint", body.replace("example/unknown", "example/%d" % i).encode())
    r = c.getresponse()
    r.read()
    assert r.status == 404, r.status
EOF
}
log ask seed log.example/unknown 0 5 >"$T/unknown"
flood 100 || { echo "not ok - unknown logs"; bad=1; }
before=$(rss) disk=$(stat -c %Y.%s "$T/w1/cosigned")
flood 3000 || { echo "not ok - unknown logs"; bad=1; }
after=$(rss)
if [ $((after - before)) -lt 500 ] && [ "$(stat -c %Y.%s "$T/w1/cosigned")" = "$disk" ]; then
	echo "ok - a flood of unknown logs leaves nothing behind"
else
	echo "not ok - a flood of unknown logs: $before kB, then $after kB"
	bad=1
fi
witness_stop 1 || { echo "not ok - it stops"; bad=1; }
lines=$(grep -c '"event":"refused"' "$T/w1.log")
# Sixty, and one more each second.
if [ "$lines" -le $((70 + $(date +%s) - start)) ]; then
	echo "ok - nor does it fill the log"
else
	echo "not ok - $lines lines of log"
	bad=1
fi
exit $bad
