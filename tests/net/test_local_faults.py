# SPDX-License-Identifier: MIT
"""A pppd that stands still, dawdles, babbles or dies in mid-frame; a client that was suspended."""

import os
import random
import select
import signal
import time

from attack import Cost, Stream, call, carries
from bed import CLIENT, allowed, check, process_state, wait_for
from capture import Capture
from client import ended_within, finish_traffic
from registry import test

FLAG = 0x7e


def check_order(report, least):
    check(report['late'] == 0, f'out of order, or twice: {report}')
    check(report['corrupt'] <= 1, f'damaged frames: {report}')
    check(report['received'] >= least, f'only {report["received"]} frames came: {report}')


@test('pppd does not read for 3 s while the server sends: bounded, then everything goes on')
def not_reading(bed):
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '2')
    cost = Cost(bed, client)
    stream = Stream(connection, 40, 0.0005)
    connection.server.drain_gre()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        check(client.running(), f'it ended: {client.log().strip()[-300:]!r}')
        time.sleep(0.1)
    sent = stream.stop()
    cost.check(f'{sent} frames that pppd does not read', 0.3, sent, lines=0)
    report = client.traffic(count=0, quiet_ms=500, run=77)
    check_order(report, 1)
    bed.notes.append(f'{report["received"]} of {sent} frames came in the end')
    carries(client, connection, 40 + sent)


@test('pppd does not read for 3 s, but writes: what it says still gets out')
def not_reading_but_writing(bed):
    client, connection = call(bed)
    stream = Stream(connection, 40, 0.0005)
    time.sleep(1)                       # until its terminal is full; how long is what is tested
    connection.server.drain_gre()
    os.set_blocking(client.slave, False)
    for number in range(10):
        os.write(client.slave, hdlc_frame(number))
        packet = connection.receive_gre(2)
        check(packet.payload[-1] == number, f'{packet} instead of frame {number}')
    sent = stream.stop()
    check_order(client.traffic(count=0, quiet_ms=500, run=77), 1)
    carries(client, connection, 40 + sent)


@test('pppd reads one octet at a time: frames come whole and in order, the client does not spin')
def reads_octets(bed):
    client, connection = call(bed)
    cost = Cost(bed, client)
    stream = Stream(connection, 40, 0.01)
    frames, data = 0, b''
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if select.select([client.slave], [], [], 0.1)[0]:
            octet = os.read(client.slave, 1)
            frames += octet == b'~' and len(data) > 0
            data = b'' if octet == b'~' else data + octet
    sent = stream.stop()
    cost.check(f'{frames} of {sent} frames, octet by octet', 0.3, sent, lines=0)
    check(frames > 50, f'only {frames} frames came')
    report = client.traffic(count=0, quiet_ms=500, run=77)
    check_order(report, 0)
    carries(client, connection, 40 + sent)


@test('pppd reads one octet at a time of more than it can take: memory and CPU are bounded')
def reads_octets_of_many(bed):
    client, connection = call(bed)
    cost = Cost(bed, client)
    stream = Stream(connection, 40, 0.0002)
    # Slower than the stream on any machine: at most 40,000 octets a second.
    count, start, elapsed = 0, time.monotonic(), 0
    while elapsed < 1.5:
        wanted = [client.slave] if count < 40000 * elapsed else []
        if select.select(wanted, [], [], 0.01)[0]:
            count += len(os.read(client.slave, 1))
        elapsed = time.monotonic() - start
    sent = stream.stop()
    # The terminal wakes the writer for pieces, not for each octet.
    cost.check(f'{sent} frames, of which {count} octets were read', 0.3, sent, lines=0)
    check_order(client.traffic(count=0, quiet_ms=500, run=77), 1)
    carries(client, connection, 40 + sent)


# -- what pppd writes ----------------------------------------------------------------------------

def fcs16(data):
    fcs = 0xffff
    for octet in data:
        fcs ^= octet
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    return fcs ^ 0xffff


def hdlc_frame(number, size=40):
    body = b'\xff\x03\xc0\x21' + bytes(size - 5) + bytes([number])
    fcs = fcs16(body)
    body += bytes([fcs & 255, fcs >> 8])
    out = bytearray([FLAG])
    for octet in body:
        out += bytes([0x7d, octet ^ 0x20]) if octet < 0x20 or octet in (0x7d, 0x7e) \
            else bytes([octet])
    return bytes(out + bytes([FLAG]))


def write_all(client, data, seconds=10.0):
    os.set_blocking(client.slave, False)
    deadline, left = time.monotonic() + seconds, memoryview(data)
    while left:
        check(time.monotonic() < deadline, f'the client takes no more, {len(left)} octets left')
        if select.select([], [client.slave], [], 0.5)[1]:
            left = left[os.write(client.slave, left):]


def next_frame_passes(connection, client, number):
    write_all(client, hdlc_frame(number))
    packet = connection.receive_gre(2)
    check(packet.payload[-1] == number and packet.payload[:2] == b'\xff\x03', f'{packet}')


@test('pppd writes 4 MiB without a flag: dropped, bounded; the next frame passes')
def endless_frame(bed):
    client, connection = call(bed)
    cost = Cost(bed, client)
    write_all(client, b'U' * (4 << 20))
    next_frame_passes(connection, client, 1)
    cost.check('4 MiB without a flag', 0.3, lines=0)
    carries(client, connection, 40)


@test('pppd writes garbage, escapes and flags without end: no frame of it gets out')
def garbage(bed):
    client, connection = call(bed)
    cost = Cost(bed, client)
    capture = Capture(bed, 'client', 'up0')
    for data in (b'~' * (1 << 20), b'}' * (1 << 20), b'~}' * (1 << 19), b'~\xff\x03' * (1 << 18),
                 random.Random(2).randbytes(1 << 19)):
        write_all(client, data)
    next_frame_passes(connection, client, 1)
    cost.check('4 MiB of flags, escapes and noise', 0.5, lines=0)
    # The FCS has 16 bits and noise may get lucky: this noise does not.
    sent = [packet for packet in capture.gre(source=CLIENT) if packet.gre.sequence is not None]
    check(len(sent) == 1, f'{len(sent) - 1} frames of garbage were sent')
    carries(client, connection, 40)


@test('pppd closes its terminal in mid-frame: nothing of the frame is sent, status 0')
def closed_in_mid_frame(bed):
    client, connection = call(bed)
    capture = Capture(bed, 'client', 'up0')
    write_all(client, hdlc_frame(7) + hdlc_frame(8)[:20])
    packet = connection.receive_gre(2)
    check(packet.payload[-1] == 7, f'{packet}')
    client.hang_up()
    status, took = ended_within(client, 3)
    check(status == 0 and took < allowed(2), f'status {status} after {took:.2f} s')
    capture.stop()
    sent = [packet for packet in capture.gre(source=CLIENT) if packet.gre.sequence is not None]
    check(len(sent) == 1, f'{len(sent)} data packets were sent')


@test('pppd closes its terminal while it is flooded: status 0, under 2 s')
def closed_in_flood(bed):
    client, connection = call(bed)
    stream = Stream(connection, 40, 0.0002)
    time.sleep(0.5)                     # until its terminal is full; how long is what is tested
    client.hang_up()
    status, took = ended_within(client, 3)
    stream.stop()
    check(status == 0 and took < allowed(2), f'status {status} after {took:.2f} s')


# -- the client itself ---------------------------------------------------------------------------

@test('the client is suspended for 3 s under traffic: then everything goes on')
def suspended(bed):
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '2')
    cost = Cost(bed, client)
    stream = Stream(connection, 40, 0.0005)
    client.signal(signal.SIGSTOP)
    wait_for('the client stands still', lambda: process_state(client.pid) == 'T')
    time.sleep(3)                       # as long as it would take to miss an Echo-Reply
    listening = client.start_traffic(count=0, quiet_ms=600, run=77)
    client.signal(signal.SIGCONT)
    sent = stream.stop()
    report = finish_traffic(listening)
    check_order(report, 1)
    bed.notes.append(f'{report["received"]} of {sent} frames arrived')
    cost.check(f'{sent} frames that waited', 0.3, sent, memory=6 << 10, lines=0)
    carries(client, connection, 40 + sent)
