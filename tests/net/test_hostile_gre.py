# SPDX-License-Identifier: MIT
"""GRE from strangers and from a hostile server: what it costs, and what still gets through."""

import time

from attack import (STRANGER, STRANGERS_RUN, Cost, Forger, Stream, call, carries, gre_packet,
                    ip_packet, is_heard, random_packets, wait_read)
from bed import SERVER, SERVER2, Failure, check
from client import PtyClient, connect, finish_traffic
from fakeserver import FakeServer, lcp_frame
from registry import TIME, test

FLOOD = 20000


def up(bed, *options):
    """A call that has carried numbers 0 to 39, and somebody who can forge any packet."""
    return *call(bed, *options), Forger(bed)


def flood(bed, what, make, reaches=True, count=FLOOD):
    """A flood of what make() returns, as if from the server; good packets come before and after."""
    client, connection, forger = up(bed)
    cost = Cost(bed, client)
    forger.flood(random_packets(count, lambda source: ip_packet(
        SERVER, connection.peer, 47, make(source, connection.client_call_id))))
    wait_read(bed)
    connection.send_gre(40)
    report = client.traffic(count=0, quiet_ms=300, run=77)
    check(report['numbers'] == [40], f'{report["numbers"]} arrived instead of 40 alone')
    check(report['foreign'] == 0, f'{report["foreign"]} frames of the flood arrived')
    cost.check(f'{count} packets {what}', 0.03, count if reaches else 0)
    carries(client, connection, 41)


@test('hostile GRE: a flood with wrong call IDs costs nothing', alone=True)
def flood_wrong_call(bed):
    flood(bed, 'with wrong call IDs', lambda source, call: gre_packet(
        call ^ source.randrange(1, 65536), source.randrange(1 << 32), payload=bytes(100)),
        False, 2 * FLOOD)


@test('hostile GRE: a flood with wrong version, protocol and flags is dropped, cheaply', alone=True)
def flood_wrong_version(bed):
    def make(source, call):
        flags, protocol = source.choice([(0x2000, 0x880B), (0x2002, 0x880B), (0x2001, 0x0800),
                                         (0xA001, 0x880B), (0x6001, 0x880B), (0x2801, 0x880B),
                                         (0x2101, 0x880B), (0x2079, 0x880B), (0x0001, 0x880B)])
        return gre_packet(call, 41, None, lcp_frame(41, run=STRANGERS_RUN), flags, protocol)
    flood(bed, 'with wrong headers', make)


@test('hostile GRE: a flood of truncated packets is dropped, cheaply', alone=True)
def flood_truncated(bed):
    def make(source, call):
        whole = gre_packet(call, 41, 0, lcp_frame(41, run=STRANGERS_RUN))
        return whole[:source.randrange(1, len(whole) - 1)]
    flood(bed, 'cut short', make)


@test('hostile GRE: a flood of lengths that lie is dropped, cheaply', alone=True)
def flood_lengths(bed):
    flood(bed, 'that say they are longer', lambda source, call: gre_packet(
        call, 41, None, lcp_frame(41, run=STRANGERS_RUN), length=source.randrange(65, 65536)))


@test('hostile GRE: a flood of far-ahead sequence numbers is dropped, cheaply', alone=True)
def flood_far_ahead(bed):
    flood(bed, 'far ahead', lambda source, call: gre_packet(
        call, 41 + source.randrange(400, 1 << 31), None, lcp_frame(0, run=STRANGERS_RUN)))


@test('hostile GRE: one old packet played again 20,000 times is not delivered again', alone=True)
def flood_replayed(bed):
    flood(bed, 'played again', lambda source, call: gre_packet(
        call, 39, None, lcp_frame(39)), FLOOD)


@test('hostile GRE: a flood of packets with all flags and nothing in them changes nothing',
      alone=True)
def flood_empty(bed):
    flood(bed, 'with an old acknowledgment only', lambda source, call: gre_packet(
        call, None, source.randrange(1 << 32)), FLOOD)


@test('hostile GRE: strangers who do not forge their address are not heard, whatever they send',
      alone=True)
def strangers(bed):
    client, connection, forger = up(bed)
    cost = Cost(bed, client)
    packets = [ip_packet(source, connection.peer, 47, gre_packet(
        connection.client_call_id, number, None, lcp_frame(number, run=STRANGERS_RUN)))
        for number in range(40, 100) for source in (STRANGER, SERVER2, '10.77.1.1')]
    for _ in range(100):
        forger.flood(packets)
    connection.send_gre(40)
    report = client.traffic(count=0, quiet_ms=300, run=77)
    check(report['numbers'] == [40] and report['foreign'] == 0, f'{report}')
    cost.check(f'{100 * len(packets)} packets of strangers', 0.02)
    carries(client, connection, 41)


def blind_attack(bed, each):
    client, connection, forger = up(bed)
    cost = Cost(bed, client)
    stream = Stream(connection, 40)
    listening = client.start_traffic(count=0, quiet_ms=800, run=77)
    payload = lcp_frame(0, run=STRANGERS_RUN)
    forger.flood(ip_packet(SERVER, connection.peer, 47,
                           gre_packet(call, 0x40000000 + call * 7 + number, None, payload))
                 for call in range(65536) for number in range(each))
    sent = stream.stop()
    report = finish_traffic(listening)
    check(report['received'] == sent and report['late'] == 0 and report['foreign'] == 0,
          f'{sent} sent: {report}')
    cost.check(f'{65536 * each} packets, {each} of them with our call ID', 0.1 * each, sent)


@test('hostile GRE: a blind attacker with the server\'s address tries all 65536 call IDs',
      alone=True)
def all_call_ids(bed):
    blind_attack(bed, 1)


@test('hostile GRE: a blind attacker sends five consecutive numbers to each of the 65536 call IDs',
      alone=True, seconds=60)
def all_call_ids_five_times(bed):
    blind_attack(bed, 5)


# -- forged numbers ------------------------------------------------------------------------------

def beside_good_traffic(bed, attack, seconds=1.0):
    """Good packets at a steady pace, and attack(forger, connection, number) between them."""
    client, connection, forger = up(bed)
    cost = Cost(bed, client)
    listening = client.start_traffic(count=0, quiet_ms=400, run=77)
    number, forged = 40, 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection.send_gre(number)
        number += 1
        forged += attack(forger, connection, number) or 0
        time.sleep(0.001)           # the pace
    report = finish_traffic(listening)
    good = number - 40
    cost.check(f'{forged} forged between {good} good packets', 0.1, good + forged)
    check(report['late'] == 0, f'out of order, or twice: {report}')
    carries(client, connection, number)
    return good, report


@test('hostile GRE: a steady stream of far-ahead numbers between good packets loses nothing')
def far_ahead_stream(bed):
    def attack(forger, connection, number):
        for step in range(3):
            forger.gre(connection, number + 5000 + 1000 * step)
        return 3
    good, report = beside_good_traffic(bed, attack)
    check(report['received'] == good and report['foreign'] == 0, f'{good} sent: {report}')


@test('hostile GRE: strangers who confirm each other between good packets lose nothing')
def strangers_confirm(bed):
    place = [0x50000000]

    def attack(forger, connection, number):
        for _ in range(10):         # five in a row would be believed if the server were silent
            forger.gre(connection, place[0])
            place[0] += 1
        return 10
    good, report = beside_good_traffic(bed, attack)
    check(report['received'] == good and report['foreign'] == 0, f'{good} sent: {report}')


@test('hostile GRE: a forged run that begins while the server is silent blinds us while it goes on')
def strangers_believed(bed):
    client, connection, forger = up(bed)
    time.sleep(0.1)                 # the silence
    for number in range(5):
        forger.gre(connection, 0x4fffffff + number)
    stream = Stream(connection, 40)
    listening = client.start_traffic(count=0, quiet_ms=1500, run=77)
    deadline, forged = time.monotonic() + 1, 0
    while time.monotonic() < deadline:
        for _ in range(20):
            forger.gre(connection, 0x50000000 + forged)
            forged += 1
        time.sleep(0.001)
    over = time.monotonic()
    back = stream.next
    deadline = time.monotonic() + 3
    while stream.next < back + 1000 and time.monotonic() < deadline:
        time.sleep(0.01)            # good packets only
    sent = stream.stop()
    seconds = time.monotonic() - over
    report = finish_traffic(listening)
    check(report['late'] == 0 and report['corrupt'] == 0, f'out of order, or twice: {report}')
    after = 40 + sent - back
    rate = after / seconds
    lost = max(0, after - report['received'])
    check(lost <= 0.5 * rate, f'{lost} of the {after} packets after the attack lost: {report}')
    bed.notes.append(f'after it the next {lost} packets were lost, at {rate:.0f} a second')
    carries(client, connection, 40 + sent)


@test('hostile GRE: one forged packet within the window costs half a second at most')
def forged_in_window(bed):
    client, connection, forger = up(bed)
    stream = Stream(connection, 40)
    listening = client.start_traffic(count=0, quiet_ms=500, run=77)
    while stream.next < 100:
        time.sleep(0.001)
    began = stream.next
    forger.gre(connection, began + 290)
    deadline = time.monotonic() + 1.2
    while time.monotonic() < deadline:
        time.sleep(0.01)            # the pace of the good packets
    sent = stream.stop()
    report = finish_traffic(listening)
    check(report['late'] == 0, f'out of order, or twice: {report}')
    lost = sent - report['received']
    check(lost <= 250, f'{lost} of {sent} packets lost for one forged one')
    bed.notes.append(f'{lost} of {sent} packets lost, at 500 a second')
    carries(client, connection, 40 + sent)


@test('hostile GRE: old packets of an earlier call do not reach the next one')
def earlier_call(bed):
    server = FakeServer(bed)
    client, connection = call(bed, server=server)
    old = connection.client_call_id
    check(client.stop() == 0, 'the first call did not end well')
    client, connection = connect(bed, server)
    if connection.client_call_id == old:        # it is random
        connection.answer()
        client.stop()
        client, connection = connect(bed, server)
    connection.answer()
    check(connection.client_call_id != old, 'the same call ID again')
    listening = client.start_traffic(count=0, quiet_ms=500, run=77)
    for number in range(40, 80):
        connection.send_gre(number, call_id=old)        # late packets of the earlier call
        connection.send_gre(number - 40)
    report = finish_traffic(listening)
    check(report['numbers'] == list(range(40)), f'{report["numbers"]}')


@test('hostile GRE: a stale packet before the first one of the server costs a third of a second')
def stale_first(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    connection.answer()
    forger = Forger(bed)
    listening = client.start_traffic(count=0, quiet_ms=600, run=77)
    forger.gre(connection, 5000)
    stream = Stream(connection, 0)
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        time.sleep(0.01)
    sent = stream.stop()
    report = finish_traffic(listening)
    got = report['numbers']
    check(got and got == list(range(got[0], got[0] + len(got))), f'{got}')
    check(sent - report['received'] <= 0.45 * 500, f'{report["received"]} of {sent} arrived')
    carries(client, connection, sent)


@test('hostile GRE: --window auto: forged acknowledgments far ahead and behind change nothing',
      alone=True, no_valgrind=TIME)
def forged_acknowledgments(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--window', 'auto')
    connection = server.accept()
    connection.start_control()
    connection.take_call(window=8)
    connection.answer()
    forger = Forger(bed)
    cost = Cost(bed, client)
    client.start_traffic(count=400, one_way=True, gap_us=500)
    first = connection.receive_gre()
    for ack in (first.sequence + 100, first.sequence + 0x40000000, first.sequence + 0x80000000,
                first.sequence - 1, first.sequence - 1000, 0xffffffff, 0x7fffffff):
        for _ in range(20):
            forger.gre(connection, acknowledgment=ack & 0xffffffff)
    numbers, deadline = [first.sequence], time.monotonic() + 0.15
    while (left := deadline - time.monotonic()) > 0:
        try:
            numbers.append(connection.receive_gre(left).sequence)
        except Failure:
            break
    check(numbers == list(range(4)), f'{numbers} went out: half a window of 8 is 4')
    # The time-out frees them, as it does without an attack.
    while len(numbers) < 40:
        numbers.append(connection.receive_gre(5).sequence)
    check(numbers == list(range(40)), f'{numbers}')
    cost.check('140 forged acknowledgments', 0.2)


# -- more than can be read -----------------------------------------------------------------------

@test('hostile GRE: frames larger than PPP has are refused, those beside them arrive')
def jumbo(bed):
    client, connection, _ = up(bed)
    listening = client.start_traffic(count=0, quiet_ms=400, run=77)
    for number, size in enumerate((4097, 9000, 30000, 60000), 40):
        connection.send_gre(number, bytes(size))
        connection.send_gre(number + 1 if number == 43 else number, lcp_frame(number))
    report = finish_traffic(listening)
    check(report['foreign'] == 0 and report['received'] >= 3, f'{report}')
    check(client.running(), 'it ended')
    carries(client, connection, 45)


@test('hostile GRE: the server sends more than can be read: Echo-Requests are answered meanwhile',
      alone=True)
def too_fast(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    forger = Forger(bed)
    packets = [ip_packet(SERVER, connection.peer, 47, gre_packet(
        connection.client_call_id, number, None, lcp_frame(number))) for number in range(30000)]
    cost = Cost(bed, client)
    listening = client.start_traffic(count=0, quiet_ms=800, run=77)
    for at in range(0, len(packets), 5000):
        forger.flood(packets[at:at + 5000])
        is_heard(connection, at)
    report = finish_traffic(listening)
    check(report['late'] == 0 and report['received'] > 1000, f'lost or out of order: {report}')
    cost.check(f'{len(packets)} packets at once, {report["received"]} of them read in time', 0.1,
               len(packets), memory=6 << 10)
    connection.answer()
    # Where the end of the flood found no room, this is a jump ahead: a run of five confirms it.
    listening = client.start_traffic(count=0, quiet_ms=250, run=77)
    for number in range(len(packets), len(packets) + 5):
        connection.send_gre(number)
    numbers = finish_traffic(listening)['numbers']
    check(len(packets) + 4 in numbers, f'{numbers} arrived of a run of five after the flood')
    carries(client, connection, len(packets) + 5)
