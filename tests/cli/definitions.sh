#!/bin/sh
# SPDX-License-Identifier: ISC
# What is wrong with a definition is said with file, key and line, by each
# command that reads one; what differs is said in words.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/expect.sh
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
encl() {
	env -i HOME="$T" PATH="$PATH" setsid -w "$B/bin/encl" "$@" \
		>out 2>err </dev/null
}
# refused NAME PATTERN LINES
refused() {
	printf 'name: a\nimage: i\n%b' "$3" >x.yaml
	is "$1" 2 definition_bad -- enclave definition lint x.yaml
	says "  its place" err "x.yaml: $2"
}
refused "an anchor" '/secrets line 3, column 10: an anchor' 'secrets: &s [A]\n'
refused "a merge key" '/resources/<< line 4, column 3: a merge key' \
	'resources:\n  <<: {cpus: 2, memory_mib: 64}\n'
refused "a tab" '/resources line 4, column 1: a tab' 'resources:\n\tcpus: 2\n'
refused "a key twice" '/debug line 4, column 1: a key that stands here' \
	'debug: true\ndebug: false\n'
refused "a boolean of old YAML" \
	'/debug line 3: must be true or false, and "no" is text' 'debug: no\n'
refused "a port 0" '/ports/0/port line 4: must be a whole number, 1 to 65535' \
	'ports:\n  - port: 0\n'
rules='egress:\n  default: deny\n  rules:\n'
refused "host bits" '/egress/rules/0/cidr line 6: must be .* without host bits' \
	"$rules    - cidr: 10.1.0.0/8\n"
refused "a name that looks alike" \
	'/egress/rules/0/host line 6: must be printable ASCII' \
	"$rules    - host: \\0320\\0260pi.example\n"
refused "a zero register" '/measurements/pcr0 line 4: is zero' \
	"measurements:\n  pcr0: \"$(printf '%096d' 0)\"\n"
refused "a huge scalar" '/description line 3: must have at most 1000 bytes' \
	"description: x$(printf '%030000d' 0)\n"
refused "several faults" '/y line 5: is not known here' 'debug: no\nsecrets: x\ny: 1\n'
says "  the second" err '^  also: x.yaml: /debug line 3: must be'
says "  the last" err '^  also: x.yaml: /secrets line 4: must be an array.$'
is "  for programs" 2 -- enclave definition lint x.yaml -o json
says "    all of them" err '"also":\["x.yaml: /debug line 3: .*","x.yaml: /secrets line 4: '
printf 'version = 1\nname = "a"\n[egress]\nenabled = "no"\n' >x.toml
is "in TOML" 2 definition_bad -- enclave definition lint x.toml
says "  its place" err 'x.toml: /egress/enabled line 4: must be true or false'
printf '{"name": "a",\n"image": "i",\n"image": "j"}\n' >x.json
is "in JSON" 2 definition_bad -- enclave definition import x.json
says "  its place" err "x.json: line 3, column 7: duplicate object key near '\"image\"'"
{
	printf 'version: v1\nname: a\nimage: i\nnetwork: {}\n'
	for i in $(seq 800); do printf '# %060d\n' 0; done
} >big.yaml
is "a file that does not fit with its text" 2 definition_bad -- enclave definition import big.yaml
says "  the limit" err 'big.yaml: is too large: .* at most 49152 bytes'
head -c 65537 /dev/zero | tr '\0' '#' >big.yaml
is "a file that is larger than any" 2 definition_bad -- enclave definition lint big.yaml
says "  the limit" err 'big.yaml is larger than 65536 bytes'

cat >a.yaml <<'EOF'
name: a
resources: {cpus: 2, memory_mib: 1024}
egress: {default: deny, rules: [{cidr: 10.0.0.0/8, action: deny}]}
EOF
cat >b.yaml <<'EOF'
name: a
resources: {cpus: 2, memory_mib: 2048}
egress: {default: deny, rules: [{host: api.x, ports: [443]}]}
EOF
is "a diff" 0 -- enclave definition diff a.yaml b.yaml
cat >want <<'EOF'
WIDER: drops deny 10.0.0.0/8
WIDER: adds egress api.x:443
memory 1 to 2 GiB
EOF
cmp -s out want && echo "ok - in words, what widens first" || fail "$(cat out)"
is "the same for programs" 0 -- enclave definition diff a.yaml b.yaml -o json
json "with places" '[(c["pointer"], c["change"], c["widens"]) for c in j] == [("/egress/rules/0", "removed", True), ("/egress/rules/0", "added", True), ("/resources/memory_mib", "changed", False)] and j[2]["old"] == 1024'
printf 'name: a\negress: {default: deny, rules: [{host: xn--pi-6kc.x, ports: [1]}]}\n' >x.yaml
is "lint" 0 -- enclave definition lint x.yaml
says "of a name in punycode" out '/egress/rules/0 has letters beyond ASCII'
exit $bad
