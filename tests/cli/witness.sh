#!/bin/sh
# SPDX-License-Identifier: ISC
# encl-witness as a log, a monitor and an operator meet it: every row of
# c2sp.org/tlog-witness, and every way in which a log can be false.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
T=$(mktemp -d /tmp/encl-witness.XXXXXX) || exit 1
. tests/lib/expect.sh
. tests/lib/witness.sh
trap '{ witness_stop 1 KILL; witness_stop 2 KILL; } 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP
cd "$T" || exit 1
log() { "$BUILD/tests/tools/testlog" "$@"; }

# encl-witness ARGS; status STATUS NAME: of the exit
encl() { timeout 600 "$BUILD/bin/encl-witness" "$@" >out 2>err </dev/null; }

# ask STATUS NAME: posts the file body to the witness at $url; the answer is in
# out, its header in head
url=
post() {
	got=$(curl -s -o out -D head -w '%{http_code}' -H 'Expect:' \
		--data-binary @body "$url/add-checkpoint")
	: >err
}
ask() {
	post
	if [ "$got" = "$1" ]; then
		echo "ok - $2"
	else
		fail "$2: $got, not $1"
	fi
}
# sent STATUS NAME OLD SIZE [FROM TAG]: what the log should send
sent() {
	status=$1 name=$2
	shift 2
	log ask seed log.example/a "$@" >body
	ask "$status" "$name"
}
# mixed STATUS NAME: the file lines before the file note
mixed() {
	cat lines note >body
	ask "$1" "$2"
}
# cosigned NAME VKEYFILE: the answer is a cosignature of the file note, and
# seconds its time
cosigned() {
	cat note out >whole
	if seconds=$(log cosigned "$(cat "$2")" whole); then
		echo "ok - $1"
	else
		fail "$1: $seconds"
	fi
}

for n in 1 2; do
	witness_make $n || fail "a witness is made"
	chmod 600 w$n.key
done
grep -q '^example.com/w1+[0-9a-f]\{8\}+B' w1.vkey && echo "ok - keygen prints a vkey of type 4" ||
	fail "keygen prints a vkey"
is "vkey prints it again" 0 -- vkey --key w1.key
cmp -s out w1.vkey && echo "ok - the same" || fail "the same"
is "a key is never overwritten" 6 -- keygen --name example.com/w1 --key w1.key --state other
is "nor a record" 6 -- keygen --name example.com/w3 --key w3.key --state w1
[ ! -e w3.key ] && echo "ok - and no key is made for it" || fail "a key without a record"
is "a name with a space" 3 -- keygen --name "a b" --key w3.key --state w3
is "a key that others may read" 4 -- vkey --key /etc/hostname
cp w1.key open.key && chmod 640 open.key
is "or a group" 4 -- vkey --key open.key
tr A-Za-z B-ZAb-za <w1.key >bad.key && chmod 600 bad.key
is "a key file that is none" 10 -- vkey --key bad.key
sed 's/w1/w7/' w1.key >bad.key
is "a key under another name" 10 -- vkey --key bad.key
is "run without a record: a witness that forgot" 5 -- run --key w1.key --state other --listen 127.0.0.1:0
rm -rf other && mkdir -m 700 other
is "run on an empty folder, too" 5 -- run --key w1.key --state other --listen 127.0.0.1:0
says "it says what to do" err 'needs another key'
is "run on the record of another key" 3 -- run --key w1.key --state w2 --listen 127.0.0.1:0
says "which is a witness's" err 'of another key, or damaged: The record is damaged'
is "run on a folder that others may enter" 4 -- run --key w1.key --state /tmp --listen 127.0.0.1:0
is "a log that is no vkey" 3 -- run --key w1.key --state w1 --log example.com/foo+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
is "a log under a witness's vkey" 3 -- run --key w1.key --state w1 --log "$(cat w2.vkey)"
is "a family that is no key" 3 -- run --key w1.key --state w1 --log-prefix encl.example+AAAA
printf '# logs\n\nlog nonsense\n' >logs
is "a file of logs with a bad line" 3 -- run --key w1.key --state w1 --logs logs
says "it names the line" err 'logs, line 3'
is "two sources of a key" 2 -- run --key w1.key --credential w1 --state w1
is "none" 2 -- run --state w1
is "an unknown option" 2 -- run --frob x
is "an unknown command" 2 -- frob
is "help" 0 -- --help
says "help is data" out '--log-prefix NAME+KEY'

printf 'log %s\nprefix %s\n' "$(log vkey seed log.example/a)" \
	"$(log family ours encl.example/chains)" >logs
witness_run 1 --logs logs --log "$(log vkey other log.example/b)" || exit 1
url=$WITNESS_URL
is "a second process on one record" 8 -- run --key w1.key --state w1 --listen 127.0.0.1:0

# 400: malformed
: >body
ask 400 "an empty body"
printf 'old 0' >body
ask 400 "no line end"
printf 'old 0\n\n' >body
ask 400 "no checkpoint"
log note seed log.example/a 5 >note
for old in "old 00" "old -1" "old 0x1" "old  0" "old" "old 0 " "OLD 0" "old 9007199254740992" "old 1e1"; do
	printf '%s\n\n' "$old" >lines
	mixed 400 "the old size \"$old\""
done
printf 'old 0\r\n\r\n' >lines
mixed 400 "lines that end as in HTTP"
for proof in "AAAA" "$(printf '%043d=' 0 | tr 0 A | sed 's/A=$/B=/')" "$(printf '%044d' 0)" " "; do
	printf 'old 1\n%s\n\n' "$proof" >lines
	mixed 400 "the proof line \"$proof\""
done
hash=$(printf '%043d=' 0 | tr 0 A)
{ echo old 1; for i in $(seq 64); do echo "$hash"; done; echo; } >lines
mixed 400 "64 proof lines"
printf 'old 1\n%s\n' "$hash" >lines
mixed 400 "no empty line before the checkpoint"
printf 'old 0\n\n' >lines
log note seed log.example/a 5 | sed '2s/5/05/' >note
mixed 400 "a size with a zero before it"
log note seed log.example/a 5 | sed '3s/./!/' >note
mixed 400 "a root that is no base64"
log note seed log.example/a 5 | head -n 3 >note
mixed 400 "a checkpoint without signatures"
log note seed log.example/a 5 | sed '1d' >note
mixed 400 "a checkpoint without an origin"
printf 'old 0\n\n\377\376\n' >body
ask 400 "garbage"
head -c 60000 /dev/zero | tr '\0' a >body
ask 400 "a long line"
head -c 70000 /dev/zero | tr '\0' a >body
ask 413 "a body above 64 KiB"

# 404, 403: who says so
log ask seed log.example/unknown 0 5 >body
ask 404 "an unknown origin"
log ask seed log.example/b 0 5 >body
ask 403 "a known origin under another key"
log ask other log.example/b 0 5 >body
ask 200 "the same under its key"
log note seed log.example/a 5 | sed '3s/^\(.\)./\1A/' >note
mixed 403 "a signature of another text"
{ log note seed log.example/a 5; log note seed log.example/a 5 | tail -n 1; } >note
mixed 403 "one signature twice"
log note seed log.example/a 5 >good
sed '$s/^\(.*\) .*$/\1 AAAAAAA=/' good >note
mixed 403 "a signature of another key alone"
{ cat good; tail -n 1 good | sed 's/log.example.a/log.example\/c/'; } >note
mixed 200 "signatures of unknown keys beside a good one are passed over"

# 400, 409: which size
sent 409 "no longer new: an old size of 0" 0 6
[ "$(cat out)" = 5 ] && echo "ok - with the size that it has" || fail "the size"
[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ] && echo "ok - and a newline" || fail "a newline"
says "and the type of the contract" head '^Content-Type: text/x.tlog.size'
sent 409 "an old size before" 4 6
log proof seed log.example/a 9 5 6 >lines
log note seed log.example/a 6 >note
mixed 400 "an old size above the checkpoint's"
log proof seed log.example/a 9 5 6 >lines
log note seed log.example/a 12 >note
mixed 409 "an old size above what it has"
sent 409 "a smaller checkpoint with its own old size" 3 4
log ask seed log.example/a 4 4 >body
ask 409 "an older checkpoint again"
log proof seed log.example/a 5 0 0 >lines
log note seed log.example/a 4 >note
mixed 400 "a log that shrank"

# 422: which tree
sent 422 "another history of the same size" 5 5 2 1
[ "$(grep -c '"event":"split"' w1.now)" = 1 ] && echo "ok - it says that the log has shown two" || fail "split"
evidence=w1/split-$(log id log.example/a)
[ -s "$evidence" ] && log convicts "$(log vkey seed log.example/a)" "$evidence" >out &&
	echo "ok - and keeps what convicts it" || fail "evidence"
log convicts "$(log vkey other log.example/a)" "$evidence" >out
says "and nobody else" out 'checkpoint_sig'
sent 422 "again" 5 5 4 2
[ "$(grep -c '"event":"split"' w1.now)" = 1 ] && echo "ok - once" || fail "split twice"
sent 422 "a fork below" 5 9 3 1
log proof seed log.example/a 5 5 8 >lines
log note seed log.example/a 9 >note
mixed 422 "a proof for a smaller tree"
log proof seed log.example/a 5 5 10 >lines
mixed 422 "a proof for a larger one"
log proof seed log.example/a 5 4 9 >lines
mixed 422 "a proof from another size"
log proof seed log.example/a 5 5 9 | sed '2d' >lines
mixed 422 "a proof that lacks its first hash"
log proof seed log.example/a 5 5 9 | sed '2{h;d};3{p;x}' >lines
mixed 422 "a proof out of order"
{ log proof seed log.example/a 5 5 9 | sed '$d'; printf '%s\n\n' "$hash"; } >lines
mixed 422 "a proof with a hash too many"
printf 'old 5\n\n' >lines
mixed 422 "no proof"
log root seed log.example/a 5 x >note
mixed 422 "another root"
printf 'old 5\n%s\n\n' "$hash" >lines
log note seed log.example/a 5 >note
mixed 422 "a proof where none is needed"
log note ours encl.example/chains/$(log id x) 3 >note
printf 'old 0\n%s\n\n' "$hash" >lines
mixed 422 "a proof from nothing"
log root ours encl.example/chains/$(log id x) 0 x >note
printf 'old 0\n\n' >lines
mixed 422 "an empty log with a root"

# 200
log note seed log.example/a 5 >note
sent 200 "the same again" 5 5
cosigned "a cosignature, which verifies" w1.vkey
first=$seconds
sleep 1.1
sent 200 "and again" 5 5
cosigned "is a new one" w1.vkey
[ "$seconds" -gt "$first" ] && echo "ok - of a later time" || fail "$seconds is not after $first"
sent 200 "a log that grew" 5 9
log note seed log.example/a 9 >note
cosigned "is cosigned" w1.vkey
log cosigned "$(cat w2.vkey)" whole >out
says "and not by anybody else" out none
sent 200 "by many" 9 300
log ask ours encl.example/chains/$(log id x) 0 0 >body
ask 200 "an empty log of a family"
log ask ours encl.example/chains/$(log id x) 0 1 >body
ask 200 "which begins"
log ask ours encl.example/chains/$(log id y) 0 4 >body
ask 200 "another of the family"
log ask seed encl.example/chains/$(log id z) 0 4 >body
ask 403 "one under a key that is not the family's"
for name in encl.example/chains encl.example/chains/ encl.example/chains/abc \
	encl.example/chains/$(log id x | tr a-f A-F) encl.example/chains/$(log id x)0 \
	encl.example/chains/x/$(log id x) encl.example//$(log id x)1; do
	log ask ours "$name" 0 4 >body
	ask 404 "$name is not of the family"
done

# A log that puts more lines into its checkpoints, and signatures of others.
log note other log.example/b 5 >note

# monitors
id=$(log id log.example/a)
read_newest() { curl -s -o out -D head -w '%{http_code}' "$1/$2/checkpoint" >code; : >err; }
read_newest "$url" "$id"
says "a monitor reads the newest checkpoint" code 200
[ "$(sed -n 2p out)" = 300 ] && echo "ok - of its size" || fail "the size"
log note seed log.example/a 300 >note
[ "$(head -n 5 out)" = "$(cat note)" ] && echo "ok - with the log's signature" || fail "the log's signature"
log cosigned "$(cat w1.vkey)" out >seconds && echo "ok - and the witness's" || fail "cosigned"
read_newest "$url" "$(log id log.example/never)"
says "404 for a log that it never saw" code 404
read_newest "$url" "$(echo "$id" | tr a-f A-F)"
says "404 for capital letters" code 404
for path in /add-checkpoint/ / /checkpoint "/$id" "/$id/checkpoint/" "/$id/checkpoint?x" /x/checkpoint; do
	curl -s -o out -w '%{http_code}' "$url$path" >code
	says "404 for $path" code 404
done
curl -s -o out -D head -w '%{http_code}' "$url/add-checkpoint" >code
says "add-checkpoint is for POST" code 405
says "and says so" head '^Allow: POST'
curl -s -o out -w '%{http_code}' -d x "$url/$id/checkpoint" >code
says "a checkpoint takes no body" code 413
curl -s -o out -w '%{http_code}' -X DELETE "$url/$id/checkpoint" >code
says "and is not deleted" code 405
curl -sI "$url/$id/checkpoint" >out
says "HEAD is like GET" out '200 OK'
log ask seed log.example/a 300 300 >body
curl -s -o out -o out2 -w '%{num_connects}\n' -H 'Expect:' --data-binary @body \
	"$url/add-checkpoint" "$url/add-checkpoint" >connects
[ "$(tr '\n' ' ' <connects)" = "1 0 " ] && echo "ok - a connection is kept" || fail "keep-alive"
post
curl -s -o out -w '%{http_code}' -H 'Transfer-Encoding: chunked' -H 'Expect:' \
	--data-binary @body "$url/add-checkpoint" >code
says "a body in chunks is as good" code 200

# The other witness, and the first after a stop and after a kill.
witness_run 2 --logs logs || exit 1
url=$WITNESS_URL
sent 200 "a second witness begins where it first meets the log" 0 300
cat note out >whole
url=$(cat w1.url)
sent 200 "beside the first" 300 300
cat out >>whole
for n in 1 2; do
	log cosigned "$(cat w$n.vkey)" whole >seconds && echo "ok - witness $n cosigned" ||
		fail "witness $n cosigned"
done
curl -s "$url/metrics" >out
says "metrics count answers" out 'encl_witness_requests_total{request="add-checkpoint",status="409"} '
says "and logs" out '^encl_witness_logs 4$'
curl -s "$url/readyz" >out
says "it is ready" out ok
is "show, beside it" 0 -- show --key w1.key --state w1
says "lists logs" out '^log.example/a 300 [0-9a-f]\{64\} [0-9]*$'
cp w1.now said
witness_stop 1
[ $? -eq 0 ] && echo "ok - it stops when told to" || fail "it stops"
is "everything opens" 0 -- check --key w1.key --state w1
witness_run 1 --logs logs
url=$WITNESS_URL
sent 409 "it remembers after a stop" 0 5
[ "$(cat out)" = 300 ] && echo "ok - the size" || fail "the size"
sent 422 "and the root" 300 300 7 1
says "and that it had shown two histories before" w1.now '"written":"before"'
sent 200 "and goes on" 300 301
witness_stop 1 KILL 2>/dev/null
witness_run 1 --logs logs
url=$WITNESS_URL
sent 409 "it remembers after a kill" 300 302
[ "$(cat out)" = 301 ] && echo "ok - the newest" || fail "the newest"
witness_stop 1
witness_run 1
url=$WITNESS_URL
sent 404 "a log that is not admitted any more" 301 302
read_newest "$url" "$id"
says "is shown all the same" code 200
witness_stop 1
witness_run 1 --logs logs --max-logs 4
url=$WITNESS_URL
log ask ours encl.example/chains/$(log id w) 0 4 >body
ask 503 "a log too many"
sent 200 "those that are there go on" 301 302
witness_stop 1

# A clock that was an hour ahead, and is put right.
fake=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null)
if [ -n "$fake" ]; then
	WITNESS_ENV="LD_PRELOAD=$fake FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1"
	witness_run 1 --logs logs
	url=$WITNESS_URL
	sent 200 "under a clock that is ahead" 302 303
	witness_stop 1 2>/dev/null
	WITNESS_ENV=
	witness_run 1 --logs logs
	url=$WITNESS_URL
	sent 503 "not under one that is far behind what was said" 303 304
	says "and it says why" out '(clock)'
	curl -s -o out -w '%{http_code}' "$url/readyz" >code
	says "nor is it ready" code 503
	read_newest "$url" "$id"
	says "what was cosigned is shown" code 200
	sent 409 "and what is wrong is told as ever" 302 304
	witness_stop 1
else
	echo "skipped faketime is not here"
fi

# What it says keeps the key to itself.
secret=$(sed 's/.*+//' w1.key)
for f in said w1.log; do
	silent "$f has no secret" "$f" "$secret"
	silent "nor does it name the key's file in it" "$f" PRIVATE
done
printf 'damage' | dd of=w1/cosigned bs=1 seek=5000 conv=notrunc 2>/dev/null
is "a damaged record" 3 -- check --key w1.key --state w1
is "is not served from" 3 -- run --key w1.key --state w1 --listen 127.0.0.1:0 --logs logs
exit $bad
