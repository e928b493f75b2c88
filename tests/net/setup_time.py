#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""From exec to call up on loopback: the median of 20 runs, in milliseconds.

    setup_time.py --pptp PROGRAM --tools FOLDER [--against PROGRAM]

Both ends are in one network namespace; the server is the tests' own and answers at once. "Up" is
when the first PPP frame that was written to the terminal before the start comes out of the tunnel.
"""

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
import tty

import run
from bed import Bed, Failure
from fakeserver import FakeServer, lcp_frame

RUNS = 20
LIMIT_MS = 50
INCUMBENT = '/usr/sbin/pptp'


class Taker(threading.Thread):
    """Takes one call and waits for the first GRE packet with data."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.call_up = None
        self.first_frame = None
        self.failure = None

    def run(self):
        try:
            connection = self.server.accept(20)
            connection.up()
            self.call_up = time.monotonic()
            connection.receive_gre(20)
            self.first_frame = time.monotonic()
            connection.answer()
        except Failure as failure:
            self.failure = failure


def one_run(bed, server, program):
    master, slave = os.openpty()
    tty.setraw(slave)
    taker = Taker(server)
    taker.start()
    os.write(slave, hdlc(lcp_frame(0)))
    with bed.inside('server'):
        start = time.monotonic()
        process = subprocess.Popen([program, '127.0.0.1', '--nolaunchpppd', '--nohostroute'],
                                   stdin=master, stdout=master, stderr=subprocess.DEVNULL)
    os.close(master)
    taker.join()
    process.terminate()
    try:
        process.wait(10)
    finally:
        process.kill()
        process.wait()
        os.close(slave)
    if taker.failure:
        raise Failure(f'{program}: {taker.failure}')
    return (taker.call_up - start) * 1000, (taker.first_frame - start) * 1000


def hdlc(frame):
    """RFC 1662, everything that may be escaped is."""
    fcs = 0xffff
    for octet in frame:
        fcs ^= octet
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    fcs ^= 0xffff
    body = frame + bytes([fcs & 0xff, fcs >> 8])
    out = bytearray(b'\x7e')
    for octet in body:
        out += bytes([0x7d, octet ^ 0x20]) if octet < 0x20 or octet in (0x7d, 0x7e) \
            else bytes([octet])
    return bytes(out + b'\x7e')


def measure(bed, program, runs):
    server = FakeServer(bed, address='127.0.0.1')
    results = [one_run(bed, server, program) for _ in range(runs)]
    server.close()
    return (statistics.median(result[0] for result in results),
            statistics.median(result[1] for result in results),
            max(result[1] for result in results))


def compare(bed, against, first):
    """A comment: a failure of the other program is no failure of ours."""
    try:
        other_up, other_first, _ = measure(bed, against, 5)
    except (Failure, subprocess.TimeoutExpired) as error:
        print(f'# {against} was not measured: {error}')
        return
    print(f'# {against}: call up {other_up:.1f} ms, first PPP frame through '
          f'{other_first:.1f} ms; ratio {other_first / first:.0f}')


def bench(tools, against):
    bed = Bed(tools)
    bed.build()
    try:
        print('1..1')
        up, first, slowest = measure(bed, tools['pptp'], RUNS)
        fine = first < LIMIT_MS
        print(f'{"ok" if fine else "not ok"} 1 - from exec to call up on loopback: median of '
              f'{RUNS} runs under {LIMIT_MS} ms')
        print(f'# call up {up:.1f} ms, first PPP frame through {first:.1f} ms (medians), '
              f'slowest {slowest:.1f} ms')
        if against and os.path.exists(against):
            compare(bed, against, first)
    finally:
        bed.close()
    return 0 if fine else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--pptp', required=True)
    parser.add_argument('--tools', required=True)
    parser.add_argument('--against', default=INCUMBENT)
    options = parser.parse_args()
    tools = run.tool_paths(options)
    why = run.unusable(tools)
    if why:
        print(f'1..0 # SKIP {why}')
        return 0
    return run.separate(lambda: bench(tools, options.against))


if __name__ == '__main__':
    sys.exit(main())
