# SPDX-License-Identifier: MIT
"""From SIGTERM to the end in under two seconds, whoever stands still: pppd, the keeper, the system log,
the start of pppd; and what a worker in the wrong hands can make its keeper do."""

import os
import re
import signal
import socket
import stat
import struct

import wire
from attack import call
from bed import SERVER2, allowed, check, children_of, process_state, wait_for
from client import LaunchClient, PtyClient, ended_within, finish_traffic
from fakeserver import FakeServer
from registry import test
from test_launch import all_children, nothing_left, reap
from test_privilege import with_keeper
from test_routes import pinned, unchanged

LIMIT = 2.0


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    wait_for('it is stopped', lambda: process_state(pid) == 'T')


def ends_in_time(client):
    client.signal(signal.SIGTERM)
    _, took = ended_within(client, LIMIT)
    check(took < allowed(LIMIT), f'SIGTERM took {took:.2f} s')


def frames_arrive(client, connection, first):
    """Without a look at the log, which would wait too."""
    listening = client.start_traffic(count=0, quiet_ms=250, run=77)
    for number in range(first, first + 40):
        connection.send_gre(number)
    numbers = finish_traffic(listening)['numbers']
    check(numbers == list(range(first, first + 40)), f'{numbers} arrived, not {first} and 39 more')


@test('partners: the system logger stands still: frames go on, SIGTERM ends it in time; it hears later '
      'how much it missed')
def logger(bed):
    routes = bed.routes()
    client, connection = call(bed, '--loglevel', '2')
    bed.syslog.reads.clear()
    for round_ in range(1, 11):         # 16 lines each: more than are kept
        client.signal(signal.SIGUSR1)
        frames_arrive(client, connection, round_ * 40)
    bed.syslog.reads.set()
    client.signal(signal.SIGUSR1)
    wait_for('the number of lines', lambda: bed.syslog.matching(
        r'\d+ lines dropped: the system log was blocked'))
    bed.syslog.reads.clear()
    for _ in range(6):
        client.signal(signal.SIGUSR1)
    ends_in_time(client)
    bed.syslog.reads.set()
    unchanged(bed, routes)


@test('partners: the system logger stands still from the start, launch mode: SIGTERM ends it in time')
def logger_launch(bed):
    server = FakeServer(bed)
    bed.syslog.reads.clear()
    client = LaunchClient(bed, 'nodetach', before=('--loglevel', '2'))
    connection = server.accept()
    connection.up()
    client.wait_pppd()
    for _ in range(6):
        client.signal(signal.SIGUSR1)
    connection.answer()
    ends_in_time(client)
    bed.syslog.reads.set()
    nothing_left(client)


@test('partners: the keeper stands still, pty mode: SIGTERM works; once it goes on the route is gone')
def keeper_pty(bed):
    client, keeper, routes = with_keeper(bed)
    stop(keeper)
    check(client.traffic(count=50)['distinct'] == 50, 'frames were lost')
    ends_in_time(client)
    os.kill(keeper, signal.SIGCONT)
    wait_for('the keeper has ended', lambda: reap() or keeper not in all_children())
    unchanged(bed, routes)


@test('partners: the keeper stands still before the address is tried: SIGTERM ends it in time')
def keeper_before_connect(bed):
    routes = bed.routes()
    server = FakeServer(bed)
    # Suspended as soon as it is there: the order to pin is never answered.
    client = PtyClient(bed)
    keeper = keeper_started(client.pid)
    stop(keeper)
    ends_in_time(client)
    os.kill(keeper, signal.SIGCONT)
    wait_for('the keeper has ended', lambda: reap() or keeper not in all_children())
    unchanged(bed, routes)
    server.close()


def keeper_started(worker):
    """As soon as it is there: the second process, after the one that removes the status socket."""
    return wait_for('the keeper is there', lambda: (sorted(children_of(worker))[1:] or [None])[0])


def keeper_in_launch_mode(client):
    worker = wait_for('the worker is there', lambda: (children_of(client.pid) or [None])[0])
    return keeper_started(worker)


@test('partners: pppd stands still: SIGTERM ends pptp in time, and the call')
def pppd_stopped(bed):
    bed.poptop()
    routes = bed.routes()
    client = LaunchClient(bed, 'nodetach')
    pppd = client.wait_pppd()
    stop(pppd)
    ends_in_time(client)
    os.kill(pppd, signal.SIGCONT)
    nothing_left(client)
    unchanged(bed, routes)


@test('partners: the keeper stands still, launch mode: SIGTERM ends the call in time')
def keeper_launch(bed):
    bed.poptop()
    routes = bed.routes()
    client = LaunchClient(bed, 'nodetach')
    client.wait_pppd()
    keeper = keeper_in_launch_mode(client)
    stop(keeper)
    ends_in_time(client)
    os.kill(keeper, signal.SIGCONT)
    nothing_left(client)
    unchanged(bed, routes)


def stands_still_at_start(bed):
    """A call that is up, and a keeper that does not start pppd."""
    server = FakeServer(bed)
    client = LaunchClient(bed, 'nodetach')
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    keeper = keeper_in_launch_mode(client)
    stop(keeper)
    connection.send(wire.OCRP, call_id=1, peer_call_id=connection.seen[-1].call_id)
    connection.send(wire.ECHO_RQ, identifier=4711)
    check(connection.expect(wire.ECHO_RP).identifier == 4711, 'another echo')
    return client, connection, keeper


@test('partners: the start of pppd hangs: the keep-alive is answered, SIGTERM ends it in time')
def start_hangs(bed):
    client, connection, keeper = stands_still_at_start(bed)
    connection.answer()
    ends_in_time(client)
    os.kill(keeper, signal.SIGCONT)
    nothing_left(client)


@test('partners: the start of pppd hangs for 10 s: status 17, says so', seconds=60, patient=True)
def start_never_ends(bed):
    client, connection, keeper = stands_still_at_start(bed)
    connection.answer()
    status, took = ended_within(client, 15)
    check(status == 17 and took > 8, f'status {status} after {took:.1f} s')
    check(re.search('pppd could not be started: .*file system', client.log()), client.log())
    os.kill(keeper, signal.SIGCONT)
    nothing_left(client)


# -- a worker in the wrong hands: orders of keeper_message.h ------------------------------------------

PIN, UNPIN, SEAL, START, SIGNAL, LEAVE = range(1, 7)


def order(kind, number=0, destination='0.0.0.0'):
    return struct.pack('=ii4s4sII16x', kind, number, socket.inet_aton(destination), b'\0' * 4, 0, 0)


def order_of_worker(bed, pid, data):
    """Sends it through the worker's own descriptor, as code in the worker would."""
    keeper_socket = None
    pidfd = os.pidfd_open(pid)
    bed.closers.append(lambda: os.close(pidfd))
    for number in os.listdir(f'/proc/{pid}/fd'):
        fd = pidfd_getfd(pidfd, int(number))
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.close(fd)
            continue
        with socket.socket(fileno=fd) as found:
            if found.family == socket.AF_UNIX and found.type == socket.SOCK_SEQPACKET:
                keeper_socket = found.dup()
    check(keeper_socket, 'no socket to the keeper')
    keeper_socket.send(data)
    keeper_socket.close()


def pidfd_getfd(pidfd, number):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(438, pidfd, number, 0)
    check(fd >= 0, f'pidfd_getfd: {os.strerror(ctypes.get_errno())}')
    return fd


@test('partners: once connected, the keeper pins no other address, and a broken order ends it')
def keeper_obeys_no_other_destination(bed):
    client, keeper, routes = with_keeper(bed)
    before = bed.host_routes()
    order_of_worker(bed, client.pid, order(PIN, destination=SERVER2))
    order_of_worker(bed, client.pid, order(START))
    order_of_worker(bed, client.pid, order(SIGNAL, signal.SIGKILL))
    order_of_worker(bed, client.pid, order(UNPIN))
    wait_for('the route is removed', lambda: not pinned(bed))
    check(children_of(keeper) == [], 'the keeper has started something')
    check(not bed.host_routes(), f'{bed.host_routes()}, before: {before}')
    order_of_worker(bed, client.pid, b'short')
    wait_for('the keeper has ended', lambda: process_state(keeper) in (None, 'Z'))
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    unchanged(bed, routes)
