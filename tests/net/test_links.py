# SPDX-License-Identifier: MIT
"""PPP on other things than a terminal: pppd's `record` option gives its script a socket, scripts
give pipes."""

import contextlib
import os
import socket
import subprocess
import threading
import tty

from bed import SERVER, Process, check, wait_for
from client import finish_traffic, plan_words
from registry import test
from test_poptop import check_whole


def start_client(bed, stdin, stdout, *options):
    bed.counter += 1
    client = Process(bed, [*bed.command(bed.tools['pptp']), SERVER, '--nolaunchpppd', *options],
                     'client', f'{bed.counter}-pptp', stdin=stdin, stdout=stdout)
    bed.processes.append(client)
    return client


def traffic(bed, end, **plan):
    run = subprocess.Popen([bed.tools['standin'], 'traffic', *plan_words(plan)], stdin=end,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')
    return finish_traffic(run)


def carries(bed, end):
    report = traffic(bed, end, count=100, gap_us=50000, window=1000000, until_first=True,
                     quiet_ms=500, run=999)
    check(report['received'], f'no frame came back: {report}')
    check_whole(traffic(bed, end, count=500, size_min=60, size_max=1400, window=16), 500)


def copy(source, target):
    """Until one of them ends; then the target ends too."""
    with contextlib.suppress(OSError):
        while data := os.read(source, 65536):
            while data:
                data = data[os.write(target, data):]
    os.close(target)


class Bridge:
    """A terminal for the traffic, whose octets come from and go to descriptors."""

    def __init__(self, reading, writing):
        master, self.end = os.openpty()
        tty.setraw(self.end)
        self.threads = [threading.Thread(target=copy, args=pair, daemon=True)
                        for pair in ((master, writing), (reading, os.dup(master)))]
        for thread in self.threads:
            thread.start()


@test('links: PPP on a socket: frames both ways, and the end when the other side closes')
def on_a_socket(bed):
    bed.poptop()
    ours, theirs = socket.socketpair()
    client = start_client(bed, theirs, theirs)
    theirs.close()
    bridge = Bridge(os.dup(ours.fileno()), os.dup(ours.fileno()))
    carries(bed, bridge.end)
    ours.shutdown(socket.SHUT_RDWR)
    check(client.wait(3) == 0, f'it ended badly: {client.log()[-300:]}')


@test('links: PPP on two pipes: frames both ways, and the end when the other side closes')
def on_pipes(bed):
    bed.poptop()
    to_client, from_client = os.pipe(), os.pipe()
    client = start_client(bed, to_client[0], from_client[1])
    os.close(to_client[0])
    os.close(from_client[1])
    bridge = Bridge(from_client[0], to_client[1])
    carries(bed, bridge.end)
    os.close(bridge.end)
    check(client.wait(3) == 0, f'it ended badly: {client.log()[-300:]}')


@test('links: nobody reads the pipe any more: no signal ends the client, it ends by the book')
def broken_pipe(bed):
    bed.poptop()
    to_client, from_client = os.pipe(), os.pipe()
    client = start_client(bed, to_client[0], from_client[1], '--loglevel', '2')
    os.close(to_client[0])
    os.close(from_client[1])
    wait_for('the first GRE packet',      # else that would be the reason
             lambda: bed.syslog.matching('the first GRE packet has arrived'))
    os.close(from_client[0])
    check(client.wait(5) == 0, f'it ended badly: {client.log()[-300:]}')
    os.close(to_client[1])
