# SPDX-License-Identifier: MIT
"""The statistics of pptp(8): SIGUSR1 sends them to syslog, and they are right."""

import re
import struct
import time

import wire
from bed import CLIENT, check, wait_for
from client import PtyClient, connect, finish_traffic
from fakeserver import FakeServer, lcp_frame
from registry import test

NAMES = ['rx accepted', 'rx lost', 'rx under win', 'rx over  win', 'rx buffered', 'rx OS errors',
         'rx truncated', 'rx invalid', 'rx acks', 'tx sent', 'tx failed', 'tx short', 'tx acks',
         'tx oversize', 'round trip']
SIGUSR1 = 10


def dump(bed, client):
    """Asks for the statistics; returns them by name, and the syslog lines."""
    before = len(bed.syslog.lines)
    client.signal(SIGUSR1)

    def lines():
        found = [line for line in bed.syslog.lines[before:] if line[1].startswith('pptp[')]
        start = next((at for at, line in enumerate(found) if line[1].endswith('GRE statistics:')),
                     None)
        if start is None or len(found) < start + 16:
            return None
        return found[start:start + 16]
    found = wait_for('16 lines of statistics in syslog', lines, 3)
    values = {}
    for _, text in found[1:]:
        match = re.fullmatch(r'pptp\[\d+\]: (?:anon: )?(.+?)\s*= (.*)', text)
        check(match, f'not "name = value": {text!r}')
        values[match[1]] = match[2]
    return values, found


def number(text):
    return int(re.match(r'\d+', text)[0])


@test('SIGUSR1: "GRE statistics:" and 15 lines "name = value" in syslog at LOG_NOTICE, in order')
def form(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    values, lines = dump(bed, client)
    check(list(values) == NAMES, f'{list(values)}')
    levels = {priority & 7 for priority, _ in lines}
    check(levels == {5}, f'levels {levels}, not 5 (notice)')
    equals = {text.index('=') for _, text in lines[1:]}
    check(len(equals) == 1, 'the names are not padded to one width')
    check(re.fullmatch(r'\d+([.]\d+)? ?(ms|milliseconds|us|usecs)', values['round trip']),
          f'round trip = {values["round trip"]!r}')
    check('GRE statistics:' in client.log(), 'not on standard error, in the foreground')
    report = client.traffic(count=50)
    check(report['distinct'] == 50, f'after SIGUSR1: {report}')


@test('SIGUSR1 twice and before the call is up: the dump works, the call goes on')
def early(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    values, _ = dump(bed, client)
    check(number(values['rx accepted']) == 0 and number(values['tx sent']) == 0, f'{values}')
    dump(bed, client)
    check(client.running(), 'the signal ended it')


@test('statistics: sent and accepted frames are counted exactly, the round trip is plausible')
def counts(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    # On a slow machine more frames were on their way when the first came back: all are back with
    # those that were sent after them.
    client.traffic(count=20, run=4)
    before, _ = dump(bed, client)
    client.traffic(count=300, run=5)
    after, _ = dump(bed, client)
    sent = number(after['tx sent']) - number(before['tx sent'])
    accepted = number(after['rx accepted']) - number(before['rx accepted'])
    check(sent == 300 and accepted == 300, f'sent {sent}, accepted {accepted}')
    for name in ('rx lost', 'rx under win', 'rx over  win', 'rx buffered', 'rx OS errors',
                 'rx truncated', 'rx invalid', 'tx failed', 'tx short', 'tx oversize'):
        check(number(after[name]) == 0, f'{name} = {after[name]}')
    value = float(re.match(r'[\d.]+', after['round trip'])[0])
    milliseconds = value / 1000 if 'us' in after['round trip'] else value
    check(milliseconds < 500, f'round trip = {after["round trip"]}')


@test('statistics: loss, duplicates, reordering, strays and bad packets each in their own line')
def events(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    connection.answer()
    call = connection.client_call_id
    listening = client.start_traffic(count=0, quiet_ms=800, run=77)
    for item in (0, 1, 1, 2, 4, 3, 5):          # one duplicate, one reordered
        connection.send_gre(item)
    connection.send_gre(60000)                  # a stray, too far ahead
    connection.send_gre(6)
    connection.send_gre(acknowledgment=0)       # pure acknowledgments
    connection.send_gre(acknowledgment=0)
    frame = lcp_frame(9)
    server.gre.sendto(struct.pack('>HHHHI', 0x3001, 0x880B, len(frame) + 9, call, 9) + frame,
                      (CLIENT, 0))              # shorter than its length says
    server.gre.sendto(struct.pack('>HHHHI', 0x3081, 0x880B, 0, call, 0)[:10], (CLIENT, 0))
    server.gre.sendto(struct.pack('>HHHH', 0x2001, 0x880B, len(frame), call) + frame,
                      (CLIENT, 0))              # a payload and no sequence number
    server.gre.sendto(struct.pack('>HHHHI', 0x2081, 0x880B, len(frame), call, 0) + frame,
                      (CLIENT, 0))              # the same with an acknowledgment
    server.gre.sendto(struct.pack('>HHHHI', 0xB001, 0x880B, len(frame), call, 9) + frame,
                      (CLIENT, 0))              # checksum bit: the kernel's filter, not counted
    for item in (7, 10, 11):                    # two lost: 8 and 9
        connection.send_gre(item)
    report = finish_traffic(listening)
    check(report['numbers'] == [0, 1, 2, 3, 4, 5, 6, 7, 10, 11], f'{report["numbers"]}')
    values, _ = dump(bed, client)
    got = {name: number(values[name]) for name in NAMES[:9]}
    wanted = {'rx accepted': 10, 'rx lost': 2, 'rx under win': 1, 'rx over  win': 1,
              'rx buffered': 3, 'rx OS errors': 0, 'rx truncated': 2, 'rx invalid': 3,
              'rx acks': 2}
    check(got == wanted, f'{got} instead of {wanted}')


@test('statistics: acknowledgments that we send without data are counted')
def acknowledgments(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    connection.answer()
    for item in range(5):
        connection.send_gre(item)
        packet = connection.receive_gre(2, data_only=False)
        check(packet.sequence is None and packet.acknowledgment == item, f'{packet}')
    values, _ = dump(bed, client)
    check(number(values['tx acks']) == 5, f'tx acks = {values["tx acks"]}')


@test('statistics: packets that the system refuses are counted as failed, the call goes on')
def failed(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    bed.filter('client', 'output', 'ip protocol 47 drop')
    client.traffic(count=10, one_way=True, gap_us=2000)
    deadline = time.monotonic() + 3
    while True:
        values, _ = dump(bed, client)
        if number(values['tx failed']) >= 10 or time.monotonic() > deadline:
            break
    check(number(values['tx failed']) >= 10, f'tx failed = {values["tx failed"]}')
    check(client.running(), 'it ended')


@test('statistics: errors that the system reports when reading are counted')
def os_errors(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    bed.filter('router', 'forward', 'ip protocol 47 reject with icmp type prot-unreachable')
    client.traffic(count=5, one_way=True, gap_us=50000)
    values, _ = dump(bed, client)
    check(number(values['rx OS errors']) > 0, f'rx OS errors = {values["rx OS errors"]}')
    check(client.running(), 'it ended')
