# SPDX-License-Identifier: MIT
"""The table of docs/pptp.8, "What a script sees", with real pppd: one scenario for each way to start
the client, and in each the same ten causes. The notes of a scenario are its column."""

import contextlib
import os
import re
import signal
import socket
import time

from bed import SERVER, WORK
from netns import check, run
from registry import scenario
from scenarios_modes import check_restored

QUICK = ("lcp-restart", "1", "lcp-max-configure", "4")


@contextlib.contextmanager
def nothing(_):
    yield


@contextlib.contextmanager
def server_without_mppe(bed):
    bed.server_options(mppe=False)
    yield
    bed.server_options()


@contextlib.contextmanager
def no_dev_ppp(_):
    """Opening a socket's name fails with ENXIO, as the device without its module does."""
    path = WORK + "/no-device"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        run(["mount", "-n", "--bind", path, "/dev/ppp"])
        try:
            yield
        finally:
            run(["umount", "-n", "/dev/ppp"])
            os.unlink(path)


def gre_blocked(*interfaces):
    """In the router, on its way in from these interfaces; without a packet filter's modules."""
    @contextlib.contextmanager
    def block(bed):
        for interface in interfaces:
            bed.router.ip("rule", "add", "pref", "10", "iif", interface, "ipproto", "gre",
                          "blackhole")
        try:
            yield
        finally:
            for interface in interfaces:
                bed.router.ip("rule", "del", "pref", "10", "iif", interface, "ipproto", "gre",
                              "blackhole")
    return block


@contextlib.contextmanager
def server_full(bed):
    """Its one place is taken by a connection on which nothing is sent."""
    bed.restart_server("connections 1")
    with bed.client.socket() as taken:
        taken.connect((SERVER, 1723))
        yield
    bed.restart_server()


# name: (what makes it so, further options of pptp, of pppd)
CAUSES = {
    "good": (nothing, "", ()),
    "wrong password": (nothing, "", ("password", "not-the-secret")),
    "no secret": (nothing, "", ("user", "nobody-here")),
    "MPPE refused": (server_without_mppe, "", ()),
    "no /dev/ppp": (no_dev_ppp, "", ()),
    "no pppd": (nothing, "", ()),
    "GRE blocked in": (gre_blocked("srv0"), "", QUICK),
    "GRE blocked out": (gre_blocked("cli0"), "", QUICK),
    "GRE blocked both": (gre_blocked("srv0", "cli0"), "", QUICK),
    "server full": (server_full, "--connect-timeout 2", ()),
}


class Cell:
    def __init__(self, status, seconds, sentence):
        self.status, self.seconds, self.sentence = status, seconds, sentence

    def __str__(self):
        return f"status {self.status} after {self.seconds:.1f} s: {self.sentence}"


def last_sentence(call):
    lines = call.syslog()
    return re.sub(r"^pptp\[\d+\]: \w+: ", "", lines[-1]) if lines else ""


def launched(bed, cause, words, options=""):
    """One cell of a column of launch mode; the tunnel of a good one is ended here."""
    prepare, more, pppd = CAUSES[cause]
    with prepare(bed):
        before = bed.client.routes()
        call = bed.new_call()
        path = "/nonexistent" if cause == "no pppd" else os.environ["PATH"]
        argv = ["env", "PATH=" + path, call.program, SERVER, *options.split(), *more.split(),
                *bed.pppd_options(call), *words, *pppd]
        start = time.monotonic()
        process = bed.client.start(argv, call.errors)
        if cause == "good" and "nodetach" in words:
            call.popen = process
            call.wait_up()
            check(process.poll() is None, f"it returned {process.poll()} while the tunnel is up")
            process.send_signal(signal.SIGTERM)
        status = process.wait(40)
        seconds = time.monotonic() - start
        if cause == "good":
            if "updetach" in words:
                check(call.is_up(), "it returned before PPP was up")
            if "nodetach" not in words:
                call.wait_up()
                call.hang_up()
        call.wait_gone(40)
        check_restored(bed, before)
    return Cell(status, seconds, last_sentence(call))


def from_pppd(bed, cause):
    """One cell of pty mode: pppd's own status; the output ends when pppd goes to the background."""
    prepare, more, pppd = CAUSES[cause]
    with prepare(bed):
        before = bed.client.routes()
        call = bed.new_call()
        pty = call.script(call.program, f"{SERVER} --nolaunchpppd {more}")
        reader, writer = os.pipe()
        start = time.monotonic()
        process = bed.client.start(["pppd", "pty", pty, "updetach", *bed.pppd_options(call), *pppd],
                                   writer, stdout=writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as output:
            output.read()
        seconds = time.monotonic() - start
        status = process.wait(5)
        if cause == "good":
            call.wait_up()
            call.hang_up()
        call.wait_gone(40)
        check_restored(bed, before)
    return Cell(status, seconds, last_sentence(call))


def column(expected, cell):
    wrong = []
    for cause, (status, sentence, most) in expected.items():
        got = cell(cause)
        print(f"# {cause}: {got}")
        good = status if isinstance(status, tuple) else (status,)
        if got.status not in good or not re.search(sentence, got.sentence) or got.seconds > most:
            wrong.append(f"{cause}: {got}; wanted {status}, {sentence!r}, within {most} s")
    check(not wrong, "\n".join(wrong))


# Exit status, last sentence in the log, seconds until it returns in an emulated machine. Most of the
# time of a failure is pppd's.
NODETACH = {
    "good": (5, "^stopped by SIGTERM$", 20),
    "wrong password": (19, "^pppd failed: the server did not accept our name and password$", 20),
    "no secret": (10, "^pppd failed: PPP negotiation failed", 20),
    "MPPE refused": (10, r"^pppd failed: PPP negotiation failed: .*\(MPPE\)", 20),
    "no /dev/ppp": (17, "^pppd could not work, the kernel has no PPP: .*ppp_generic", 5),
    "no pppd": (17, "^pppd could not be found: install the ppp package", 5),
    "GRE blocked in": (16, "^no GRE packet had ever arrived .* firewall", 30),
    "GRE blocked out": (16, "", 30),
    "GRE blocked both": (16, "^no GRE packet had ever arrived .* firewall", 30),
    "server full": (7, "^no connection: timed out waiting for the Start-Control", 15),
}
UPDETACH = {**NODETACH, "good": (0, "^pppd has ended", 20)}
AT_ONCE = ("no /dev/ppp", "no pppd", "server full")
PLAIN = {cause: cell if cause in AT_ONCE else (0, cell[1], 10)
         for cause, cell in UPDETACH.items()}
PTY = {cause: cell for cause, cell in UPDETACH.items() if cause != "no pppd"}
PTY |= {
    "good": (0, "pppd has", 20),
    # poptop closes at once, and the hang-up can be first.
    "wrong password": (19, "", 20),
    "no secret": (10, "", 20),
    "MPPE refused": (10, "", 20),
    "no /dev/ppp": (4, "^$", 5),
    "server full": (16, NODETACH["server full"][1], 15),
}


@scenario(400)
def table_plain(bed):
    """launch mode, pppd detaches at once: time, status and last sentence for ten causes."""
    column(PLAIN, lambda cause: launched(bed, cause, ()))


@scenario(400)
def table_updetach(bed):
    """launch mode, updetach: time, status and last sentence for ten causes."""
    column(UPDETACH, lambda cause: launched(bed, cause, ("updetach",)))


@scenario(400)
def table_nodetach(bed):
    """launch mode, nodetach: time, status and last sentence for ten causes."""
    column(NODETACH, lambda cause: launched(bed, cause, ("nodetach",)))


@scenario(400)
def table_debug(bed):
    """launch mode, --debug and updetach: the same as without --debug."""
    column(UPDETACH, lambda cause: launched(bed, cause, ("updetach",), "--debug"))


@scenario(400)
def table_pty(bed):
    """pty mode, output read to its end: time, pppd's status and last sentence for nine causes."""
    column(PTY, lambda cause: from_pppd(bed, cause))
