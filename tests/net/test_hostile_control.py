# SPDX-License-Identifier: MIT
"""A server whose control connection floods, lies, stalls or never ends a sentence."""

import contextlib
import socket
import struct
import time

import wire
from attack import Cost, call, carries, is_heard
from bed import Failure, allowed, check, wait_for
from client import PtyClient, connect, ended_within
from fakeserver import CALL_ID, FakeServer
from registry import test
from test_failures import expect_end


def up(bed, *options):
    client, connection = call(bed, *options, answer=False)
    return client, connection, Cost(bed, client)


def unknown_message(length=16, kind=99, filler=b'\xaa'):
    return struct.pack('>HHIHH', length, 1, wire.MAGIC, kind, 0) + filler * (length - 12)


def pour(connection, data, times):
    """Sends data so often, and reads what is answered meanwhile; returns how much that was."""
    end = connection.socket
    end.setblocking(False)
    left, answers = memoryview(data * times), 0
    deadline = time.monotonic() + 20
    while left and time.monotonic() < deadline:
        try:
            with contextlib.suppress(BlockingIOError):
                left = left[end.send(left):]
            while chunk := end.recv(65536):
                answers += len(chunk)
        except BlockingIOError:
            time.sleep(0.0002)
        except OSError as error:
            raise Failure(f'the client closed the connection: {error}') from None
    check(not left, f'the client takes no more, {len(left)} octets are left')
    return answers


def quiet_flood(bed, what, data, times, *options, lines=3):
    """A flood that needs no answer: the call goes on, and it cost little."""
    client, connection, cost = up(bed, *options)
    answers = pour(connection, data, times)
    is_heard(connection, 0x01020304)
    check(not answers, f'{answers} octets of answers to {what}')
    cost.check(f'{len(data) * times >> 10} KiB of {what}', 0.5, lines=lines)
    connection.answer()
    carries(client, connection, 40)
    check(client.stop() == 0, 'it did not end well')


# -- floods --------------------------------------------------------------------------------------

@test('hostile control: 200,000 unknown messages are passed over, cheaply', alone=True)
def unknown_messages(bed):
    data = b''.join(unknown_message(length) for length in (12, 16, 100, 512))
    quiet_flood(bed, 'unknown messages', data, 50000)


@test('hostile control: 100,000 unknown messages with --loglevel 2: the log stays short',
      alone=True)
def unknown_messages_logged(bed):
    quiet_flood(bed, 'unknown messages, at --loglevel 2', unknown_message(), 100000,
                '--loglevel', '2', lines=80)


@test('hostile control: WAN-Error-Notify without end: one log line a minute', alone=True)
def wan_errors(bed):
    client, connection, cost = up(bed)
    data = wire.build(wire.WAN_ERROR, peer_call_id=connection.client_call_id, crc=1)
    pour(connection, data, 50000)
    is_heard(connection, 1)
    log = client.log()
    check('line errors' in log, f'nothing in the log: {log[-300:]!r}')
    cost.check('50000 WAN-Error-Notify', 0.5, lines=2)
    connection.answer()
    carries(client, connection, 40)


@test('hostile control: Set-Link-Info without end changes nothing', alone=True)
def link_infos(bed):
    client, connection, cost = up(bed)
    data = wire.build(wire.SET_LINK, peer_call_id=connection.client_call_id, send_accm=0,
                      receive_accm=0)
    pour(connection, data, 50000)
    is_heard(connection, 1)
    cost.check('50000 Set-Link-Info', 0.5, lines=0)
    connection.answer()
    carries(client, connection, 40)


@test('hostile control: replies and requests that do not fit are ignored, 10,000 of each',
      alone=True)
def misplaced(bed):
    client, connection, cost = up(bed)
    ours = connection.client_call_id
    data = b''.join([
        wire.build(wire.SCCRP), wire.build(wire.STOP_RP), wire.build(wire.ECHO_RP, identifier=7),
        wire.build(wire.OCRP, call_id=CALL_ID + 1, peer_call_id=ours),
        wire.build(wire.CLEAR, call_id=ours ^ 1 or 2),
        wire.build(wire.SCCRQ, host=b'', vendor=b''),
        wire.build(wire.OCRQ, call_id=9, phone=b'', subaddress=b'')])
    answers = pour(connection, data, 10000)
    is_heard(connection, 1)
    check(not answers, f'{answers} octets of answers')
    cost.check('70000 messages that do not fit', 0.5, lines=0)
    connection.answer()
    carries(client, connection, 40)


@test('hostile control: Call-Disconnect-Notify for every other call ends nothing, for ours it does',
      alone=True)
def other_calls(bed):
    client, connection, cost = up(bed)
    ours = (CALL_ID, connection.client_call_id)
    data = b''.join(wire.build(wire.DISCONNECT, call_id=number, result=3)
                    for number in range(65536) if number not in ours)
    pour(connection, data, 1)
    is_heard(connection, 1)
    cost.check('65534 Call-Disconnect-Notify for other calls', 0.5, lines=0)
    carries(client, connection, 40)
    connection.send(wire.DISCONNECT, call_id=CALL_ID, result=3)
    expect_end(client, 14, r'admin|shut')


@test('hostile control: 20,000 Echo-Requests in one breath are all answered, in order', alone=True)
def echo_flood(bed):
    client, connection, cost = up(bed)
    requests = b''.join(wire.build(wire.ECHO_RQ, identifier=number) for number in range(20000))
    end, answers = connection.socket, b''
    end.setblocking(False)
    left, deadline = memoryview(requests), time.monotonic() + allowed(20)
    while len(answers) < 20000 * 20 and time.monotonic() < deadline:
        try:
            with contextlib.suppress(BlockingIOError):
                left = left[end.send(left):] if left else left
            answers += end.recv(1 << 20)
        except BlockingIOError:
            time.sleep(0.0005)
    got = [struct.unpack_from('>I', answers, at + 12)[0] for at in range(0, len(answers), 20)]
    check(got == list(range(20000)), f'{len(got)} Echo-Replies to 20000 Echo-Requests')
    cost.check('20000 Echo-Requests', 0.5, lines=0)
    connection.answer()
    carries(client, connection, 40)


def stuff(connection, data, seconds=5.0):
    """Sends and never reads, until the client's side takes no more or it ends."""
    end = connection.socket
    end.setblocking(False)
    deadline = stuck = time.monotonic() + seconds
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sent = 0
    while time.monotonic() < min(deadline, stuck):
        try:
            sent += end.send(data[sent % len(data):])
            stuck = time.monotonic() + 0.5
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:
            break
    return sent


@test('hostile control: Echo-Requests without end and nobody reads the answers: memory is bounded')
def echo_flood_unread(bed):
    client, connection, cost = up(bed, '--idle-wait', '1', '--max-echo-wait', '1')
    data = b''.join(wire.build(wire.ECHO_RQ, identifier=number) for number in range(1000))
    sent = stuff(connection, data, 2)
    cost.check(f'{sent >> 10} KiB of Echo-Requests', 2.5, lines=0)
    status, took = ended_within(client, 6)
    check(status in (13, 15), f'exit status {status}')
    bed.notes.append(f'status {status}, {took:.1f} s after the flood')


@test('hostile control: SIGTERM while nobody reads our answers: ends in under 2 s')
def stop_unread(bed):
    client, connection, _ = up(bed)
    stuff(connection, wire.build(wire.ECHO_RQ, identifier=1) * 1000, 1)
    client.signal(15)
    status, took = ended_within(client, 3)
    check(status == 0 and took < allowed(2), f'status {status} after {took:.2f} s')


# -- stalling ------------------------------------------------------------------------------------

def drip(connection, data, gap, until):
    """One octet at a time, until until()."""
    for octet in data:
        if until():
            return
        try:
            connection.send_raw(bytes([octet]))
        except OSError:
            return
        time.sleep(gap)     # slowness is what is tested


@test('hostile control: a Start-Control-Connection-Reply octet by octet does not stretch the wait')
def slow_start(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--connect-timeout', '1')
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    start = time.monotonic()
    drip(connection, wire.build(wire.SCCRP), 0.02, lambda: not client.running())
    expect_end(client, 7, r'timed out.*Start-Control-Connection-Reply')
    took = time.monotonic() - start
    check(0.8 < took < allowed(2), f'after {took:.1f} s')


@test('hostile control: messages without end in place of a reply do not stretch the wait', alone=True)
def flood_for_a_reply(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--connect-timeout', '1')
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    start = time.monotonic()
    data = unknown_message(512) * 128
    connection.socket.settimeout(5)
    while client.running():
        try:
            connection.send_raw(data)
        except OSError:         # it has closed the connection
            break
    expect_end(client, 8, r'timed out.*Outgoing-Call-Reply')
    took = time.monotonic() - start
    check(0.8 < took < allowed(2.5), f'after {took:.1f} s')


@test('hostile control: half a message and then silence: keep-alive ends it, status 13')
def half_message(bed):
    client, connection, _ = up(bed, '--idle-wait', '1', '--max-echo-wait', '1')
    connection.send_raw(wire.build(wire.ECHO_RQ, identifier=5)[:9])
    start = time.monotonic()
    expect_end(client, 13, r'echo|keep-?alive', 6)
    took = time.monotonic() - start
    check(1.5 < took < allowed(4.5), f'after {took:.1f} s')


@test('hostile control: one octet every 50 ms of a message that never ends: status 13 in time')
def slow_loris(bed):
    client, connection, _ = up(bed, '--idle-wait', '1', '--max-echo-wait', '1')
    start = time.monotonic()
    drip(connection, unknown_message(512), 0.05, lambda: not client.running())
    expect_end(client, 13, r'echo|keep-?alive', 6)
    took = time.monotonic() - start
    check(1.5 < took < allowed(4.5), f'after {took:.1f} s')


# -- lies and garbage ----------------------------------------------------------------------------

@test('hostile control: a length that swallows what follows: lost synchronisation, status 15')
def swallowing(bed):
    client, connection, _ = up(bed)
    lie = struct.pack('>HHIHH', 100, 1, wire.MAGIC, 99, 0)       # 12 octets that say 100
    connection.send_raw(lie + wire.build(wire.ECHO_RQ, identifier=1) * 20)
    expect_end(client, 15, r'cookie|length|synchroni[sz]ation|protocol')


@test('hostile control: a length that lies for its type, for every type: status 15')
def wrong_lengths(bed):
    server = FakeServer(bed)
    for kind, length in ((wire.SCCRP, 157), (wire.ECHO_RQ, 12), (wire.ECHO_RP, 24),
                         (wire.OCRP, 0), (wire.DISCONNECT, 11), (wire.WAN_ERROR, 513),
                         (wire.SET_LINK, 65535), (wire.STOP_RQ, 15)):
        client, connection = connect(bed, server)
        connection.send_raw(wire.build(kind, length=length) + bytes(64))
        expect_end(client, 15, r'length|synchroni[sz]ation|protocol')


@test('hostile control: garbage, in place of a reply and while the call is up: status 15')
def garbage(bed):
    server = FakeServer(bed)
    for filler in (b'\0' * 4096, b'\xff' * 4096, bytes(range(256)) * 16,
                   b'SSH-2.0-OpenSSH_9.2\r\n' + b'x' * 200):
        client = PtyClient(bed)
        connection = server.accept()
        connection.expect(wire.SCCRQ)
        connection.send_raw(filler)
        expect_end(client, 15, r'what answers there is no PPTP server')
        client, connection = connect(bed, server)
        connection.send_raw(filler)
        expect_end(client, 15, r'cookie|length|synchroni[sz]ation|protocol')


@test('hostile control: text of the server with control characters stays one log line')
def hostile_text(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--loglevel', '2')
    connection = server.accept()
    connection.start_control(host=b'\n\rpptp[1]: forged\x1b[2J%s%n' + b'A' * 37,
                             vendor=b'\xff' * 64)
    connection.take_call()
    connection.answer()
    wait_for('the call is up', lambda: 'call up' in client.log())
    log = client.log()
    check('\x1b' not in log and '\r' not in log, 'control characters in the log')
    check(not any(line.startswith('pptp[1]') for line in log.splitlines()), f'{log!r}')
    check(all(line.startswith(f'pptp[{client.pid}]') for line in log.splitlines()), f'{log!r}')


@test('hostile control: the server resets as soon as TCP is up: status 14, whenever it is seen')
def reset_at_once(bed):
    server = FakeServer(bed, backlog=64)
    clients = [PtyClient(bed, '--nohostroute') for _ in range(10)]
    for _ in clients:
        server.accept().reset()
    for client in clients:
        expect_end(client, 14, r'reset|closed', 3)
