# SPDX-License-Identifier: MIT
"""The demonstration itself: one tunnel from start to end. Writes what it sees, one line of JSON
for each step: {"step": what begins} and {"done": what was seen}, at last {"verdict": ...}."""

import argparse
import hashlib
import json
import os
import re
import sys
import time

from bed import CLIENT, INNER_SERVER, SERVER, Bed
from netns import Failed, check

FILE_BYTES = 4 << 20


class Reporter:
    def __init__(self, path):
        self.out = open(path, "a", buffering=1)

    def put(self, **what):
        self.out.write(json.dumps(what) + "\n")

    def step(self, text):
        self.put(step=text)

    def done(self, text, more=()):
        self.put(done=text, more=list(more))


def bring_up(bed, report):
    report.step(f"calling the server: pppd pty \"pptp {SERVER} --nolaunchpppd\"")
    call = bed.dial().wait_up()
    seconds = time.monotonic() - call.started
    check("MPPE 128-bit stateless compression enabled" in call.text(), "MPPE-128 is not up")
    report.done(f"{call.address()} <-> {INNER_SERVER}, MS-CHAPv2, MPPE-128, in {seconds:.1f} s")
    return call


def ping(bed, report):
    report.step(f"ping {INNER_SERVER} through the tunnel")
    _, out = bed.client.run("ping", "-n", "-q", "-c", "10", "-i", "0.2", INNER_SERVER, ok=False)
    got = re.search(r"(\d+) received", out)
    check(got and int(got[1]) == 10, "pings were lost: " + out.strip()[-200:])
    mean = re.search(r"= [\d.]+/([\d.]+)/", out)
    report.done(f"10 of 10 answered, {mean[1]} ms on average")


def file_through(bed, report):
    report.step(f"a file of {FILE_BYTES >> 20} MiB through the tunnel")
    data = os.urandom(FILE_BYTES)
    start = time.monotonic()
    received = bed.transfer(data, 120)
    seconds = time.monotonic() - start
    sent_sum, got_sum = (hashlib.sha256(d).hexdigest() for d in (data, received))
    check(sent_sum == got_sum, f"SHA-256 sent {sent_sum}, received {got_sum}")
    report.done(f"{len(received) * 8 / seconds / 1e6:.0f} Mbit/s, the same SHA-256 at both ends",
                [f"SHA-256 {got_sum}"])


def statistics(call, report):
    report.step("statistics (SIGUSR1 to pptp)")
    found = call.statistics()
    values = {name: value for name, value, _, _ in found}
    lines = [re.sub(r".*?((?:rx|tx|round) )", r"\1", text, 1) for _, _, _, text in found]
    check(values.get("rx accepted", 0) > 0 and values.get("tx sent", 0) > 0,
          "nothing was counted")
    report.done(f"{values['tx sent']} packets sent, {values['rx accepted']} received, "
                f"{values['rx lost']} lost", lines)


def hang_up(bed, call, before, report):
    report.step("hanging up")
    start = time.monotonic()
    call.hang_up()
    seconds = time.monotonic() - start
    check(call.status() == 0, f"pptp ended with status {call.status()}")
    check(bed.client.routes() == before, "the routes are not what they were")
    report.done(f"ended in {seconds:.1f} s, no process left, routes as before")


def demonstrate(program, report, state):
    report.step("three machines in a row: client, router, server (network namespaces), poptop")
    bed = state["bed"] = Bed(program)
    before = bed.client.routes()
    report.done(f"client {CLIENT}, server {SERVER}: real pptpd and pppd")
    call = bring_up(bed, report)
    ping(bed, report)
    file_through(bed, report)
    statistics(call, report)
    hang_up(bed, call, before, report)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--results", required=True)
    args = parser.parse_args()
    report, state = Reporter(args.results), {}
    try:
        demonstrate(args.program, report, state)
    except Failed as e:
        bed = state.get("bed")
        report.put(verdict="FAIL", why=str(e), details=bed.diagnosis() if bed else [])
        return 1
    report.put(verdict="PASS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
