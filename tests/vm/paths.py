#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The three data paths side by side, in one boot of the virtual machine: pptp-linux, our pty, the
kernel. The server's end is the kernel's in all of them.

    paths.py PPTP [--rounds N] [--seconds N] [--only cpu|latency|goodput]...

PPTP: the client's program, or a meson build folder. Prints tables in Markdown: medians, the least
and the most, and how many times better than the two others the kernel's path is.
"""

import argparse
import collections
import os
import shutil
import signal
import statistics
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import runner           # noqa: E402
import vm               # noqa: E402

MEASUREMENTS = ("cpu", "latency", "goodput")
TITLES = {"cpu": "processor time of the client system for a packet, us",
          "latency": "round trip, ms", "goodput": "TCP, Mbit/s",
          "up": "from the start of pppd to PPP being up, ms", "gone": "from SIGTERM to gone, ms"}
COLUMNS = ("no tunnel", "pptp-linux", "pty", "kernel")
SECONDS_A_ROUND = 120   # and what --seconds says, for each figure, at the very worst


class Figures:
    """Collects the guest's figures, and prints them as tables."""

    def __init__(self, share):
        self.lines = runner.ResultLines(share, self.take)
        self.rows = collections.OrderedDict()   # (table, mppe, direction, size) -> path -> values
        self.ended, self.why = False, None

    def take(self, result):
        self.ended = self.ended or "end" in result
        self.why = result.get("failed", self.why)
        if "table" in result:
            key = tuple(result.get(name) for name in ("table", "mppe", "direction", "size"))
            row = self.rows.setdefault(key, collections.defaultdict(list))
            row[result["path"]].append(result["value"])

    def show(self):
        for table, title in TITLES.items():
            rows = {key: row for key, row in self.rows.items() if key[0] == table}
            if rows:
                print(f"\n{title}\n\n| | {' | '.join(COLUMNS)} | kernel to pptp-linux "
                      f"| kernel to pty |\n|{'---|' * (len(COLUMNS) + 3)}")
            for (_, mppe, direction, size), row in rows.items():
                words = ("MPPE" if mppe else "plain", direction, size and str(size))
                self.show_row(" ".join(filter(None, words)), row, table == "goodput")

    def show_row(self, name, row, more_is_better):
        middle = {path: statistics.median(values) for path, values in row.items()}
        cells = [f"{middle[path]:.1f} ({min(row[path]):.1f}–{max(row[path]):.1f})"
                 if path in row else "" for path in COLUMNS]
        for path in ("pptp-linux", "pty"):
            times = ""
            if middle.get("kernel") and middle.get(path):
                times = middle["kernel"] / middle[path]
                times = f"{times if more_is_better else 1 / times:.2f}"
            cells.append(times)
        print(f"| {name} | {' | '.join(cells)} |")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pptp")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", action="append", choices=MEASUREMENTS)
    args = parser.parse_args(argv[1:])
    words = ["--rounds", str(args.rounds), "--seconds", str(args.seconds)]
    for name in args.only or MEASUREMENTS:
        words += ["--only", name]
    limit = 300 + args.rounds * (SECONDS_A_ROUND + 80 * args.seconds)
    share = tempfile.mkdtemp(prefix="libpptp-paths-")
    figures = Figures(share)
    try:
        vm.require_programs()
        why, details = runner.run_in_vm("paths_guest.py", runner.program_of(args.pptp), words, share,
                                        limit, figures.lines.poll, print)
    finally:
        shutil.rmtree(share, ignore_errors=True)
    figures.show()
    if not figures.ended:
        print("\n".join([figures.why or why or "the guest program ended early", *details]),
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv))
    except vm.VmError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
