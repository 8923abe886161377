# SPDX-License-Identifier: ISC
# For tests with an ssh-agent.
#   agent_wait SOCKET   until somebody listens at it; it is there a moment
#                       before that

agent_wait() {
	for i in $(seq 200); do
		SSH_AUTH_SOCK=$1 ssh-add -l >/dev/null 2>&1
		[ $? -eq 2 ] || return 0
		sleep 0.05
	done
	echo "not ok - no agent at $1"
	return 1
}
