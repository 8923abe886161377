#!/bin/sh
# SPDX-License-Identifier: ISC
# encl watch on a real server: what happens is told once, remembered, and said
# by exit codes.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/cli.sh
cli_start

for k in a b g; do
	encl key generate $k.key --name $k || fail "key $k"
done
pcrs 01 02 03 >v1.json
pcrs 04 05 06 >v2.json
pcrs 07 08 09 >v3.json
printf 'name: store\nimage: r.example.org/store:1\n' >store.yaml
is login 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is create 0 -- enclave create -f store.yaml --control-key file:a.key \
	--control-key file:b.key --threshold 1 --guardian-key file:g.key \
	--min-delay 1s --root sim/root.pem --yes
chain=$(cat out)

# a first visit, and one where nothing is new
watched "a first visit tells where the chain is" 0 chain.followed -- store --state s
watched "nothing new is no news" 0 "" -- store --state s
is "the first release is staged" 0 -- upgrade stage store --pcrs v1.json --key a.key --yes
watched "a watcher that comes late is not told the past" 20 chain.followed -- store --state late
cat >hook <<'E2'
#!/bin/sh
cat >"$ENCL_EVENT.$ENCL_SEQ"
env | grep ^ENCL_ | sort >env
echo said
E2
chmod +x hook
watched "a stage is told" 20 upgrade.staged -- store --state s --exec ./hook
json "as JSON of one line" 'j["chain"] == "'$chain'" and j["seq"] == 1 and j["name"] == "store"'
cmp -s out upgrade.staged.1 && echo "ok - the command has the same on its stdin" || fail "stdin"
printf 'ENCL_CHAIN=%s\nENCL_CODE=ok\nENCL_EVENT=upgrade.staged\nENCL_SEQ=1\n' "$chain" | cmp -s - env &&
	echo "ok - and four variables, no passphrase file" || fail "env: $(cat env)"
silent "what the command prints is no data" out said
enclave v1.json
is "it takes effect" 0 -- upgrade wait store --timeout 10m
watched "a release is told" 0 upgrade.released -- store --state s
is "another is staged" 0 -- upgrade stage store --pcrs v2.json --key a.key --yes --activate-after 1h
is "and noticed" 0 -- upgrade wait store --for noticed --timeout 10m
watched "both are told, in order" 20 "upgrade.staged upgrade.noticed" -- store --state s
is "it is revoked" 0 -- upgrade revoke store --reason 'x"; touch pwned; "$(touch pwned)' --key g.key --yes
watched "a revocation is told" 0 upgrade.revoked -- store --state s --exec 'read -r j; echo "$j" >told'
[ ! -e pwned ] && grep -q 'touch pwned' told && echo "ok - a reason is data and no command" || fail pwned
is "for people" 0 -- watch store --state late --once
says "there is one line for each" out 'upgrade.revoked  Version 2 of store was revoked'
is "a command that fails ends nothing" 0 -- watch store --state late --once --exec 'exit 3'

# a revocation that is at hand
is "a third is staged" 0 -- upgrade stage store --pcrs v3.json --key a.key --yes
is "a revocation of it stays here" 0 -- upgrade revoke store --reason late --key g.key --yes --sign-only rv
is "and noticed" 0 -- upgrade wait store --for noticed --timeout 10m
watched "the stage is told, held or not" 20 "upgrade.staged upgrade.noticed" -- store --state s --revocation rv
enclave v3.json
is "the server goes on" 0 -- upgrade wait store --timeout 10m
encl watch store --state s --revocation rv --once -o json
[ $? -eq 21 ] && grep -q '"type":"upgrade.disputed"' out && echo "ok - disputed is 21" || fail disputed
watched "and stays so" 21 "" -- store --state s
is "without it nobody knows" 0 -- watch store --state late --once

# a directory
watched "every public chain" 0 chain.followed -- --directory "$ENCLD_URL" --state d --root sim/root.pem
WHO=stranger
watched "those whose root nobody trusts are not verified" 0 chain.unverified -- --directory "$ENCLD_URL" --state e
WHO=home
is "a chain and a directory" 2 usage -- watch store --directory "$ENCLD_URL" --once

# what is remembered
printf x >>s/$chain/state
is "a damaged state is not overwritten" 2 watch_state -- watch store --state s --once
flock -F s/lock sh -c 'touch locked; exec sleep 600' &
children="$children $!"
comes test -e locked
is "two watchers do not share a folder" 6 watched -- watch store --state s --once
is "no server" 8 network -- watch "$chain" --server http://127.0.0.1:1 --state n --once
exit $bad
