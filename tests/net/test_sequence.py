# SPDX-License-Identifier: MIT
"""What the client makes of GRE packets that are lost, swapped, repeated, stray or not for it."""

import socket
import struct
import time

from bed import CLIENT, SERVER2, Failure, allowed, check
from capture import Capture
from client import PtyClient, connect, finish_traffic
from fakeserver import FakeServer, lcp_frame
from registry import TIME, test


def play(bed, numbers, *options, gap=0.0, quiet_ms=700):
    """Sends frames with these sequence numbers; returns what arrived at pppd's side."""
    server = FakeServer(bed)
    client, connection = connect(bed, server, *options)
    connection.answer()
    listening = client.start_traffic(count=0, quiet_ms=quiet_ms, run=77)
    for number in numbers:
        connection.send_gre(number)
        if gap:
            time.sleep(gap)
    report = finish_traffic(listening)
    check(client.running(), f'the client ended: {client.log().strip()[-300:]!r}')
    check(report['corrupt'] == 0 and report['foreign'] == 0, f'strange frames: {report}')
    return report


def arrived(report, wanted):
    check(report['numbers'] == wanted, f'{report["numbers"]} arrived instead of {wanted}')


@test('sequence: any first number is taken: 0, 1, 77777, 4294967290')
def first_number(bed):
    server = FakeServer(bed)
    for first in (0, 1, 77777, 0xfffffffa):
        client, connection = connect(bed, server)
        connection.answer()
        listening = client.start_traffic(count=0, quiet_ms=300, run=77)
        for number in range(first, first + 3):
            connection.send_gre(number)
        arrived(finish_traffic(listening), list(range(first, first + 3)))
        client.stop()


@test('sequence: across the wrap from 4294967295 to 0 nothing is lost or late')
def wrap(bed):
    report = play(bed, range(0xfffffff0, 0x100000010))
    arrived(report, [number & 0xffffffff for number in range(0xfffffff0, 0x100000010)])


@test('sequence: swapped packets are put in order again, at once')
def swapped(bed):
    report = play(bed, [0, 1, 3, 2, 4, 7, 6, 5, 8])
    arrived(report, list(range(9)))
    check(report['latency_us']['max'] < allowed(150000), f'held too long: {report["latency_us"]}')


@test('sequence: duplicates arrive once')
def duplicates(bed):
    arrived(play(bed, [0, 1, 1, 2, 0, 2, 3, 3, 3, 4]), [0, 1, 2, 3, 4])


@test('sequence: without --timeout a lost packet holds the others only shortly')
def lost_default(bed):
    report = play(bed, [0, 1, 3, 4, 5])
    arrived(report, [0, 1, 3, 4, 5])
    held = report['latency_us']['max'] / 1e6
    check(0.004 < held < allowed(0.2), f'held for {held:.3f} s')


@test('sequence: --timeout 0.3: a lost packet holds the others for the classic 0.3 s')
def lost_classic(bed):
    report = play(bed, [0, 1, 3, 4, 5], '--timeout', '0.3')
    arrived(report, [0, 1, 3, 4, 5])
    held = report['latency_us']['max'] / 1e6
    check(0.25 < held < allowed(0.55), f'held for {held:.3f} s')


@test('sequence: --timeout 1: a lost packet holds the others for 1 s')
def lost_long(bed):
    report = play(bed, [0, 1, 3, 4, 5], '--timeout', '1', quiet_ms=2000)
    arrived(report, [0, 1, 3, 4, 5])
    held = report['latency_us']['max'] / 1e6
    check(0.9 < held < allowed(1.4), f'held for {held:.3f} s')


@test('sequence: --timeout 0.05: a lost packet holds the others for 50 ms')
def lost_short(bed):
    report = play(bed, [0, 1, 3, 4, 5], '--timeout', '0.05')
    arrived(report, [0, 1, 3, 4, 5])
    held = report['latency_us']['max'] / 1e6
    check(0.03 < held < allowed(0.2), f'held for {held:.3f} s')


@test('sequence: a packet that comes after its place was given up is not delivered')
def too_late(bed):
    arrived(play(bed, [0, 2, 1, 3], '--timeout', '0.05', gap=0.15), [0, 2, 3])


@test('sequence: --nobuffer: what is ahead is taken at once, what is behind is dropped')
def nobuffer(bed):
    report = play(bed, [0, 2, 1, 3, 5, 4, 6], '--nobuffer')
    arrived(report, [0, 2, 3, 5, 6])
    check(report['latency_us']['max'] < allowed(150000), f'held too long: {report["latency_us"]}')


@test('sequence: --nobuffer: --timeout is ignored')
def nobuffer_timeout(bed):
    report = play(bed, [0, 2, 3], '--nobuffer', '--timeout', '5')
    arrived(report, [0, 2, 3])
    check(report['latency_us']['max'] < allowed(150000), f'held too long: {report["latency_us"]}')


@test('sequence: one stray packet far ahead does not blind the receiver')
def stray(bed):
    report = play(bed, [0, 1, 50000, 2, 3, 4, 0x70000000, 5, 6])
    arrived(report, [0, 1, 2, 3, 4, 5, 6])
    check(report['latency_us']['max'] < allowed(150000), f'held too long: {report["latency_us"]}')


@test('sequence: one stray packet with --nobuffer does not blind the receiver')
def stray_nobuffer(bed):
    arrived(play(bed, [0, 1, 50000, 2, 3, 4], '--nobuffer'), [0, 1, 2, 3, 4])


@test('sequence: the peer starts again from 0: consecutive packets over some time are believed')
def restart(bed):
    report = play(bed, [*range(100000, 100010), *range(40)], gap=0.04)
    got = report['numbers']
    check(got[:10] == list(range(100000, 100010)), f'{got}')
    rest = got[10:]
    check(rest and rest == list(range(rest[0], 40)), f'after the restart: {rest}')
    check(rest[0] <= 20, f'it took {rest[0]} packets')


@test('sequence: a burst of old packets played again is not taken for a restart')
def replayed(bed):
    arrived(play(bed, [*range(500, 530), *range(500, 520), 530, 531]), list(range(500, 532)))


@test('sequence: a real jump far ahead: consecutive packets find the new place')
def jump(bed):
    report = play(bed, [*range(10), *range(1000000, 1000040)], gap=0.01)
    rest = report['numbers'][10:]
    check(rest and rest == list(range(rest[0], 1000040)), f'after the jump: {rest}')
    check(rest[0] <= 1000020, f'it took {rest[0] - 1000000} packets')


@test('sequence: --missing-window 10: 8 ahead is taken, 15 ahead is not')
def missing_window(bed):
    arrived(play(bed, [0, 1, 9, 10], '--missing-window', '10'), [0, 1, 9, 10])


@test('sequence: --missing-window 10: a packet 15 ahead is dropped')
def missing_window_over(bed):
    arrived(play(bed, [0, 1, 17, 2, 3], '--missing-window', '10'), [0, 1, 2, 3])


@test('sequence: --missing-window 6000: 5000 ahead is taken')
def missing_window_wide(bed):
    arrived(play(bed, [0, 1, 5001, 5002], '--missing-window', '6000'), [0, 1, 5001, 5002])


@test('sequence: GRE for another call, from another address, or damaged, changes nothing')
def not_for_us(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    connection.answer()
    with bed.inside('server'):
        other = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    other.bind((SERVER2, 0))
    bed.closers.append(other.close)
    listening = client.start_traffic(count=0, quiet_ms=700, run=77)
    call = connection.client_call_id
    frame = lcp_frame(1)

    def raw(data, through=server.gre):
        through.sendto(data, (CLIENT, 0))

    connection.send_gre(0)
    connection.send_gre(1, call_id=call ^ 0x5555)
    raw(struct.pack('>HHHHI', 0x3001, 0x880B, len(frame), call, 1) + frame, other)
    raw(struct.pack('>HHHHI', 0x3000, 0x880B, len(frame), call, 1) + frame)     # version 0
    raw(struct.pack('>HHHHI', 0x3001, 0x0800, len(frame), call, 1) + frame)     # not PPP
    raw(struct.pack('>HHHHI', 0xB001, 0x880B, len(frame), call, 1) + frame)     # checksum bit
    raw(struct.pack('>HHHHI', 0x3001, 0x880B, len(frame) + 1, call, 1) + frame)  # too short
    raw(struct.pack('>HHHH', 0x3001, 0x880B, 0, call))                          # no sequence
    raw(b'\x30\x01\x88')
    connection.send_gre(1)
    connection.send_gre(2)
    arrived(finish_traffic(listening), [0, 1, 2])


@test('a server with a window of 0 or 3 that never acknowledges does not stop us')
def window_not_obeyed(bed):
    server = FakeServer(bed)
    for window in (0, 3):
        capture = Capture(bed, 'client', 'up0')
        client = PtyClient(bed)
        connection = server.accept()
        connection.start_control()
        connection.take_call(window=window)
        connection.answer()
        client.traffic(count=200, one_way=True, gap_us=500)
        capture.wait_packets('200 data packets', lambda packet: packet.source == CLIENT and
                             packet.gre and packet.gre.sequence is not None, 200)
        capture.stop()
        client.stop()


@test('--window 4: half of it goes out, more with each acknowledgment; a time-out frees them all',
      alone=True, no_valgrind=TIME)
def window_obeyed(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server, '--window', '4')
    connection.answer()
    client.start_traffic(count=200, one_way=True, gap_us=500)

    def sent(seconds):
        """The numbers of what comes within so many seconds."""
        numbers, deadline = [], time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                numbers.append(connection.receive_gre(left).sequence)
            except Failure:
                break
        return numbers

    # 4.4.1: the first time-out is 250 ms, as the server says no delay.
    numbers = [connection.receive_gre().sequence, *sent(0.1)]
    check(numbers == [0, 1], f'{numbers} went out at first, not half a window')
    connection.send_gre(acknowledgment=1)
    numbers = sent(0.05)
    check(2 <= len(numbers) <= 3, f'{numbers} after the acknowledgment of 1')
    numbers += sent(3)
    check(len(numbers) > 20, f'{numbers}: a server that acknowledges no more stops the client')
    check(numbers == list(range(2, 2 + len(numbers))), f'{numbers}')


# -- the sending side ---------------------------------------------------------------------------

def sent_order(bed, kind, rate, count):
    server = FakeServer(bed)
    capture = Capture(bed, 'client', 'up0')
    client, connection = connect(bed, server, '--test-type', str(kind), '--test-rate', str(rate))
    connection.answer()
    client.traffic(count=count, one_way=True, gap_us=1000)

    def data(packet):
        return packet.source == CLIENT and packet.gre and packet.gre.sequence is not None

    packets = capture.wait_packets('data packets', data, count - 20)
    numbers = [packet.gre.sequence for packet in packets]
    frames = [struct.unpack_from('>I', packet.gre.payload, 16)[0] for packet in packets]
    return numbers, frames


def disorder(numbers):
    """Where the numbers leave the order, counted from the number before: [+2, +1] for 6 5."""
    at = next((index for index in range(1, len(numbers))
               if numbers[index] != numbers[index - 1] + 1), None)
    if at is None:
        return None, numbers, None
    base = numbers[at - 1]
    return base, [number - base for number in numbers[at:]], at


@test('--test-type 0: sent in order')
def test_type_0(bed):
    numbers, _ = sent_order(bed, 0, 10, 60)
    check(numbers == list(range(numbers[0], numbers[0] + len(numbers))), f'{numbers}')
    check(numbers[0] in (0, 1), f'the first sequence number is {numbers[0]}')


def check_type(bed, kind, wanted):
    numbers, frames = sent_order(bed, kind, 20, 100)
    _, steps, at = disorder(numbers)
    check(steps[:len(wanted)] == wanted, f'{numbers}: {steps[:len(wanted)]} instead of {wanted}')
    check(15 <= at <= 25, f'the first disorder after {at} packets at a rate of 20')
    first = numbers[0]
    check(all(number - first == frame for number, frame in zip(numbers, frames)),
          'a frame does not keep its sequence number')
    return numbers, at


@test('--test-type 1: a single swap: 1 2 3 4 6 5 7 8 9')
def test_type_1(bed):
    numbers, at = check_type(bed, 1, [2, 1, 3, 4, 5])
    rest = numbers[at + 2:]
    check(any(b != a + 1 for a, b in zip(rest, rest[1:])), 'it happened only once')


@test('--test-type 2: ten packets out of order but ascending: 1 2 3 4 16 6 7 ... 15 17')
def test_type_2(bed):
    check_type(bed, 2, [12, *range(2, 12), 13, 14])


@test('--test-type 3: ten packets in reverse order: 1 2 3 4 16 15 ... 6 5 17')
def test_type_3(bed):
    check_type(bed, 3, [*range(12, 0, -1), 13, 14])
