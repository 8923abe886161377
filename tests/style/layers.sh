#!/bin/sh
# SPDX-License-Identifier: ISC
# The design's arrows, held by grep and nm: which folder may include what,
# which library lives in which files, and that a symbol is in the file that
# its name says.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
bad=0

# no FOLDERS REGEX FILES: an #include of REGEX below FOLDERS is allowed only in
# files that match FILES.
no() {
	hits=$(grep -rnP --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]+[<\"]($2)" $1 2>/dev/null |
		grep -vE "^($3):")
	if [ -z "$hits" ]; then
		echo "ok - $1 includes no $2"
	else
		echo "not ok - $1 must not include $2"
		echo "$hits"
		bad=1
	fi
}
no chain 'microhttpd|jansson|libpq|ykpers|curl|yaml|stdio|stdlib|time|unistd|fcntl|pthread|sys/|(\.\./)?(server|cli|enclave|view|definition|image)/' '-'
no chain 'nettle|gmp' 'chain/p384\.c'
no system 'jansson|libpq|ykpers|curl|yaml|(\.\./)?(server|cli|enclave|view|definition|image|kms|signer|witness)/' '-'
no system 'microhttpd' 'system/http_head\.c'
no image 'microhttpd|jansson|libpq|ykpers|curl|yaml|(\.\./)?(server|cli|enclave|view|definition|signer)/' '-'
no 'image cli' 'archive(_entry)?\.h' 'image/archive_lib\.h'
no 'definition view kms' 'microhttpd|libpq|curl|(\.\./)?(server|cli|enclave)/' '-'
no enclave 'libpq|(\.\./)?(server|cli|view|definition)/' '-'
no enclave '(\.\./)?signer/' '-'
no enclave 'microhttpd' 'enclave/agent_listen\.c'
no enclave 'curl' 'enclave/(agent[a-z_]*|fetch)\.c'
no server 'microhttpd' 'server/http[a-z_]*\.[ch]'
no server 'libpq|postgres' 'server/(db_int\.h|db[a-z_]*\.c|migrate\.c|notify\.c)'
no server 'ykpers|(\.\./)?cli/' '-'
no server '(\.\./)?enclave/' '-'
no server 'curl' 'server/(witness_call|courier)\.c'
no server '(\.\./)?signer/([^p]|p[^r])' 'server/(notice_key|deliver)\.c'
no server '(\.\./)?signer/protocol\.h' 'server/signer_call\.[ch]'
no signer 'microhttpd|jansson|libpq|curl|yaml|(\.\./)?(server|cli|view|definition)/' '-'
no signer '(\.\./)?enclave/' '-'
no 'system signer witness' 'seccomp|linux/landlock' 'system/sandbox\.c'
no witness 'jansson|libpq|curl|yaml|(\.\./)?(cli|view|definition)/' '-'
no witness 'microhttpd' 'witness/port[a-z_]*\.c'
no witness '(\.\./)?(server|signer|enclave)/' '-'
no cli 'microhttpd|libpq|(\.\./)?(server|signer)/' '-'
no cli '(\.\./)?enclave/' 'cli/live_countersign\.c'
no cli '(ykpers|ykcore|ykdef|ykstatus)\.h>' 'cli/keys/ykpers_lib\.c'
no cli 'winscard|PCSC' 'cli/keys/pcsc[a-z_]*\.c'
no cli 'p11-kit' 'cli/keys/pkcs11[a-z_]*\.[ch]'
no cli 'curl' 'cli/api\.c'
no 'cli definition' 'yaml' '(definition|cli)/yaml\.c'

for o in $(find "$B"/obj/chain "$B"/obj/system "$B"/obj/server "$B"/obj/cli "$B"/obj/enclave "$B"/obj/signer \
	"$B"/obj/witness "$B"/obj/view "$B"/obj/definition "$B"/obj/image "$B"/obj/kms -name '*.o' 2>/dev/null); do
	b=$(basename "$o" .o)
	case $b in main | *_main | h_* | *_embed | *_sql) continue ;; esac
	wrong=$(nm -g --defined-only "$o" | awk '$2 ~ /[TDRB]/ { print $3 }' |
		grep -vE "^(${b}|${b%s}|${b%_*})(_|$)|^(routes|route_count|commands|command_count|holders|holder_count|attest_root_aws)$|^__")
	[ -z "$wrong" ] || {
		echo "not ok - $o: global not named after its file: $(echo $wrong)"
		bad=1
	}
done
# A program with a closed stream must not log into what it opens next.
for f in server/main.c signer/main.c witness/main.c cli/main.c \
	enclave/agent_main.c enclave/countersign_main.c; do
	sed -n '/^main(/,/^}/p' "$f" | grep -E '^	[a-z_]+\(.*;|^	if \(' |
		head -n 1 | grep -q 'streams_fill();' || {
		echo "not ok - $f does not begin with streams_fill"
		bad=1
	}
done
# What is measured with an image brings no more along than chain/ needs.
if [ -x "$B/bin/encl-countersign" ]; then
	more=$(objdump -p "$B/bin/encl-countersign" | awk '$1 == "NEEDED" { print $2 }' |
		grep -vE '^(lib(c|crypto|sodium|hogweed|nettle|gmp)|ld-linux[a-z0-9_-]*)\.so')
	[ -z "$more" ] && echo "ok - encl-countersign needs few libraries" || {
		echo "not ok - encl-countersign needs $(echo $more)"
		bad=1
	}
fi
for f in $(git ls-files '*.c' '*.h'); do
	head -n 1 "$f" | grep -q 'SPDX-License-Identifier: ISC' || {
		echo "not ok - $f has no SPDX line"
		bad=1
	}
	case $(basename "$f") in util.? | common.? | helpers.? | misc.?)
		echo "not ok - $f: a name that tells nothing"
		bad=1
		;;
	esac
done
version=$(sed -n 's/^#define VERSION "\(.*\)"$/\1/p' chain/version.h)
if git grep -nF "$version\"" -- 'chain/*.[ch]' 'server/*.[ch]' 'cli/*.[ch]' \
	'enclave/*.[ch]' 'signer/*.[ch]' 'witness/*.[ch]' 'system/*.[ch]' ':!chain/version.h'; then
	echo "not ok - the version stands in chain/version.h alone"
	bad=1
fi
if command -v clang-format-14 >/dev/null; then
	loose=$(git ls-files '*.c' '*.h' |
		xargs -P 4 -n 40 clang-format-14 --dry-run 2>&1 |
		sed -n 's/^\([^ :]*\):.*/\1/p' | sort -u)
	[ -z "$loose" ] || {
		echo "not ok - not as clang-format lays it out: $(echo $loose)"
		bad=1
	}
else
	echo "skipped format: there is no clang-format-14"
fi
[ $bad -eq 0 ] && echo "ok - every symbol is in the file that its name says"
exit $bad
