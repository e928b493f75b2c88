# SPDX-License-Identifier: MIT
"""Runs scenarios one after the other and writes one line of JSON for each to a file."""

import argparse
import contextlib
import io
import json
import signal
import sys
import time
import traceback

import registry
from bed import Bed
from netns import Failed


def on_alarm(*_):
    raise Failed("the scenario did not end in time")


def run_one(bed, item):
    """The result of one scenario: its notes, and why it failed when it did."""
    notes, why = io.StringIO(), []
    start = time.monotonic()
    signal.alarm(item.seconds)
    try:
        with contextlib.redirect_stdout(notes):
            item.function(bed)
    except Failed as e:
        why = str(e).splitlines()
        frame = traceback.extract_tb(e.__traceback__)
        why += [f"at {f.filename.rsplit('/', 1)[-1]}:{f.lineno}: {f.line}" for f in frame[1:]]
    except Exception:       # a scenario's own slip is a failure too, and the next one still runs
        why = traceback.format_exc().splitlines()
    finally:
        signal.alarm(0)
    seconds = time.monotonic() - start
    if why:
        why += bed.diagnosis()
    return {"name": item.name, "ok": not why, "seconds": round(seconds, 1), "why": why,
            "notes": notes.getvalue().splitlines()}


def tidy(bed):
    signal.alarm(60)
    try:
        bed.tidy()
    finally:
        signal.alarm(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("names", nargs="+")
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, on_alarm)
    chosen = [s for s in registry.load() if s.name in args.names]
    with open(args.results, "a", buffering=1) as results:
        bed = Bed(args.program)
        for item in chosen:
            result = run_one(bed, item)
            results.write(json.dumps(result) + "\n")
            tidy(bed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
