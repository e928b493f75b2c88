#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Goodput on bad networks beside pptp-linux, in one boot of the virtual machine.

    matrix.py PPTP [--rounds N] [--seconds N] [--cell NAME]... [--direction down|up]
                   [--where client|both] [--no-noise] [--kernel] [--here]

PPTP: the client's program, or a meson build folder. Prints a table in Markdown as it goes; with
--kernel also of the kernel's data path, whose ratio is to pptp-linux too.
"""

import argparse
import contextlib
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

SECONDS_A_RUN = 40      # at the very worst
CELLS = 11


def say(text):
    print(text, flush=True)


def spread(runs):
    return f"{min(runs):.2f}–{max(runs):.2f}"


def is_damaging(cell):
    """Whether packets arrive damaged there: MPPE cannot use those."""
    return cell.startswith(("corruption", "all"))


class Table:
    """Prints the guest's results."""

    def __init__(self, share):
        self.lines = runner.ResultLines(share, self.take)
        self.ended = False
        self.why = None

    def take(self, result):
        self.ended = self.ended or "end" in result
        self.why = result.get("failed", self.why)
        if "order" in result:
            self.watched(result)
        elif "runs" in result:
            self.row(result)
        for text in result.get("dead", ()):
            print(f"{result['cell']}: dialled again: {text}", file=sys.stderr)

    def row(self, result):
        runs, errors = result["runs"], result["errors"]
        middle = {name: statistics.median(values) for name, values in runs.items()}
        ours, theirs = middle["ours"], middle["pptp-linux"]
        noise = f"{middle['ours again'] / ours:.2f}" if ours and "ours again" in middle else ""
        kernel = ""
        if "kernel" in runs:
            times = middle["kernel"] / theirs if theirs else float("inf")
            kernel = f" {middle['kernel']:.2f} ({spread(runs['kernel'])}) | {times:.2f} |"
        say(f"| {result['cell']} | {result['where']} | {result['direction']} "
            f"| {ours:.2f} ({spread(runs['ours'])}) "
            f"| {theirs:.2f} ({spread(runs['pptp-linux'])}) "
            f"| {ours / theirs if theirs else float('inf'):.2f} | {noise} "
            f"| {errors['ours']} | {errors['pptp-linux']} |{kernel}")
        if errors["ours"] and not is_damaging(result["cell"]):
            self.why = f"{result['cell']}: the kernel refused {errors['ours']} packets"

    def watched(self, result):
        order = result["order"]
        counted = ", ".join(f"{k} {v}" for k, v in result["counters"].items() if v)
        say(f"<!-- {result['cell']} at the pty: {order['packets']} packets, {len(order['wrong'])} "
            f"out of order or twice, {order['missing']} missing, {order['damaged']} damaged; "
            f"{counted} -->")
        if order["wrong"] or order["damaged"] and not is_damaging(result["cell"]):
            self.why = (f"{result['cell']}: out of order at the pty: {order['wrong'][:9]}, "
                        f"{order['damaged']} damaged")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pptp")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--cell", action="append", default=[])
    parser.add_argument("--direction", action="append", default=[])
    parser.add_argument("--where", action="append", default=[])
    parser.add_argument("--no-noise", action="store_true")
    parser.add_argument("--kernel", action="store_true")
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--keep", help="a folder for the raw results")
    args = parser.parse_args(argv[1:])
    program = runner.program_of(args.pptp)
    words = ["--rounds", str(args.rounds), "--seconds", str(args.seconds)]
    for option, values in (("--cell", args.cell), ("--direction", args.direction),
                            ("--where", args.where)):
        for value in values:
            words += [option, value]
    words += ["--no-noise"] if args.no_noise else []
    words += ["--kernel"] if args.kernel else []
    limit = 300 + (len(args.cell) or CELLS) * (16 * args.rounds + 2) * SECONDS_A_RUN
    share = tempfile.mkdtemp(prefix="libpptp-matrix-")
    table = Table(share)
    say("| network | towards | data | ours, Mbit/s | pptp-linux, Mbit/s | ratio | ours/ours "
        "| refused | theirs |" + (" kernel, Mbit/s | ratio |" if args.kernel else "") + "\n|"
        + "---|" * (11 if args.kernel else 9))
    try:
        if args.here:
            why, details = runner.run_here("matrix_guest.py", program, words, share, limit,
                                           table.lines.poll)
        else:
            vm.require_programs()
            why, details = runner.run_in_vm("matrix_guest.py", program, words, share, limit,
                                            table.lines.poll, lambda text: None)
        with contextlib.suppress(TypeError):
            shutil.copy(table.lines.path, args.keep)
    finally:
        shutil.rmtree(share, ignore_errors=True)
    if not table.ended or table.why:
        print("\n".join([table.why or why or "the guest program ended early", *details]),
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
