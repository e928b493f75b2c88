# SPDX-License-Identifier: MIT
"""The kernel's filter on the GRE socket: what is not for this call never wakes the process."""

import re
import socket
import struct

from bed import CLIENT, SERVER2, check, read_text, wait_for
from client import connect
from fakeserver import FakeServer, lcp_frame
from registry import test
from test_statistics import dump, number

ROUNDS = 200


def header(call, flags=0x3001, protocol=0x880B, sequence=9):
    frame = lcp_frame(sequence)
    return struct.pack('>HHHHI', flags, protocol, len(frame), call, sequence) + frame


def wrong_flags(call):
    """One of each kind that names this call but is no enhanced GRE of RFC 2637, 4.1."""
    flags = {'C': 0xB001, 'R': 0x7001, 'no K': 0x1001, 's': 0x3801, 'Recur 1': 0x3101,
             'Recur 7': 0x3701, 'Flags': 0x3041, 'Flags low': 0x3009, 'version 0': 0x3000,
             'version 2': 0x3002, 'version 7': 0x3007, 'all': 0xffff, 'none': 0}
    return [header(call, value) for value in flags.values()]


def foreign_packets(call):
    """One of each kind that does not name this call."""
    found = {'IPv4 in GRE': header(call, protocol=0x0800)}
    found['swapped protocol'] = header(call, protocol=0x0B88)
    found['wrong call ID'] = header(call ^ 1)
    found['swapped call ID'] = header((call >> 8 | call << 8) & 0xffff if call & 0xff != call >> 8
                                      else call ^ 0x0100)
    found['call ID 0'] = header(0)
    found.update({f'cut to {length}': header(call)[:length] for length in range(8)})
    return found


def switches(pid):
    """How often the process has gone to sleep: it never does so without having been woken."""
    return int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', read_text(f'/proc/{pid}/status'),
                         re.M)[1])


def delivered(bed):
    """Packets that the client's kernel has taken for itself."""
    with bed.inside('client'):
        lines = [line.split() for line in read_text('/proc/thread-self/net/snmp').splitlines()
                 if line.startswith('Ip:')]
    counters = dict(zip(*lines))
    return int(counters['InDelivers']) + int(counters['InUnknownProtos'])


def quiet(client):
    """Nothing has woken it for a while: no timer is on its way any more."""
    last = [switches(client.pid), 0]

    def still():
        now = switches(client.pid)
        last[:] = [now, last[1] + 1 if now == last[0] else 0]
        return last[1] >= 20
    wait_for('it sleeps', still, 8, 0.02)
    return last[0]


@test('GRE filter: wrong protocol, call ID, source and stumps never wake us')
def never_wakes(bed):
    server = FakeServer(bed)
    # A host route would be news now and then, which wake it too.
    client, connection = connect(bed, server, '--nohostroute')
    connection.answer()
    call = connection.client_call_id
    connection.send_gre(0)
    connection.receive_gre(2, data_only=False)
    with bed.inside('server'):
        forger = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    bed.closers.append(forger.close)
    forger.bind((SERVER2, 0))
    before, _ = dump(bed, client)
    slept = quiet(client)
    taken = delivered(bed)
    packets = foreign_packets(call)
    for _ in range(ROUNDS):
        for packet in packets.values():
            server.gre.sendto(packet, (CLIENT, 0))
        forger.sendto(header(call, sequence=1), (CLIENT, 0))
    sent = ROUNDS * (len(packets) + 1)
    wait_for('the packets have come', lambda: delivered(bed) >= taken + sent)
    check(quiet(client) == slept, f'{switches(client.pid) - slept} wake-ups for {sent} packets')
    connection.send_gre(1)
    connection.receive_gre(2, data_only=False)
    check(switches(client.pid) > slept, 'the count does not show that a good packet woke it')
    after, _ = dump(bed, client)
    changed = {name for name in after if after[name] != before[name]}
    check(changed <= {'rx accepted', 'tx acks', 'round trip'}, f'counted: {changed}')
    check(number(after['rx accepted']) == number(before['rx accepted']) + 1, f'{after}')


@test('GRE filter: wrong version and flags with our call ID are counted as invalid and dropped')
def counted(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    connection.answer()
    connection.send_gre(0)
    connection.receive_gre(2, data_only=False)
    packets = wrong_flags(connection.client_call_id)
    for packet in packets:
        server.gre.sendto(packet, (CLIENT, 0))

    def all_counted():
        values, _ = dump(bed, client)
        return values if number(values['rx invalid']) >= len(packets) else None
    values = wait_for('the packets are counted', all_counted)
    check(number(values['rx invalid']) == len(packets), f'{values}')
    check(number(values['rx accepted']) == 1, f'{values}')
    check(client.stop() == 0, 'it did not end well')


@test('GRE filter: everything that RFC 2637, 4.1 allows passes: with and without S and A')
def passes(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    connection.answer()
    connection.send_gre(0)
    connection.send_gre(1, acknowledgment=0)
    connection.send_gre(acknowledgment=0)
    server.gre.sendto(struct.pack('>HHHH', 0x2001, 0x880B, 0, connection.client_call_id),
                      (CLIENT, 0))
    server.gre.sendto(struct.pack('>HHHHI', 0x3001, 0x880B, 0, connection.client_call_id, 2),
                      (CLIENT, 0))
    connection.send_gre(3)

    def all_there():
        values, _ = dump(bed, client)
        return values if number(values['rx accepted']) >= 3 else None
    values = wait_for('the frames are counted', all_there)
    check(number(values['rx acks']) == 1 and number(values['rx invalid']) == 0, f'{values}')
