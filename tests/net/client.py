# SPDX-License-Identifier: MIT
"""The client under test: in pty mode as pppd's "pty" option runs it, and in launch mode."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import tty

import wire
from bed import SERVER, Failure, Process, allowed, children_of, read_text, wait_for, write_text


class PtyClient(Process):
    """`sh -c 'pptp SERVER --nolaunchpppd ...'` on the master of a terminal, we have the slave."""

    def __init__(self, bed, *options, server=SERVER, netns='client', program=None, prefix=(),
                 environment=None, shell=True, filtered=True, **streams):
        bed.counter += 1
        self.bed = bed
        self.program = program or bed.tools['pptp']
        master, self.slave = os.openpty()
        tty.setraw(self.slave)
        words = [*bed.command(self.program, filtered), server, '--nolaunchpppd', *options]
        arguments = ['sh', '-c', 'exec ' + ' '.join(words)] if shell else words
        try:
            super().__init__(bed, arguments, netns, f'{bed.counter}-pptp', prefix=prefix,
                             environment=environment, stdin=master, stdout=master, **streams)
        finally:
            os.close(master)
        bed.processes.append(self)
        bed.closers.append(self.hang_up)

    def wait(self, seconds=5.0):
        status = super().wait(seconds)
        self.bed.settle_poptop(sum(1 for process in self.bed.processes
                                   if isinstance(process, PtyClient) and process.running()))
        return status

    def hang_up(self):
        """Closes our end of the terminal, as an ending pppd does."""
        if self.slave is not None:
            os.close(self.slave)
            self.slave = None

    def start_traffic(self, **plan):
        words = [self.bed.tools['standin'], 'traffic', *plan_words(plan)]
        return subprocess.Popen(words, stdin=self.slave, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, encoding='utf-8')

    def traffic(self, seconds=60, **plan):
        """Sends numbered frames and returns what came back (see traffic.c)."""
        return finish_traffic(self.start_traffic(**plan), seconds)

    def wait_up(self, seconds=5.0):
        """The tunnel is up once a frame came back."""
        report = self.traffic(count=int(allowed(seconds) * 20), gap_us=50000, window=1000000,
                              until_first=True, quiet_ms=500, run=999)
        if not report['received']:
            raise Failure(f'no frame came back within {seconds:g} s; status '
                          f'{self.popen.poll()}, log: {self.log().strip()[-600:]!r}')
        return report

    def stop(self, number=signal.SIGTERM, seconds=5.0):
        self.signal(number)
        return self.wait(seconds)


class LaunchClient(Process):
    """`pptp SERVER ... pppd options`, with a pppd of the test's first in PATH."""

    def __init__(self, bed, *arguments, server=SERVER, before=(), netns='client', program=None,
                 environment=None, **streams):
        bed.counter += 1
        self.bed = bed
        self.folder = f'{bed.folder}/launch-{bed.counter}'
        os.mkdir(self.folder)
        write_text(f'{self.folder}/pppd', f'#!/bin/sh\nexec {bed.tools["standin"]} pppd "$@"\n',
                   0o755)
        values = {'PATH': f'{self.folder}:{os.environ["PATH"]}', 'PPPD_STANDIN_DIR': self.folder,
                  **(environment or {})}
        words = [*bed.command(program or bed.tools['pptp']), *before, server, *arguments]
        super().__init__(bed, words, netns, f'{bed.counter}-pptp', environment=values, **streams)
        bed.processes.append(self)

    def pppd_arguments(self):
        data = read_text(f'{self.folder}/argv')
        return data.split('\0')[:-1]

    def wait_pppd(self, seconds=5.0):
        wait_for('pppd was started', lambda: os.path.exists(f'{self.folder}/orders'), seconds)
        return int(read_text(f'{self.folder}/pid'))

    def order(self, text, seconds=30.0):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as orders:
            orders.settimeout(seconds)
            orders.connect(f'{self.folder}/orders')
            orders.send(text.encode())
            reply = b''
            with contextlib.suppress(ConnectionResetError):
                while chunk := orders.recv(65536):
                    reply += chunk
        return json.loads(reply) if reply else None

    def traffic(self, seconds=30.0, **plan):
        return self.order(' '.join(['traffic', *plan_words(plan)]), seconds)

    def pppd_end(self):
        return read_text(f'{self.folder}/end').strip()

    def daemons(self):
        """What runs on after the command returned: orphans come to us."""
        return [pid for pid in children_of(os.getpid())
                if 'pptp' in os.path.basename(read_text(f'/proc/{pid}/cmdline').split('\0')[0])]


def plan_words(plan):
    words = []
    for name, value in plan.items():
        name = '--' + name.replace('_', '-')
        if value is True:
            words.append(name)
        elif value is not False:
            words.extend([name, str(value)])
    return words


def finish_traffic(process, seconds=60):
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failure(f'the traffic run did not end in {seconds} s') from None
    try:
        report = json.loads(out)
    except json.JSONDecodeError:
        raise Failure(f'no report of the traffic run: {out!r} {err!r}') from None
    if 'error' in report:
        raise Failure(f'the terminal is gone: {report["error"]}')
    return report


def connect(bed, server, *options, **more):
    """Starts a client in pty mode against the fake server and takes its call."""
    client = PtyClient(bed, *options, **more)
    connection = server.accept()
    try:
        connection.up()
    except Failure as failure:
        raise Failure(f'{failure}; log: {client.log().strip()[-400:]!r}') from None
    return client, connection


def hears(client, seconds=3):
    """A frame of the fake server comes through to our side."""
    report = client.traffic(count=0, until_first=True, quiet_ms=int(allowed(seconds) * 1000),
                            run=77)
    if report['received'] != 1:
        raise Failure(f'nothing comes through: {report}; log: {client.log().strip()[-400:]!r}')


def ended_within(process, seconds):
    """How long the process took to end, from now; fails when it takes longer."""
    start = time.monotonic()
    status = process.wait(seconds)
    return status, time.monotonic() - start


def clear_then_stop(kinds):
    """True when the client said Call-Clear-Request and then Stop-Control-Connection-Request."""
    wanted = [kind for kind in kinds if kind in (wire.CLEAR, wire.STOP_RQ)]
    return wanted == [wire.CLEAR, wire.STOP_RQ]
