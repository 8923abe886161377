# SPDX-License-Identifier: ISC
# What a script that runs encl says of it; bad is 1 after a failure.  The script
# has a function encl, which leaves stdout and stderr in the files out and err.
#   is NAME EXIT [CODE] -- ARGS    runs encl and compares; CODE may be A|B
#   says, silent NAME FILE PATTERN
#   json NAME EXPRESSION           over j, what was printed
#   fail NAME                      not ok, with out and err
bad=0

fail() {
	echo "not ok - $1"
	sed 's/^/# /' out err
	bad=1
}
is() {
	name=$1 want=$2 code=
	shift 2
	[ "$1" = -- ] || { code=$1; shift; }
	shift
	encl "$@"
	rc=$?
	if [ $rc -ne "$want" ]; then
		fail "$name: exit $rc, not $want"
	elif [ -n "$code" ] && ! grep -qE "^  code: ($code)\$" err; then
		fail "$name: not code $code"
	else
		echo "ok - $name"
	fi
}
says() {
	if grep -q -- "$3" "$2"; then echo "ok - $1"; else fail "$1: no $3"; fi
}
silent() {
	if grep -q -- "$3" "$2"; then fail "$1: has $3"; else echo "ok - $1"; fi
}
json() {
	if python3 -c 'import json, sys
j = json.load(open("out"))
sys.exit(0 if eval(sys.argv[1]) else 1)' "$2"; then
		echo "ok - $1"
	else
		fail "$1: $2"
	fi
}
