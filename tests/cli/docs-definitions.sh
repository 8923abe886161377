#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/definitions.md: every sh block in it runs as it stands, one after the
# other; its table names each format that there is.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
top=$PWD
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
export PATH="$B/bin:$PATH" HOME="$T"
bad=0
ok() { echo "ok - $1"; }
no() { echo "not ok - $1"; bad=1; }
{
	echo 'set -e'
	awk '/^```/ { sh = $0 == "```sh"; next } sh' "$top/docs/definitions.md"
} >script
if [ "$(wc -l <script)" -gt 15 ] && sh -x ./script >out 2>&1; then
	ok "docs/definitions.md does what it says"
else
	sed 's/^/# /' out
	no "docs/definitions.md"
fi
grep -q '^would be lost: image: removed vault:1.11.2$' out &&
	grep -q '^memory 1 to 2 GiB$' out ||
	no "what would be lost, and what differs"
for dir in "$top"/tests/definition/*/; do
	id=$(basename "$dir" | sed 's|-\([0-9]*\)$|/\1|')
	grep -qF "\`$id\`" "$top/docs/definitions.md" ||
		no "$id is not in the table"
	for f in "$dir"*; do
		encl enclave definition export "$f" --format "$id" 2>said |
			cmp -s - "$f" || no "$f comes out otherwise"
		grep -q ": imported as $id\$" said || no "$f: no word of its format"
	done
done
[ $bad = 0 ] && ok "every format of the table comes out byte for byte"
printf 'version: v1\nname: a\nimage: i\nnetwork:\n  listen_ports: [0]\n' >bad.yaml
encl enclave definition import bad.yaml 2>said && no "port 0 was taken"
grep -q 'bad.yaml: /network/listen_ports/0 line 5: must be' said &&
	ok "what is wrong is said with file, key and line" || no "$(cat said)"
encl enclave definition export bad.yaml --format nobody/1 2>/dev/null &&
	no "a format that nobody has"
encl enclave definition lint -o json "$top/tests/definition/evervault-1/open.toml" >json
python3 -c 'import json
x = json.load(open("json"))[0]
assert x["format"] == "evervault/1"
assert any("without a list" in n["text"] for n in x["notes"])' &&
	ok "lint says as JSON that egress without a list allows everything" ||
	no "lint -o json"
exit $bad
