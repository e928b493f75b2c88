# SPDX-License-Identifier: MIT
"""Network namespaces and the processes in them."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """What a scenario expected did not happen."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def wait_for(condition, seconds, what, every=0.05):
    """Calls condition() until it is true and returns what it gave; Failed at the deadline."""
    start = time.monotonic()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() - start > seconds:
            raise Failed(f"waited {seconds:g} s for {what}")
        time.sleep(every)


def run(argv, timeout=30, ok=True, text_in=None):
    """Runs a program to its end and returns its exit status and output."""
    try:
        r = subprocess.run(argv, input=text_in or "", stdout=subprocess.PIPE, text=True,
                           stderr=subprocess.STDOUT, timeout=timeout, errors="replace")
    except subprocess.TimeoutExpired as e:
        raise Failed(f"{' '.join(argv)} did not end within {timeout} s") from e
    if ok and r.returncode != 0:
        raise Failed(f"{' '.join(argv)} ended with {r.returncode}: {r.stdout.strip()[-300:]}")
    return r.returncode, r.stdout


def read_text(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def write_text(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


class Process:
    """One running process, by its id; knows when the id has gone to another process."""

    def __init__(self, pid):
        self.pid = pid
        self.born = self.start_time()

    def stat(self):
        text = read_text(f"/proc/{self.pid}/stat")
        return text[text.rfind(")") + 2:].split()

    def start_time(self):
        fields = self.stat()
        return fields[19] if len(fields) > 19 else None

    def alive(self):
        fields = self.stat()
        return len(fields) > 19 and fields[19] == self.born and fields[0] not in "ZX"

    def args(self):
        return read_text(f"/proc/{self.pid}/cmdline").replace("\0", " ").strip()

    def name(self):
        return read_text(f"/proc/{self.pid}/comm").strip()

    def program(self):
        with contextlib.suppress(OSError):
            return os.readlink(f"/proc/{self.pid}/exe")
        return ""

    def send(self, number):
        with contextlib.suppress(ProcessLookupError):
            if self.alive():
                os.kill(self.pid, number)


class Netns:
    """A named network namespace."""

    def __init__(self, name):
        self.name = name
        self.started = []
        run(["ip", "netns", "add", name])
        self.ident = os.stat("/run/netns/" + name).st_ino
        self.ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def inside(self):
        """Sockets opened and programs started in this block belong to the namespace."""
        with open("/proc/thread-self/ns/net") as home, open("/run/netns/" + self.name) as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise Failed(f"setns {self.name}: {os.strerror(ctypes.get_errno())}")
            try:
                yield
            finally:
                LIBC.setns(home.fileno(), CLONE_NEWNET)

    def run(self, *argv, **options):
        with self.inside():
            return run(list(argv), **options)

    def start(self, argv, log, stdin=subprocess.DEVNULL, stdout=None):
        """The log is a path or a descriptor."""
        with self.inside(), open(log, "ab", closefd=isinstance(log, str)) as f:
            popen = subprocess.Popen(argv, stdin=stdin, stdout=stdout or f, stderr=f,
                                     start_new_session=True)
        self.started.append(popen)
        return popen

    def reap(self):
        """Collects the programs started here that have ended."""
        self.started = [p for p in self.started if p.poll() is None]

    def socket(self, *args):
        with self.inside():
            return socket.socket(*args)

    def ip(self, *args, **options):
        return run(["ip", "-n", self.name, *args], **options)[1]

    def tc(self, *args):
        return run(["tc", "-n", self.name, *args])[1]

    def sysctl(self, name, value):
        with self.inside():
            with open("/proc/sys/net/" + name, "w") as f:
                f.write(str(value))

    def processes(self):
        """All processes of the namespace but this one."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                with contextlib.suppress(OSError):
                    if os.stat(f"/proc/{entry}/ns/net").st_ino == self.ident:
                        found.append(Process(int(entry)))
        return [p for p in found if p.born and p.alive()]

    def end_processes(self, keep=()):
        """Ends what runs in the namespace: asks first, then kills."""
        for number, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            left = [p for p in self.processes() if p.pid not in keep]
            for p in left:
                p.send(number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and any(p.alive() for p in left):
                self.reap()
                time.sleep(0.05)
        self.reap()

    def routes(self):
        """Every route of every table, in the order the kernel gives them."""
        return self.ip("route", "show", "table", "all") + self.ip("-6", "route", "show", "table",
                                                                  "all")

