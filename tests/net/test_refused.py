# SPDX-License-Identifier: MIT
"""Containers, sandboxes and old kernels: every system call of the start is refused, with EPERM and with
ENOSYS. The tunnel comes up without what the call was for, and says so once if that is a loss; or the
command ends with a sentence that names the call and who may refuse it.

Not in the table: what any program needs before its first line (read, write, close, mmap, futex, ...), and
what cannot fail (getpid, getuid, ...).
"""

import contextlib
import errno
import os
import re
import select
import signal
import socket
import time

from bed import SERVER, Failure, allowed, check, wait_for
from client import LaunchClient, PtyClient
from fakeserver import FakeServer
from nameserver import NameServer
from registry import PRIVILEGES, test
from test_launch import nothing_left
from test_local_faults import hdlc_frame
from test_privilege import with_libraries

CAUSE = 'a container or sandbox may refuse it'
USUAL = re.compile('connecting to |control connection established|call up from |stopped by SIGTERM|'
                   'host route to .*(added|removed|is there already)|pppd (started|has closed)')


class Up:
    """It comes up and carries frames; these lines are all that it says about it, each once."""

    def __init__(self, *lines):
        self.lines = lines

    def judge(self, is_up, said):
        check(is_up, f'it did not come up: {said}')
        matched = sorted(line for pattern in self.lines for line in said if re.search(pattern, line))
        check(matched == sorted(said) and len(said) == len(self.lines),
              f'{said} instead of {self.lines}')


class Ends:
    """It ends before the tunnel carries frames; its last line is this sentence."""

    def __init__(self, sentence, cause=CAUSE):
        self.sentence = sentence
        self.cause = cause

    def judge(self, is_up, said):
        check(not is_up, 'it came up')
        check(said and re.search(self.sentence, said[-1]), f'{said} instead of {self.sentence!r}')
        check(self.cause in said[-1], f'no cause: {said}')


class Either:
    """The C library may do without the call."""

    def __init__(self, *outcomes):
        self.outcomes = outcomes

    def judge(self, is_up, said):
        self.outcomes[0 if is_up else 1].judge(is_up, said)


def option(level, name):
    return ('setsockopt', f'1={level}', f'2={name}')


UP = Up()
NO_ROUTE = 'no host route to .*(netlink, which a container or sandbox may refuse|not implemented)'
NO_KEEPER = r'no host route: no process to keep it \(socketpair, fork\): .*sandbox may refuse it;'
NO_REMOVER = r'will be left behind at the end: no process to remove it \(pipe, fork\): .*' + CAUSE


def no_socket(call):
    return rf'no socket in /run/pptp \({call}\): .*; pptp --status will not show this tunnel'


NO_FILTER = r'no filter \(SO_ATTACH_FILTER: '
NO_CLOCK = Ends(r'\(epoll, timerfd\): ')
NO_WAKE = Ends(r'cannot watch for signals \(epoll\)')
NO_GRE = Ends(r'open the GRE socket.*\(socket\)', 'sandbox')
REFUSED = 'the system refuses what pptp needs: see the line before'

# The call, and where only this argument of it: in pty mode with the server's name; in launch mode with
# its address, None: not tried.
TABLE = [
    (('access',), UP, UP),
    (('bind',), *[Ends(r'\(bind, connect\): ')] * 2),
    (('capget',), Up(NO_ROUTE), UP),
    (('capset',), Up('capabilities are kept: .*capset', NO_ROUTE),
     Up('capabilities are kept: .*capset')),
    (('chdir',), UP, UP),
    (('clone',), Up(NO_KEEPER, NO_REMOVER), Ends('cannot start a process .*fork')),
    (('clone3',), UP, UP),
    (('connect',), Ends('look up the server one.test: connect: '), Ends('port 1723: connect: ')),
    (('dup2',), Ends(r'standard input and output .*dup2\)'), UP),
    (('epoll_create1',), NO_WAKE, NO_WAKE),
    (('epoll_ctl',), NO_WAKE, NO_WAKE),
    (('epoll_wait',), *[Ends(r'wait for the network \(epoll_wait\)')] * 2),
    (('eventfd2',), Ends('look-up of the server.*eventfd'), UP),
    (('fcntl',), Ends(r'standard input and output \(fcntl'), Ends(r'no terminal for pppd \(fcntl')),
    (('getrandom',), *[Either(UP, Ends(REFUSED, ''))] * 2),
    (('getsockname',), *[Ends('port 1723: getsockname: ')] * 2),
    (('getsockopt',), *[Ends('port 1723: getsockopt: ')] * 2),
    (('accept4',), UP, UP),
    (('flock',), *[Up(no_socket('flock'))] * 2),
    (('listen',), *[Up(no_socket('listen'))] * 2),
    (('mkdir',), *[Up(no_socket('mkdir'))] * 2),
    (('ioctl',), UP, Ends(r'no terminal .*\(ioctl')),
    (('kill',), UP, Up(r'cannot follow .*\(kill\): .*' + CAUSE)),
    (('madvise',), UP, UP),
    (('pipe2',), Up(NO_REMOVER), Ends(r'cannot start a process \(pipe')),
    (('poll',), Ends('look up the server one.test: poll: '), Ends(r'cannot follow .*\(poll\)')),
    (('prctl',), *[Up('stays root: .*prctl: .*' + CAUSE, r'no_new_privs \(prctl\)',
                      r'not filtered \(seccomp\)')] * 2),
    (('prlimit64',), UP, UP),
    (('recvfrom',), Ends('look up the server one.test: recv: '), Ends(r'\(send, recv\): ')),
    (('recvmmsg',), UP, UP),
    (('recvmsg',), *[Up(NO_ROUTE)] * 2),
    (('rseq',), UP, UP),
    (('rt_sigaction',), UP, None),          # the stand-in for pppd needs it
    (('rt_sigprocmask',), Ends(r'cannot take signals \(sigprocmask'),
     Ends(r'cannot take signals \(sigprocmask')),
    (('seccomp',), *[Up(r'not filtered \(seccomp\)')] * 2),
    (('sendmmsg',), UP, UP),
    (('sendmsg',), *[Up(NO_ROUTE)] * 2),
    (('sendto',), Ends('look up the server one.test: send: '), Ends(r'\(send, recv\): ')),
    *[((call,), *[Up(f'stays root: .*{call}: .*{CAUSE}')] * 2)
      for call in ('setgroups', 'setresgid', 'setresuid')],
    (('setsid',), UP, UP),
    (('setsockopt',), Ends('look up the server one.test: setsockopt: '), Up(NO_FILTER, NO_ROUTE)),
    (('shutdown',), UP, UP),
    (('signalfd4',), Ends(r'cannot take signals .*signalfd\)'),
     Ends(r'cannot start a process .*signalfd')),
    (('socket',), NO_GRE, NO_GRE),
    (('socketpair',), Up(NO_KEEPER), Ends('no terminal or process for pppd .*socketpair')),
    (('timerfd_create',), *[Ends(REFUSED, '')] * 2),
    (('timerfd_settime',), NO_CLOCK, Ends('the clock .*timerfd')),
    (('uname',), UP, UP),
    (('wait4',), UP, None),                 # the start needs neither, and the end a second each
    (('waitid',), UP, None),
    (('socket', f'0={socket.AF_UNIX}'), UP, None),      # orders to the stand-in for pppd
    (('socket', f'0={socket.AF_NETLINK}'), *[Up(NO_ROUTE)] * 2),
    (('socket', f'0={socket.AF_INET}', '2=0'), Ends('look up the server one.test: socket: '),
     Ends('port 1723: socket: ')),
    (('socket', f'0={socket.AF_INET}', '2=47'), NO_GRE, NO_GRE),
    (option(1, 26), *[Up(NO_FILTER)] * 2),      # SO_ATTACH_FILTER
    (option(1, 44), UP, UP),                    # SO_LOCK_FILTER
    (option(1, 33), UP, UP),                    # SO_RCVBUFFORCE
    (option(1, socket.SO_RCVBUF), *[Up(NO_ROUTE)] * 2),     # libnl needs it
    (option(1, 40), UP, UP),                    # SO_RXQ_OVFL
    (option(socket.IPPROTO_IP, 10), UP, UP),    # IP_MTU_DISCOVER
    (option(socket.IPPROTO_IP, socket.IP_MULTICAST_IF), UP, UP),
    (option(socket.IPPROTO_TCP, socket.TCP_NODELAY), UP, UP),
    (option(270, 11), *[Either(UP, Up(NO_ROUTE))] * 2),     # of netlink
    (('ioctl', '1=21505'), UP, Ends(r'no terminal .*\(ioctl')),            # TCGETS
    (('ioctl', f'1={0x80045430}'), UP, Ends(r'no terminal .*\(ioctl')),     # TIOCGPTN
]


def take_call(server, client):
    """The connection of a call that is up, or None when the client ends before."""
    deadline = time.monotonic() + allowed(5)
    while client.running() and time.monotonic() < deadline:
        if not select.select([server.listener], [], [], 0.01)[0]:
            continue
        connection = server.accept()
        with contextlib.suppress(Failure):      # it ends, or an earlier one had ended
            connection.up()
            connection.answer()
            return connection
    return None


def carries_both_ways(client, connection):
    os.write(client.slave, hdlc_frame(1))
    connection.receive_gre(2)
    connection.send_gre(0)
    check(select.select([client.slave], [], [], allowed(2))[0], 'no frame came through')


def has_pppd(client):
    """pppd was started, instead of the client's end."""
    wait_for('pppd or the end', lambda: os.path.exists(f'{client.folder}/orders') or
             not client.running())
    return client.running()


def said_by(client):
    lines = [re.sub(r'^pptp(\[\d+\]: anon)?: ', '', line) for line in client.log().splitlines()]
    return [line for line in lines if not USUAL.match(line)]


def attempt(bed, server, words, launch):
    """Whether it came up, its exit status, and what it said."""
    server.drain_gre()
    if launch:
        client = LaunchClient(bed, 'nodetach', prefix=words)
    else:
        client = PtyClient(bed, prefix=words, shell=False, server='one.test')
    try:
        connection = take_call(server, client)
        is_up = connection is not None
        if is_up and launch:
            is_up = has_pppd(client)
        elif is_up:
            carries_both_ways(client, connection)
        if is_up:
            client.signal(signal.SIGTERM)
        status = client.wait()
    finally:
        client.signal(signal.SIGKILL)
    check(status >= 0 or is_up and status == -signal.SIGTERM, f'ended by signal {-status}')
    if launch:
        nothing_left(client)
    else:
        client.hang_up()
    return is_up, status, said_by(client)


# The machine has no more of it: what failed is named, and its own words.
SHORTAGES = [
    (errno.EMFILE, ('timerfd_create',), r'\(epoll, timerfd\): Too many open files'),
    (errno.ENFILE, ('timerfd_create',), r'\(epoll, timerfd\): Too many open files in system'),
    (errno.EMFILE, ('socket', f'0={socket.AF_INET}', '2=47'),
     r'cannot open the GRE socket \(socket\): Too many open files'),
]


@test('refused: pty mode, a shortage of descriptors: the object that could not be opened is named',
      no_valgrind=PRIVILEGES)
def shortages(bed):
    with_libraries(bed)
    server = FakeServer(bed)
    for error, call, expected in SHORTAGES:
        is_up, status, said = attempt(bed, server, [bed.tools['refuse'], str(error), *call], False)
        check(not is_up and status == 1, f'{call}: status {status}, {said}')
        found = [line for line in said if re.search('Too many', line)]
        check(len(found) == 1 and re.search(expected, found[0]), f'{call}: {said}')


def refuse_all(bed, error, launch):
    with_libraries(bed)
    server = FakeServer(bed)
    NameServer(bed, {'one.test': [SERVER]})
    wrong = []
    for call, pty_mode, launch_mode in TABLE:
        expected = launch_mode if launch else pty_mode
        if expected is None:
            continue
        try:
            is_up, status, said = attempt(bed, server, [bed.tools['refuse'], str(error), *call], launch)
            if status == 98:
                bed.notes.append(f'this processor has no {call[0]}()')
                continue
            check(is_up or status != 0, 'it ended with status 0')
            check(not re.search('run pptp as root|DNS|is no pty|is a terminal', ''.join(said)),
                  f'a wrong cause: {said}')
            expected.judge(is_up, said)
        except Failure as failure:
            wrong.append(f'{" ".join(call)}: {failure}')
    check(not wrong, '\n'.join(wrong))


@test('refused: pty mode, each system call of the start fails with EPERM: up, or says which',
      seconds=90, no_valgrind=PRIVILEGES)
def pty_not_permitted(bed):
    refuse_all(bed, errno.EPERM, False)


@test('refused: pty mode, each system call of the start fails with ENOSYS: up, or says which',
      seconds=90, no_valgrind=PRIVILEGES)
def pty_unknown(bed):
    refuse_all(bed, errno.ENOSYS, False)


@test('refused: launch mode, each system call of the start fails with EPERM: up, or says which',
      seconds=90, no_valgrind=PRIVILEGES)
def launch_not_permitted(bed):
    refuse_all(bed, errno.EPERM, True)


@test('refused: launch mode, each system call of the start fails with ENOSYS: up, or says which',
      seconds=90, no_valgrind=PRIVILEGES)
def launch_unknown(bed):
    refuse_all(bed, errno.ENOSYS, True)
