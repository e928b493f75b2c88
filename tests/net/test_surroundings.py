# SPDX-License-Identifier: MIT
"""Containers, services and machines that lack what giving up privileges takes: one clear line, and
the tunnel works as it would without."""

import fcntl
import os
import re
import select
import signal
import socket
import time

import wire
from attack import call, carries
from bed import GATEWAY, GATEWAY2, SERVER, check, children_of, command_line, process_state, \
    read_text, wait_for, write_text
from client import LaunchClient, PtyClient
from fakeserver import FakeServer
from nameserver import NameServer
from registry import ITSELF, PRIVILEGES, test
from test_launch import all_children, daemon_of, detached, nothing_left
from test_privilege import NET_ADMIN, account, capabilities, elevated, keeper_of, reached, \
    status_of, with_libraries, within_reach
from test_routes import pinned, unchanged, wait_pinned

WARNINGS = r'stays root|capabilities are kept|not filtered|no_new_privs'


def works(bed, warnings, user, prefix=(), **more):
    """The tunnel carries frames, follows its route and ends well; these warnings are all."""
    with_libraries(bed)
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed, prefix=prefix, **more)
    client.wait_up()
    wait_pinned(bed)
    status = status_of(client.pid)
    check(status['Uid'].split() == [str(user)] * 4, f'Uid: {status["Uid"]}')
    for pid, kept in ((client.pid, 0), (keeper_of(client.pid), NET_ADMIN)):
        found = capabilities(status_of(pid))
        check(found['CapPrm'] == found['CapEff'] == kept, f'{found}')
        check(not found['CapInh'] and not found['CapAmb'], f'{found}')
    check((status['NoNewPrivs'], status['Seccomp']) == ('1', '2'), f'{status}')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    unchanged(bed, routes)
    said = [line.split(': ', 2)[2] for line in client.log().splitlines()
            if re.search(WARNINGS, line)]
    check(said == warnings, f'{said} instead of {warnings}')


def without(bed, capabilities_dropped, warnings, user):
    works(bed, warnings, user, prefix=['setpriv', '--bounding-set', capabilities_dropped])


def cannot_become(call):
    return [f'stays root: cannot become user {account().pw_name}: {call}: Operation not permitted '
            '(needs CAP_SETUID and CAP_SETGID)']


@test('surroundings: a container without CAP_SETUID: stays root, says why, all else is given up',
      no_valgrind=PRIVILEGES)
def no_setuid(bed):
    without(bed, '-setuid', cannot_become('setresuid'), 0)


@test('surroundings: a container without CAP_SETGID: stays root, says why, all else is given up',
      no_valgrind=PRIVILEGES)
def no_setgid(bed):
    without(bed, '-setgid', cannot_become('setgroups'), 0)


@test('surroundings: CAP_NET_RAW and CAP_NET_ADMIN alone: stays root, says why, keeps the second',
      no_valgrind=PRIVILEGES)
def network_only(bed):
    without(bed, '-all,+net_raw,+net_admin', cannot_become('setgroups'), 0)


@test('surroundings: a service without CAP_SETPCAP, as NetworkManager is: nothing is to be said',
      no_valgrind=PRIVILEGES)
def no_setpcap(bed):
    without(bed, '-setpcap', [], account().pw_uid)


@test('surroundings: ambient capabilities of a service with a user of its own: CAP_NET_ADMIN stays',
      no_valgrind=PRIVILEGES)
def ambient(bed):
    two = '-all,+net_raw,+net_admin'
    works(bed, [], 12345, program=f'{within_reach(bed)}/pptp-cli/pptp', prefix=[
        'setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups', '--inh-caps', two,
        '--ambient-caps', two, '--bounding-set', two])


@test('surroundings: no_new_privs already set by the caller: nothing is to be said',
      no_valgrind=PRIVILEGES)
def no_new_privs(bed):
    works(bed, [], account().pw_uid, prefix=['setpriv', '--no-new-privs'])


@test('surroundings: no user to become in /etc/passwd: stays root, says why',
      no_valgrind=PRIVILEGES)
def no_account(bed):
    bed.replace('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
    works(bed, ['stays root: /etc/passwd has no user pptp or nobody to become'], 0)


@test('surroundings: /etc/passwd cannot be read: stays root, says why', no_valgrind=PRIVILEGES)
def unreadable_accounts(bed):
    bed.replace('/etc/passwd', 'nobody:x:64000:64000:::/bin/false\n')
    os.chmod('/etc/passwd', 0)
    without(bed, '-dac_override,-dac_read_search', [
        'stays root: cannot look for a user to become in /etc/passwd: Permission denied'], 0)


@test('surroundings: no /etc/passwd, nor anything else in /etc: stays root, says why',
      no_valgrind=PRIVILEGES)
def no_etc(bed):
    works(bed, ['stays root: cannot look for a user to become in /etc/passwd: '
                'No such file or directory'], 0,
          prefix=['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /etc; exec "$@"', 'sh'])


@test('surroundings: very long and damaged lines in /etc/passwd: the account behind them is found',
      no_valgrind=PRIVILEGES)
def long_lines(bed):
    bed.replace('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nbad line\n+::::\n'
                f'long:x:5:5:{"x" * 3000}:/:/bin/sh\n'
                'nobody:x:64000:64000:::/bin/false\n')
    works(bed, [], 64000)


@test('surroundings: the limit on processes, which spares root, does not stop the name\'s look-up',
      no_valgrind=PRIVILEGES)
def process_limit(bed):
    NameServer(bed, {'one.test': [SERVER]})
    works(bed, [], account().pw_uid, prefix=['prlimit', '--nproc=1:'], server='one.test')


@test('surroundings: a limit on processes that cannot be lifted: says what failed, what to try',
      no_valgrind=ITSELF)
def process_limit_stays(bed):
    NameServer(bed, {'one.test': [SERVER]})
    # The sanitizer's search for leaks would need a process too.
    prefix = ['env', 'ASAN_OPTIONS=detect_leaks=0', 'prlimit', '--nproc=0:0',
              'setpriv', '--bounding-set', '-sys_resource']
    client = PtyClient(bed, '--loglevel', '0', prefix=prefix, server='one.test')
    check(client.wait() == 1, f'exit status {client.popen.returncode}')
    check(re.search('look-up of the server.* unavailable.*limit on processes', client.log()),
          f'log: {client.log()!r}')


@test('surroundings: set-user-ID root: runs as the caller, who can signal it; route as before',
      no_valgrind=PRIVILEGES)
def set_user_id(bed):
    with_libraries(bed)
    program = elevated(bed)
    os.chmod(program, 0o4755)
    user = ['setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups']
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed, program=program, prefix=user, shell=False)
    client.wait_up()
    wait_pinned(bed)
    for pid, kept in ((client.pid, 0), (keeper_of(client.pid), NET_ADMIN)):
        reached(pid, Seccomp='2')
        status = status_of(pid)
        check(status['Uid'].split() == ['12345'] * 4, f'Uid: {status["Uid"]}')
        check(status['Gid'].split() == ['12345'] * 4, f'Gid: {status["Gid"]}')
        check(capabilities(status)['CapPrm'] == kept, f'{capabilities(status)}')
        check(status['NoNewPrivs'] == '1', f'{status}')
    bed.run([*user, 'kill', '-TERM', str(client.pid)])
    check(client.wait() == 0, f'log: {client.log()[-400:]!r}')
    unchanged(bed, routes)


@test('surroundings: more news of routes than fit, while suspended: the filter lets it catch up')
def route_news_overflow(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    keeper = keeper_of(client.pid)
    os.kill(keeper, signal.SIGSTOP)
    wait_for('it is suspended', lambda: process_state(keeper) == 'T')
    batch = ''.join(f'route add 172.16.{number // 250}.{number % 250}/32 via {GATEWAY}\n'
                    for number in range(6000))
    bed.run(['ip', '-batch', '-'], 'client', text=batch)
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY2, 'metric', '500')
    bed.ip('client', 'link', 'set', 'up0', 'down')
    sockets = read_text(f'/proc/{client.pid}/net/netlink').splitlines()
    dropped = sockets[0].split().index('Drops')
    check(any(int(line.split()[dropped]) for line in sockets[1:]), f'no news were lost: {sockets}')
    os.kill(keeper, signal.SIGCONT)
    wait_for('the host route has moved to the other uplink',
             lambda: (pinned(bed) or '').startswith(f'{SERVER} via {GATEWAY2} dev up1'))
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


def stands_still(client, seconds):
    client.signal(signal.SIGSTOP)
    wait_for('it is suspended', lambda: process_state(client.pid) == 'T')
    time.sleep(seconds)         # the time under test
    client.signal(signal.SIGCONT)


@test('surroundings: stopped for longer than the echo time-out, the reply waits: the tunnel stays',
      seconds=60, patient=True)
def stopped_beside_reply(bed):
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '1', answer=False)
    for attempt in range(6):
        request = connection.expect(wire.ECHO_RQ)
        client.signal(signal.SIGSTOP)
        wait_for('it is suspended', lambda: process_state(client.pid) == 'T')
        if attempt % 2:         # the reply is not in the first octets that are read
            connection.send_raw(wire.build(wire.WAN_ERROR, peer_call_id=1) * 200)
        connection.send(wire.ECHO_RP, identifier=request.identifier)
        stands_still(client, 1.2)
    request = connection.expect(wire.ECHO_RQ)
    connection.send(wire.ECHO_RP, identifier=request.identifier)
    carries(client, connection, 40)


@test('surroundings: stopped for longer than the echo time-out, no reply came: it is lost, status 13',
      patient=True)
def stopped_without_reply(bed):
    client, connection = call(bed, '--idle-wait', '1', '--max-echo-wait', '1', answer=False)
    connection.expect(wire.ECHO_RQ)
    stands_still(client, 1.2)
    check(client.wait() == 13, f'log: {client.log()[-400:]!r}')


@test('surroundings: stopped while the call is placed, the replies wait: the call comes up',
      patient=True)
def stopped_while_dialing(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--connect-timeout', '1')
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    client.signal(signal.SIGSTOP)
    wait_for('it is suspended', lambda: process_state(client.pid) == 'T')
    connection.send(wire.SCCRP)
    stands_still(client, 1.2)
    connection.take_call()
    connection.answer()
    carries(client, connection, 0)


@test('surroundings: the system log and the reader of standard error go away: the tunnel stays',
      no_valgrind=PRIVILEGES)
def nobody_listens(bed):
    with_libraries(bed)
    bed.poptop()
    reader, writer = os.pipe()
    client = LaunchClient(bed, 'nodetach', before=('--loglevel', '2'), stderr=writer)
    os.close(writer)
    client.wait_pppd()
    reached(children_of(client.pid)[0], Seccomp='2')
    os.close(reader)
    os.unlink('/dev/log')
    bed.syslog.socket.shutdown(socket.SHUT_RDWR)
    for _ in range(3):
        client.signal(signal.SIGUSR1)
        check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    client.signal(signal.SIGTERM)
    check(client.wait() == 5, f'exit status {client.popen.returncode}')
    nothing_left(client)


@test('surroundings: a reader of standard error that hangs: frames go on, it hears what it missed')
def nobody_reads(bed):
    bed.poptop()
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 8192)
    client = LaunchClient(bed, 'nodetach', before=('--loglevel', '2'), stderr=writer)
    client.wait_pppd()
    for asked in range(1, 21):      # each takes more than a kilobyte
        client.signal(signal.SIGUSR1)
        wait_for('statistics', lambda: len(bed.syslog.matching('GRE statistics')) >= asked)
    check(not select.select([], [writer], [], 0)[1], 'the pipe is not full')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    os.close(writer)
    before = os.read(reader, 65536).decode()    # a short line may have fitted where others did not
    client.signal(signal.SIGUSR1)
    text = ''
    while 'tx timeouts' not in text:
        text += os.read(reader, 65536).decode()
    check(re.match(r'pptp\[\d+\]: anon: \d+ lines? dropped: .*\n.*GRE statistics:\n', text),
          f'{text!r}')
    dropped = sum(map(int, re.findall(r'(\d+) lines? dropped', before + text)))
    check(dropped > 20, f'{dropped} lines dropped: {before + text!r}')
    client.signal(signal.SIGTERM)
    check(client.wait() == 5, f'exit status {client.popen.returncode}')
    nothing_left(client)
    os.close(reader)


@test('surroundings: standard error is a file at its limit: the tunnel goes on, and ends well')
def full_log_file(bed):
    bed.poptop()
    client = PtyClient(bed, '--loglevel', '2', prefix=['prlimit', '--fsize=200'])
    client.wait_up()
    size = os.path.getsize(client.stderr_path)
    check(size == 200, f'the log has {size} octets')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    check(client.stop() == 0, f'exit status {client.popen.returncode}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


def next_run_removes(bed, routes):
    """What a keeper that was killed has left: only it was permitted to change routes."""
    check(len(bed.host_routes()) == 1, f'{bed.host_routes()}')
    client = PtyClient(bed)
    client.wait_up()
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    unchanged(bed, routes)


@test('surroundings: the process that waits for pppd is killed: the tunnel stays, and ends by signal')
def keeper_killed(bed):
    bed.poptop()
    routes = bed.routes()
    client = detached(bed, 'noauth')
    pid = daemon_of(client)[0]
    os.kill(keeper_of(pid), signal.SIGKILL)
    report = client.traffic(count=20, gap_us=50000)     # longer than pppd is given to end PPP
    check(report['distinct'] == 20, f'frames were lost: {report}')
    os.kill(pid, signal.SIGTERM)
    nothing_left(client)
    check(client.pppd_end().startswith('hangup'), f'pppd: {client.pppd_end()!r}')
    next_run_removes(bed, routes)


@test('surroundings: the process that would start pppd is killed before: status 17, says which')
def keeper_killed_early(bed):
    routes = bed.routes()
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth')
    connection = server.accept()
    connection.start_control()
    connection.expect(wire.OCRQ)
    worker = [pid for pid in children_of(client.pid) if 'pptp' in command_line(pid)]
    os.kill(keeper_of(worker[0]), signal.SIGKILL)
    connection.send(wire.OCRP, call_id=1, peer_call_id=connection.seen[-1].call_id)
    connection.answer()
    check(client.wait() == 17, f'exit status {client.popen.returncode}')
    check(re.search('could not be started: .*process', client.log()), f'log: {client.log()!r}')
    check('install' not in client.log(), f'log: {client.log()!r}')
    nothing_left(client)
    server.close()
    bed.poptop()
    next_run_removes(bed, routes)


@test('surroundings: pptp is killed while its keeper has just started pppd: said in syslog as well')
def killed_as_pppd_starts(bed):
    bed.poptop()
    # So early that the keeper, when it goes on, finds both of them ended.
    write_text(f'{bed.folder}/pppd', '#!/bin/sh\nkill -STOP $PPID\n'
               f'exec {bed.tools["standin"]} pppd "$@"\n', 0o755)
    client = LaunchClient(bed, 'nodetach', environment={
        'PATH': f'{bed.folder}:{os.environ["PATH"]}'})
    pppd = client.wait_pppd()
    keeper = next(pid for pid in all_children() if pppd in children_of(pid))
    wait_for('the keeper is suspended', lambda: process_state(keeper) == 'T')
    pptp = next(pid for pid in all_children() if keeper in children_of(pid))
    os.kill(pptp, signal.SIGKILL)
    wait_for('pppd has ended', lambda: process_state(pppd) == 'Z')
    os.kill(keeper, signal.SIGCONT)
    nothing_left(client)
    wait_for('a line in syslog', lambda: bed.syslog.matching('was killed by a signal or by its system-call filter'))
