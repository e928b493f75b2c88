# SPDX-License-Identifier: MIT
"""
Launch mode as seen by who starts it: the process lives as long as pppd's first process, passes
signals on and returns its status. With a stand-in for pppd; the order "detach" means that PPP is up.
"""

import contextlib
import os
import re
import select
import signal

import wire
from bed import CLIENT, allowed, check, wait_for
from capture import Capture
from client import LaunchClient, PtyClient, clear_then_stop, ended_within
from fakeserver import FakeServer
from registry import ITSELF, test
from test_launch import all_children, call_is_cleared, command_line, daemon_of, helpers_of, \
    nothing_left
from test_privilege import keeper_of


def attached(bed, *arguments, **more):
    """A pppd that stays, with the tunnel up."""
    bed.poptop()
    client = LaunchClient(bed, *arguments, **more)
    client.wait_pppd()
    report = client.traffic(count=40, gap_us=50000, window=100, until_first=True, run=1)
    check(report['received'], 'no frame came back')
    check(client.running(), f'it returned {client.popen.returncode}')
    return client


def status_is(client, wanted, seconds=3):
    status, took = ended_within(client, seconds)
    check(status == wanted, f'status {status}, not {wanted}; '
          f'log: {client.log().strip()[-400:]!r}')
    check(took < allowed(2), f'it took {took:.2f} s')


@test('launch contract: nodetach: stays while pppd lives, returns its status, nothing left')
def nodetach(bed):
    for options in ([], ['--debug']):
        for wanted in (0, 2):
            routes = bed.routes()
            client = attached(bed, 'nodetach', before=options)
            with call_is_cleared(client):
                client.order(f'exit {wanted}')
                status_is(client, wanted)
            check(bed.routes() == routes, 'the route table is not as before')


@test('launch contract: updetach: returns 0 when pppd goes to the background, not before')
def updetach(bed):
    for options in ([], ['--debug']):
        client = attached(bed, 'updetach', before=options)
        client.order('detach')
        status_is(client, 0)
        check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
        os.kill(daemon_of(client)[0], signal.SIGTERM)
        nothing_left(client)


@test('launch contract: updetach: pppd fails before PPP is up: its status, the sentence says why')
def updetach_fails(bed):
    for wanted, words in ((19, 'name and password'), (10, 'MPPE'), (1, 'fatal error')):
        client = attached(bed, 'updetach')
        client.order(f'exit {wanted}')
        status_is(client, wanted)
        last = client.log().strip().splitlines()[-1]
        check(words in last, f'the last line is {last!r}')
        nothing_left(client)


@test('launch contract: pppd fails at once: its status, with and without --debug')
def fails_at_once(bed):
    bed.poptop()
    for options in ([], ['--debug']):
        client = LaunchClient(bed, 'noauth', before=options,
                              environment={'PPPD_STANDIN_EXIT': '2'})
        status_is(client, 2)
        check(re.search('pppd failed: an option', client.log()), f'log: {client.log()!r}')
        nothing_left(client)


@test('launch contract: pppd goes to the background at once: 0 at once, also with --debug')
def plain(bed):
    bed.poptop()
    for options in ([], ['--debug']):
        client = LaunchClient(bed, 'noauth', before=options)
        status_is(client, 0)
        client.wait_pppd()
        os.kill(daemon_of(client)[0], signal.SIGTERM)
        nothing_left(client)


@test('launch contract: SIGTERM, SIGINT and SIGHUP reach pppd as they are; its status is returned')
def signals_end(bed):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        client = attached(bed, 'nodetach')
        client.signal(number)
        status_is(client, 5)
        check(client.pppd_end() == f'signal {number:d}', f'pppd: {client.pppd_end()!r}')
        nothing_left(client)
        check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('launch contract: SIGUSR2 reaches pppd, which ends of it here: 128 and the number')
def signal_usr2(bed):
    client = attached(bed, 'nodetach')
    client.signal(signal.SIGUSR2)
    status_is(client, 128 + signal.SIGUSR2)
    nothing_left(client)


@test('launch contract: SIGUSR1 to the process that was started: statistics, pppd gets none')
def signal_usr1(bed):
    client = attached(bed, 'nodetach')
    client.signal(signal.SIGUSR1)
    client.expect_log('GRE statistics')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')


@test('launch contract: SIGTERM to all processes, as of killall: one end by the book')
def signals_to_all(bed):
    client = attached(bed, 'nodetach')
    ours = [pid for pid in all_children() if bed.tools['pptp'] in command_line(pid)]
    check(len(ours) == 4, f'{len(ours)} processes of pptp')
    with call_is_cleared(client):
        for pid in ours:
            with contextlib.suppress(ProcessLookupError):       # the first may have been enough
                os.kill(pid, signal.SIGTERM)
        status_is(client, 5)


@test('launch contract: SIGKILL to the process that was started ends pppd and the call')
def starter_killed(bed):
    client = attached(bed, 'nodetach')
    with call_is_cleared(client):
        client.signal(signal.SIGKILL)
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('launch contract: the server ends the call: the status is the one of pppd after its hang-up')
def server_ends(bed):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'nodetach')
    connection = server.accept()
    connection.up()
    client.wait_pppd()
    connection.send(wire.DISCONNECT, call_id=0x0102, result=1)
    connection.answer()
    status_is(client, 16)
    check(re.search('disconnected the call', client.log()), f'log: {client.log()!r}')
    nothing_left(client)


def nobody_is_called(bed, sentence, **more):
    bed.poptop()
    capture = Capture(bed, 'client', 'up0')
    for options in ([], ['--debug']):
        client = LaunchClient(bed, 'nodetach', before=options, **more)
        status_is(client, 17)
        check(re.search(sentence, client.log()), f'log: {client.log()!r}')
        check(not re.search('firewall', client.log()), f'log: {client.log()!r}')
        nothing_left(client)
    capture.stop()
    check(not capture.kinds(CLIENT), f'{[wire.NAMES[kind] for kind in capture.kinds(CLIENT)]}')


@test('launch contract: no pppd in PATH: status 17, says so, nothing is sent to the server')
def no_pppd(bed):
    nobody_is_called(bed, 'pppd could not be found: install the ppp package',
                     environment={'PATH': f'/nonexistent::{bed.folder}'})


@test('launch contract: no /dev/ppp: status 17, names the module, nothing is sent to the server')
def no_dev_ppp(bed):
    os.unlink('/dev/ppp')
    nobody_is_called(bed, 'kernel has no PPP: .*ppp_generic')


@test('launch contract: a pppd that cannot be executed: status 17, no call left at the server',
      no_valgrind=ITSELF)
def broken_pppd(bed):
    bed.poptop()
    capture = Capture(bed, 'client', 'up0')
    path = f'{bed.folder}/pppd'
    with open(path, 'w') as file:
        file.write('#!/nonexistent/interpreter\n')
    os.chmod(path, 0o755)
    client = LaunchClient(bed, 'nodetach', environment={'PATH': bed.folder})
    status_is(client, 17)
    check(re.search('pppd could not be started', client.log()), f'log: {client.log()!r}')
    capture.stop()
    kinds = capture.kinds(CLIENT)
    check(clear_then_stop(kinds), f'{[wire.NAMES[kind] for kind in kinds]}')


def at_end(reader):
    """Nobody holds the other end of the pipe any more."""
    while select.select([reader], [], [], 0)[0]:
        if not os.read(reader, 65536):
            return True
    return False


@test('launch contract: whoever reads the output sees its end when pppd detaches, with --debug too')
def output_ends(bed):
    bed.poptop()
    for options in ([], ['--debug']):
        reader, writer = os.pipe()
        client = LaunchClient(bed, 'noauth', before=options, stdout=writer, stderr=writer)
        os.close(writer)
        status_is(client, 0)
        wait_for('the end of the output', lambda: at_end(reader), 3)
        os.close(reader)
        os.kill(daemon_of(client)[0], signal.SIGTERM)
        nothing_left(client)


@test('pty mode: once the call is up, standard error that is no terminal is left, with --debug too')
def stderr_left(bed):
    bed.poptop()
    for options in ([], ['--debug']):
        reader, writer = os.pipe()
        client = PtyClient(bed, *options, '--loglevel', '2', stderr=writer)
        os.close(writer)
        client.wait_up()
        wait_for('the end of standard error', lambda: at_end(reader), 3)
        os.close(reader)
        check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
        check(client.stop() == 0, f'status {client.popen.returncode}')
        check('stopped by SIGTERM' in client.log(), 'nothing in syslog at the end')


@test('pty mode: --loglevel 2: keep-alive goes to syslog, nothing of it to a file')
def keep_alive_in_syslog(bed):
    bed.poptop()
    client = PtyClient(bed, '--loglevel', '2', '--idle-wait', '1')
    client.wait_up()
    size = os.path.getsize(client.stderr_path)
    wait_for('three keep-alives', lambda: len(bed.syslog.matching('Echo-Request')) >= 3, 8)
    check(os.path.getsize(client.stderr_path) == size, 'the file has grown')
    check(helpers_of(client.pid) == [keeper_of(client.pid)], 'pptp has other children')


@test('pty mode: a failed dial writes one line to a file; --loglevel 2 and --debug write all')
def one_line_in_a_file(bed):
    for options, most in (([], 1), (['--loglevel', '2'], 100), (['--debug'], 100)):
        client = PtyClient(bed, *options)
        check(client.wait() == 4, f'status {client.popen.returncode}')
        with open(client.stderr_path) as file:
            lines = file.read().splitlines()
        check(re.search('refused', lines[-1]), f'{lines}')
        check(len(lines) == 1 if most == 1 else 1 < len(lines) <= most, f'{lines}')
