# SPDX-License-Identifier: MIT
"""Runs a guest program, in the virtual machine or on this machine itself, in private mount and
process namespaces that take everything with them when the program ends."""

import json
import os
import shutil
import subprocess
import sys
import time

import vm

HERE = os.path.dirname(os.path.abspath(__file__))
PRIVATE = ("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
           "sh", "-c", '"$@"; exit $?', "sh")
BOOT_SECONDS = 180
TOOLS = ("kernel_server", "datagrams")


def program_of(path):
    """The client's program for a path that names it or its build folder."""
    path = os.path.abspath(path)
    if os.path.isdir(path):
        path = os.path.join(path, "pptp-cli", "pptp")
    if not os.access(path, os.X_OK):
        raise vm.VmError(f"no program {path}")
    return path


def put(path, share, *inner):
    """Copies a file, when there is one, into a folder of the share."""
    if os.path.isfile(path):
        folder = os.path.join(share, "build", *inner)
        os.makedirs(folder, exist_ok=True)
        shutil.copy2(path, folder)


def put_program(path, share):
    """Copies the program, its plugin, the tests' tools and the library of its build into the
    share, laid out as built, when it is not an installed one. Returns where the guest finds the
    program."""
    folder, name = os.path.split(path)
    build, inner = os.path.split(folder)
    if not os.path.isfile(os.path.join(build, "build.ninja")):
        return path
    put(path, share, inner)
    put(os.path.join(folder, "plugin", "pptp.so"), share, inner, "plugin")
    put(os.path.join(folder, "setup", "pptpsetup"), share, inner, "setup")
    put(os.path.join(HERE, "../../pptp-cli/setup/ip-up.sh"), share, inner, "setup")
    for tool in TOOLS:
        put(os.path.join(build, "tests", "vm", tool), share, "tests", "vm")
    library = os.path.join(build, "libpptp")
    for file in os.listdir(library) if os.path.isdir(library) else ():
        if file.startswith("libpptp.so"):
            put(os.path.join(library, file), share, "libpptp")
    return os.path.join("/mnt/build", inner, name)


class ResultLines:
    """The guest's results, a line of JSON each, as they come."""

    def __init__(self, share, take):
        self.path, self.take = os.path.join(share, "results"), take
        self.read_to = 0

    def poll(self):
        if not os.path.exists(self.path):
            return
        with open(self.path) as f:
            f.seek(self.read_to)
            for line in f.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    self.read_to += len(line.encode())
                    self.take(json.loads(line))


def has_ppp():
    """Whether this machine's own kernel can do what the bed needs."""
    for module in ("ppp_generic", "ppp_async", "ppp_mppe", "veth"):
        subprocess.run(["modprobe", "-q", module], stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    try:
        os.close(os.open("/dev/ppp", os.O_RDWR))
    except OSError:
        return False
    probe = [*PRIVATE, "ip", "link", "add", "libpptp0", "type", "veth"]
    probe[1:1] = ["--net"]
    return os.path.isdir("/sys/module/ppp_mppe") and subprocess.run(
        probe, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def quoted(words):
    return " ".join("'" + w.replace("'", "'\\''") + "'" for w in words)


def run_in_vm(guest, program, arguments, share, seconds, poll, say):
    """Boots a machine for one guest program. Returns None, or why it did not run to its end, and
    the last words that may explain it."""
    os.makedirs(os.path.join(share, "src"))
    for name in os.listdir(HERE):
        if name.endswith(".py"):
            shutil.copy2(os.path.join(HERE, name), os.path.join(share, "src"))
    words = [*PRIVATE, "/usr/bin/python3", "-B", "/mnt/src/" + guest, "--program",
             put_program(program, share), "--results", "/mnt/results", *arguments]
    machine = vm.Machine(vm.get_kernel(say), share, quoted(words) + " > /mnt/guest.log 2>&1\n")
    say(f"kernel {machine.kernel.version}, accelerator {machine.accelerator}")
    why = None
    try:
        machine.run(BOOT_SECONDS + seconds, poll)
    except vm.VmError as e:
        why = str(e)
    log = vm.file_text(os.path.join(share, "guest.log")).splitlines()[-25:]
    return why, log + machine.last_words()


def run_here(guest, program, arguments, share, seconds, poll):
    """The same on this machine."""
    log = os.path.join(share, "guest.log")
    with open(log, "wb") as out:
        proc = vm.start_tied([*PRIVATE, sys.executable, "-B", os.path.join(HERE, guest),
                              "--program", program, "--results",
                              os.path.join(share, "results"), *arguments], out)
    deadline = time.monotonic() + seconds
    why = None
    try:
        while proc.poll() is None and not why:
            poll()
            if time.monotonic() > deadline:
                why = f"it did not end within {seconds} s"
            time.sleep(0.1)
        poll()
    finally:
        vm.end(proc)
    return why, vm.file_text(log).splitlines()[-25:]
