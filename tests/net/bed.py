# SPDX-License-Identifier: MIT
"""A small network of the test's own: network namespaces client, router and server.

    client (10.77.1.2, 10.77.3.2) -- (10.77.1.1, 10.77.3.1) router (10.77.2.1) -- (10.77.2.2) server

Each test is a process with a mount namespace of its own (private /run, /dev, and whatever of /etc
it replaces), below one process-id namespace for the whole run: whatever happens, even a kill -9 of
the run, the kernel ends all that was started and nothing of it is left on the machine.
"""

import collections
import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from route_bed import SPARE

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
PR_SET_CHILD_SUBREAPER = 36

CLIENT = '10.77.1.2'
CLIENT2 = '10.77.3.2'
GATEWAY = '10.77.1.1'
GATEWAY2 = '10.77.3.1'
SERVER = '10.77.2.2'
SERVER2 = '10.77.2.3'       # a second address of the server
DEAD = '10.77.2.9'          # nobody there: the router says so

libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """An expectation that did not hold."""


SANITIZED = {}


def is_sanitized(program):
    """Programs with sanitizers in them are slower and larger; the bounds know that."""
    if program not in SANITIZED:
        with open(program, 'rb') as file:
            SANITIZED[program] = b'__asan_init' in file.read()
    return SANITIZED[program]


class Skip(Exception):
    """What cannot be tested here, and why."""


_slower = 1.0


def be_patient(factor):
    """The programs under test are slower by that factor: so are all time limits from now on."""
    global _slower
    _slower = factor


def allowed(seconds):
    """A time limit, as it is for the programs under test."""
    return seconds * _slower


def check(condition, why):
    if not condition:
        raise Failure(why)


def wait_for(what, condition, seconds=5.0, step=0.01):
    """Polls until condition() is true and returns its value."""
    deadline = time.monotonic() + allowed(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f'not within {seconds:g} s: {what}')
        time.sleep(step)


def system_call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f'{name}: {os.strerror(error)}')


def mount(source, target, kind=None, flags=0, options=None):
    def text(value):
        return value.encode() if value is not None else None
    system_call('mount', text(source), text(target), text(kind), ctypes.c_ulong(flags),
                text(options))


def set_value(path, text):
    with open(path, 'w', encoding='ascii') as file:
        file.write(text)


def read_text(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):     # the second: of /proc
        return ''


def write_text(path, text, mode=0o644):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)


def private_dev(path):
    """A /dev of our own, so that /dev/log and the terminals belong to the test."""
    os.mkdir(path)
    mount('dev', path, 'tmpfs', 0, 'mode=0755')
    for name in ('null', 'zero', 'full', 'random', 'urandom', 'tty'):
        write_text(f'{path}/{name}', '')
        mount(f'/dev/{name}', f'{path}/{name}', None, MS_BIND)
    for name in ('pts', 'shm'):
        os.mkdir(f'{path}/{name}')
    os.mkdir(f'{path}/net')
    write_text(f'{path}/ppp', '')       # opens as the device does
    write_text(f'{path}/net/tun', '')
    mount('/dev/net/tun', f'{path}/net/tun', None, MS_BIND)
    mount('devpts', f'{path}/pts', 'devpts', 0, 'newinstance,ptmxmode=0666,mode=0620')
    os.symlink('pts/ptmx', f'{path}/ptmx')
    os.symlink('/proc/self/fd', f'{path}/fd')
    for number, name in enumerate(('stdin', 'stdout', 'stderr')):
        os.symlink(f'/proc/self/fd/{number}', f'{path}/{name}')
    mount(path, '/dev', None, MS_BIND | MS_REC)


def children_of(pid):
    try:
        tasks = os.listdir(f'/proc/{pid}/task')
    except FileNotFoundError:
        return []
    return [int(word) for task in tasks
            for word in read_text(f'/proc/{pid}/task/{task}/children').split()]


def descendants(pid):
    found = []
    for child in children_of(pid):
        found.append(child)
        found.extend(descendants(child))
    return found


def command_line(pid):
    return read_text(f'/proc/{pid}/cmdline').replace('\0', ' ').strip()


def process_state(pid):
    match = re.search(r'^State:\s+(\S)', read_text(f'/proc/{pid}/status'), re.M)
    return match.group(1) if match else None


class Process:
    """A program in a namespace; its output goes to files, so that it never blocks."""

    def __init__(self, bed, arguments, netns, name, environment=None, prefix=(), **streams):
        self.arguments = arguments
        self.syslog = bed.syslog
        self.name = name
        self.stdout_path = f'{bed.folder}/{name}.out'
        self.stderr_path = f'{bed.folder}/{name}.err'
        with open(self.stdout_path, 'ab') as out, open(self.stderr_path, 'ab') as err:
            streams.setdefault('stdin', subprocess.DEVNULL)
            streams.setdefault('stdout', out)
            streams.setdefault('stderr', err)
            with bed.inside(netns):
                self.started = time.monotonic()
                self.popen = subprocess.Popen([*prefix, *arguments], start_new_session=True,
                                              env={**os.environ, **(environment or {})}, **streams)
        self.pid = self.popen.pid

    def signal(self, number):
        if self.popen.poll() is None:
            os.kill(self.pid, number)

    def wait(self, seconds=5.0):
        """Waits for the end; returns the exit status (negative: the signal)."""
        try:
            return self.popen.wait(allowed(seconds))
        except subprocess.TimeoutExpired:
            raise Failure(f'{self.name} still runs after {seconds:g} s '
                          f'(log: {self.log().strip()[-400:]!r})') from None

    def running(self):
        return self.popen.poll() is None

    def output(self):
        return read_text(self.stdout_path)

    def log(self):
        """Standard error, and what went to syslog alone, in order."""
        self.syslog.catch_up()
        start = f'pptp[{self.pid}]: '
        logged = [text for _, text in self.syslog.lines if text.startswith(start)]
        missed = collections.Counter(logged)
        lines = []
        for line in read_text(self.stderr_path).splitlines():
            if missed[line]:
                missed[line] -= 1
            else:
                lines.append(line)
        return ''.join(f'{line}\n' for line in [*lines, *logged])

    def expect_log(self, pattern, seconds=5.0):
        def found():
            return re.search(pattern, self.log(), re.I)
        try:
            return wait_for(f'{pattern!r} in the log', found, seconds)
        except Failure:
            raise Failure(f'no {pattern!r} in the log of {self.name} within {seconds:g} s: '
                          f'{self.log().strip()[-600:]!r}') from None


class Syslog:
    """The /dev/log of the test."""

    def __init__(self):
        self.lines = []         # (priority, text after the time stamp)
        self.reads = threading.Event()
        self.reads.set()
        self.marks = 0
        self.listen()

    def listen(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind('/dev/log')
        os.chmod('/dev/log', 0o666)
        threading.Thread(target=self.loop, args=(self.socket,), daemon=True).start()

    def restart(self):
        """As a system logger does that is started anew."""
        os.unlink('/dev/log')
        self.socket.shutdown(socket.SHUT_RDWR)
        self.listen()

    def catch_up(self):
        """What was sent until now is in the list."""
        self.marks += 1
        mark = f'bed: mark {self.marks}'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            try:
                sender.sendto(f'<7>{mark}'.encode(), '/dev/log')
            except OSError:         # a test of its absence
                return
        wait_for('the system log', lambda: any(text == mark for _, text in self.lines[-50:]))

    def loop(self, source):
        # Who logs blocks when nobody reads.
        while data := source.recv(8192):
            self.reads.wait()
            data = data.decode(errors='replace')
            match = re.match(r'<(\d+)>(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?(.*)', data, re.S)
            if match:
                self.lines.append((int(match[1]), match[2].rstrip('\0\n')))

    def matching(self, pattern):
        return [line for line in list(self.lines) if re.search(pattern, line[1])]


class Bed:
    def __init__(self, tools):
        self.tools = tools      # pptp, standin, no_network: paths of programs
        self.folder = '/run/bed'    # in the private /run
        self.processes = []
        self.closers = []
        self.counter = 0
        self.syslog = None
        self.pptpd = None
        self.memcheck = None    # where all programs of ours run under valgrind
        self.notes = []         # measured values to show beside the result

    # -- set-up and the end ----------------------------------------------------------------------

    def build(self):
        system_call('prctl', PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)
        system_call('unshare', CLONE_NEWNS)
        mount('none', '/', None, MS_REC | MS_PRIVATE)
        mount('run', '/run', 'tmpfs', 0, 'mode=0755')
        os.mkdir(self.folder)
        private_dev(f'{self.folder}/dev')
        self.syslog = Syslog()
        self.replace('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
        self.replace('/etc/hosts', '127.0.0.1 localhost\n')
        self.build_network()

    def replace(self, path, text):
        """Puts a file of the test's own over one of the machine's."""
        self.counter += 1
        private = f'{self.folder}/over-{self.counter}'
        write_text(private, text)
        mount(private, path, None, MS_BIND)

    def build_network(self):
        for name in ('client', 'router', 'server'):
            self.run(['ip', 'netns', 'add', name])
        self.run(['ip', '-n', 'router', '-batch', '-'], text='\n'.join([
            'link add c0 type veth peer name up0 netns client',
            'link add c1 type veth peer name up1 netns client',
            'link add s0 type veth peer name eth0 netns server',
            f'address add {GATEWAY}/24 dev c0',
            f'address add {GATEWAY2}/24 dev c1',
            'address add 10.77.2.1/24 dev s0',
            'link set lo up', 'link set c0 up', 'link set c1 up', 'link set s0 up', '']))
        self.run(['ip', '-n', 'client', '-batch', '-'], text='\n'.join([
            f'address add {CLIENT}/24 dev up0',
            f'address add {CLIENT2}/24 dev up1',
            'link set lo up', 'link set up0 up', 'link set up1 up',
            f'route add default via {GATEWAY}', '']))
        self.run(['ip', '-n', 'server', '-batch', '-'], text='\n'.join([
            f'address add {SERVER}/24 dev eth0',
            f'address add {SERVER2}/24 dev eth0',
            'link set lo up', 'link set eth0 up', 'route add default via 10.77.2.1', '']))
        for netns in ('client', 'router', 'server'):
            with self.inside(netns):
                base = '/proc/sys/net/ipv4'
                set_value(f'{base}/ip_forward', '1' if netns == 'router' else '0')
                set_value(f'{base}/conf/all/rp_filter', '0')
                set_value(f'{base}/conf/default/rp_filter', '0')
                set_value(f'{base}/icmp_ratelimit', '0')
                for interface in os.listdir(f'{base}/conf'):
                    set_value(f'{base}/conf/{interface}/rp_filter', '0')

    def close(self):
        for closer in reversed(self.closers):
            with contextlib.suppress(Exception):
                closer()
        deadline = time.monotonic() + 5
        while children_of(os.getpid()) and time.monotonic() < deadline:
            for pid in descendants(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.005)

    # -- programs --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def inside(self, netns):
        """Sockets made and programs started in this block belong to the namespace."""
        if netns is None:
            yield
            return
        home = os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f'/run/netns/{netns}', os.O_RDONLY | os.O_CLOEXEC)
        try:
            system_call('setns', there, CLONE_NEWNET)
            yield
        finally:
            system_call('setns', home, CLONE_NEWNET)
            os.close(there)
            os.close(home)

    def run(self, arguments, netns=None, text=None, status=0, seconds=20):
        """Runs a program to its end and returns its standard output."""
        with self.inside(netns):
            done = subprocess.run(arguments, input=text, capture_output=True, encoding='utf-8',
                                  errors='replace', timeout=seconds, check=False)
        if status is not None and done.returncode != status:
            raise Failure(f'{" ".join(arguments)}: status {done.returncode}: {done.stderr.strip()}')
        return done.stdout

    def command(self, program, filtered=True):
        """
        The words that start a program of ours, under valgrind where the run is for that; not
        filtered: the kernel refuses the filter of system calls anyway.
        """
        return self.memcheck.command(program, filtered) if self.memcheck else [program]

    def start(self, arguments, netns=None, name=None, **options):
        self.counter += 1
        process = Process(self, arguments, netns, name or f'{self.counter}-program', **options)
        self.processes.append(process)
        return process

    def ip(self, netns, *words):
        return self.run(['ip', '-n', netns, *words])

    def nft(self, netns, text):
        self.run(['nft', '-f', '-'], netns=netns, text=text)

    def routes(self, netns='client'):
        """The route table as text, without what changes by itself."""
        return self.ip(netns, '-4', 'route', 'show', 'table', 'all')

    def host_routes(self, netns='client'):
        """Ours; a route and its spares are one."""
        text = self.ip(netns, '-4', 'route', 'show', 'proto', '114')
        lines = [SPARE.sub('', line).strip() for line in text.splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def filter(self, netns, hook, rule):
        """One firewall rule; bed.unfilter() takes it away again."""
        self.nft(netns, f'table ip bed {{\n chain {hook} {{\n type filter hook {hook} priority 0\n'
                        f'{rule}\n }}\n}}\n')

    def unfilter(self, netns):
        self.nft(netns, 'delete table ip bed\n')

    def counter_of(self, netns, table, name):
        data = json.loads(self.run(['nft', '-j', 'list', 'counter', 'ip', table, name],
                                   netns=netns))
        return next(item['counter']['packets'] for item in data['nftables'] if 'counter' in item)

    # -- poptop ----------------------------------------------------------------------------------

    def poptop(self, *serve, listen=SERVER):
        """Starts pptpd in the server namespace; its pppd is a stand-in (see ppp_standin.c)."""
        script = f'{self.folder}/server-ppp'
        self.server_log = f'{self.folder}/server-ppp.log'
        words = ' '.join([self.tools['standin'], 'serve', '--log', self.server_log, *serve])
        write_text(script, f'#!/bin/sh\nexec {words}\n', 0o755)
        write_text(f'{self.folder}/ppp-options', '')
        write_text(f'{self.folder}/pptpd.conf', '\n'.join([
            f'ppp {script}', f'option {self.folder}/ppp-options', 'debug', 'stimeout 10',
            f'listen {listen}', 'localip 192.168.77.1', 'remoteip 192.168.77.100-200', '']))
        process = self.start(['pptpd', '-f', '-c', f'{self.folder}/pptpd.conf',
                              '-p', f'{self.folder}/pptpd.pid'], 'server', 'pptpd')
        wait_for('pptpd listens', lambda: self.listening('server', 1723))
        self.pptpd = process
        return process

    def settle_poptop(self, calls):
        """
        Waits a little until poptop has no more than so many calls. It drops a new connection when
        a process of an old one ends in the same moment ("dropped slow initial connection").
        """
        if self.pptpd and self.pptpd.running():
            pid = self.pptpd.popen.pid
            with contextlib.suppress(Failure):
                wait_for('poptop has ended calls', lambda: len(children_of(pid)) <= calls, 2)

    def listening(self, netns, port):
        with self.inside(netns):
            table = read_text('/proc/thread-self/net/tcp')
        return re.search(rf':{port:04X} 00000000:0000 0A', table)
