#!/bin/sh
# SPDX-License-Identifier: ISC
# From a file of each of the four seed systems to code in force: imported,
# staged as a release of a running enclave, its image built and measured, vouched
# for by two, released by the old code and attested.  Broken when a file that
# people have does not come through all of it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/cli.sh
. tests/lib/agent.sh
command -v ssh-agent >/dev/null 2>&1 || {
	echo "skipped seeds: there is no ssh-agent"
	exit 77
}
cli_start
python3 "$top/tests/cli/image_parts.py" "$T" || exit 1
ssh-agent -D -a "$T/agent" >/dev/null &
children="$children $!"
agent_wait "$T/agent" || exit 1
for k in ops alice bob; do
	ssh-keygen -q -t ed25519 -N '' -C $k -f $k &&
		SSH_AUTH_SOCK=$T/agent ssh-add -q $k || exit 1
done
VARS="ENCL_SERVER=$ENCLD_URL ENCL_TOKEN_FILE=$T/token ENCL_YES=1
	ENCL_ROOT=$T/sim/root.pem SSH_AUTH_SOCK=$T/agent"

# image DEFINITION ROOT OUT ARGS: built, and measured into OUT.pcrs
image() {
	def=$1 root=$2 eif=$3
	shift 3
	is "$eif is built" 0 -- build --kernel "$T/kernel" --boot "$T/boot" \
		--cmdline console=ttyS0 --root "$T/$root" --cmd /bin/app \
		--chain-id "$chain" --definition "$def" --out "$eif" "$@"
	is "and measured" 0 -- measure "$eif" -o json
	cp out "$eif.pcrs"
}
# run FILE: the code that FILE measures, in the runtime of this story
run() {
	case $runtime in
	enclaver | evervault) runtime $runtime "$1" ;;
	*) enclave "$1" ;;
	esac
}
imports() { # FORMAT FILE: into def.yaml
	is "is imported" 0 -- enclave definition import "$2" --out def.yaml
	says "as what it is" err "imported as $1\$"
	is "is exported" 0 -- enclave definition export def.yaml --format "$1"
	cmp -s out "$2" && echo "ok - byte for byte" || fail "what comes out"
	whose=$(sed -n 's/^name: *//p' def.yaml)
}
before() { # its enclave runs already, by a definition of ours
	printf 'name: %s\nimage: registry.example.org/before:1\n' "$whose" >before.yaml
	is "its enclave" 0 -- enclave create -f before.yaml \
		--control-key @"$T/ops.pub" --threshold 1 --endorser-key @"$T/alice.pub" \
		--endorser-key @"$T/bob.pub" --endorser-threshold 2 --min-delay 1s \
		--key ssh-agent:ops
	chain=$(cat out)
	image before.yaml other.tar old.eif
	is "staged" 0 -- upgrade stage "$whose" --eif old.eif --version 1 --key ssh-agent:ops
	for k in alice bob; do
		is "vouched for by $k" 0 -- upgrade endorse "$whose" --eif old.eif --key ssh-agent:$k
	done
	run old.eif.pcrs
	old=$url
	is "is in force" 0 -- upgrade wait "$whose" --timeout 10m
}
upgrade() { # the release that its file describes
	image def.yaml one.tar new.eif
	is "its release is staged" 0 -- upgrade stage "$whose" --eif new.eif \
		--definition def.yaml --version 2 --key ssh-agent:ops
	is "it is pending" 0 -- upgrade diff "$whose" -o json
	json "with what the file changes" 'j["definition_diff"] != [] and j["pcr_diff"]["0"]["changed"]'
	cp out diff.json
	is "the image is that of the release" 0 -- measure new.eif --against "$whose"
	run new.eif.pcrs
	image def.yaml one.tar alice.eif
	cmp -s new.eif alice.eif && echo "ok - rebuilt, it is the same" || fail rebuilt
	is "alice vouches for it" 0 -- upgrade endorse "$whose" --eif alice.eif --key ssh-agent:alice
	is "one is not enough" 9 wait_over -- upgrade wait "$whose" --timeout 2s
	is "nor is one twice" 6 already_endorsed -- upgrade endorse "$whose" --eif alice.eif --key ssh-agent:alice
	is "bob does, too" 0 -- upgrade endorse "$whose" --pcrs new.eif.pcrs --key ssh-agent:bob
	is "it is released" 0 -- upgrade wait "$whose" --timeout 10m
}
attested() {
	is "it is attested" 0 -- attest live "$whose" --url "$url" -o json
	json "in force" 'j["status"] == "in_force" and j["version"] == "2"'
	[ $runtime = countersign ] || {
		is "and by its runtime" 0 -- attest live "$whose" --url "$api" --via $runtime -o json
		json "in force" 'j["status"] == "in_force"'
	}
	is "the old code is retired" 3 live_other -- attest live "$whose" --url "$old"
	is "the chain" 0 -- chain export "$whose" --file chain
	is "verifies" 0 -- chain verify chain --pin "$chain" --root "$T/sim/root.pem" -o json
	json "with every document" 'j["level"] == "attested"'
	is "what was vouched for" 0 -- chain show "$whose" -o json
	json "is there, by two of each release" \
		'[e["kind"] for e in j["items"]].count("endorse") == 4'
}
story() { # NAME FORMAT FILE RUNTIME
	runtime=$4
	mkdir "$1" && cd "$1" || exit 1
	imports "$2" "$3"
	before
	upgrade
	attested
}

# tell NAME FORMAT FILE RUNTIME: side by side, since most of it is waiting
told=
tell() {
	(
		children=
		trap 'kill $children' EXIT
		WHO=$1
		story "$1" "$2" "$top/tests/definition/$3" "$4" >"$1.said" 2>&1
		exit $bad
	) &
	told="$told $1:$!"
}
tell vault enclaver/0 enclaver-0/vault.yaml enclaver
tell evervault evervault/1 evervault-1/full.toml evervault
tell enclavia enclavia-create/1 enclavia-create-1/full.json countersign
tell egress enclavia-egress/1 enclavia-egress-1/full.json countersign
tell chamber containment-chamber-config/1 containment-chamber-config-1/seed.json countersign
for t in $told; do
	wait "${t#*:}" || bad=1
	sed "s/ok - /ok - ${t%:*}: /" "$T/${t%:*}.said"
done

# The copies that ran are what the seeds print.
seeds=$top/../shared/seeds
if [ -d "$seeds" ]; then
	awk '/^```yaml/ { on = 1; next } /^```/ { on = 0 } on' "$seeds"/000_*.txt |
		cmp -s - "$top/tests/definition/enclaver-0/vault.yaml" &&
		echo "ok - the Vault guide's policy" || fail "the Vault guide's policy"
	sed -n "s/.*--set-json 'config=\({.*}\)'.*/\1/p" "$seeds"/003_*.txt |
		cmp -s - "$top/tests/definition/containment-chamber-config-1/seed.json" &&
		echo "ok - the chart's config" || fail "the chart's config"
else
	echo "skipped the seeds' own files: they are not here"
fi
exit $bad
