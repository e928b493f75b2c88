# SPDX-License-Identifier: MIT
"""The clients that are compared, each in namespaces of its own, and the programs that load them."""

import contextlib
import json
import os
import select
import subprocess
import time

from isolation import Pair, inside


URGENT = ('nice', '-n', '-15')


class Broken(Exception):
    """The benchmark itself, or a client in it, does not work."""


class Contender:
    """One client: ours, pptp-linux, or the floor."""

    def __init__(self, name, number, command, tools, log):
        self.name = name
        self.command = command      # a function of the server's address and the frame size
        self.pair = Pair(number)
        self.peer_program = f'{tools}/bench_peer'
        self.log = log

    def arguments(self, scenario, size, **options):
        words = [self.peer_program, '--address', self.pair.server_address,
                 '--client', self.pair.client_address,
                 '--netns', f'/run/netns/{self.pair.client}', '--log', self.log,
                 '--size', str(size)]
        for key, value in options.items():
            words += [f'--{key.replace("_", "-")}', str(value)]
        return [*words, scenario, '--', *self.command(self.pair.server_address, size)]

    def start(self, scenario, size, before=(), **options):
        return Peer(self, [*before, *self.arguments(scenario, size, **options)])

    def measure(self, scenario, size=1400, limit=60, **options):
        """Runs a scenario to its end, for at most `limit` seconds; returns what it printed.

        It and the client go before other work of the machine: what is measured here are times, and
        little else is done meanwhile.
        """
        peer = self.start(scenario, size, before=URGENT, **options)
        try:
            return peer.answer(limit)
        finally:
            peer.close()


class Peer:
    """A running load program: takes lines, answers with lines of JSON."""

    def __init__(self, contender, arguments):
        self.name = contender.name
        self.log = contender.log
        self.buffer = b''
        with inside(contender.pair.server), open(self.log, 'ab') as log:
            self.popen = subprocess.Popen(arguments, stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=log)

    def answer(self, seconds):
        deadline = time.monotonic() + seconds
        stream = self.popen.stdout.fileno()
        while b'\n' not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                raise Broken(f'{self.name}: no result within {seconds:g} s')
            data = os.read(stream, 65536)
            if not data:
                raise Broken(f'{self.name}: ended without a result; its log ends: '
                             f'{self.last_log()}')
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        return json.loads(line)

    def ask(self, command, seconds):
        with contextlib.suppress(BrokenPipeError):      # what it said last tells why
            self.popen.stdin.write(f'{command}\n'.encode())
            self.popen.stdin.flush()
        return self.answer(seconds)

    def last_log(self):
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()[-600:].strip()

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.popen.stdin.close()
        try:
            self.popen.wait(8)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.popen.stdout.close()
