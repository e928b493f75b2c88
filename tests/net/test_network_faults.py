# SPDX-License-Identifier: MIT
"""The network or the server goes away, changes, or lies about it with ICMP."""

import signal
import socket
import struct
import time

from attack import STRANGER, Cost, Forger, call, carries, checksum, gre_packet, ip_packet
from bed import CLIENT, GATEWAY, SERVER, Failure, allowed, check, process_state, wait_for
from capture import GRE, TCP, Capture
from client import PtyClient, connect, ended_within, finish_traffic
from fakeserver import CALL_ID, FakeServer
from registry import test
from test_failures import expect_end
from test_poptop import check_whole

KEEP_ALIVE = ('--idle-wait', '1', '--max-echo-wait', '1')


# -- the server vanishes -------------------------------------------------------------------------

def vanishes(bed, vanish, status=13, sentence=r'echo|keep-?alive', least=1.0, most=4.5):
    """The server is gone for good: the client says so in time, and leaves nothing behind."""
    routes = bed.routes()
    client, _ = call(bed, *KEEP_ALIVE)
    cost = Cost(bed, client)
    start = time.monotonic()
    vanish()
    client.start_traffic(count=50, one_way=True, gap_us=10000).communicate(timeout=5)
    if status == 13:
        cost.check('half a second of frames into the void', 0.2, 50, lines=2)
    expect_end(client, status, sentence, 6)
    took = time.monotonic() - start
    check(least < took < allowed(most), f'it ended after {took:.1f} s')
    bed.notes.append(f'ended after {took:.1f} s')
    check(bed.routes() == routes, f'routes before:\n{routes}after:\n{bed.routes()}')


@test('vanished: all packets to the server are dropped silently: keep-alive ends it, status 13')
def silent_drop(bed):
    vanishes(bed, lambda: bed.filter('router', 'forward', f'ip daddr {SERVER} drop'))


@test('vanished: the server\'s link is down, the router says host unreachable: status 13')
def server_link_down(bed):
    vanishes(bed, lambda: bed.ip('server', 'link', 'set', 'eth0', 'down'))


@test('vanished: the router says host unreachable at once: status 13')
def host_gone(bed):
    vanishes(bed, lambda: bed.ip('router', 'route', 'add', 'unreachable', f'{SERVER}/32'))


@test('vanished: the router says administratively prohibited: status 13')
def prohibited(bed):
    vanishes(bed, lambda: bed.filter('router', 'forward', 'reject with icmp type admin-prohibited'))


@test('vanished: the server was restarted and knows nothing: TCP reset, status 14')
def restarted(bed):
    vanishes(bed, lambda: bed.nft('server', '''
        table ip bed {
            chain input {
                type filter hook input priority 0
                tcp dport 1723 reject with tcp reset
                ip protocol 47 reject with icmp type prot-unreachable
            }
        }'''), 14, r'reset|closed', 0.3)


@test('vanished: SIGTERM then still ends it in under 2 s, status 0')
def stop_when_vanished(bed):
    client, _ = call(bed)
    bed.filter('router', 'forward', 'drop')
    client.signal(15)
    status, took = ended_within(client, 3)
    check(status == 0 and took < allowed(2), f'status {status} after {took:.2f} s')


@test('vanished: pppd ends then: under 2 s, status 0')
def hang_up_when_vanished(bed):
    client, _ = call(bed)
    bed.filter('router', 'forward', 'drop')
    client.hang_up()
    status, took = ended_within(client, 3)
    check(status == 0 and took < allowed(2), f'status {status} after {took:.2f} s')


@test('the server vanishes for 3 s and keep-alive waits longer: the tunnel survives')
def back_in_time(bed):
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '10')
    bed.ip('server', 'link', 'set', 'eth0', 'down')
    sending = client.start_traffic(count=300, one_way=True, gap_us=10000)
    sending.communicate(timeout=8)
    bed.ip('server', 'link', 'set', 'eth0', 'up')
    bed.ip('server', 'route', 'add', 'default', 'via', '10.77.2.1')
    wait_for('GRE comes through again', lambda: ping_frame(client, connection), 8)
    carries(client, connection, 40)


def ping_frame(client, connection):
    """Whether a frame of pppd's reaches the server now."""
    connection.server.drain_gre()
    client.traffic(count=1, one_way=True)
    time.sleep(0.05)        # the step of the poll
    connection.server.gre.setblocking(False)
    try:
        connection.server.gre.recv(65535)
    except BlockingIOError:
        return False
    return True


@test('the server restarts and gives the same call IDs again: the next call is clean')
def same_call_ids(bed):
    server = FakeServer(bed)
    client, connection = call(bed, server=server)
    old = connection.client_call_id
    connection.reset()
    expect_end(client, 14, r'reset|closed')
    client, connection = connect(bed, server)       # CALL_ID once more
    connection.answer()
    listening = client.start_traffic(count=0, quiet_ms=400, run=77)
    forger = Forger(bed)
    for number in range(40):
        forger.send(SERVER, GRE, gre_packet(old, 40 + number, None, b'old'))
        connection.send_gre(number)
    report = finish_traffic(listening)
    check(report['numbers'] == list(range(40)) and not report['foreign'], f'{report}')
    client.traffic(count=3, one_way=True)
    numbers = [connection.receive_gre().sequence for _ in range(3)]
    check(numbers == [0, 1, 2], f'the numbers of the new call begin with {numbers}')


# -- addresses and routes ------------------------------------------------------------------------

def new_lease(bed):
    """Another address in place of the old one."""
    bed.ip('client', 'address', 'del', f'{CLIENT}/24', 'dev', 'up0')
    bed.ip('client', 'address', 'add', '10.77.1.77/24', 'dev', 'up0')
    bed.ip('client', 'route', 'replace', 'default', 'via', GATEWAY)


@test('address change: a new lease: status 21 after 5 s, long before keep-alive', patient=True)
def new_address(bed):
    server = FakeServer(bed)
    for options, sends in (((), False), (('--nohostroute',), True)):
        client, _ = call(bed, *options, server=server)
        start = time.monotonic()
        new_lease(bed)
        if sends:               # without a host route, the errors of sending are the sign
            client.start_traffic(count=20, one_way=True, gap_us=10000).communicate(timeout=5)
        expect_end(client, 21, f'this machine no longer has {CLIENT}', 9)
        took = time.monotonic() - start
        check(4.5 < took < allowed(8), f'it ended after {took:.1f} s')
        check(not bed.host_routes(), f'left behind: {bed.host_routes()}')
        bed.ip('client', 'address', 'del', '10.77.1.77/24', 'dev', 'up0')
        bed.ip('client', 'address', 'add', f'{CLIENT}/24', 'dev', 'up0')
        bed.ip('client', 'route', 'replace', 'default', 'via', GATEWAY)


@test('address change: the old address is removed, a new one added: status 13 by keep-alive')
def address_changed(bed):
    client, _ = call(bed, *KEEP_ALIVE)
    cost = Cost(bed, client)
    start = time.monotonic()
    new_lease(bed)
    client.start_traffic(count=50, one_way=True, gap_us=10000).communicate(timeout=5)
    cost.check('frames without an address', 0.2, 50, lines=4)
    expect_end(client, 13, r'echo|keep-?alive', 6)
    took = time.monotonic() - start
    check(took < allowed(4.5), f'it ended after {took:.1f} s')
    check(not bed.host_routes(), f'left behind: {bed.host_routes()}')
    check(PtyClient(bed, '--connect-timeout', '2').wait(5) != 0, 'nobody answers, status 0')


@test('address change: the old address comes back after 2 s: the tunnel survives')
def address_back(bed):
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '10')
    bed.ip('client', 'address', 'del', f'{CLIENT}/24', 'dev', 'up0')
    client.start_traffic(count=200, one_way=True, gap_us=10000).communicate(timeout=8)
    bed.ip('client', 'address', 'add', f'{CLIENT}/24', 'dev', 'up0')
    bed.ip('client', 'route', 'replace', 'default', 'via', GATEWAY)
    wait_for('GRE comes through again', lambda: ping_frame(client, connection), 5)
    carries(client, connection, 40)
    check(client.stop() == 0, 'it did not end well')


# -- path MTU ------------------------------------------------------------------------------------

def set_path_mtu(bed, mtu):
    bed.ip('server', 'link', 'set', 'eth0', 'mtu', str(mtu))
    bed.ip('router', 'link', 'set', 's0', 'mtu', str(mtu))


@test('path MTU lowered twice in mid-flow: what was under way is lost, then all passes')
def path_mtu(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    capture = Capture(bed, 'server', 'eth0')
    check_whole(client.traffic(count=100, size_min=1300, size_max=1400), 100)
    lost = []
    for run, mtu in enumerate((1000, 700), 2):
        set_path_mtu(bed, mtu)
        report = client.traffic(count=200, size_min=1300, size_max=1400, window=8, gap_us=2000,
                                quiet_ms=400, run=run)
        lost.append(200 - report['received'] if report['sent'] == 200 else report['sent'])
        check_whole(client.traffic(count=100, size_min=1300, size_max=1400, run=run + 10), 100)
    check(max(lost) <= 40, f'lost at 1000 and 700 octets: {lost}')
    fragments = [packet for packet in capture.select(GRE, source=CLIENT) if packet.fragment]
    check(fragments, 'nothing came in fragments')
    bed.notes.append(f'lost at the changes: {lost}')


# -- ICMP errors ---------------------------------------------------------------------------------

UNREACHABLE, QUENCH, REDIRECT, TIME, PARAMETER = 3, 4, 5, 11, 12
ERRORS = [*((UNREACHABLE, code) for code in range(16)), (QUENCH, 0), (TIME, 0), (TIME, 1),
          *((PARAMETER, code) for code in range(3)), (UNREACHABLE, 200), (99, 0)]


def icmp_about_gre(bed, forger, source):
    """Every ICMP error about a GRE packet of ours, while frames go there and back."""
    bed.poptop()
    client = PtyClient(bed)
    capture = Capture(bed, 'client', 'up0')
    client.wait_up()
    ours = capture.wait_packets('GRE of ours', lambda packet: packet.source == CLIENT
                                and packet.protocol == GRE)[0].frame[14:]
    cost = Cost(bed, client)
    running = client.start_traffic(count=500, gap_us=1000, run=5)
    for kind, code in ERRORS * 5:
        forger.icmp(kind, code, ours, info=1400 if (kind, code) == (UNREACHABLE, 4) else 0,
                    source=source)
        time.sleep(0.003)       # between two of our packets, not ahead of all of them
    check_whole(finish_traffic(running), 500)
    cost.check(f'{5 * len(ERRORS)} ICMP errors beside 500 frames there and back', 0.3, 1000,
               lines=4)
    check(client.stop() == 0, 'it did not end well')


@test('ICMP: every kind of error about our GRE packets, from the path: not a frame is lost')
def icmp_from_path(bed):
    icmp_about_gre(bed, Forger(bed), GATEWAY)


@test('ICMP: every kind of error about our GRE packets, from a stranger: not a frame is lost')
def icmp_from_stranger(bed):
    icmp_about_gre(bed, Forger(bed), STRANGER)


@test('ICMP: an error that arrives while a frame waits to be sent does not cost the frame')
def icmp_before_sending(bed):
    client, connection = call(bed)
    forger = Forger(bed)
    about = ip_packet(CLIENT, SERVER, GRE, gre_packet(CALL_ID, 1, None, bytes(100)))
    lost = []
    for kind, code in ERRORS:
        client.signal(signal.SIGSTOP)
        wait_for('the client stands still', lambda: process_state(client.pid) == 'T')
        client.traffic(count=1, one_way=True)
        forger.icmp(kind, code, about, info=1400 if (kind, code) == (UNREACHABLE, 4) else 0)
        client.signal(signal.SIGCONT)
        try:
            connection.receive_gre(0.5)
        except Failure:
            lost.append((kind, code))
    check(not lost, f'frames lost for ICMP {lost}')


@test('ICMP: 20,000 errors about our GRE packets: cheap, one log line, then all passes',
      alone=True)
def icmp_flood(bed):
    client, connection = call(bed)
    forger = Forger(bed)
    cost = Cost(bed, client)
    about = ip_packet(CLIENT, SERVER, GRE, gre_packet(CALL_ID, 1))
    for number in range(20000):
        forger.icmp(UNREACHABLE, (2, 3, 10, 13)[number % 4], about)
    cost.check('20000 ICMP errors', 0.2, 20000, lines=1)
    carries(client, connection, 40)


@test('ICMP: fragmentation needed with a forged MTU of 68 to 552: large frames still pass')
def icmp_tiny_mtu(bed):
    bed.poptop()
    client = PtyClient(bed)
    capture = Capture(bed, 'client', 'up0')
    client.wait_up()
    about = ip_packet(CLIENT, SERVER, GRE, gre_packet(CALL_ID, 1, None, bytes(1300)))
    forger = Forger(bed)
    lost = 0
    for run, mtu in enumerate((0, 1, 68, 552, 65535), 10):
        forger.icmp(UNREACHABLE, 4, about, info=mtu, source=STRANGER)
        report = client.traffic(count=100, size_min=60, size_max=1400, run=run)
        lost += 100 - report['received']
        check(report['late'] == 0 and report['corrupt'] == 0, f'{report}')
    check(lost == 0, f'{lost} frames were lost')
    smallest = [len(packet.payload) for packet in capture.select(GRE, source=CLIENT)
                if packet.fragment & 0x2000]
    bed.notes.append(f'smallest first fragment: {min(smallest) if smallest else "none"} octets')


@test('ICMP: every kind of error about the control connection: it stays, and so does the call')
def icmp_about_tcp(bed):
    capture = Capture(bed, 'client', 'up0')
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '2')
    last = capture.select(TCP, source=CLIENT)[-1]
    following = (last.sequence + len(last.data)) & 0xffffffff
    forger = Forger(bed)
    cost = Cost(bed, client)
    for sequence in (following, following - 1, following + 0x1000000, 0):
        header = struct.pack('>HHIIBBHHH', last.sport, 1723, sequence & 0xffffffff, 0, 0x50, 0x10,
                             1000, 0, 0)
        for kind, code in ERRORS:
            for source in (GATEWAY, STRANGER):
                forger.icmp(kind, code, ip_packet(CLIENT, SERVER, TCP, header),
                            info=68 if code == 4 else 0, source=source)
    cost.check(f'{8 * len(ERRORS)} ICMP errors about TCP', 0.1, lines=1)
    capture.wait_control(5, CLIENT, 4)          # Echo-Requests still go there
    capture.wait_control(6, SERVER, 4)
    check(client.running(), 'it ended')
    carries(client, connection, 40)


def with_checksum(segment):
    pseudo = socket.inet_aton(SERVER) + socket.inet_aton(CLIENT)
    pseudo += struct.pack('>BBH', 0, TCP, len(segment))
    return segment[:16] + struct.pack('>H', checksum(pseudo + segment)) + segment[18:]


@test('forged TCP segments: resets, SYNs and data outside the window end and change nothing')
def forged_tcp(bed):
    capture = Capture(bed, 'client', 'up0')
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '2')
    last = capture.select(TCP, source=SERVER)[-1]
    following = last.sequence + len(last.data)
    forger = Forger(bed)
    for flags in (0x04, 0x14, 0x02, 0x11, 0x18):        # RST, RST ACK, SYN, FIN ACK, PSH ACK
        for sequence in (following + 0x40000000, following - 100000, following + 0x70000000):
            header = struct.pack('>HHIIBBHHH', 1723, last.dport, sequence & 0xffffffff, 1,
                                 0x50, flags, 1000, 0, 0) + b'x' * (flags == 0x18)
            forger.send(SERVER, TCP, with_checksum(header))
    capture.wait_control(6, SERVER, 4)
    check(client.running(), f'it ended: {client.log().strip()[-300:]!r}')
    carries(client, connection, 40)
