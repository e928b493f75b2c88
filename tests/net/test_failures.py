# SPDX-License-Identifier: MIT
"""Every way to fail has its exit status and its sentence on standard error."""

import re
import time

import wire
from bed import CLIENT, DEAD, SERVER, Failure, allowed, check
from capture import Capture
from client import PtyClient, connect, ended_within, hears
from fakeserver import CALL_ID, FakeServer
from registry import test


def expect_end(client, status, sentence, seconds=5.0):
    """The client ends by itself with that status and says so."""
    got, took = ended_within(client, seconds)
    log = client.log()
    check(got == status, f'exit status {got} instead of {status}; log: {log.strip()[-500:]!r}')
    check(re.search(sentence, log, re.I), f'no {sentence!r} in the log: {log.strip()[-500:]!r}')
    return took


# -- before the control connection is up --------------------------------------------------------

@test('failure: no DNS server answers: status 3, the name is in the message')
def name_without_dns(bed):
    client = PtyClient(bed, server='vpn.example.org')
    expect_end(client, 3, r'vpn\.example\.org', 10)


@test('failure: connection refused: status 4')
def refused(bed):
    client = PtyClient(bed)
    took = expect_end(client, 4, r'refused')
    check(took < allowed(1), f'it took {took:.1f} s')


@test('failure: host unreachable (ICMP): status 5')
def host_unreachable(bed):
    bed.ip('router', 'route', 'add', 'unreachable', f'{DEAD}/32')
    expect_end(PtyClient(bed, server=DEAD), 5, r'no (route|way)|reach')


@test('failure: no route at all: status 5')
def network_unreachable(bed):
    bed.ip('client', 'route', 'del', 'default')
    expect_end(PtyClient(bed), 5, r'no (route|way)|reach')


@test('failure: TCP connect unanswered: status 6, says that connecting timed out', seconds=150,
      patient=True)
def connect_timeout(bed):
    bed.filter('server', 'input', 'tcp dport 1723 drop')
    took = expect_end(PtyClient(bed), 6, r'connect.*(timed out|not answer)', 140)
    bed.notes.append(f'after {took:.0f} s')


@test('failure: connected but no Start-Control-Connection-Reply: status 7', seconds=150,
      patient=True)
def start_timeout(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    server.accept().expect(wire.SCCRQ)
    took = expect_end(client, 7, r'timed out.*Start-Control-Connection-Reply', 90)
    bed.notes.append(f'after {took:.0f} s')


@test('failure: no Outgoing-Call-Reply: status 8', seconds=150, patient=True)
def call_timeout(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    connection.answer()
    took = expect_end(client, 8, r'timed out.*call', 90)
    bed.notes.append(f'after {took:.0f} s')


@test('--connect-timeout 1 bounds each phase: connect 6, start 7, call 8')
def short_timeouts(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--connect-timeout', '1')
    server.accept().expect(wire.SCCRQ)
    took = expect_end(client, 7, r'timed out.*Start-Control-Connection-Reply')
    check(0.9 < took < allowed(2), f'phase start: after {took:.1f} s')
    client = PtyClient(bed, '--connect-timeout', '1')
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    connection.answer()
    expect_end(client, 8, r'timed out.*call')
    bed.filter('server', 'input', 'tcp dport 1723 drop')
    client = PtyClient(bed, '--connect-timeout', '1')
    took = expect_end(client, 6, r'connect')
    check(0.9 < took < allowed(2), f'phase connect: after {took:.1f} s')


def refused_start(bed, status, sentence, **fields):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control(**fields)
    expect_end(client, status, sentence)
    check(wire.OCRQ not in connection.expect_end(), 'it asked for a call all the same')


@test('failure: Start-Control-Connection-Reply "general error": status 10, the words of the RFC')
def start_general_error(bed):
    refused_start(bed, 10, r'general error', result=2, error=6)


@test('failure: Start-Control-Connection-Reply "channel already exists": status 10')
def start_exists(bed):
    refused_start(bed, 10, r'already exists', result=3)


@test('failure: Start-Control-Connection-Reply "not authorised": status 9')
def start_not_authorised(bed):
    refused_start(bed, 9, r'not authori[sz]ed', result=4)


@test('failure: Start-Control-Connection-Reply "version not supported": status 10')
def start_version_result(bed):
    refused_start(bed, 10, r'version', result=5)


@test('failure: a reply with an older protocol version is stopped (RFC 2637, 3.1.1): status 10')
def start_version_field(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control(version=0x0099)
    stop = connection.expect(wire.STOP_RQ)
    check(stop.reason == 2, f'{stop}')
    connection.send(wire.STOP_RP)
    expect_end(client, 10, r'version')


@test('failure: the server closes before its reply: status 14')
def fin_before_start(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    connection.close()
    expect_end(client, 14, r'closed')


@test('failure: TCP reset before the reply: status 14')
def reset_before_start(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    connection.reset()
    expect_end(client, 14, r'reset|closed')


@test('failure: the server closes instead of answering the call request: status 14')
def fin_before_call(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    connection.close()
    expect_end(client, 14, r'closed')


@test('failure: TCP reset instead of an answer to the call request: status 14')
def reset_before_call(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    connection.reset()
    expect_end(client, 14, r'reset|closed')


# -- the call -----------------------------------------------------------------------------------

def refused_call(bed, status, sentence, **fields):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    connection.take_call(**fields)
    connection.answer()
    expect_end(client, status, sentence)


@test('failure: Outgoing-Call-Reply "general error, no resource": status 12, the words of the RFC')
def call_general_error(bed):
    refused_call(bed, 12, r'resource', result=2, error=4, cause=17)


@test('failure: Outgoing-Call-Reply "no carrier": status 12, the words of the RFC')
def call_no_carrier(bed):
    refused_call(bed, 12, r'no carrier', result=3)


@test('failure: Outgoing-Call-Reply "busy": status 11')
def call_busy(bed):
    refused_call(bed, 11, r'busy', result=4)


@test('failure: Outgoing-Call-Reply "no dial tone": status 12, the words of the RFC')
def call_no_dial_tone(bed):
    refused_call(bed, 12, r'no dial tone', result=5)


@test('failure: Outgoing-Call-Reply "time-out": status 12, the words of the RFC')
def call_time_out(bed):
    refused_call(bed, 12, r'time[d-]* ?out', result=6)


@test('failure: Outgoing-Call-Reply "do not accept": status 12, the words of the RFC')
def call_not_accepted(bed):
    refused_call(bed, 12, r'not accept|administratively prohibited', result=7)


# -- while the call is up -----------------------------------------------------------------------

def up_and_heard(bed, *options):
    """A call that is up and has carried a frame."""
    server = FakeServer(bed)
    client, connection = connect(bed, server, *options)
    connection.send_gre(0)
    hears(client)
    return client, connection


@test('failure: Call-Disconnect-Notify with the server\'s call ID: status 14, the words of the RFC')
def disconnect_their_id(bed):
    client, connection = up_and_heard(bed)
    connection.send(wire.DISCONNECT, call_id=CALL_ID, result=3)
    expect_end(client, 14, r'admin|shut')


@test('failure: Call-Disconnect-Notify with our call ID: status 14')
def disconnect_our_id(bed):
    client, connection = up_and_heard(bed)
    connection.send(wire.DISCONNECT, call_id=connection.client_call_id, result=1)
    expect_end(client, 14, r'lost carrier')


@test('failure: Stop-Control-Connection-Request of the server is answered: status 14')
def stopped_by_server(bed):
    client, connection = up_and_heard(bed)
    connection.send(wire.STOP_RQ, reason=3)
    kinds = connection.expect_end()
    check(wire.STOP_RP in kinds, f'no reply, only {[wire.NAMES[kind] for kind in kinds]}')
    expect_end(client, 14, r'stop|shut|clos')


@test('failure: the server closes TCP while the call is up: status 14')
def fin_while_up(bed):
    client, connection = up_and_heard(bed)
    connection.close()
    expect_end(client, 14, r'closed')


@test('failure: TCP reset while the call is up: status 14')
def reset_while_up(bed):
    client, connection = up_and_heard(bed)
    connection.reset()
    expect_end(client, 14, r'reset|closed')


@test('failure: no Echo-Reply: status 13 after --idle-wait and --max-echo-wait')
def keep_alive_lost(bed):
    client, connection = up_and_heard(bed, '--idle-wait', '1', '--max-echo-wait', '1')
    start = time.monotonic()
    connection.expect(wire.ECHO_RQ, 3)
    expect_end(client, 13, r'echo|keep-?alive', 6)
    took = time.monotonic() - start
    check(1.5 < took < allowed(4.5), f'it ended after {took:.1f} s')


@test('failure: a wrong magic cookie is lost synchronisation: status 15')
def wrong_cookie(bed):
    client, connection = up_and_heard(bed)
    connection.send(wire.ECHO_RQ, magic=0x1A2B3C4E, identifier=1)
    expect_end(client, 15, r'cookie|synchroni[sz]ation|protocol')


@test('failure: a length that no message has is lost synchronisation: status 15')
def wrong_length(bed):
    client, connection = up_and_heard(bed)
    connection.send(wire.ECHO_RQ, length=65535, identifier=1)
    expect_end(client, 15, r'length|synchroni[sz]ation|protocol')


@test('failure: HTTP or SSH instead of PPTP: status 15')
def other_protocols(bed):
    server = FakeServer(bed)
    for banner in (b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n',
                   b'SSH-2.0-OpenSSH_9.2\r\n'):
        client = PtyClient(bed)
        connection = server.accept()
        connection.expect(wire.SCCRQ)
        connection.send_raw(banner)
        expect_end(client, 15, r'what answers there is no PPTP server')


@test('failure: a server that closes before its first message: status 14 and both explanations')
def closes_at_once(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    connection.close()
    expect_end(client, 14, r'before its first message: it takes no call.*or what answers there')


@test('failure: no GRE ever: one warning after 5 s with the usual causes, then status 16')
def gre_silent(bed):
    server = FakeServer(bed)
    start = time.monotonic()
    client, connection = connect(bed, server)
    connection.answer()
    client.expect_log(r'GRE', 8)
    took = time.monotonic() - start
    log = client.log()
    check(4 < took < allowed(7), f'the warning came after {took:.1f} s')
    for word in ('47', 'firewall', 'NAT', 'nf_conntrack_pptp'):
        check(word.lower() in log.lower(), f'the warning does not name {word}: {log.strip()!r}')
    warnings = len(re.findall('nf_conntrack_pptp', log))
    check(warnings == 1, f'{warnings} warnings')
    client.hang_up()
    expect_end(client, 16, r'GRE')


@test('the server sends Call-Clear-Request: notify and stop by the book, status 14, says so')
def server_clears(bed):
    for named in ('ours', 'its own', 'none'):
        server = FakeServer(bed)
        client, connection = connect(bed, server)
        call_id = {'ours': connection.client_call_id, 'its own': CALL_ID, 'none': 0}[named]
        connection.send(wire.CLEAR, call_id=call_id)
        connection.expect(wire.DISCONNECT, 3)
        connection.expect(wire.STOP_RQ, 3)
        connection.answer()
        expect_end(client, 14, r'the server cleared the call')
        server.close()


# -- no failure ---------------------------------------------------------------------------------

@test('a server that says result 0, sets reserved0 and offers no framing is tolerated')
def tolerant(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control(result=0, framing=0, bearer=0, reserved0=0xffff)
    connection.take_call()
    connection.send_gre(0)
    hears(client)


@test('control messages split into single octets are understood')
def split_messages(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()

    def octets(kind, **fields):
        for octet in wire.build(kind, **fields):
            connection.send_raw(bytes([octet]))

    connection.expect(wire.SCCRQ)
    octets(wire.SCCRP)
    call = connection.expect(wire.OCRQ)
    connection.client_call_id = call.call_id
    octets(wire.OCRP, call_id=CALL_ID, peer_call_id=call.call_id)
    octets(wire.ECHO_RQ, identifier=0x01020304)
    check(connection.expect(wire.ECHO_RP).identifier == 0x01020304, 'wrong identifier')
    connection.send_gre(0)
    hears(client)


@test('several control messages in one segment are all understood, Echo-Requests answered')
def coalesced_messages(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    connection.send_raw(wire.build(wire.SCCRP) + wire.build(wire.ECHO_RQ, identifier=1))
    kinds = {}
    for _ in range(2):
        message = connection.receive()
        kinds[message.kind] = message
    check(set(kinds) == {wire.OCRQ, wire.ECHO_RP}, f'{kinds}')
    call_id = connection.client_call_id = kinds[wire.OCRQ].call_id
    connection.send_raw(b''.join([
        wire.build(wire.OCRP, call_id=CALL_ID, peer_call_id=call_id),
        wire.build(wire.SET_LINK, peer_call_id=call_id, send_accm=0xffffffff,
                   receive_accm=0xffffffff),
        wire.build(wire.ECHO_RQ, identifier=2), wire.build(wire.ECHO_RQ, identifier=3)]))
    for wanted in (2, 3):
        got = connection.expect(wire.ECHO_RP).identifier
        check(got == wanted, f'Echo-Reply {got} instead of {wanted}')
    connection.send_gre(0)
    hears(client)


def stop_with_silent_server(bed, answer_late):
    client, connection = up_and_heard(bed)
    capture = Capture(bed, 'client', 'up0')
    start = time.monotonic()
    client.signal(15)
    connection.expect(wire.CLEAR)
    if answer_late:
        time.sleep(0.5)     # the lateness is what is tested
        connection.send(wire.DISCONNECT, call_id=CALL_ID, result=4)
        connection.expect(wire.STOP_RQ)
    status = client.wait(3)
    took = time.monotonic() - start
    check(status == 0, f'exit status {status}')
    check(took < allowed(2), f'the end took {took:.2f} s')
    capture.stop()
    kinds = capture.kinds(CLIENT)
    check(kinds == [wire.CLEAR, wire.STOP_RQ], f'{[wire.NAMES[kind] for kind in kinds]}')


@test('SIGTERM: a server that never answers Call-Clear-Request does not hold us: under 2 s')
def clear_never_answered(bed):
    stop_with_silent_server(bed, False)


@test('SIGTERM: a server that answers Call-Clear-Request late: under 2 s')
def clear_answered_late(bed):
    stop_with_silent_server(bed, True)


@test('SIGTERM while connecting, while waiting for the replies: ends in under 2 s')
def stop_while_waiting(bed):
    server = FakeServer(bed)
    for phase in ('start', 'call'):
        client = PtyClient(bed)
        connection = server.accept()
        if phase == 'start':
            connection.expect(wire.SCCRQ)
        else:
            connection.start_control()
            connection.expect(wire.OCRQ)
        _, took = stop_and_time(client)
        check(took < allowed(2), f'phase {phase}: the end took {took:.2f} s')
    bed.filter('server', 'input', 'tcp dport 1723 drop')
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed)
    capture.wait_packets('SYN', lambda packet: packet.destination == SERVER and
                         packet.protocol == 6 and packet.flag('S'))
    _, took = stop_and_time(client)
    check(took < allowed(2), f'phase connect: the end took {took:.2f} s')


@test('a second SIGTERM ends at once, without waiting for the server')
def second_signal(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    client.signal(15)
    connection.expect(wire.CLEAR)
    start = time.monotonic()
    status = client.stop(15, 3)
    took = time.monotonic() - start
    check(status == 0 and took < allowed(0.3), f'status {status} after {took:.2f} s')


@test('SIGHUP is ignored below nohup')
def below_nohup(bed):
    stays_ignored(bed, 'HUP', 1)


@test('SIGQUIT is ignored where it was, as it is for what a script starts in the background')
def in_background(bed):
    stays_ignored(bed, 'QUIT', 3)


@test('SIGINT ends it also where it was ignored, as for what a script starts in the background')
def interrupted_in_background(bed):
    client, connection = connect_ignoring(bed, 'INT')
    connection.answer()
    check(client.stop(2) == 0, 'it did not end well')


def connect_ignoring(bed, name):
    return connect(bed, FakeServer(bed), prefix=['sh', '-c', f'trap "" {name}; exec "$@"', 'sh'])


def stays_ignored(bed, name, number):
    client, connection = connect_ignoring(bed, name)
    connection.answer()
    client.signal(number)
    connection.send_gre(0)
    hears(client)
    check(client.running(), f'SIG{name} ended it')
    check(client.stop() == 0, 'it did not end well')


def stop_and_time(client):
    start = time.monotonic()
    status = client.stop(15, 4)
    if status < 0:
        raise Failure(f'the signal killed it ({status})')
    return status, time.monotonic() - start
