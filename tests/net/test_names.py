# SPDX-License-Identifier: MIT
"""Names of servers: found, not found, with several addresses, some of them dead."""

import re
import time

from bed import DEAD, SERVER, SERVER2, allowed, check, wait_for
from capture import Capture
from client import PtyClient
from fakeserver import FakeServer
from nameserver import NameServer
from registry import test


@test('names: a name in the hosts file')
def hosts_file(bed):
    bed.replace('/etc/hosts', f'127.0.0.1 localhost\n{SERVER} vpn.test\n')
    bed.poptop()
    PtyClient(bed, server='vpn.test').wait_up()


@test('names: the first address refuses, the second works; the log names the address used')
def first_refuses(bed):
    bed.replace('/etc/hosts', f'127.0.0.1 localhost\n{SERVER2} vpn.test\n{SERVER} vpn.test\n')
    bed.poptop()
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed, server='vpn.test', *['--loglevel', '1'])
    client.wait_up()
    tried = [packet.destination for packet in capture.select(6)
             if packet.flag('S') and not packet.flag('A')]
    check(tried == [SERVER2, SERVER], f'addresses tried: {tried}')
    check(SERVER in client.log(), f'the log does not name {SERVER}: {client.log()!r}')


@test('names: the first address is unreachable, the second works')
def first_unreachable(bed):
    bed.ip('router', 'route', 'add', 'unreachable', f'{DEAD}/32')
    NameServer(bed, {'vpn.test': [DEAD, SERVER]})
    bed.poptop()
    client = PtyClient(bed, server='vpn.test')
    client.wait_up()
    check(SERVER in client.log(), f'the log does not name {SERVER}: {client.log()!r}')
    kept = bed.host_routes()
    check(all(SERVER in route for route in kept), f'a route to the dead address: {kept}')


@test('names: all addresses refuse: status 4, each was tried')
def all_refuse(bed):
    NameServer(bed, {'vpn.test': [SERVER2, SERVER]})
    routes = bed.routes()
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed, server='vpn.test')
    status = client.wait(5)
    check(status == 4, f'exit status {status}; log: {client.log()!r}')
    tried = {packet.destination for packet in capture.select(6) if packet.flag('S')
             and packet.source.startswith('10.77.1.')}
    check(tried == {SERVER, SERVER2}, f'addresses tried: {tried}')
    check(bed.routes() == routes, 'the route table is not as before')


@test('names: the name server knows no such name: status 3, the name is in the message')
def no_such_name(bed):
    NameServer(bed, {})
    client = PtyClient(bed, server='nowhere.test')
    status = client.wait(5)
    check(status == 3, f'exit status {status}; log: {client.log()!r}')
    check(re.search(r'nowhere\.test.*not|not.*nowhere\.test|resolve', client.log(), re.I),
          f'log: {client.log()!r}')


@test('names: an IPv6 address: status 3, the message asks for an IPv4 one, not for DNS settings')
def ipv6_address(bed):
    client = PtyClient(bed, server='fd00::1')
    status = client.wait(5)
    check(status == 3, f'exit status {status}; log: {client.log()!r}')
    check('IPv4' in client.log() and 'DNS' not in client.log(), f'log: {client.log()!r}')


@test('names: a name that has no IPv4 address: status 3, the message says that PPTP needs one')
def no_ipv4_address(bed):
    NameServer(bed, {'six.test': []})
    client = PtyClient(bed, server='six.test')
    status = client.wait(5)
    check(status == 3, f'exit status {status}; log: {client.log()!r}')
    check('has no IPv4 address, which PPTP needs' in client.log(), f'log: {client.log()!r}')


@test('names: a name that resolves to 0.0.0.0: status 3, the message names a block list')
def blocked_name(bed):
    NameServer(bed, {'blocked.test': ['0.0.0.0']})
    client = PtyClient(bed, server='blocked.test')
    status = client.wait(5)
    check(status == 3, f'exit status {status}; log: {client.log()!r}')
    check('block list' in client.log(), f'log: {client.log()!r}')


@test('names: a silent name server does not hold SIGTERM: ends in under 2 s')
def silent_name_server(bed):
    bed.replace('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:20 attempts:3\n')
    server = NameServer(bed, {}, silent=True)
    client = PtyClient(bed, server='slow.test')
    wait_for('a question to the name server', lambda: server.questions)
    start = time.monotonic()
    status = client.stop(15, 4)
    took = time.monotonic() - start
    check(took < allowed(2), f'the end took {took:.2f} s')
    check(status >= 0, f'the signal killed it ({status})')


@test('names: an address in the wrong form is taken as a name and not found: status 3')
def no_address(bed):
    NameServer(bed, {})
    client = PtyClient(bed, server='10.77.2.300')
    status = client.wait(5)
    check(status == 3, f'exit status {status}; log: {client.log()!r}')


@test('names: the second address is used when the first never answers', seconds=120, patient=True)
def first_silent(bed):
    NameServer(bed, {'vpn.test': [SERVER2, SERVER]})
    bed.filter('server', 'input', f'ip daddr {SERVER2} drop')
    server = FakeServer(bed)
    start = time.monotonic()
    PtyClient(bed, server='vpn.test')
    server.accept(100).up()
    bed.notes.append(f'the second address was tried after {time.monotonic() - start:.0f} s')
