# SPDX-License-Identifier: ISC
"""What a test asks the server's database itself."""
import subprocess

from stack import until


def sql(text):
    return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c",
                           text], check=True, capture_output=True,
                          text=True).stdout.strip()


def placed():
    """All that was appended is among the events by now, and its deliveries are
    made."""
    until(lambda: sql(
        "SELECT count(*) FROM encl.chain c WHERE NOT EXISTS (SELECT FROM "
        "encl.event v WHERE v.chain = c.chain AND v.upto = c.next_seq)")
        == "0", "some entries are no events")
