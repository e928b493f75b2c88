# SPDX-License-Identifier: MIT
"""The matrix of bad networks in the guest; a line of JSON for each cell and direction."""

import argparse
import json
import os
import sys

import goodput
from bed import KERNEL, WORK, Bed
from goodput import BOTH_WAYS, DOWN, TO_CLIENT, UP
from netns import Failed, read_text

OURS, THEIRS, AGAIN, WATCHED = "ours", "pptp-linux", "ours again", "watched"


def result(figures, where, dead):
    return {"cell": figures.cell.name, "where": where, "direction": figures.direction,
            "runs": figures.runs, "errors": figures.errors, "dead": dead}


def measure_cell(cell, where, tunnels, watched, args):
    """The clients side by side; then the recorded one alone."""
    for direction in args.directions:
        figures = goodput.measure(tunnels, cell, direction, args.rounds, args.seconds, where)
        yield result(figures, where, goodput.revive(tunnels))
    before = watched.call.counters()
    figures = goodput.measure([watched], cell, DOWN, 1, args.seconds, where)
    dead = goodput.revive([watched])
    after = watched.call.counters()
    yield {**result(figures, where, dead), "order": vars(figures.order[WATCHED]),
           "counters": {n: after[n] - before[n] for n in after if not dead}}


def run_matrix(bed, args, put):
    wanted = [(OURS, bed.program, False), (THEIRS, bed.reference, False),
              (AGAIN, bed.program, False), (WATCHED, bed.program, True)]
    if args.no_noise:
        del wanted[2]
    if args.kernel:
        wanted.insert(2, (KERNEL, KERNEL, False))
    cells = [c for c in goodput.CELLS if not args.cells or c.name in args.cells]
    with goodput.side_by_side(bed, *wanted) as (*tunnels, watched):
        for where in args.where:
            for cell in cells:
                for what in measure_cell(cell, where, tunnels, watched, args):
                    put(what)
    put({"end": True})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--cell", action="append", dest="cells")
    parser.add_argument("--direction", action="append", dest="directions", choices=(DOWN, UP))
    parser.add_argument("--where", action="append", choices=(TO_CLIENT, BOTH_WAYS))
    parser.add_argument("--no-noise", action="store_true")
    parser.add_argument("--kernel", action="store_true")
    args = parser.parse_args()
    args.where = args.where or [TO_CLIENT, BOTH_WAYS]
    args.directions = args.directions or [DOWN, UP]
    with open(args.results, "a", buffering=1) as out:
        def put(what):
            out.write(json.dumps(what) + "\n")
        bed = Bed(args.program)
        try:
            run_matrix(bed, args, put)
        except Failed as e:
            logs = [f"{n}: {t}" for n in os.listdir(WORK) if n.startswith("call")
                    for t in read_text(f"{WORK}/{n}/stderr.log").splitlines()[-8:]]
            put({"failed": "\n".join([str(e), *logs, *bed.diagnosis()])})
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
