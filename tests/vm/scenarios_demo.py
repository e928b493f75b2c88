# SPDX-License-Identifier: MIT
"""The demonstration as it runs on a machine that has PPP itself."""

import os
import sys

from netns import check, run
from registry import scenario

HERE = os.path.dirname(os.path.abspath(__file__))


def traces():
    """What a careless demonstration would leave behind."""
    return [sorted(os.listdir(path)) for path in ("/run", "/etc/ppp", "/var/log", "/dev")] + [
        run(["ip", "netns"])[1], run(["ip", "-o", "link"])[1]]


@scenario(160)
def demo_on_this_machine(bed):
    """the demonstration on a machine with PPP: PASS without a virtual machine, nothing left."""
    before = traces()
    status, out = run([sys.executable, "-B", os.path.join(HERE, "demo.py"), bed.program,
                       "/run/bed/demo.log"], timeout=150, ok=False)
    check("no virtual machine is needed" in out, "it did not see that the kernel has PPP: " + out)
    check(status == 0 and "\nPASS: " in out, f"status {status}: {out}")
    check(traces() == before, f"it left traces:\n{before}\n{traces()}")
