#!/bin/sh
# SPDX-License-Identifier: ISC
# tests/fault/mutate.sh: breaks one rule at a time, in a scratch copy of its
# source, and asks whether the unit test that is there for it fails.  A mutant
# that survives is an attack that nothing would notice.  `make mutants` builds what
# is needed and runs it; the mutants are the file beside this one.
#   BUILD      where the unit tests were built
#   CC         the compiler of that build
#   TEST_LINK  the libraries that a unit test is linked with
#   NAME...    only these mutants
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
list=tests/fault/mutants

# The source with one line changed, compiled and linked before the library that
# has the unchanged one.
break_it() { # FILE SED
	sed "$2" "$1" >"$work/$(basename "$1")"
	changed=$(diff "$1" "$work/$(basename "$1")" | grep -c '^>' || :)
	[ "$changed" -eq 1 ] || {
		echo "the script changes $changed lines of $1"
		return 1
	}
	${CC:-cc} -std=c11 -O1 -w -fPIE -D_DEFAULT_SOURCE -I. \
		-iquote "$(dirname "$1")" \
		-c -o "$work/mutant.o" "$work/$(basename "$1")"
	${CC:-cc} -pie -pthread -o "$work/test" \
		"$build/obj/tests/unit/$test.o" "$work/mutant.o" $TEST_LINK
}

one() { # NAME FILE TEST CASE SED
	test=$3
	break_it "$2" "$5" || return
	CK_TAP_LOG_FILE_NAME=$work/tap CK_VERBOSITY=silent CK_TIMEOUT_MULTIPLIER=2 \
		"$work/test" >"$work/log" 2>&1 || :
	grep -q ":$4: Passed" "$work/tap" && {
		echo "$4 of $3 passes without the rule"
		return 1
	}
	grep -q "^not ok .*:$4:" "$work/tap" || {
		echo "$3 has no case $4"
		return 1
	}
}

if [ "${1:-}" = --one ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	# not in a condition, where `set -e` would sleep
	if why=$(one "$2" "$3" "$4" "$5" "$6" 2>&1); then
		echo "ok killed $2"
	else
		echo "not ok survived $2: $why"
		exit 1
	fi
	exit 0
fi

wanted() {
	[ -n "$names" ] || return 0
	case " $names " in *" $1 "*) ;; *) return 1 ;; esac
}
names=$*
all=$(mktemp)
trap 'rm -f "$all"' EXIT
while read -r name file test case; do
	case $name in '' | '#'*) continue ;; esac
	IFS= read -r sed
	! wanted "$name" ||
		printf '%s\0' "$name" "$file" "$test" "$case" "${sed#?}"
done <"$list" >"$all"
rc=0
xargs -0 -r -n 5 -P "${JOBS:-$(nproc)}" "$0" --one <"$all" || rc=1
echo "$(tr -cd '\0' <"$all" | wc -c | awk '{ print $1 / 5 }') mutants"
exit $rc
