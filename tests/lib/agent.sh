# SPDX-License-Identifier: ISC
# For tests with an ssh-agent.
#   agent_wait SOCKET   until somebody listens at it; it is there a moment
#                       before that
. tests/lib/wait.sh

agent_answers() {
	SSH_AUTH_SOCK=$1 ssh-add -l >/dev/null 2>&1
	[ $? -ne 2 ]
}
agent_wait() {
	comes agent_answers "$1" && return
	echo "not ok - no agent at $1"
	return 1
}
