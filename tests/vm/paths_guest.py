# SPDX-License-Identifier: MIT
"""The data paths side by side in the guest; one line of JSON for each figure.

The client system has the first processor for itself: its processes, what arrives in its namespace and
the work queue of its terminals. Everything else runs on the second. The server is the kernel's, so
that its end needs no terminal either."""

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import sys
import time

from bed import CLIENT, INNER_SERVER, PATHS, SERVER, Bed
from goodput import DOWN, UP, goodput
from netns import Failed, check, read_text, wait_for, write_text

CLIENT_CPU, OTHER_CPU = 0, 1
SIZES = (64, 576, 1400)
INTERVAL_US = 3000
REST_SECONDS = 2
PORT = 5998
PINGS = 100
NO_TUNNEL = "no tunnel"


# --- the client system's processor --------------------------------------------------------------

WORK_QUEUES = "/sys/devices/virtual/workqueue/cpumask"


def steer(bed, masks):
    """Which processors handle what arrives at the client, and elsewhere."""
    for netns, interface, mask in zip((bed.client, bed.router, bed.router, bed.server),
                                      ("wan0", "cli0", "srv0", "eth0"), masks):
        # /sys shows the interfaces of the namespace in which it was mounted.
        netns.run("unshare", "--mount", "sh", "-c", "mount -t sysfs sysfs /sys && "
                  f"echo {mask} > /sys/class/net/{interface}/queues/rx-0/rps_cpus")


class Affinity:
    """Pins processes to a processor; undo() brings back what was before."""

    def __init__(self):
        self.before = {}

    def pin(self, pid, cpu):
        with contextlib.suppress(ProcessLookupError):
            self.before[pid] = os.sched_getaffinity(pid)
            os.sched_setaffinity(pid, {cpu})

    def undo(self):
        for pid, cpus in self.before.items():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(pid, cpus)


@contextlib.contextmanager
def client_alone(bed):
    """In this block the client system, and nothing else, runs on the first processor."""
    check(os.cpu_count() == 2, f"this needs two processors, there are {os.cpu_count()}")
    client, other = f"{1 << CLIENT_CPU:x}", f"{1 << OTHER_CPU:x}"
    affinity, queues = Affinity(), read_text(WORK_QUEUES).strip()
    try:
        for process in (*bed.server.processes(), *bed.router.processes()):
            affinity.pin(process.pid, OTHER_CPU)
        for process in bed.client.processes():
            affinity.pin(process.pid, CLIENT_CPU)
        affinity.pin(0, OTHER_CPU)
        write_text(WORK_QUEUES, client)
        steer(bed, (client, other, other, other))
        yield
    finally:
        steer(bed, "0000")
        write_text(WORK_QUEUES, queues)
        affinity.undo()


def idle_ms():
    """What the client's processor did not work, since the start."""
    words = re.search(rf"^cpu{CLIENT_CPU} (.*)", read_text("/proc/stat"), re.M)[1].split()
    # Idle, waiting for a device, and what the host took.
    return sum(int(words[i]) for i in (3, 4, 7)) * 1000 / os.sysconf("SC_CLK_TCK")


def busy_share(function):
    """What the function returned, and the processor time of the client while it ran: ms, and s."""
    idle, started = idle_ms(), time.monotonic()
    result = function()
    seconds = time.monotonic() - started
    return result, seconds * 1000 - (idle_ms() - idle), seconds


def received_packets(netns, prefix):
    with netns.inside():
        lines = read_text("/proc/thread-self/net/dev").splitlines()
    return sum(int(line.split(":")[1].split()[1]) for line in lines
               if line.strip().startswith(prefix))


# --- what is measured ---------------------------------------------------------------------------

def send(netns, bed, address, size, count, cpu):
    return netns.start([bed.tool("datagrams"), address, str(size), str(count), str(INTERVAL_US),
                        str(cpu)], os.devnull)


def share_at_rest():
    """Of the client's processor, with a tunnel that carries nothing: ms a second."""
    _, busy, took = busy_share(lambda: time.sleep(REST_SECONDS))
    return busy / took


def packet_cost_us(bed, direction, size, seconds, at_rest, address, interface):
    """Processor time of the client system for one packet, less what it needs at rest. The packets go
    to this address and arrive there by this interface; the first letters of its name will do."""
    source, target, cpu = ((bed.server, bed.client, OTHER_CPU) if direction == DOWN
                           else (bed.client, bed.server, CLIENT_CPU))
    count = int(seconds * 1e6 / INTERVAL_US)
    # It is never read from: what is behind the IP layer is as cheap as can be.
    with target.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((address, PORT))
        before = received_packets(target, interface)
        _, busy, took = busy_share(send(source, bed, address, size, count, cpu).wait)
        arrived = received_packets(target, interface) - before
    check(arrived > 0.98 * count, f"{direction}, {size}: {arrived} of {count} packets arrived")
    return (busy - at_rest * took) * 1000 / arrived


def measure_costs(bed, name, mppe, args, put, ways):
    """ways: the address and the interface for each direction."""
    with client_alone(bed):
        at_rest = share_at_rest()
        for direction, (address, interface) in ways.items():
            for size in SIZES:
                put({"table": "cpu", "mppe": mppe, "path": name, "direction": direction,
                     "size": size, "value": packet_cost_us(bed, direction, size, args.seconds,
                                                           at_rest, address, interface)})


def round_trip_ms(bed):
    _, out = bed.client.run("ping", "-n", "-c", str(PINGS), "-i", "0.02", INNER_SERVER, timeout=60)
    return statistics.median(float(ms) for ms in re.findall(r"time=([\d.]+) ms", out))


def measure_path(bed, name, mppe, args, put):
    started = time.monotonic()
    call = bed.dial_path(name, mppe)
    wait_for(call.is_up, 40, "PPP to come up", every=0.002)
    put({"table": "up", "mppe": mppe, "path": name, "value": (time.monotonic() - started) * 1000})
    if "latency" in args.only:
        put({"table": "latency", "mppe": mppe, "path": name, "value": round_trip_ms(bed)})
    if "goodput" in args.only:
        for direction in (DOWN, UP):
            put({"table": "goodput", "mppe": mppe, "path": name, "direction": direction,
                 "value": goodput(bed, direction, args.seconds)})
    if "cpu" in args.only:
        measure_costs(bed, name, mppe, args, put,
                      {DOWN: (call.address(), "ppp"), UP: (INNER_SERVER, "ppp")})
    started = time.monotonic()
    call.popen.send_signal(signal.SIGTERM)
    wait_for(lambda: call.popen.poll() is not None and not call.processes(), 20, "the end",
             every=0.002)
    put({"table": "gone", "mppe": mppe, "path": name, "value": (time.monotonic() - started) * 1000})


def measure(bed, args, put):
    bed.server.sysctl("ipv4/tcp_no_metrics_save", 1)
    bed.client.sysctl("ipv4/tcp_no_metrics_save", 1)
    for mppe in (False, True):
        bed.server_options(mppe=mppe)
        bed.start_kernel_server()
        for number in range(args.rounds):
            for name in PATHS if number % 2 == 0 else reversed(PATHS):
                measure_path(bed, name, mppe, args, put)
            if "cpu" in args.only and not mppe:
                measure_costs(bed, NO_TUNNEL, mppe, args, put,
                              {DOWN: (CLIENT, "wan0"), UP: (SERVER, "eth0")})
    put({"end": True})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--only", action="append", required=True)
    args = parser.parse_args()
    with open(args.results, "a", buffering=1) as out:
        def put(what):
            out.write(json.dumps(what) + "\n")
        bed = Bed(args.program)
        try:
            measure(bed, args, put)
        except Failed as e:
            put({"failed": "\n".join([str(e), *bed.diagnosis()])})
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
