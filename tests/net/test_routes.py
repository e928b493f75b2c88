# SPDX-License-Identifier: MIT
"""The host route to the server: added when it is needed, removed exactly, never the user's own."""

import os
import signal

import wire
from bed import GATEWAY, GATEWAY2, SERVER, check, children_of, wait_for
from client import PtyClient, connect
from fakeserver import FakeServer
from registry import test
from test_poptop import two_clients


def pinned(bed):
    found = bed.host_routes()
    return found[0] if len(found) == 1 else None


def wait_pinned(bed):
    return wait_for('one host route with protocol 114', lambda: pinned(bed))


def unchanged(bed, routes):
    check(bed.routes() == routes, f'routes before:\n{routes}after:\n{bed.routes()}')


@test('host route: added through the gateway with protocol 114, removed at the end')
def added_and_removed(bed):
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    route = wait_pinned(bed)
    check(route.startswith(f'{SERVER} via {GATEWAY} dev up0'), f'{route}')
    client.stop()
    unchanged(bed, routes)


@test('host route: holds when the default route moves into the tunnel')
def holds(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    default_into_tunnel(bed)
    report = client.traffic(count=100)
    check(report['distinct'] == 100, f'{report}')
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY, 'metric', '9')
    status = client.stop()
    check(status == 0, f'exit status {status}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


def default_into_tunnel(bed):
    """As `pppd replacedefaultroute` and its users do."""
    bed.ip('client', 'tuntap', 'add', 'dev', 'tun7', 'mode', 'tun')
    bed.ip('client', 'address', 'add', '192.168.77.100', 'peer', '192.168.77.1', 'dev', 'tun7')
    bed.ip('client', 'link', 'set', 'tun7', 'up')
    bed.ip('client', 'route', 'replace', 'default', 'dev', 'tun7')


@test('host route: ten drops with the default route in the tunnel, each redial works', seconds=60)
def redial(bed):
    routes = bed.routes()
    server = FakeServer(bed)
    for attempt in range(10):
        client, connection = connect(bed, server)
        default_into_tunnel(bed)
        if attempt % 2:         # the interface goes before the client, or after it
            bed.ip('client', 'link', 'del', 'tun7')
        connection.reset()
        check(client.wait() == 14, f'log: {client.log()[-400:]!r}')
        check((pinned(bed) or '').startswith(f'{SERVER} via {GATEWAY} dev up0'),
              f'our routes: {bed.host_routes()}')
        if not attempt % 2:
            bed.ip('client', 'link', 'del', 'tun7')
    # By the processes that kept it, which have no standard error any more.
    wait_for('ten lines that it stays', lambda: len(
        bed.syslog.matching('stays for the next call')) == 10)
    client, connection = connect(bed, server)
    connection.answer()
    client.expect_log('left by an earlier run')
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY)
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    unchanged(bed, routes)


@test('host route: removed when pppd puts the old default route back a moment after the end')
def default_put_back(bed):
    routes = bed.routes()
    client, connection = connect(bed, FakeServer(bed))
    default_into_tunnel(bed)
    connection.reset()
    check(client.wait() == 14, f'log: {client.log()[-400:]!r}')
    check(bed.host_routes(), 'it was removed while it was the only way')
    bed.ip('client', 'link', 'del', 'tun7')
    check(bed.host_routes(), 'it was removed while it was the only way')
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY)
    wait_for('the routes as before', lambda: bed.routes() == routes)


@test('host route: past a tunnel that has the default route, to the uplink behind it')
def past_tunnel(bed):
    bed.poptop()
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY, 'metric', '50')
    default_into_tunnel(bed)
    client = PtyClient(bed)
    client.wait_up()
    check((pinned(bed) or '').startswith(f'{SERVER} via {GATEWAY} dev up0'),
          f'our routes: {bed.host_routes()}')


@test('host route: the only way leads into a tunnel: the sentence names the interface')
def only_a_tunnel(bed):
    default_into_tunnel(bed)
    for options in ((), ('--nohostroute',)):
        client = PtyClient(bed, '--connect-timeout', '1', *options)
        check(client.wait() == 6, f'log: {client.log()[-400:]!r}')
        client.expect_log('no connection: .*; the way there leads into tun7')


@test('host route: none with --nohostroute')
def nohostroute(bed):
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed, '--nohostroute')
    client.wait_up()
    unchanged(bed, routes)


@test('host route: removed after a failed call')
def failed_call(bed):
    routes = bed.routes()
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.start_control()
    connection.take_call(result=4)
    connection.answer()
    client.wait()
    unchanged(bed, routes)


@test('host route: removed when the connection is refused')
def refused(bed):
    routes = bed.routes()
    PtyClient(bed).wait()
    unchanged(bed, routes)


@test('host route: removed when the server ends the call')
def server_ends(bed):
    routes = bed.routes()
    server = FakeServer(bed)
    client, connection = connect(bed, server)
    wait_pinned(bed)
    connection.send(wire.DISCONNECT, call_id=0x0102, result=1)
    connection.answer()
    client.wait()
    unchanged(bed, routes)


@test('host route: the user\'s own host route to the server is left alone')
def users_own(bed):
    bed.poptop()
    bed.ip('client', 'route', 'add', SERVER, 'via', GATEWAY2)
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    unchanged(bed, routes)
    client.stop()
    unchanged(bed, routes)


@test('host route: the user\'s own, also one that is worse by metric, survives')
def users_own_metric(bed):
    bed.poptop()
    bed.ip('client', 'route', 'add', SERVER, 'via', GATEWAY2, 'metric', '5000')
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    client.stop()
    unchanged(bed, routes)


@test('host route: the user replaces our route with his own while we run: his stays')
def users_replaces(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    bed.ip('client', 'route', 'replace', SERVER, 'via', GATEWAY2)
    report = client.traffic(count=50)
    check(report['distinct'] == 50, f'{report}')
    client.stop()
    routes = bed.routes()
    check(f'{SERVER} via {GATEWAY2} dev up1' in routes, f'the user\'s route is gone:\n{routes}')


@test('host route: what kill -9 left behind is adopted by the next run and removed')
def adopted(bed):
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    # Of the two processes the one that keeps the route comes first.
    for pid in children_of(client.pid) + [client.pid]:
        os.kill(pid, signal.SIGKILL)
    client.wait()
    check(pinned(bed), 'the test expected a route left behind')
    client = PtyClient(bed)
    client.wait_up()
    check(pinned(bed), f'not one route: {bed.host_routes()}')
    client.stop()
    unchanged(bed, routes)


@test('host route: a leftover through a gateway that is gone does not mislead the next run')
def stale_leftover(bed):
    bed.poptop()
    routes = bed.routes()
    bed.ip('client', 'route', 'add', SERVER, 'via', '10.77.1.99', 'proto', '114')
    client = PtyClient(bed)
    client.wait_up(8)
    client.stop()
    unchanged(bed, routes)


@test('host route: two tunnels to one server share it, the last one removes it')
def shared(bed):
    bed.poptop()
    routes = bed.routes()
    first, second = two_clients(bed)
    wait_pinned(bed)
    first.stop()
    wait_for('the second has the route', lambda: pinned(bed), 1)
    report = second.traffic(count=50)
    check(report['distinct'] == 50, f'{report}')
    second.stop()
    unchanged(bed, routes)


@test('host route: follows the default route to another gateway')
def follows_uplink(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    bed.ip('client', 'route', 'replace', 'default', 'via', GATEWAY2, 'dev', 'up1')
    wait_for('the host route through the new gateway',
             lambda: GATEWAY2 in (pinned(bed) or ''), 5)
    report = client.traffic(count=50)
    check(report['distinct'] == 50, f'{report}')
    client.stop()
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('host route: comes back after its interface was down and up again')
def interface_down_up(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    bed.ip('client', 'link', 'set', 'up0', 'down')
    wait_for('the kernel dropped the route', lambda: not bed.host_routes())
    bed.ip('client', 'link', 'set', 'up0', 'up')
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY)
    wait_pinned(bed)
    report = client.traffic(count=50, quiet_ms=4000)
    check(report['received'] >= 40, f'{report}')
    client.stop()
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('host route: without CAP_NET_ADMIN a clear warning, and the tunnel comes up')
def no_capability(bed):
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed, prefix=['setpriv', '--bounding-set', '-net_admin',
                                    '--inh-caps', '-net_admin'])
    client.wait_up()
    unchanged(bed, routes)
    client.expect_log(r'route.*(CAP_NET_ADMIN|permi)')
    status = client.stop()
    check(status == 0, f'exit status {status}')


@test('host route: many runs, half of them killed, leave nothing once one ends well', seconds=60)
def many_runs(bed):
    bed.poptop()
    routes = bed.routes()
    for index in range(6):
        client = PtyClient(bed)
        client.wait_up()
        check(pinned(bed), f'not one route: {bed.host_routes()}')
        client.signal(signal.SIGKILL if index % 2 == 0 else signal.SIGTERM)
        client.wait()
    unchanged(bed, routes)
