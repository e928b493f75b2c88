# SPDX-License-Identifier: MIT
"""The client against a real poptop server, in pty mode."""

import signal
import time

import wire
from bed import CLIENT, SERVER, allowed, check
from capture import Capture
from client import PtyClient, clear_then_stop, connect, finish_traffic
from fakeserver import FakeServer
from registry import test


def check_whole(report, count):
    """All frames came back, intact and in order."""
    check(report['received'] == count and report['distinct'] == count,
          f'{report["distinct"]} of {count} frames came back: {report}')
    check(report['late'] == 0 and report['duplicate'] == 0, f'out of order: {report}')
    check(report['corrupt'] == 0 and report['bad_fcs'] == 0 and report['aborted'] == 0,
          f'damaged frames: {report}')


@test('poptop: call up, 2000 frames each way intact and in order', seconds=60)
def frames_both_ways(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    report = client.traffic(count=2000, size_min=60, size_max=1400, window=16)
    check_whole(report, 2000)
    bed.notes.append(f'latency in us, there and back: {report["latency_us"]}')


@test('poptop: every octet value, flags and escapes pass unchanged, with and without ACCM')
def all_octets(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    for run, pattern in enumerate(('count', 'flags', 'zero', 'random')):
        for accm in ('0', 'ffffffff'):
            report = client.traffic(count=60, size_min=300, size_max=1400, pattern=pattern,
                                    accm=accm, run=10 * run + len(accm))
            check_whole(report, 60)


@test('poptop: a frame with a wrong FCS is not tunnelled, the others are')
def wrong_fcs(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    report = client.traffic(count=100, spoil=10)
    check(report['spoiled'] == 10, f'the test spoiled {report["spoiled"]} frames')
    check(report['received'] == 90 and report['corrupt'] == 0 and report['late'] == 0,
          f'not exactly the 90 good frames came back: {report}')


def ends_by_the_book(bed, number):
    bed.poptop()
    routes = bed.routes()
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed)
    client.wait_up()
    start = time.monotonic()
    status = client.stop(number, 3)
    took = time.monotonic() - start
    check(status == 0, f'exit status {status}')
    check(took < allowed(2), f'the end took {took:.2f} s')
    capture.stop()
    kinds = capture.kinds(CLIENT)
    check(clear_then_stop(kinds), f'the client said {[wire.NAMES[kind] for kind in kinds]}')
    check(bed.routes() == routes, f'routes before:\n{routes}after:\n{bed.routes()}')
    bed.notes.append(f'from signal to end: {took * 1000:.0f} ms')


@test('poptop: SIGTERM clears the call, stops the control connection, ends with 0 in under 2 s')
def sigterm(bed):
    ends_by_the_book(bed, signal.SIGTERM)


@test('poptop: SIGINT clears the call, stops the control connection, ends with 0 in under 2 s')
def sigint(bed):
    ends_by_the_book(bed, signal.SIGINT)


@test('poptop: SIGHUP clears the call, stops the control connection, ends with 0 in under 2 s')
def sighup(bed):
    ends_by_the_book(bed, signal.SIGHUP)


@test('poptop: SIGQUIT clears the call, stops the control connection, ends with 0 in under 2 s')
def sigquit(bed):
    ends_by_the_book(bed, signal.SIGQUIT)


@test('poptop: pppd closes the terminal: the call is cleared, exit 0, routes as before')
def terminal_closed(bed):
    bed.poptop()
    routes = bed.routes()
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed)
    client.wait_up()
    client.hang_up()
    status = client.wait(3)
    check(status == 0, f'exit status {status}')
    capture.stop()
    kinds = capture.kinds(CLIENT)
    check(clear_then_stop(kinds), f'the client said {[wire.NAMES[kind] for kind in kinds]}')
    check(bed.routes() == routes, 'the route table is not as before')


@test('poptop: two tunnels from one host to one server at once')
def two_tunnels(bed):
    bed.poptop()
    clients = two_clients(bed)
    both_carry(clients)
    check(clients[0].stop() == 0, 'the first did not end well')
    check_whole(clients[1].traffic(count=200, run=7), 200)
    check(clients[1].stop() == 0, 'the second did not end well')


def two_clients(bed):
    """Two at once, both up. Their Call IDs are random: where they are equal, both start again."""
    capture = Capture(bed, 'client', 'up0')
    for count in (2, 4, 6):
        clients = [PtyClient(bed), PtyClient(bed)]
        capture.wait_control(wire.OCRQ, CLIENT, count=count)
        requests = [item.message for item in capture.control(CLIENT) if item.kind == wire.OCRQ]
        if requests[-1].call_id != requests[-2].call_id:
            break
        for client in clients:
            client.stop()
    capture.stop()
    for client in clients:
        client.wait_up()
    return clients


def both_carry(clients):
    """Traffic through all clients at the same time, each with its own numbers.

    Not more than this: every child of poptop hears the packets of all calls, and on a busy machine
    one that waits for its turn loses its own when its socket is full of the others'.
    """
    runs = [client.start_traffic(count=100, size_min=100, size_max=600, run=100 + index)
            for index, client in enumerate(clients)]
    for run in runs:
        check_whole(finish_traffic(run), 100)


@test('tshark finds nothing malformed in a whole session: control, GRE and PPP')
def nothing_malformed(bed):
    bed.poptop()
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed, '--idle-wait', '1', '--max-echo-wait', '5')
    client.wait_up()
    check_whole(client.traffic(count=300, size_min=60, size_max=1400), 300)
    capture.wait_control(wire.ECHO_RP, SERVER, seconds=5)
    client.stop()
    capture.stop()
    path = f'{bed.folder}/session.pcap'
    capture.write_pcap(path)
    found = bed.run(['tshark', '-r', path, '-Y',
                     '_ws.malformed || (_ws.expert.severity >= 6291456 && !(tcp.flags.reset == 1))',
                     '-T', 'fields',
                     '-e', 'frame.number', '-e', '_ws.expert.message', '-e', '_ws.col.Info'])
    check(not found.strip(), f'tshark: {found.strip()[:800]}')
    seen = bed.run(['tshark', '-r', path, '-Y', f'pptp && ip.src == {CLIENT}', '-T', 'fields',
                    '-e', 'pptp.control_message_type'])
    kinds = [int(word) for word in seen.replace(',', ' ').split()]
    wanted = [wire.SCCRQ, wire.OCRQ, wire.ECHO_RQ, wire.CLEAR, wire.STOP_RQ]
    check([kind for kind in wanted if kind not in kinds] == [],
          f'tshark saw only the control messages {kinds}')
    frames = bed.run(['tshark', '-r', path, '-Y', 'gre && lcp', '-T', 'fields',
                      '-e', 'frame.number'])
    check(len(frames.split()) >= 600, f'tshark saw {len(frames.split())} LCP frames in GRE')


@test('a call is answered by acknowledgments in good time, also without data of our own')
def prompt_acknowledgment(bed):
    server = FakeServer(bed)
    _, connection = connect(bed, server)
    connection.answer()
    start = time.monotonic()
    for number in range(20):
        connection.send_gre(number)
    while True:
        packet = connection.receive_gre(2, data_only=False)
        if packet.acknowledgment == 19:
            break
    took = time.monotonic() - start
    check(took < allowed(0.2), f'the acknowledgment took {took * 1000:.0f} ms')
    connection.send_gre(20)
    packet = connection.receive_gre(2, data_only=False)
    check(packet.acknowledgment == 20, f'{packet} instead of an acknowledgment of 20')
