# SPDX-License-Identifier: MIT
"""pptp --diagnose against poptop and real pppd: what PPP answers, and what blocks it."""

import json

from bed import SERVER, WORK
from netns import check, read_text
from registry import scenario
from scenarios_launch import gre_blocked, server_full
from scenarios_modes import check_restored


def diagnose(bed, status, *causes):
    """It ends with this status and tells these causes; returns what it found."""
    before = bed.client.routes()
    got, out = bed.client.run(bed.program, "--diagnose", "--json", SERVER, ok=False, timeout=20)
    found = json.loads(out[out.index("{"):])
    check(got == status == found["status"], f"status {got} instead of {status}: {found}")
    names = [cause["cause"] for cause in found["causes"]]
    check(names == list(causes), f"{names} instead of {list(causes)}: {found}")
    check_restored(bed, before)
    return found


@scenario(60)
def diagnose_well(bed):
    """diagnose: poptop and its pppd: all is well, large frames come back, no authentication."""
    mark = len(read_text(WORK + "/server-pppd.log"))
    found = diagnose(bed, 0)
    check(all(step["passed"] for step in found["steps"]), f"{found['steps']}")
    check("size" in [step["step"] for step in found["steps"]], f"{found['steps']}")

    said = read_text(WORK + "/server-pppd.log")[mark:]
    check("rcvd [LCP EchoReq" in said, f"no echo of ours: {said}")
    check("rcvd [CHAP" not in said and "rcvd [PAP" not in said, f"authentication: {said}")


@scenario(120)
def diagnose_blocked(bed):
    """diagnose: GRE blocked to the client, to the server, both; a full server: told apart."""
    for interfaces, status, cause in ((["srv0"], 16, "no-gre"), (["cli0"], 33, "gre-out"),
                                      (["srv0", "cli0"], 16, "no-gre")):
        with gre_blocked(*interfaces)(bed):
            diagnose(bed, status, cause)
    with server_full(bed):
        diagnose(bed, 7, "server")
    diagnose(bed, 0)


@scenario(60)
def diagnose_slow(bed):
    """diagnose: a path of 1.2 s there and back: all is well."""
    bed.impair("delay", "600ms")
    found = diagnose(bed, 0)
    check("PPP" in [step["step"] for step in found["steps"] if step["passed"]], f"{found}")
    bed.repair()
