# SPDX-License-Identifier: MIT
"""Through a NAT gateway (nftables, connection tracking helper for PPTP), and around firewalls."""

import time

from bed import CLIENT, SERVER, check
from capture import ICMP, Capture
from client import PtyClient, connect
from fakeserver import FakeServer
from registry import test
from test_poptop import both_carry, check_whole, two_clients

NAT = '''
table ip nat {
    ct helper pptp {
        type "pptp" protocol tcp
        l3proto ip
    }
    chain helpers {
        type filter hook prerouting priority filter
        tcp dport 1723 ct helper set "pptp"
    }
    chain sources {
        type nat hook postrouting priority srcnat
        oifname "s0" masquerade
    }
}
'''

NAT_WITHOUT_HELPER = '''
table ip nat {
    chain sources {
        type nat hook postrouting priority srcnat
        oifname "s0" masquerade
    }
    chain strangers {
        type filter hook forward priority filter
        iifname "s0" ip protocol 47 ct state new drop
    }
}
'''


@test('NAT: a tunnel through a masquerading gateway with the PPTP helper')
def one_tunnel(bed):
    bed.nft('router', NAT)
    bed.poptop()
    capture = Capture(bed, 'server', 'eth0')
    client = PtyClient(bed)
    client.wait_up()
    check_whole(client.traffic(count=500, size_min=60, size_max=1300), 500)
    sources = {packet.source for packet in capture.select(47, destination=SERVER)}
    check(sources == {'10.77.2.1'}, f'the server saw GRE from {sources}')
    check(client.stop() == 0, 'it did not end well')


@test('NAT: two tunnels at once from one host to one server')
def two_tunnels(bed):
    bed.nft('router', NAT)
    bed.poptop()
    clients = two_clients(bed)
    both_carry(clients)
    for client in clients:
        check(client.stop() == 0, 'it did not end well')


@test('NAT: two hosts behind one gateway to one server at once')
def two_hosts(bed):
    bed.nft('router', NAT)
    bed.run(['ip', 'netns', 'add', 'client2'])
    bed.run(['ip', '-n', 'router', '-batch', '-'], text='\n'.join([
        'link add d0 type veth peer name up0 netns client2',
        'address add 10.77.4.1/24 dev d0', 'link set d0 up', '']))
    bed.run(['ip', '-n', 'client2', '-batch', '-'], text='\n'.join([
        'address add 10.77.4.2/24 dev up0', 'link set lo up', 'link set up0 up',
        'route add default via 10.77.4.1', '']))
    bed.poptop()
    clients = []
    for netns in ('client', 'client2'):
        clients.append(PtyClient(bed, netns=netns))
        clients[-1].wait_up()
    both_carry(clients)
    check(clients[0].stop() == 0, 'the first did not end well')
    check_whole(clients[1].traffic(count=100, run=9), 100)
    check(clients[1].stop() == 0, 'the second did not end well')


@test('NAT without the PPTP helper: the call is up but silent: the warning names nf_conntrack_pptp')
def no_helper(bed):
    bed.nft('router', NAT_WITHOUT_HELPER)
    bed.poptop('--greet', '0')
    client = PtyClient(bed)
    client.expect_log('nf_conntrack_pptp', 8)
    client.hang_up()
    status = client.wait(3)
    check(status == 16, f'exit status {status}')


@test('a firewall that drops GRE: the call is up but silent: the warning comes, status 16')
def gre_dropped(bed):
    bed.filter('router', 'forward', 'ip protocol 47 drop')
    bed.poptop()
    client = PtyClient(bed)
    client.expect_log('47.*firewall|firewall.*47', 8)
    client.hang_up()
    status = client.wait(3)
    check(status == 16, f'exit status {status}')


@test('a firewall that drops GRE to the server only: one warning says that none of ours arrives')
def gre_one_way(bed):
    bed.filter('router', 'forward', f'ip daddr {SERVER} ip protocol 47 drop')
    bed.poptop()
    client = PtyClient(bed, '--loglevel', '0')
    client.traffic(count=20, quiet_ms=100)
    client.expect_log('acknowledged none of ours.*outgoing', 8)
    check('no GRE packet has arrived' not in client.log(), client.log())
    check(client.running(), 'the warning ended the call')
    check(client.stop() == 0, 'it did not end well')


@test('a firewall that drops GRE to the server only: status 16 where it stays, none where it goes')
def gre_one_way_ends(bed):
    for healed in (False, True):
        bed.filter('router', 'forward', f'ip daddr {SERVER} ip protocol 47 drop')
        bed.poptop()
        client = PtyClient(bed)
        client.traffic(count=20, quiet_ms=100)
        client.expect_log('acknowledged none of ours.*outgoing', 8)
        if healed:
            bed.unfilter('router')
            client.wait_up()
        client.hang_up()
        status = client.wait(3)
        check(status == (0 if healed else 16), f'exit status {status}')
        last = client.log().strip().splitlines()[-1]
        check(('acknowledged none of ours' in last) != healed, f'the last line is {last!r}')
        if not healed:
            bed.unfilter('router')


@test('the first GRE packets of the server, ahead of everything, draw no ICMP error')
def no_icmp(bed):
    server = FakeServer(bed)
    capture = Capture(bed, 'server', 'eth0')
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    call = connection.expect(7)
    connection.client_call_id = call.call_id
    for number in range(5):         # before the reply, as a hasty server does
        connection.send_gre(number)
    connection.send(8, call_id=0x0102, peer_call_id=call.call_id)
    for number in range(5, 10):     # before anything of ours can be ready
        connection.send_gre(number)
    report = client.traffic(count=0, quiet_ms=500, run=77)
    errors = capture.select(ICMP, source=CLIENT)
    check(not errors, f'{len(errors)} ICMP errors')
    check(report['numbers'][-5:] == [5, 6, 7, 8, 9], f'arrived: {report["numbers"]}')


@test('poptop greets with 20 frames at once: no ICMP error, none of them is lost')
def greeting(bed):
    bed.poptop('--greet', '20')
    capture = Capture(bed, 'server', 'eth0')
    client = PtyClient(bed)
    report = client.traffic(count=0, quiet_ms=1500)
    errors = capture.select(ICMP, source=CLIENT)
    check(not errors, f'{len(errors)} ICMP errors')
    check(report['foreign'] == 20, f'{report["foreign"]} of 20 frames arrived')


# -- failures that pass -------------------------------------------------------------------------

def survives(bed, break_it, mend_it):
    """The tunnel carries frames again after 3 s of a broken network."""
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    check_whole(client.traffic(count=50), 50)
    break_it()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:      # keep sending into the hole
        client.traffic(count=20, gap_us=20000, window=1000, quiet_ms=50, run=50)
        check(client.running(), f'it ended: {client.log().strip()[-300:]!r}')
    mend_it()
    report = client.traffic(count=200, gap_us=20000, window=1000, quiet_ms=3000, run=60)
    check(report['received'] >= 100, f'only {report["received"]} of 200 frames came back')
    report = client.traffic(count=200, run=61)
    check_whole(report, 200)
    check(client.stop() == 0, 'it did not end well')


@test('transient: GRE dropped on the way for 3 s: the tunnel survives')
def dropped(bed):
    survives(bed, lambda: bed.filter('router', 'forward', 'ip protocol 47 drop'),
             lambda: bed.unfilter('router'))


@test('transient: GRE rejected with ICMP for 3 s: the tunnel survives')
def rejected(bed):
    survives(bed, lambda: bed.filter('router', 'forward',
                                     'ip protocol 47 reject with icmp type prot-unreachable'),
             lambda: bed.unfilter('router'))


@test('transient: GRE refused by the own firewall (EPERM) for 3 s: the tunnel survives')
def own_firewall(bed):
    survives(bed, lambda: bed.filter('client', 'output', 'ip protocol 47 drop'),
             lambda: bed.unfilter('client'))


@test('transient: host unreachable (ICMP) for 3 s: the tunnel survives')
def unreachable(bed):
    survives(bed, lambda: bed.ip('router', 'route', 'add', 'unreachable', f'{SERVER}/32'),
             lambda: bed.ip('router', 'route', 'del', 'unreachable', f'{SERVER}/32'))


@test('transient: the interface is down for 3 s: the tunnel survives')
def interface_down(bed):
    def mend():
        bed.ip('client', 'link', 'set', 'up0', 'up')
        bed.ip('client', 'route', 'add', 'default', 'via', '10.77.1.1')
    survives(bed, lambda: bed.ip('client', 'link', 'set', 'up0', 'down'), mend)


@test('transient: no route to the server for 3 s, and another host route then')
def route_gone(bed):
    def cut():
        bed.ip('client', 'route', 'flush', 'root', '0/0', 'type', 'unicast', 'scope', 'global')

    def mend():
        bed.ip('client', 'route', 'add', 'default', 'via', '10.77.3.1')
    survives(bed, cut, mend)


@test('frames larger than the path takes are survived')
def too_big(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    bed.ip('client', 'link', 'set', 'up0', 'mtu', '1000')
    client.traffic(count=20, size_min=1400, size_max=1500, quiet_ms=200, run=3)
    check(client.running(), 'it ended')
    check_whole(client.traffic(count=100, size_min=60, size_max=800, run=4), 100)


@test('a pppd that does not read costs packets, never a deadlock')
def slow_reader(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server, '--idle-wait', '1', '--max-echo-wait', '2')
    connection.answer()
    for number in range(3000):
        connection.send_gre(number)
        if number % 50 == 0:
            time.sleep(0.005)       # not faster than the wire
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:      # keep-alive still works meanwhile
        check(client.running(), f'it ended: {client.log().strip()[-300:]!r}')
        time.sleep(0.1)
    report = client.traffic(count=0, quiet_ms=500, run=77)
    check(report['received'] > 0 and report['late'] == 0 and report['corrupt'] <= 1,
          f'{report}')
    for number in range(3000, 3050):
        connection.send_gre(number)
    report = client.traffic(count=0, quiet_ms=500, run=77)
    check(report['received'] >= 50, f'{report}')
    check(client.stop() == 0, 'it did not end well')
