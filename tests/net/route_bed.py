# SPDX-License-Identifier: MIT
"""The network of route_test.py: one network namespace with two uplinks for each test.

    10.77.1.2/24 up0 -- gateways 10.77.1.1 and 10.77.1.254; the first has the default route
    10.77.3.2/24 up1 -- gateway 10.77.3.1
    the server is 10.77.2.2; tun0 is the tunnel

Gateways and server are only addresses: routes are looked at, no packet is sent. Each test has a new
namespace, which goes with its last process. ROUTE_VALGRIND=1 runs the driver in valgrind.
"""

import ctypes
import os
import re
import select
import shutil
import subprocess
import time

CLONE_NEWNET = 0x40000000
SERVER = '10.77.2.2'
BY_GATEWAY = f'{SERVER} via 10.77.1.1 dev up0'
NO_ROUTE = 'error -10012'
VALGRIND = ['valgrind', '-q', '--error-exitcode=99', '--vgdb=no', '--leak-check=full',
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


SPARE = re.compile(r' metric (402[6-9]|40[3-9]\d|4[12]\d\d)\d{6}')   # from 0xf0000000 on


def ours():
    """Our routes in all tables, one a line, as ip prints them; one and its spares are one."""
    text = ip('-4 route show table all proto 114')
    lines = [' '.join(line.split()).removesuffix(' linkdown') for line in text.splitlines()]
    whole = [line for line in lines if not SPARE.search(line)]
    return whole + sorted({SPARE.sub('', line) for line in lines} - set(whole))


class Monitor:
    """What `ip monitor` has said of the host route to the server, from now on."""

    def __init__(self):
        self.popen = subprocess.Popen(['ip', '-4', 'monitor', 'route'], stdout=subprocess.PIPE,
                                      encoding='utf-8')
        self.marks = 0
        wait_for('the monitor hears', self.hears)

    def hears(self):
        self.mark()
        return bool(select.select([self.popen.stdout], [], [], 0.05)[0])

    def mark(self):
        self.marks += 1
        ip(f'route replace 192.0.2.{self.marks} dev lo table 99')

    def history(self):
        """The number of routes to the server after each change."""
        self.mark()
        last, there, counts = f'192.0.2.{self.marks} ', set(), []
        while not (line := self.popen.stdout.readline()).startswith(last):
            words = line.split()
            deleted = words[0] == 'Deleted'
            if words[deleted] != SERVER:
                continue
            (there.discard if deleted else there.add)(' '.join(words[deleted:]))
            counts.append(len(there))
        self.popen.kill()
        self.popen.wait()
        self.popen.stdout.close()
        for mark in range(1, self.marks + 1):
            ip(f'route del 192.0.2.{mark} dev lo table 99')
        return counts


def path_to_server(*words):
    """The kernel's own choice: gateway or 'link', and the interface."""
    match = re.search(r'(?:via (\S+) )?dev (\S+)', run('ip', 'route', 'get', SERVER, *words))
    return f'{match[1] or "link"} {match[2]}'


class Driver:
    def __init__(self, bed, prefix=()):
        command = [*prefix, bed.driver]
        if os.environ.get('ROUTE_VALGRIND') and not prefix:
            if not shutil.which('valgrind'):
                raise Skip('valgrind is not installed: routes were not tested under it')
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

    def pin(self, words='', **more):
        """A new driver that has the route to the server pinned."""
        driver = self.start()
        driver.pin(words, **more)
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


def end_as_before(bed, driver):
    driver.end()
    expect_as_before(bed)


def expect_meanwhile(bed, *expected, words=''):
    """Our routes while one driver has its route pinned; none of them stays."""
    driver = bed.pin(words)
    expect_ours(*expected)
    end_as_before(bed, driver)


def expect_one_hop_of_two(bed):
    """Of the next hops of the default route, that of the wanted interface, or the one in use."""
    bed.before = table_all()
    for wanted, gateway in (('up0', '10.77.1.1'), ('up1', '10.77.3.1')):
        expect_meanwhile(bed, f'{SERVER} via {gateway} dev {wanted}', words=f'oif {wanted}')
    chosen = path_to_server()
    driver = bed.pin()
    check_equal(path_to_server(), chosen, 'the next hop that the kernel had chosen')
    end_as_before(bed, driver)


def settle(driver):
    """Until the driver has heard of all that was done before."""
    ip('rule add priority 99 from 192.0.2.99 lookup main')     # news that every pin looks at
    ip('rule del priority 99')
    last = None
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        count = driver.ask('wakeups 0')
        if count == last:
            return
        last = count
        time.sleep(0.05)        # a quiet moment, not a guess: the loop goes on until it is quiet
    raise Failure('the driver does not come to rest')
