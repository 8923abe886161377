# SPDX-License-Identifier: ISC
# For tests that wait for what another program does: source this in the tree's
# top folder.
#   comes COMMAND...    runs it until it succeeds, two minutes long: a limit for
#                       what hangs, far above what a busy machine takes
#   free_port [PORT]    prints a port of 127.0.0.1 that is nobody's, PORT if it
#                       can be: until this script ends the system hands it to no
#                       other program, and only one that asks for it by its
#                       number (and sets SO_REUSEADDR, as ours do) listens there

comes() {
	for comes_n in $(seq 2400); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

# A socket that is bound and does not listen keeps the port; who has it, a tail
# of nothing, ends with this script.
free_port() {
	python3 - $$ "${1:-0}" <<'PY'
import os
import socket
import sys

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", int(sys.argv[2])))
except OSError:
    s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
if os.fork():
    os._exit(0)
os.setsid()
os.chdir("/")
held = s.detach()
os.set_inheritable(held, True)
null = os.open(os.devnull, os.O_RDWR)
for fd in range(3):
    os.dup2(null, fd)
os.closerange(3, held)
os.closerange(held + 1, 256)
os.execlp("tail", "tail", "--pid", sys.argv[1], "-f", "/dev/null")
PY
}
