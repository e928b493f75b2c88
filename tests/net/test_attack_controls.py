# SPDX-License-Identifier: MIT
"""Controls: attacks that pptp-linux 1.10.0 does not survive, or answers with a full log."""

import time

import wire
from attack import Forger, Stream, gre_packet, has_gre_socket, ip_packet
from bed import CLIENT, SERVER, Failure, check, wait_for
from capture import GRE
from client import connect
from fakeserver import CALL_ID, FakeServer
from registry import THEIRS, test
from test_controls import incumbent
from test_local_faults import hdlc_frame, write_all


def call_with(bed, server, program):
    client, connection = connect(bed, server, '--nohostroute', program=program)
    connection.answer()
    wait_for('the client listens for GRE', lambda: has_gre_socket(bed))
    return client, connection


@test('control: an ICMP error about GRE, from anybody, ends pptp-linux, not us', no_valgrind=THEIRS)
def icmp_error(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)
    forger = Forger(bed)
    about = ip_packet(CLIENT, SERVER, GRE, gre_packet(CALL_ID, 1, None, bytes(100)))

    def ends(program):
        client, connection = call_with(bed, server, program)
        stream = Stream(connection, gap=0.02)
        try:
            for _ in range(60):         # it may not be reading yet
                forger.icmp(3, 2, about)
                client.traffic(count=1, one_way=True)
                time.sleep(0.05)
                if not client.running():
                    break
        except Failure:         # the terminal is gone
            client.wait(5)
        stream.stop()
        ended = not client.running()
        client.stop()
        return ended

    check(not ends(None), 'ours ended')
    check(ends(theirs), 'the incumbent goes on')


@test('control: Set-Link-Info a thousand times: two log lines each with pptp-linux, none with us',
      no_valgrind=THEIRS)
def log_lines(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)

    def lines(program):
        client, connection = call_with(bed, server, program)
        before = len(bed.syslog.lines)
        data = wire.build(wire.SET_LINK, peer_call_id=connection.client_call_id)
        connection.send_raw(data * 1000)
        connection.send(wire.STOP_RQ, reason=1)
        client.wait(5)
        return len(bed.syslog.lines) - before

    ours = lines(None)
    check(ours < 10, f'ours: {ours} lines')
    them = lines(theirs)
    check(them >= 1000, f'the incumbent: {them} lines')
    bed.notes.append(f'ours {ours} lines, pptp-linux {them}')


@test('control: a pppd that writes without a flag: pptp-linux sends it in pieces, we send nothing',
      no_valgrind=THEIRS)
def endless_frame(bed):
    theirs = incumbent(bed)
    server = FakeServer(bed)

    def sent(program):
        client, connection = call_with(bed, server, program)
        write_all(client, b'U' * 65536 + hdlc_frame(1))
        size = len(connection.receive_gre(5).payload)
        client.stop()
        return size

    ours = sent(None)
    check(ours == 40, f'ours: the first packet has {ours} octets')
    them = sent(theirs)
    check(them > 4096, f'the incumbent: the first packet has {them} octets')
