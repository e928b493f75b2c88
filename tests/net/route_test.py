#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Host routes: route_driver in network namespaces of the test's own.

    route_test.py DRIVER [FILTER]

    10.77.1.2/24 up0 -- gateways 10.77.1.1 and 10.77.1.254; the first has the default route
    10.77.3.2/24 up1 -- gateway 10.77.3.1
    the server is 10.77.2.2; tun0 is the tunnel

Gateways and server are only addresses: routes are looked at, no packet is sent. Each test has a new
namespace, which goes with its last process. ROUTE_VALGRIND=1 runs the driver in valgrind.
"""

import contextlib
import ctypes
import os
import re
import select
import signal
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
SERVER = '10.77.2.2'
NO_ROUTE = 'error -10012'
VALGRIND = ['valgrind', '-q', '--error-exitcode=99', '--leak-check=full',
            '--errors-for-leak-kinds=definite,indirect']

libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """An expectation that did not hold."""


class Skip(Exception):
    """What cannot be tested here, and why."""


def check_equal(found, expected, what):
    if found != expected:
        raise Failure(f'{what}: expected {expected!r}, found {found!r}')


def wait_for(what, condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f'not within {seconds:g} s: {what}')
        time.sleep(0.005)


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, encoding='utf-8', check=False,
                          timeout=30)
    if done.returncode != 0:
        raise Failure(f'{" ".join(words)}: {done.stderr.strip()}')
    return done.stdout


def ip(line):
    return run('ip', *line.split())


def table_all():
    return ip('-4 route show table all')


def ours():
    """Our routes in all tables, one a line, as ip prints them."""
    text = ip('-4 route show table all proto 114')
    return [' '.join(line.split()).removesuffix(' linkdown') for line in text.splitlines()]


def path_to_server(*words):
    """The kernel's own choice: gateway or 'link', and the interface."""
    match = re.search(r'(?:via (\S+) )?dev (\S+)', run('ip', 'route', 'get', SERVER, *words))
    return f'{match[1] or "link"} {match[2]}'


class Driver:
    def __init__(self, bed, prefix=()):
        command = [*prefix, bed.driver]
        if os.environ.get('ROUTE_VALGRIND') and not prefix:
            command = [*VALGRIND, bed.driver]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      bufsize=0)
        self.pending = b''
        self.log = []

    def line(self, seconds=30.0):
        """The next line, or None when none comes."""
        deadline = time.monotonic() + seconds
        while b'\n' not in self.pending:
            ready, _, _ = select.select([self.popen.stdout], [], [],
                                        max(0, deadline - time.monotonic()))
            data = os.read(self.popen.stdout.fileno(), 4096) if ready else b''
            if not data:
                return None
            self.pending += data
        line, self.pending = self.pending.split(b'\n', 1)
        return line.decode()

    def ask(self, command):
        self.popen.stdin.write(command.encode() + b'\n')
        while True:
            line = self.line()
            if line is None:
                raise Failure(f'the driver said nothing to {command!r}')
            if not line.startswith('log '):
                return line
            self.log.append(line)

    def logged(self, pattern):
        self.ask('state 0')
        return [line for line in self.log if re.search(pattern, line)]

    def pin(self, words='', expected='pinned', number=0, server=SERVER):
        check_equal(self.ask(f'pin {number} {server} {words}'), expected, 'answer to pin')

    def end(self):
        """By the end of its input, which unpins all; what valgrind found is an error."""
        self.popen.stdin.close()
        while self.line() is not None:
            pass
        check_equal(self.popen.wait(30), 0, 'exit status of the driver')

    def kill(self):
        self.popen.kill()
        self.popen.wait()


class Bed:
    """A namespace with two uplinks, and one on the other side of their cables."""

    def __init__(self, driver):
        self.driver = driver
        self.drivers = []
        if libc.unshare(CLONE_NEWNET) != 0:
            raise Failure(f'unshare: {os.strerror(ctypes.get_errno())}')
        here = os.readlink('/proc/self/ns/net')
        # Ends with its input, that is with this process at the latest.
        self.peer = subprocess.Popen(['unshare', '--net', 'cat'], stdin=subprocess.PIPE)
        wait_for('a namespace for the other side',
                 lambda: os.readlink(f'/proc/{self.peer.pid}/ns/net') != here)
        run('ip', '-batch', '-', text=f'''
            link set lo up
            link add up0 type veth peer name p0 netns {self.peer.pid}
            link add up1 type veth peer name p1 netns {self.peer.pid}
            address add 10.77.1.2/24 dev up0
            address add 10.77.3.2/24 dev up1''')
        for number in (0, 1):
            self.cable('up', number)
            ip(f'link set up{number} up')
        wait_for('carrier', lambda: ip('-o link show up').count('LOWER_UP') == 3)
        ip('route add default via 10.77.1.1 dev up0 metric 100')
        self.before = table_all()

    def cable(self, state, number=0):
        run('nsenter', '-t', str(self.peer.pid), '-n', 'ip', 'link', 'set', f'p{number}', state)

    def start(self, prefix=()):
        driver = Driver(self, prefix)
        self.drivers.append(driver)
        return driver

    def add_tunnel(self, name='tun0', address='192.168.77.2 peer 192.168.77.1'):
        if not os.path.exists('/dev/net/tun'):
            raise Skip('routes into a tun interface: this machine has no TUN')
        ip(f'tuntap add mode tun {name}')
        ip(f'address add {address} dev {name}')
        ip(f'link set {name} up')

    def end(self):
        try:
            for driver in self.drivers:
                if driver.popen.poll() is None and not driver.popen.stdin.closed:
                    driver.end()
        finally:
            for driver in self.drivers:
                driver.kill()
            self.peer.stdin.close()
            self.peer.wait()


def expect_ours(*expected):
    check_equal(sorted(ours()), sorted(expected), 'our routes')


def wait_ours(*expected):
    try:
        wait_for('', lambda: sorted(ours()) == sorted(expected))
    except Failure:
        raise Failure(f'our routes: expected {sorted(expected)}, found {sorted(ours())}') from None


def expect_as_before(bed):
    check_equal(table_all(), bed.before, 'the route table at the end')


def settle(driver):
    """Until the driver has heard of all that was done before."""
    ip('rule add priority 99 from 192.0.2.99 lookup main')     # news that every pin looks at
    ip('rule del priority 99')
    last = None
    while True:
        count = driver.ask('wakeups 0')
        if count == last:
            return
        last = count
        time.sleep(0.05)        # a quiet moment, not a guess: the loop goes on until it is quiet


BY_GATEWAY = f'{SERVER} via 10.77.1.1 dev up0'


# -- lookup ----------------------------------------------------------------------------------------

def test_lookup_tells_gateway_link_and_local(bed):
    driver = bed.start()
    check_equal(driver.ask(f'lookup {SERVER}'), 'gateway via 10.77.1.1 dev up0 src 10.77.1.2 '
                'table 254 metric 100 mtu 1500 len 0 proto 3', 'gateway')
    check_equal(driver.ask('lookup 10.77.3.9'), 'link via 0.0.0.0 dev up1 src 10.77.3.2 '
                'table 254 metric 0 mtu 1500 len 24 proto 2', 'link')
    for address in ('10.77.1.2', '127.0.0.1', '127.5.5.5'):
        check_equal(driver.ask(f'lookup {address}').split()[0:5],
                    ['local', 'via', '0.0.0.0', 'dev', 'lo'], address)


def test_lookup_tells_metrics_of_the_route(bed):
    ip(f'route add {SERVER} via 10.77.1.254 mtu 1400 metric 7 src 10.77.3.2')
    check_equal(bed.start().ask(f'lookup {SERVER}'), 'gateway via 10.77.1.254 dev up0 '
                'src 10.77.3.2 table 254 metric 7 mtu 1400 len 32 proto 3', 'lookup')


def test_lookup_without_a_route_says_so(bed):
    driver = bed.start()
    for kind in ('unreachable', 'prohibit', 'blackhole'):
        ip(f'route add {kind} {SERVER}')
        check_equal(driver.ask(f'lookup {SERVER}')[:12], NO_ROUTE, kind)
        ip(f'route del {kind} {SERVER}')
    ip('route del default')
    check_equal(driver.ask(f'lookup {SERVER}')[:12], NO_ROUTE, 'no default route')
    check_equal(driver.ask(f'lookup {SERVER} oif up0')[:12], NO_ROUTE, 'no route by up0')


def test_lookup_refuses_wrong_addresses(bed):
    driver = bed.start()
    for address in ('0.0.0.0', '0.0.0.1', '224.0.0.1', '255.255.255.255'):
        check_equal(driver.ask(f'lookup {address}')[:12], 'error -10005', address)
        check_equal(driver.ask(f'pin 0 {address}')[:12], 'error -10005', address)
    check_equal(driver.ask('lookup 10.77.1.255')[:12], NO_ROUTE, 'broadcast address')
    check_equal(driver.ask(f'lookup {SERVER} src 192.0.2.1')[:12], NO_ROUTE,
                'a source that is not ours')


def test_lookup_by_mark_source_and_interface(bed):
    driver = bed.start()
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add fwmark 0x77 lookup 100')
    ip('rule add from 10.77.3.2 lookup 100')
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    for words, expected in (('', '10.77.1.1 dev up0 src 10.77.1.2 table 254 metric 100'),
                            ('mark 0x77', '10.77.3.1 dev up1 src 10.77.3.2 table 100 metric 0'),
                            ('src 10.77.3.2', '10.77.3.1 dev up1 src 10.77.3.2 table 100 metric 0'),
                            ('oif up1', '10.77.3.1 dev up1 src 10.77.3.2 table 254 metric 900')):
        answer = driver.ask(f'lookup {SERVER} {words}')
        check_equal(answer.startswith(f'gateway via {expected} '), True, f'{words}: {answer}')


# -- pin and unpin ---------------------------------------------------------------------------------

def test_pin_through_a_gateway_and_unpin(bed):
    driver = bed.start()
    driver.pin()
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('info 0'), 'gateway via 10.77.1.1 dev up0 src 0.0.0.0 table 254 '
                'metric 0 mtu 1500 len 32 proto 114', 'info')
    check_equal(driver.ask('cloexec 0'), '1', 'close on exec')
    check_equal(driver.ask('unpin 0'), 'done', 'unpin')
    expect_as_before(bed)
    check_equal([line for line in driver.log if 'warning' in line], [], 'warnings')


def test_pin_a_server_on_the_own_network(bed):
    driver = bed.start()
    driver.pin(server='10.77.3.9')
    expect_ours('10.77.3.9 dev up1 scope link src 10.77.3.2')
    ip('route add 10.77.3.8/30 via 10.77.1.254')
    settle(driver)
    check_equal(ours(), ['10.77.3.9 via 10.77.1.254 dev up0'], 'after a longer prefix came')
    ip('route del 10.77.3.8/30')
    wait_ours('10.77.3.9 dev up1 scope link src 10.77.3.2')
    driver.end()
    expect_as_before(bed)


def test_pin_of_this_machine_adds_nothing(bed):
    driver = bed.start()
    driver.pin(server='10.77.1.2', expected='unneeded')
    driver.pin(server='127.0.0.1', expected='unneeded', number=1)
    expect_as_before(bed)
    check_equal(driver.ask('info 0').split()[1], '-10006', 'info without a route of ours')
    driver.end()
    expect_as_before(bed)


def test_pin_without_a_route_fails_and_changes_nothing(bed):
    driver = bed.start()
    ip('route del default')
    before = table_all()
    check_equal(driver.ask(f'pin 0 {SERVER}')[:12], NO_ROUTE, 'pin')
    check_equal(driver.ask(f'pin 0 {SERVER} oif up1')[:12], NO_ROUTE, 'pin by interface')
    ip('route add unreachable default')
    check_equal(driver.ask(f'pin 0 {SERVER}')[:12], NO_ROUTE, 'pin, unreachable')
    ip('route del unreachable default')
    check_equal(table_all(), before, 'the route table')


def test_pin_copies_source_mtu_and_onlink(bed):
    ip('route replace default via 192.0.2.1 dev up0 onlink src 10.77.3.2 mtu 1400 advmss 1300 '
       'metric 100')
    bed.before = table_all()
    driver = bed.start()
    driver.pin()
    expect_ours(f'{SERVER} via 192.0.2.1 dev up0 src 10.77.3.2 onlink mtu 1400 advmss 1300')
    driver.end()
    expect_as_before(bed)


def test_pin_takes_one_of_several_next_hops(bed):
    ip('route del default')
    ip('route add default nexthop via 10.77.1.1 dev up0 nexthop via 10.77.3.1 dev up1')
    bed.before = table_all()
    for wanted in ('up0', 'up1'):
        driver = bed.start()
        driver.pin(f'oif {wanted}')
        check_equal([line.split()[4] for line in ours()], [wanted], 'interface')
        driver.end()
    driver = bed.start()
    chosen = path_to_server()
    driver.pin()
    check_equal(path_to_server(), chosen, 'the next hop that the kernel had chosen')
    driver.end()
    expect_as_before(bed)


def test_pin_by_mark_goes_into_the_marks_table(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add fwmark 0x77 lookup 100')
    before = table_all()
    driver = bed.start()
    driver.pin('mark 0x77')
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')
    check_equal(path_to_server(), '10.77.1.1 up0', 'path without the mark')
    ip('route del default table 100')
    settle(driver)
    check_equal(path_to_server('mark', '0x77'), '10.77.1.1 up0', 'what main says is taken')
    ip('route add default via 10.77.3.1 table 100')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')
    ip('route replace unreachable default table 100')
    settle(driver)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')    # not what main says
    ip('route del unreachable default table 100')
    ip('route add default via 10.77.3.1 table 100')
    driver.end()
    check_equal(table_all(), before, 'the route table')


def test_a_rule_that_leads_into_a_tunnel_does_not_move_the_route(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add fwmark 0x77 lookup 100')
    driver = bed.start()
    driver.pin('mark 0x77')
    bed.add_tunnel()
    ip('route add default dev tun0 table 200')
    ip('rule add fwmark 0x77 priority 50 lookup 200')
    settle(driver)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')


def test_pin_by_source(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add from 10.77.3.2 lookup 100')
    driver = bed.start()
    driver.pin('src 10.77.3.2')
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')
    driver.pin('src 10.77.1.2', number=1)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100', BY_GATEWAY)


def test_unpin_after_the_route_or_interface_went(bed):
    driver = bed.start()
    driver.pin('oif up0')
    ip('link del up0')
    check_equal(driver.ask('unpin 0'), 'done', 'unpin')
    check_equal([line for line in driver.log if 'could not' in line], [], 'complaints')
    check_equal(ours(), [], 'our routes')


# -- routes of others, leftovers, sharing ----------------------------------------------------------

def test_a_host_route_of_the_user_is_left_alone(bed):
    ip(f'route add {SERVER} via 10.77.1.254 metric 50')
    bed.before = table_all()
    driver = bed.start()
    driver.pin(expected='unneeded')
    expect_as_before(bed)
    ip(f'route del {SERVER}')
    wait_ours(BY_GATEWAY)               # it went: ours is needed
    ip(f'route replace {SERVER} via 10.77.1.254')
    settle(driver)
    check_equal(driver.ask('state 0'), 'unneeded', 'state')
    expect_ours()
    driver.end()
    check_equal(ip(f'-4 route show {SERVER}').split()[:3], [SERVER, 'via', '10.77.1.254'],
                'the route of the user')


def test_a_users_route_beside_ours_is_left_alone(bed):
    driver = bed.start()
    driver.pin()
    ip(f'route append {SERVER} via 10.77.1.254')
    settle(driver)
    expect_ours()
    check_equal(path_to_server(), '10.77.1.254 up0', 'path')
    driver.end()
    ip(f'route del {SERVER} via 10.77.1.254')
    expect_as_before(bed)


def test_a_leftover_of_a_killed_run_is_adopted(bed):
    first = bed.start()
    first.pin()
    first.kill()
    expect_ours(BY_GATEWAY)
    second = bed.start()
    second.pin()
    expect_ours(BY_GATEWAY)
    second.end()
    expect_as_before(bed)


def test_a_leftover_on_a_cable_without_carrier_is_adopted(bed):
    """The kernel shows flags with it that it does not take back."""
    first = bed.start()
    first.pin()
    first.kill()
    bed.cable('down')
    wait_for('no carrier', lambda: 'linkdown' in ip(f'route show {SERVER}'))
    second = bed.start()
    second.pin()
    ip('route del default')
    ip('link set up0 down')
    settle(second)
    check_equal(second.ask('state 0'), 'lost', 'state')
    bed.cable('up')
    ip('link set up0 up')
    wait_ours(BY_GATEWAY)
    second.end()
    expect_ours()


def test_leftovers_that_point_elsewhere_are_replaced(bed):
    for line in (f'{SERVER} via 10.77.1.254 proto 114', f'{SERVER} via 10.77.3.1 proto 114'):
        ip(f'route prepend {line}')
    driver = bed.start()
    driver.pin()
    expect_ours(BY_GATEWAY)
    driver.end()
    expect_as_before(bed)


def test_two_pins_of_two_processes_leave_nothing(bed):
    for order in ((0, 1), (1, 0)):
        drivers = [bed.start(), bed.start()]
        for driver in drivers:
            driver.pin()
        expect_ours(BY_GATEWAY)
        drivers[order[0]].end()
        wait_ours(BY_GATEWAY)           # the other puts it back
        drivers[order[1]].end()
        expect_as_before(bed)


def test_two_pins_of_one_process_leave_nothing(bed):
    driver = bed.start()
    driver.pin()
    driver.pin(number=1)
    driver.pin(number=2, server='10.77.2.3')
    expect_ours(BY_GATEWAY, '10.77.2.3 via 10.77.1.1 dev up0')
    ip('route replace default via 10.77.1.254 metric 100')
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0', '10.77.2.3 via 10.77.1.254 dev up0')
    driver.ask('unpin 0')
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0', '10.77.2.3 via 10.77.1.254 dev up0')
    driver.ask('unpin 1')
    driver.ask('unpin 2')
    expect_ours()


def test_two_pins_on_two_interfaces_do_not_fight(bed):
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    bed.before = table_all()
    driver = bed.start()
    driver.pin('oif up0')
    driver.pin('oif up1', number=1)
    both = [BY_GATEWAY, f'{SERVER} via 10.77.3.1 dev up1']
    settle(driver)
    expect_ours(*both)
    check_equal(driver.logged('restored'), [], 'the second pin took the first away')
    ip('link set up1 down')
    ip('link set up1 up')
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    wait_ours(*both)
    settle(driver)
    expect_ours(*both)
    driver.end()
    expect_as_before(bed)


def test_a_second_pin_comes_when_the_first_tunnel_has_the_default_route(bed):
    first = bed.start()
    first.pin()
    bed.add_tunnel()
    ip('route del default')
    ip('route add default dev tun0')
    second = bed.start()
    second.pin()
    settle(second)
    expect_ours(BY_GATEWAY)
    first.end()
    wait_ours(BY_GATEWAY)
    check_equal(path_to_server(), '10.77.1.1 up0', 'path')
    second.end()
    expect_ours()


# -- changes of the uplink -------------------------------------------------------------------------

def test_a_changed_default_route_is_followed_without_a_gap(bed):
    driver = bed.start()
    driver.pin()
    # Without a buffer, and told to flush, ip monitor says what the kernel did in its order.
    monitor = subprocess.Popen(['stdbuf', '-oL', 'ip', 'monitor', 'route'],
                               stdout=subprocess.PIPE)
    try:
        ip('route add 203.0.113.1 via 10.77.1.1')
        select.select([monitor.stdout], [], [], 1)
        ip('route del 203.0.113.1')
        ip('route replace default via 10.77.3.1 metric 100')
        wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
        ip('route add 203.0.113.2 via 10.77.1.1')
        seen = []
        while not any('203.0.113.2' in line for line in seen):
            ready, _, _ = select.select([monitor.stdout], [], [], 5)
            if not ready:
                raise Failure(f'ip monitor is silent after {seen}')
            seen += os.read(monitor.stdout.fileno(), 65536).decode().splitlines()
    finally:
        monitor.kill()
        monitor.communicate()
    order = [line.split(' proto')[0] for line in seen if SERVER in line]
    check_equal(order, [f'{SERVER} via 10.77.3.1 dev up1', f'Deleted {BY_GATEWAY}'],
                'order of the changes')
    driver.end()
    expect_ours()


def test_a_second_uplink_does_not_move_the_route(bed):
    driver = bed.start()
    driver.pin()
    ip('route add default via 10.77.3.1 dev up1 metric 5')
    settle(driver)
    expect_ours(BY_GATEWAY)
    ip('route del default via 10.77.1.1')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
    check_equal(driver.ask('state 0'), 'pinned', 'state')


def test_a_longer_prefix_is_followed(bed):
    driver = bed.start()
    driver.pin()
    ip('route add 10.77.2.0/24 via 10.77.3.1')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
    ip('route del 10.77.2.0/24')
    wait_ours(BY_GATEWAY)
    driver.end()
    expect_as_before(bed)


def test_link_down_and_up_with_its_default_route(bed):
    driver = bed.start()
    driver.pin()
    ip('link set up0 down')
    settle(driver)
    check_equal(driver.ask('state 0'), 'lost', 'state')
    check_equal(len(driver.logged('warning')), 1, 'warnings')
    ip('link set up0 up')
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    wait_ours(BY_GATEWAY)
    settle(driver)
    check_equal(driver.ask('state 0'), 'pinned', 'state')
    driver.end()
    expect_as_before(bed)


def test_link_down_and_up_with_the_default_route_in_the_tunnel(bed):
    driver = bed.start()
    driver.pin()
    bed.add_tunnel()
    ip('route del default')
    ip('route add default dev tun0')
    for _ in range(3):
        ip('link set up0 down')
        settle(driver)
        check_equal(driver.ask('state 0'), 'lost', 'state')
        ip('link set up0 up')
        wait_ours(BY_GATEWAY)           # nobody puts the default route back
    ip('address del 10.77.1.2/24 dev up0')
    settle(driver)
    ip('address add 10.77.1.2/24 dev up0')
    wait_ours(BY_GATEWAY)
    driver.end()
    expect_ours()


def test_link_down_moves_to_the_other_uplink(bed):
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    driver = bed.start()
    driver.pin()
    ip('link set up0 down')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
    driver.end()
    expect_ours()


def test_a_removed_route_of_ours_is_put_back(bed):
    driver = bed.start()
    driver.pin()
    ip(f'route del {SERVER}')
    wait_ours(BY_GATEWAY)
    driver.end()
    expect_as_before(bed)


def test_our_route_is_put_back_when_its_gateway_can_be_reached_again(bed):
    driver = bed.start()
    driver.pin()
    for line in ('route del default', 'route del 10.77.1.0/24', f'route del {SERVER}'):
        ip(line)
    settle(driver)
    check_equal(driver.ask('state 0'), 'lost', 'state')
    ip('route add 10.77.1.0/24 dev up0')
    wait_ours(BY_GATEWAY)


def test_a_kill_switch_does_not_take_the_route(bed):
    driver = bed.start()
    driver.pin()
    ip('route del default')
    ip('route add unreachable default metric 4000')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('state 0'), 'pinned', 'state')


def test_news_that_were_lost_are_made_up_for(bed):
    driver = bed.start()
    driver.pin()
    os.kill(driver.popen.pid, signal.SIGSTOP)
    try:
        lines = [f'route {verb} 203.{n >> 8}.{n & 255}.0/24 via 10.77.1.1'
                 for verb in ('add', 'del') for n in range(6000)]
        run('ip', '-batch', '-', text='\n'.join(lines))
        ip('route replace default via 10.77.1.254 metric 100')
    finally:
        os.kill(driver.popen.pid, signal.SIGCONT)
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0')
    check_equal(driver.logged('dispatch'), [], 'errors of dispatch')


def test_routes_of_others_wake_but_do_not_bother(bed):
    # The kernel tells of a cable's new state up to a second later.
    wait_for('both links are up', lambda: ip('-o link show up').count('state UP') == 2)
    driver = bed.start()
    driver.pin()
    settle(driver)
    first = int(driver.ask('wakeups 0'))
    ip('route add 203.0.113.0/24 via 10.77.1.1')
    wait_for('the driver hears of it', lambda: int(driver.ask('wakeups 0')) > first)
    settle(driver)
    last = int(driver.ask('wakeups 0'))
    time.sleep(0.5)                     # what is measured: nothing happens in this time
    check_equal(int(driver.ask('wakeups 0')), last, 'wake-ups while nothing happens')
    expect_ours(BY_GATEWAY)


# -- the tunnel ------------------------------------------------------------------------------------

def test_a_default_route_into_the_tunnel_leaves_the_route(bed):
    driver = bed.start()
    driver.pin()
    bed.add_tunnel()
    changes = ['route add default dev tun0', 'route add 0.0.0.0/1 dev tun0',
               'route add 10.77.2.0/24 dev tun0', 'route add default via 192.168.77.1 metric 1',
               'route del default via 10.77.1.1']
    for line in changes:
        ip(line)
        settle(driver)
        expect_ours(BY_GATEWAY)
        check_equal(path_to_server(), '10.77.1.1 up0', f'path after {line}')
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    ip('link del tun0')
    driver.end()
    expect_as_before(bed)


def test_a_tunnel_without_arp_leaves_the_route(bed):
    """As a dummy interface is, or a tunnel that does not call itself point-to-point."""
    driver = bed.start()
    driver.pin()
    ip('link set up1 arp off')
    ip('route replace default dev up1 metric 100')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('state 0'), 'pinned', 'state')


def test_a_tunnel_that_was_there_before_leaves_the_route(bed):
    bed.add_tunnel()
    driver = bed.start()
    driver.pin()
    ip('route replace default dev tun0 metric 100')
    settle(driver)
    expect_ours(BY_GATEWAY)


def test_a_tunnel_whose_peer_has_the_servers_address(bed):
    driver = bed.start()
    driver.pin()
    bed.add_tunnel(address=f'192.168.77.2 peer {SERVER}/32')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(path_to_server(), '10.77.1.1 up0', 'path')
    ip('link set up0 down')
    settle(driver)
    ip('link set up0 up')
    wait_ours(BY_GATEWAY)
    check_equal(path_to_server(), '10.77.1.1 up0', 'path after the link came back')
    driver.end()
    check_equal(path_to_server(), 'link tun0', 'the route of the tunnel is left alone')


def test_a_tunnel_over_a_point_to_point_uplink(bed):
    """As over PPPoE: the uplink is one itself, and comes back under its name."""
    bed.add_tunnel('ppp0', '192.168.66.2 peer 192.168.66.1')
    ip('route replace default dev ppp0 metric 100')
    driver = bed.start()
    driver.pin()
    expect_ours(f'{SERVER} dev ppp0 scope link')
    bed.add_tunnel('ppp1')
    ip('route add default dev ppp1')
    settle(driver)
    expect_ours(f'{SERVER} dev ppp0 scope link')
    ip('link del ppp0')
    settle(driver)
    check_equal(driver.ask('state 0'), 'lost', 'state')
    expect_ours()
    bed.add_tunnel('ppp0', '192.168.66.2 peer 192.168.66.1')
    ip('route add default dev ppp0 metric 100')
    wait_ours(f'{SERVER} dev ppp0 scope link')


def test_a_tunnel_like_an_ethernet_must_be_named(bed):
    driver = bed.start()
    driver.pin()
    check_equal(driver.ask('tunnel 0 up1'), 'done', 'set_tunnel')
    ip('route replace default via 10.77.3.1 dev up1 metric 100')
    settle(driver)
    expect_ours(BY_GATEWAY)
    driver.ask('tunnel 0 none')
    settle(driver)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1')


# -- without the capability ------------------------------------------------------------------------

WITHOUT = ('setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin')


def test_pin_without_the_capability_is_refused(bed):
    driver = bed.start(WITHOUT)
    check_equal(driver.ask(f'lookup {SERVER}').split()[0], 'gateway', 'lookup')
    check_equal(driver.ask(f'pin 0 {SERVER}').split()[:2], ['error', '-1'], 'pin')
    expect_as_before(bed)
    ip(f'route add {SERVER} via 10.77.1.254')
    driver.pin(expected='unneeded')
    ip(f'route del {SERVER}')
    wait_for('dispatch says what it may not', lambda: driver.logged('refused: Operation not perm'))
    check_equal(len(driver.logged('refused')), 1, 'times that it was said')
    driver.end()
    expect_as_before(bed)


def run_one(driver, test):
    """Returns '' or why it failed."""
    bed = None
    why = ''
    try:
        bed = Bed(driver)
        test(bed)
    except Failure as failure:
        why = str(failure)
    finally:
        if bed:
            try:
                bed.end()
            except Failure as failure:
                why = why or str(failure)
    return why


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    wanted = sys.argv[2] if len(sys.argv) > 2 else ''
    tests = [(name[5:].replace('_', ' '), test) for name, test in globals().items()
             if name.startswith('test_') and wanted in name.replace('_', ' ')]
    home = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
    if libc.unshare(CLONE_NEWNET) != 0:
        print('1..0 # SKIP host routes: needs root to make network namespaces')
        return 0
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            why = run_one(os.path.abspath(sys.argv[1]), test)
        except Skip as skip:
            print(f'ok {number} - {name} # SKIP {skip}', flush=True)
            continue
        print(f'{"not " if why else ""}ok {number} - {name}', flush=True)
        if why:
            failed += 1
            print('# ' + why.replace('\n', '\n# '), flush=True)
    with contextlib.suppress(OSError):
        libc.setns(home, CLONE_NEWNET)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
