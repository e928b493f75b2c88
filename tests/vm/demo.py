# SPDX-License-Identifier: MIT
"""Runs the demonstration on this machine where it has PPP, else in a virtual machine, and says
what happens in a few lines.

    demo.py [--here | --vm] PPTP LOG        PPTP: the client's program, or a meson build folder
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import runner           # noqa: E402
import vm               # noqa: E402

RUN_SECONDS = 240


class Screen:
    """Says each step as it begins and how it went, and keeps everything in the log."""

    def __init__(self, results, log):
        self.results, self.read_to = results, 0
        self.log = open(log, "a", buffering=1)
        self.begun = None
        self.booting = False
        self.verdict = None

    def say(self, text, end="\n"):
        print(text, end=end, flush=True)
        self.log.write(text + end)

    def begin(self, text):
        self.say(f"  {text} ... ", end="")
        self.begun = time.monotonic()

    def finish(self, text, more=()):
        seconds = time.monotonic() - self.begun
        self.begun = None
        self.say(f"{seconds:.1f} s\n      {text}")
        for line in more:
            self.say("      " + line)

    def poll(self):
        if not os.path.exists(self.results):
            return
        with open(self.results) as f:
            f.seek(self.read_to)
            for line in f.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    self.read_to += len(line.encode())
                    self.take(json.loads(line))

    def take(self, item):
        if self.booting:
            self.finish("it is up")
            self.booting = False
        if "step" in item:
            self.begin(item["step"])
        elif "done" in item:
            self.finish(item["done"], item["more"])
        else:
            self.verdict = item


def in_vm(program, share, screen):
    screen.begin("this machine's kernel has no PPP: getting a Debian kernel to boot one that has")
    kernel = vm.get_kernel()
    screen.finish(f"{kernel.version}, kept in {kernel.root}")
    screen.begin("booting the virtual machine")
    screen.booting = True
    return runner.run_in_vm("demo_guest.py", program, [], share, RUN_SECONDS, screen.poll,
                            lambda text: screen.log.write(text + "\n"))


def on_this_machine(program, share, screen):
    screen.say("  this machine's kernel has PPP: no virtual machine is needed")
    return runner.run_here("demo_guest.py", program, [], share, RUN_SECONDS, screen.poll)


def conclude(screen, why, details, log):
    if screen.begun is not None:
        screen.say("")
    verdict = screen.verdict or {"verdict": "FAIL", "why": why or "the demonstration broke off"}
    if verdict["verdict"] == "PASS":
        screen.say("\nPASS: a real PPTP tunnel came up, carried data unharmed and went away clean.")
        return 0
    screen.log.write("\n".join(verdict.get("details", []) + details) + "\n")
    screen.say(f"\nFAIL: {verdict['why'].splitlines()[0]}")
    print(f"Details are in {log}")
    return 1


def main(argv):
    where = argv[1] if argv[1:2] in (["--here"], ["--vm"]) else None
    rest = argv[2:] if where else argv[1:]
    if len(rest) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    program, log = runner.program_of(rest[0]), rest[1]
    share = tempfile.mkdtemp(prefix="libpptp-demo-")
    screen = Screen(os.path.join(share, "results"), log)
    try:
        here = where == "--here" or (where is None and runner.has_ppp())
        why, details = (on_this_machine if here else in_vm)(program, share, screen)
        return conclude(screen, why, details, log)
    except vm.VmError as e:
        return conclude(screen, str(e), [], log)
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left behind.")
        return 130
    finally:
        shutil.rmtree(share, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv))
