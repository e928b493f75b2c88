# SPDX-License-Identifier: MIT
"""Goodput of several tunnels side by side through one bad network, and the order at the pty.

    client -- router -- server: what enters the router from either side is shaped to RATE, what
    leaves it towards the client, or towards both, is lost, reordered, duplicated, damaged by netem.

The rate is far below what the emulated machine can do, so that the figures show how losses and
disorder are dealt with, and not how fast it computes."""

import collections
import contextlib
import copy
import json
import re
import signal
import statistics

import pty_order
from bed import INNER_SERVER, KERNEL, MODULES, WORK
from netns import Failed, Netns, Process, read_text, run, wait_for

RATE = "2mbit"
QUEUE_OCTETS = 20_000       # towards the clients: 80 ms
# The server holds back 0.3 s of data for each packet that it misses: TCP does not fill this one, so
# that up too the figures show the clients.
UP_QUEUE_OCTETS = 250_000   # 1 s
PATIENCE = 12               # seconds that iperf3 may take beyond those it measures
MORE_MODULES = ("ifb", "sch_tbf", "sch_ingress", "cls_matchall", "act_mirred")
LISTENING_5201 = r":1451 [0-9A-F]+:0000 0A"   # in /proc/net/tcp
DOWN, UP = "down", "up"
TO_CLIENT, BOTH_WAYS = "client", "both"
SERVER_PORT = "srv0"

Cell = collections.namedtuple("Cell", "name netem")

DELAY = ("delay", "20ms")
CELLS = (
    Cell("nothing", DELAY),
    Cell("loss 0.1 %", (*DELAY, "loss", "0.1%")),
    Cell("loss 1 %", (*DELAY, "loss", "1%")),
    Cell("loss 5 %", (*DELAY, "loss", "5%")),
    Cell("reordering 1 %", (*DELAY, "reorder", "1%", "gap", "4")),
    Cell("reordering 10 %", (*DELAY, "reorder", "10%", "gap", "4")),
    Cell("reordering 25 %", (*DELAY, "reorder", "25%", "gap", "4")),
    Cell("duplication 5 %", (*DELAY, "duplicate", "5%")),
    Cell("jitter 20 ms", ("delay", "25ms", "20ms")),
    Cell("corruption 0.2 %", (*DELAY, "corrupt", "0.2%")),
    Cell("all at once", ("delay", "25ms", "20ms", "loss", "1%", "reorder", "25%", "gap", "4",
                         "duplicate", "5%", "corrupt", "0.2%")),
)


def cell_named(name):
    return next(c for c in CELLS if c.name == name)


def is_damaging(cell):
    """Whether packets arrive damaged there: MPPE cannot use those."""
    return "corrupt" in cell.netem


# --- the network ------------------------------------------------------------------------------

def load_modules():
    for module in MODULES + MORE_MODULES:
        run(["modprobe", "-q", module], ok=False)


def shape(router, interface, queue=QUEUE_OCTETS):
    """What comes into the router by this interface goes through a bottleneck first."""
    bottleneck = "ifb-" + interface
    router.ip("link", "add", bottleneck, "type", "ifb")
    router.ip("link", "set", bottleneck, "up")
    router.tc("qdisc", "add", "dev", bottleneck, "root", "tbf", "rate", RATE, "burst", "5kb",
              "limit", str(queue))
    router.tc("qdisc", "add", "dev", interface, "ingress")
    router.tc("filter", "add", "dev", interface, "ingress", "matchall", "action", "mirred",
              "egress", "redirect", "dev", bottleneck)


def unshape(router, interface):
    router.tc("qdisc", "del", "dev", interface, "ingress")
    router.ip("link", "del", "ifb-" + interface)


class Host:
    """A client machine of its own: of pptp-linux only one can run on a host."""

    def __init__(self, bed, number):
        self.name, self.port = f"client-{number}", f"cli{number}"
        self.netns, router, net = Netns(self.name), bed.router, f"10.77.{10 + number}"
        self.netns.ip("link", "add", "wan0", "type", "veth", "peer", "name", self.port, "netns",
                      router.name)
        for ns, interface, address in ((self.netns, "wan0", net + ".2/24"),
                                       (router, self.port, net + ".1/24")):
            ns.ip("addr", "add", address, "dev", interface)
            ns.ip("link", "set", interface, "up")
        self.netns.ip("route", "add", "default", "via", net + ".1")
        self.netns.sysctl("ipv4/tcp_no_metrics_save", 1)
        shape(router, self.port, UP_QUEUE_OCTETS)

    def remove(self, router):
        self.netns.end_processes()
        unshape(router, self.port)
        router.ip("link", "del", self.port)
        run(["ip", "netns", "del", self.name])


# --- tunnels ----------------------------------------------------------------------------------

class Tunnel:
    """One client's call, from a host of its own; several are up at once. The program is KERNEL for
    the kernel's data path."""

    def __init__(self, bed, name, program, number, recorded=False):
        self.name, self.program, self.host = name, program, Host(bed, number)
        self.recorded, self.record = recorded, None
        self.bed = copy.copy(bed)
        self.bed.client, self.bed.calls = self.host.netns, 1000 * number
        self.dials = 0
        self.dial()

    def dial(self):
        self.dials += 1
        path = f"{WORK}/record-{self.host.name}-{self.dials}"
        options = ["record", path] if self.recorded else []
        if self.program == KERNEL:
            self.call = self.bed.dial_kernel(pppd=options)
        else:
            self.call = self.bed.dial(pppd=options, program=self.program)
        self.call.wait_up()
        self.record = pty_order.Record(path) if self.recorded else None
        self.bed.one_receive_queue(self.call.interface())

    def hang_up(self):
        Process(self.call.popen.pid).send(signal.SIGTERM)
        self.call.popen.wait(15)

    def kernel_errors(self):
        """Packets that PPP in the kernel could not use: with MPPE also those behind a later one."""
        path = f"/proc/{self.call.popen.pid}/net/dev"
        line = re.search(rf"{self.call.interface()}:(.*)", read_text(path))
        return int(line[1].split()[2]) if line else 0

    def works(self, seconds):
        """Whether the far end answers within so many seconds."""
        def answered():
            return self.bed.ping(count=1, wait=1) == 1
        with contextlib.suppress(Failed):
            return wait_for(answered, seconds, "an answer")
        return False

    def last_words(self):
        ended = self.call.popen.poll()
        lines = [t for t in self.call.text().splitlines() if "Echo" not in t]
        return f"{'no answer' if ended is None else f'pppd ended with {ended}'}: {lines[-1:]}"


@contextlib.contextmanager
def side_by_side(bed, *wanted):
    """Tunnels for each (name, program, recorded), through one bottleneck."""
    load_modules()
    bed.server.sysctl("ipv4/tcp_no_metrics_save", 1)
    shape(bed.router, SERVER_PORT)
    tunnels = []
    try:
        for number, (name, program, recorded) in enumerate(wanted, 1):
            tunnels.append(Tunnel(bed, name, program, number, recorded))
        yield tunnels
    finally:
        unshape(bed.router, SERVER_PORT)
        for tunnel in tunnels:
            tunnel.host.remove(bed.router)


def listens(netns):
    with netns.inside():
        return any(re.search(LISTENING_5201, read_text(f"/proc/thread-self/net/{name}"))
                   for name in ("tcp", "tcp6"))


def goodput(bed, direction, seconds):
    """Mbit/s that arrived, from the second second on; 0 when iperf3 came to no end."""
    wait_for(lambda: not listens(bed.server), 10, "the last iperf3 server to end")
    server = bed.server.start(["iperf3", "-s", "-1"], WORK + "/iperf3-server.log")
    words = ["iperf3", "-c", INNER_SERVER, "-t", str(seconds), "-O", "1", "-J",
             *(["-R"] if direction == DOWN else [])]
    try:
        wait_for(lambda: listens(bed.server), 10, "the iperf3 server")
        _, out = bed.client.run(*words, ok=False, timeout=seconds + PATIENCE)
        return json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e6
    except (Failed, KeyError, json.JSONDecodeError):
        return 0.0
    finally:
        Process(server.pid).send(signal.SIGKILL)
        server.wait()


# --- one cell ---------------------------------------------------------------------------------

class Figures:
    """Of each tunnel in one cell and direction: Mbit/s round by round, errors that the kernel
    found in what it got from the pty, and the order there of the recorded one."""

    def __init__(self, cell, direction, tunnels):
        self.cell, self.direction = cell, direction
        self.runs = {t.name: [] for t in tunnels}
        self.errors = {t.name: t.kernel_errors() for t in tunnels}
        self.order = {}

    def finish(self, tunnels):
        for tunnel in tunnels:
            self.errors[tunnel.name] = tunnel.kernel_errors() - self.errors[tunnel.name]
            if tunnel.record:
                self.order[tunnel.name] = pty_order.Order(tunnel.record.new_counts())

    def median(self, name):
        return statistics.median(self.runs[name])

    def ratio(self, name, other):
        return self.median(name) / self.median(other) if self.median(other) else float("inf")


@contextlib.contextmanager
def impaired(tunnels, cell, where):
    """In this block packets towards the clients (and, BOTH_WAYS, those towards the server) leave
    the router through the cell's netem, and the others only with its delay."""
    router = tunnels[0].bed.router
    ports = [t.host.port for t in tunnels]
    for port in (*ports, SERVER_PORT):
        treatment = cell.netem if where == BOTH_WAYS or port != SERVER_PORT else DELAY
        router.tc("qdisc", "replace", "dev", port, "root", "netem", *treatment)
    try:
        yield
    finally:
        for port in (*ports, SERVER_PORT):
            router.tc("qdisc", "del", "dev", port, "root")


def measure(tunnels, cell, direction, rounds, seconds, where=TO_CLIENT):
    """Turn by turn, each round the other way about."""
    figures = Figures(cell, direction, tunnels)
    for tunnel in tunnels:
        if tunnel.record:
            tunnel.record.new_counts()
    with impaired(tunnels, cell, where):
        for number in range(rounds):
            for tunnel in tunnels if number % 2 == 0 else reversed(tunnels):
                figures.runs[tunnel.name].append(goodput(tunnel.bed, direction, seconds))
    figures.finish(tunnels)
    return figures


def revive(tunnels):
    """What does not answer in a good network any more is dialled again. Returns what it was."""
    dead = [t for t in tunnels if t.call.popen.poll() is not None or not t.works(5)]
    words = [f"{t.name}: {t.last_words()}" for t in dead]
    for tunnel in dead:
        tunnel.hang_up()
        tunnel.dial()
    return words
