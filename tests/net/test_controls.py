# SPDX-License-Identifier: MIT
"""Controls: where pptp-linux 1.10.0 shows a defect and this client does not.

A test passes only when the incumbent still shows its defect here, so that the bed proves itself.
"""

import os
import re
import time

import wire
from bed import Failure, Skip, check, wait_for
from capture import Capture
from client import LaunchClient, PtyClient, connect, finish_traffic
from fakeserver import FakeServer
from registry import THEIRS, test


def incumbent(bed):
    program = bed.tools['incumbent']
    if not os.path.exists(program):
        raise Skip('pptp-linux is not installed: the comparison was not made')
    return program


@test('control: pptp-linux leaves its host route behind, we do not', no_valgrind=THEIRS)
def host_route(bed):
    theirs = incumbent(bed)
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    client.stop()
    check(bed.routes() == routes, 'ours leaves a route behind')
    client = PtyClient(bed, program=theirs)
    client.wait_up()
    client.stop()
    wait_for('the incumbent ended', lambda: not client.running())
    check(bed.routes() != routes, 'the incumbent left no route behind')


@test('control: pptp-linux ignores --max-echo-wait, we do not', no_valgrind=THEIRS)
def max_echo_wait(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)

    def lost(program):
        client, connection = connect(bed, server, '--idle-wait', '1', '--max-echo-wait', '4',
                                     '--nohostroute', program=program)
        connection.send_gre(0)
        connection.expect(wire.ECHO_RQ, 3)
        start = time.monotonic()
        client.wait(12)
        return time.monotonic() - start, client

    took, client = lost(None)
    check(client.popen.returncode == 13, f'ours: exit status {client.popen.returncode}')
    check(3.5 < took < 5, f'ours ended {took:.1f} s after the Echo-Request, not 4 s')
    took, client = lost(theirs)
    check('not yet implemented' in client.log() and not 3.5 < took < 5,
          f'the incumbent waited {took:.1f} s as it was told')


@test('control: one stray packet far ahead blinds pptp-linux, not us', no_valgrind=THEIRS)
def stray(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)

    def numbers(program):
        client, connection = connect(bed, server, '--nobuffer', '--nohostroute', program=program)
        listening = client.start_traffic(count=0, quiet_ms=700, run=77)
        for number in (0, 1, 50000, 2, 3, 4):
            connection.send_gre(number)
        return finish_traffic(listening)['numbers']

    ours = numbers(None)
    check(ours == [0, 1, 2, 3, 4], f'ours: {ours}')
    blind = numbers(theirs)
    check(4 not in blind, f'the incumbent took {blind}')


@test('control: pptp-linux goes on with "--timeout 1x" and "--idle-wait abc", we refuse them',
      no_valgrind=THEIRS)
def wrong_values(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)
    for option, value in (('--timeout', '1x'), ('--idle-wait', 'abc')):
        client = PtyClient(bed, option, value)
        check(client.wait(3) == 2, f'ours: {option} {value}: {client.popen.returncode}')
        client = PtyClient(bed, option, value, '--nohostroute', program=theirs)
        try:
            server.accept(4).up()
        except Failure as failure:
            raise Failure(f'the incumbent with {option} {value}: {failure}') from None
        client.stop()


@test('control: pptp-linux says Call-Clear-Request only, we stop the control connection too',
      no_valgrind=THEIRS)
def teardown(bed):
    theirs = incumbent(bed)
    bed.poptop()

    def said(program):
        capture = Capture(bed, 'client', 'up0')
        client = PtyClient(bed, '--nohostroute', program=program)
        client.wait_up()
        client.stop()
        capture.stop()
        return capture.kinds('10.77.1.2')

    ours = said(None)
    check(ours[-2:] == [wire.CLEAR, wire.STOP_RQ], f'ours: {ours}')
    them = said(theirs)
    check(wire.STOP_RQ not in them, f'the incumbent: {them}')


@test('control: pptp-linux acknowledges late, we do at once', alone=True, no_valgrind=THEIRS)
def acknowledgment(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)

    def delay(program):
        client, connection = connect(bed, server, '--nohostroute', program=program)
        connection.send_gre(1)
        with_first = time.monotonic()
        while True:
            packet = connection.receive_gre(3, data_only=False)
            if packet.acknowledgment == 1:
                took = time.monotonic() - with_first
                client.stop()
                return took

    ours = delay(None)
    check(ours < 0.1, f'ours: {ours * 1000:.0f} ms')
    them = delay(theirs)
    check(them > 0.3, f'the incumbent: {them * 1000:.0f} ms')
    bed.notes.append(f'ours {ours * 1000:.1f} ms, pptp-linux {them * 1000:.0f} ms')


@test('control: pptp-linux goes on after a wrong magic cookie, we close the connection',
      no_valgrind=THEIRS)
def wrong_cookie(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)

    def after_wrong_cookie(program):
        client, connection = connect(bed, server, '--nohostroute', program=program)
        connection.send(wire.ECHO_RQ, magic=0x1A2B3C4E, identifier=1)
        try:
            return client.wait(3)
        except Failure:
            return None

    check(after_wrong_cookie(None) == 15, 'ours goes on')
    check(after_wrong_cookie(theirs) is None, 'the incumbent ended')


@test('control: launch mode of pptp-linux takes more than 1 s, ours does not', alone=True,
      no_valgrind=THEIRS)
def launch_time(bed):
    theirs = incumbent(bed)
    bed.poptop()
    bed.replace('/usr/sbin/pppd', f'#!/bin/sh\nexec {bed.tools["standin"]} pppd "$@"\n')
    os.chmod(f'{bed.folder}/over-{bed.counter}', 0o755)

    def took(program):
        start = time.monotonic()
        client = LaunchClient(bed, 'noauth', '--nohostroute', program=program)
        status = client.wait(10)
        check(status == 0, f'{program}: status {status}: {client.log()!r}')
        return time.monotonic() - start

    ours = took(None)
    check(ours < 0.5, f'ours: {ours:.2f} s')
    them = took(theirs)
    check(them >= 1, f'the incumbent: {them:.2f} s')
    bed.notes.append(f'ours {ours * 1000:.0f} ms, pptp-linux {them * 1000:.0f} ms')


@test('control: --help is an unknown option for pptp-linux', no_valgrind=THEIRS)
def help_option(bed):
    theirs = incumbent(bed)
    process = bed.start([bed.tools['pptp'], '--help'])
    check(process.wait() == 0, 'ours does not know it')
    process = bed.start([theirs, '--help'])
    check(process.wait() != 0 and re.search('unrecognized', process.log()),
          'the incumbent knows it')
