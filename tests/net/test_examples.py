# SPDX-License-Identifier: MIT
"""Every example of the examples folder does what it says."""

import os
import re
import subprocess

from bed import GATEWAY, SERVER, Skip, check, wait_for, write_text
from capture import Capture
from client import PtyClient
from registry import test


def example(bed, name):
    """The words that start it."""
    path = f'{bed.tools["examples"]}/example-{name}'
    if not os.path.exists(path):
        raise Skip(f'example {name}: it was not built, its library is not here')
    return bed.command(path)


def test_server(bed, *arguments):
    server = bed.start([*example(bed, 'testserver'), SERVER, *arguments], 'server', 'testserver')
    wait_for('the server listens', lambda: 'listening' in server.output())
    return server


def expect(process, pattern, status=0, seconds=15):
    ended = process.wait(seconds)
    check(ended == status, f'status {ended}: {process.output()[-400:]} {process.log()[-400:]}')
    check(re.search(pattern, process.output(), re.S), f'it printed: {process.output()[-600:]!r}')


@test('examples: minimal connects to poptop, prints events, ends the call')
def minimal(bed):
    bed.poptop()
    program = bed.start([*example(bed, 'minimal'), SERVER, '1'], 'client')
    expect(program, r'connecting to.*control connection up.*call up.*closed')


@test('examples: minimal says why a server cannot be reached')
def minimal_fails(bed):
    program = bed.start([*example(bed, 'minimal'), SERVER, '5'], 'client')
    expect(program, r'closed: cannot connect to .*refused', status=1)


@test('examples: status prints what is known of the call, and each statistic')
def status(bed):
    bed.poptop()
    program = bed.start([*example(bed, 'status'), SERVER], 'client')
    expect(program, rf'{SERVER} \({SERVER}, .*\): connected\ncall \d+, the server\'s \d+, '
                    r'GRE arrives\n.*closed')
    printed = program.output()
    values = dict(re.findall(r'^(\w+) (\d+) \w+: ', printed, re.M))
    check(int(values['rx_accepted']) > 0, f'no packet was counted: {printed}')
    check(list(values)[0] == 'rx_accepted' and list(values)[-1] == 'tx_window_timeouts',
          f'some are missing: {printed}')


@test('examples: frames gets an answer to its LCP Echo-Request')
def frames(bed):
    test_server(bed)
    program = bed.start([*example(bed, 'frames'), SERVER], 'client')
    expect(program, r'LCP code 2.*LCP code 10')


@test('examples: epoll carries the frames of 50 tunnels there and back')
def epoll(bed):
    server = test_server(bed, '50')
    program = bed.start([*example(bed, 'epoll'), SERVER, '50', '200'], 'client')
    expect(program, r'50 of 50 tunnels carried 200 frames')
    expect(server, r'50 calls served, 10000 frames')


@test('examples: testserver only counts when told so', patient=True)
def counting(bed):
    server = test_server(bed, '1', 'count')
    program = bed.start([*example(bed, 'epoll'), SERVER, '1', '1'], 'client')
    expect(program, r'0 of 1 tunnels', status=1)
    expect(server, r'1 calls served, 1 frames')


def carries_ppp(bed, name):
    """As `pppd pty 'example NAME SERVER'`, with frames from end to end and a clean end."""
    bed.poptop()
    script = f'{bed.folder}/example-client'
    write_text(script, f'#!/bin/sh\nexec {" ".join(example(bed, name))} "$1"\n', 0o755)
    client = PtyClient(bed, program=script)
    client.wait_up()
    report = client.traffic(count=500, size_min=60, size_max=1400, window=16)
    check(report['received'] == 500 and report['late'] == 0 and report['corrupt'] == 0,
          f'frames are lost or damaged: {report}')
    status = client.stop()
    check(status == 0, f'status {status} after SIGTERM: {client.log()[-300:]}')


@test('examples: glib carries PPP in a GLib main loop and ends by SIGTERM')
def glib(bed):
    carries_ppp(bed, 'glib')


@test('examples: libuv carries PPP in a libuv loop and ends by SIGTERM')
def libuv(bed):
    carries_ppp(bed, 'libuv')


@test('examples: decode-pcap prints a captured session')
def decode_pcap(bed):
    decoder = example(bed, 'decode-pcap')
    capture = Capture(bed, 'client', 'up0')
    test_server(bed)
    program = bed.start([*example(bed, 'frames'), SERVER], 'client')
    expect(program, r'LCP code 10')
    capture.stop()
    path = f'{bed.folder}/session.pcap'
    capture.write_pcap(path)
    printed = bed.run([*decoder, path])
    names = re.findall(r'(?:Start|Outgoing|Call|Stop)-[\w-]+', printed)
    wanted = ['Start-Control-Connection-Request', 'Start-Control-Connection-Reply',
              'Outgoing-Call-Request', 'Outgoing-Call-Reply', 'Call-Clear-Request',
              'Call-Disconnect-Notify', 'Stop-Control-Connection-Request',
              'Stop-Control-Connection-Reply']
    check(names == wanted, f'messages printed: {names}')
    check(re.search(r'GRE for call \d+, number 0, \d+ octets', printed), 'no GRE packet printed')


@test('examples: route pins the host route and removes it')
def route(bed):
    program = bed.start([*example(bed, 'route'), SERVER], 'client', stdin=subprocess.PIPE)
    wait_for('the route is there', lambda: f'{SERVER} via {GATEWAY}' in bed.routes())
    program.popen.stdin.close()
    check(program.wait(10) == 0, program.log())
    check(not bed.host_routes(), f'a route is left: {bed.host_routes()}')
