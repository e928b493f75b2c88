#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Real PPP tests in a virtual machine; TAP on standard output.

    run.py PPTP [SCENARIO...]           PPTP: the client's program, or a meson build folder
    run.py --here PPTP [SCENARIO...]    without a virtual machine, where the kernel has PPP
    run.py --list
"""

import os
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import registry         # noqa: E402
import runner           # noqa: E402
import vm               # noqa: E402

WHOLE_SECONDS = 1300


def say(text):
    print(text, flush=True)


class Results:
    """Says the guest's results as TAP."""

    def __init__(self, share, chosen):
        self.chosen, self.done = chosen, {}
        self.poll = runner.ResultLines(share, self.report).poll

    def report(self, result):
        number = len(self.done) + 1
        self.done[result["name"]] = result["ok"]
        title = next(s.title for s in self.chosen if s.name == result["name"])
        say(f"{'ok' if result['ok'] else 'not ok'} {number} - vm: {title}"
            f" ({result['name']}, {result['seconds']} s)")
        for line in result["notes"]:
            say(line)
        for line in result["why"]:
            say("# " + line)

    def fail_rest(self, why, details):
        for item in self.chosen:
            if item.name not in self.done:
                say(f"not ok {len(self.done) + 1} - vm: {item.title} ({item.name})")
                say(f"# {why}")
                self.done[item.name] = False
        for line in details:
            say("# " + line)


def run_scenarios(program, chosen, share, here):
    results = Results(share, chosen)
    names = [s.name for s in chosen]
    seconds = min(WHOLE_SECONDS, sum(s.seconds for s in chosen) + 60)
    if here:
        why, details = runner.run_here("guest.py", program, names, share, seconds, results.poll)
    else:
        why, details = runner.run_in_vm("guest.py", program, names, share, seconds, results.poll,
                                        lambda text: say("# " + text))
    if len(results.done) < len(chosen):
        results.fail_rest(why or "the guest program ended before this scenario", details)
    return all(results.done.values())


def choose(names):
    scenarios = registry.load()
    unknown = set(names) - {s.name for s in scenarios}
    if unknown:
        raise vm.VmError("no such scenario: " + ", ".join(sorted(unknown)))
    return [s for s in scenarios if not names or s.name in names]


def skip(why):
    say(f"1..0 # SKIP real PPP was not tested: {why}")
    return 0


def main(argv):
    args = argv[1:]
    if args == ["--list"]:
        for item in registry.load():
            say(f"{item.name:28} {item.title}")
        return 0
    here = args[:1] == ["--here"]
    args = args[1:] if here else args
    if not args or args[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    chosen = choose(args[1:])
    program = runner.program_of(args[0])
    try:
        vm.require_programs()
        if not here:
            vm.get_kernel(lambda t: say("# " + t))
    except vm.Missing as e:
        return skip(e)
    if os.geteuid() != 0 or (here and not runner.has_ppp()):
        return skip("this needs root" if os.geteuid() else "this machine's kernel has no PPP")
    say(f"1..{len(chosen)}")
    start = time.monotonic()
    share = tempfile.mkdtemp(prefix="libpptp-vm-")
    try:
        good = run_scenarios(program, chosen, share, here)
    finally:
        shutil.rmtree(share, ignore_errors=True)
    say(f"# {time.monotonic() - start:.0f} s in all")
    return 0 if good else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv))
    except vm.VmError as error:
        print(f"Bail out! {error}", flush=True)
        sys.exit(1)
