# SPDX-License-Identifier: MIT
"""Launch mode: `pptp SERVER options pppd-options`, with a stand-in for pppd first in PATH."""

import contextlib
import os
import re
import signal
import time

import wire
from bed import CLIENT, allowed, check, children_of, command_line, process_state, read_text, \
    wait_for
from capture import Capture
from client import LaunchClient, clear_then_stop, ended_within
from fakeserver import FakeServer
from registry import TIME, test


def reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def left_over(client):
    """Processes of the client that still run (orphans come to us)."""
    reap()
    ours = client.bed.tools['pptp']
    return [f'{pid} {process_state(pid)} {command_line(pid)}' for pid in all_children()
            if ours in command_line(pid) or 'ppp_standin pppd' in command_line(pid)]


def helpers_of(pid):
    """The children of pptp but for the one that removes its status socket."""
    return [child for child in children_of(pid)
            if read_text(f'/proc/{child}/comm').strip() not in ('pptp-status', '')]


def all_children():
    found = []
    todo = children_of(os.getpid())
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo.extend(children_of(pid))
    return found


def nothing_left(client, seconds=3.0):
    wait_for('all processes of the command ended', lambda: not left_over(client), seconds)


@contextlib.contextmanager
def call_is_cleared(client):
    """What is done in it ends all processes, and the call by both messages."""
    capture = Capture(client.bed, 'client', 'up0')
    yield
    nothing_left(client)
    capture.stop()
    kinds = capture.kinds(CLIENT)
    check(clear_then_stop(kinds), f'{[wire.NAMES[kind] for kind in kinds]}')


def daemon_of(client):
    pids = [pid for pid in all_children() if client.bed.tools['pptp'] in command_line(pid)]
    check(len(pids) >= 1, 'no pptp process runs on')
    return pids


def detached(bed, *arguments, **more):
    """Launches, checks that the command returned 0 at once, returns it with its pppd running."""
    client = LaunchClient(bed, *arguments, **more)
    status, took = ended_within(client, 5)
    check(status == 0, f'exit status {status}; log: {client.log().strip()[-400:]!r}')
    client.took = took
    client.wait_pppd()
    return client


@test('launch: pppd gets the terminal, 38400 and the other arguments, in order, unchanged')
def arguments_in_order(bed):
    bed.poptop()
    client = detached(bed, 'user', 'joe', '--loglevel', '0', 'file', 'my options', '--', '-detach',
                      '--strange', 'x y', before=('--timeout', '1', '--logstring', 'launched'))
    words = client.pppd_arguments()
    check(re.fullmatch(r'/dev/pts/\d+', words[0]), f'the terminal is {words[0]!r}')
    wanted = ['38400', 'user', 'joe', 'file', 'my options', '-detach', '--strange', 'x y']
    check(words[1:] == wanted, f'{words[1:]} instead of {wanted}')


@test('launch: returns 0 as soon as the call is up, well under 1 s; then the tunnel carries frames',
      no_valgrind=TIME)
def returns_when_up(bed):
    bed.poptop()
    client = detached(bed, 'noauth')
    check(client.took < allowed(0.5), f'it took {client.took:.2f} s')
    bed.notes.append(f'back at the shell after {client.took * 1000:.0f} ms')
    report = client.traffic(count=20, gap_us=50000, window=100, until_first=True, run=1)
    check(report['received'], 'no frame came back')
    report = client.traffic(count=500, size_min=60, size_max=1400, run=2)
    check(report['distinct'] == 500 and report['late'] == 0 and report['corrupt'] == 0,
          f'not all frames came back: {report}')


@test('launch: does not return before the call is up')
def not_before_up(bed):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth')
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    time.sleep(0.3)     # time enough to return too early
    check(client.running(), 'it returned before the Outgoing-Call-Reply')
    connection.send(wire.OCRP, call_id=1, peer_call_id=connection.seen[-1].call_id)
    status = client.wait(2)
    check(status == 0, f'exit status {status}')


@test('launch: SIGTERM to the process in the background: call cleared, pppd ended, nothing left')
def sigterm_in_background(bed):
    bed.poptop()
    routes = bed.routes()
    client = detached(bed, 'noauth')
    with call_is_cleared(client):
        os.kill(daemon_of(client)[0], signal.SIGTERM)
    check(client.pppd_end().startswith(('hangup', 'signal')), f'pppd: {client.pppd_end()!r}')
    check(bed.routes() == routes, 'the route table is not as before')


@test('launch: pppd that went into the background ends: the call is cleared, nothing left')
def pppd_background_ends(bed):
    bed.poptop()
    routes = bed.routes()
    client = detached(bed, 'noauth')
    with call_is_cleared(client):
        client.order('exit 0')
    check(bed.routes() == routes, 'the route table is not as before')


@test('launch: pppd is killed with SIGKILL: the call is cleared, routes as before, nothing left')
def pppd_killed(bed):
    bed.poptop()
    routes = bed.routes()
    client = detached(bed, 'noauth')
    with call_is_cleared(client):
        os.kill(client.wait_pppd(), signal.SIGKILL)
    check(bed.routes() == routes, 'the route table is not as before')


@test('launch: the server ends the call: pppd is told, nothing left')
def server_ends(bed):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth')
    connection = server.accept()
    connection.up()
    check(client.wait(2) == 0, 'no exit status 0')
    client.wait_pppd()
    connection.send(wire.DISCONNECT, call_id=0x0102, result=1)
    connection.answer()
    nothing_left(client)
    check(client.pppd_end().startswith(('hangup', 'signal')), f'pppd: {client.pppd_end()!r}')


@test('launch: the call is refused: status 11 at once, no pppd left')
def call_refused(bed):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth')
    connection = server.accept()
    connection.start_control()
    connection.take_call(result=4)
    connection.answer()
    status, took = ended_within(client, 5)
    check(status == 11, f'exit status {status}')
    check(took < allowed(1), f'it took {took:.2f} s')
    check(re.search('busy', client.log(), re.I), f'log: {client.log()!r}')
    nothing_left(client)


@test('launch: nobody listens: status 4 at once, on standard error why, no pppd left')
def connection_refused(bed):
    client = LaunchClient(bed, 'noauth')
    status, took = ended_within(client, 5)
    check(status == 4, f'exit status {status}')
    check(took < allowed(1), f'it took {took:.2f} s')
    check(re.search('refused', client.log(), re.I), f'log: {client.log()!r}')
    nothing_left(client)


@test('launch: SIGQUIT before the call is up: worker and waiter end, as by SIGQUIT')
def quit_while_waiting(bed):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth')
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    connection.answer()
    client.signal(signal.SIGQUIT)
    status, took = ended_within(client, 4)
    check(status == -signal.SIGQUIT, f'status {status}; log: {client.log().strip()[-400:]!r}')
    check(took < 2, f'it took {took:.2f} s')
    check(re.search('stopped by SIGQUIT', client.log()), f'log: {client.log()!r}')
    nothing_left(client)
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('launch: pppd has no signal ignored or blocked for our sake')
def signals_of_pppd(bed):
    bed.poptop()
    client = detached(bed, 'noauth')

    def masks(pid):
        lines = read_text(f'/proc/{pid}/status').splitlines()
        return [line for line in lines if line.startswith(('SigBlk', 'SigIgn'))]

    nothing = ['SigBlk:\t' + '0' * 16, 'SigIgn:\t' + '0' * 16]
    check(masks(client.wait_pppd()) == nothing, f'pppd: {masks(client.wait_pppd())}')
    check(masks(daemon_of(client)[0]) != nothing, 'the command has none either')


@test('launch: in the background the log goes to syslog, with process id and name')
def background_syslog(bed):
    bed.poptop()
    client = detached(bed, 'noauth', '--logstring', 'office', '--loglevel', '2')
    os.kill(daemon_of(client)[0], signal.SIGTERM)
    nothing_left(client)
    lines = bed.syslog.matching(r'^pptp\[\d+\]: office: ')
    check(lines, f'nothing of ours in syslog: {bed.syslog.lines[-5:]}')


@test('launch: the command returns also to a caller that reads its output to the end')
def output_closed(bed):
    bed.poptop()
    reader, writer = os.pipe()
    client = LaunchClient(bed, 'noauth', stdout=writer)
    os.close(writer)
    check(client.wait(5) == 0, 'no exit status 0')
    os.set_blocking(reader, False)

    def at_end():
        try:
            return os.read(reader, 4096) == b''
        except BlockingIOError:
            return False
    wait_for('the end of standard output: a process in the background holds it', at_end, 3)
    os.close(reader)
    check(daemon_of(client), 'no process in the background')
