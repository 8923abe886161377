# SPDX-License-Identifier: ISC
"""A person at a terminal: runs a program on a pseudo-terminal of its own and
answers what it asks.  terminal.py SCRIPT -- PROGRAM ARGS...; SCRIPT is a list
of JSON pairs [wait for this text, then type that].  What the terminal showed
goes to stdout, the exit code is the program's.  200: a text did not come.
Instead of what to type a pair may have [a command to run first, what to
type]; the command knows the program as $SESSION, the leader of the terminal's
session.  SCRIPT may be @FILE, so that what is typed stands in no command line.
TERMINAL_COLUMNS: the width of the terminal."""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

script = sys.argv[1]
if script.startswith("@"):
    script = open(script[1:]).read()
script = json.loads(script)
program = sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    columns = int(os.environ.get("TERMINAL_COLUMNS", 0))
    if columns > 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(program[0], program)

os.environ["SESSION"] = str(pid)
seen, shown, end = b"", b"", time.monotonic() + 600


def read():
    global seen, shown
    ready, _, _ = select.select([fd], [], [], 0.2)
    if not ready:
        return True
    try:
        data = os.read(fd, 65536)
    except OSError:
        return False
    seen += data
    shown += data
    return bool(data)


def finish(code):
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    os._exit(code)


alive = True
for text, keys in script:
    while text.encode() not in seen:
        if not alive or time.monotonic() > end:
            finish(200)
        alive = read()
    seen = seen[seen.index(text.encode()) + len(text.encode()):]
    if isinstance(keys, list):  # a command of somebody else's, meanwhile
        os.system(keys[0])
        keys = keys[1]
    os.write(fd, keys.encode())
while alive and time.monotonic() < end:
    alive = read()
_, status = os.waitpid(pid, 0)
finish(os.waitstatus_to_exitcode(status))
