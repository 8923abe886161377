# SPDX-License-Identifier: ISC
# For tests of key holders: source this.
#   sshsig_genesis STATEMENT N   the N signatures of a genesis statement verify
#                                with stock OpenSSH; on failure says why

sshsig_genesis() {
	command -v ssh-keygen >/dev/null 2>&1 || return 0
	rm -rf sshsig && python3 - "$1" genesis.encl <<-'PY' &&
	import sys
	s = open(sys.argv[1], "rb").read()
	head = b"\x83\x70encl/1/statement"
	assert s.startswith(head)
	open(sys.argv[2], "wb").write(b"\x86\x66encl/1\x40\x00\x40" + s[len(head):])
	PY
		env -i HOME="$PWD" "${BUILD:-build}/bin/encl" chain export \
			--chain genesis.encl --sshsig sshsig >export.log 2>&1 ||
		{ cat export.log; return 1; }
	sshsig_dir sshsig "$2"
}

# sshsig_dir DIR N: the same for what `encl chain export --sshsig DIR` wrote.
sshsig_dir() {
	sshsig_n=0
	for sshsig_f in "$1"/*.sig; do
		sshsig_b=${sshsig_f##*/} sshsig_k=${sshsig_f##*-}
		ssh-keygen -q -Y verify -f "$1/allowed_signers" -n chain@encl \
			-I "${sshsig_k%.sig}" -s "$sshsig_f" \
			<"$1/${sshsig_b%%-*}.payload" || return 1
		sshsig_n=$((sshsig_n + 1))
	done
	[ "$sshsig_n" -eq "$2" ] || { echo "$sshsig_n signatures"; return 1; }
}
