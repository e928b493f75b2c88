# SPDX-License-Identifier: MIT
"""What a running tunnel may still do: user, capabilities, no_new_privs, the filter of system calls;
and that everything a tunnel needs works under that."""

import os
import pwd
import re
import signal
import socket

from bed import GATEWAY, GATEWAY2, SERVER, SERVER2, Skip, check, children_of, command_line, \
    process_state, read_text, wait_for
from client import LaunchClient, PtyClient
from fakeserver import FakeServer
from nameserver import NameServer
from registry import ITSELF, PRIVILEGES, test
from test_launch import all_children, daemon_of, detached, helpers_of, nothing_left, reap
from test_routes import pinned, unchanged, wait_pinned
from test_statistics import dump

CAP_KILL = 5
NET_ADMIN = 1 << 12
CAPABILITY_SETS = ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')


def status_of(pid):
    return dict(re.findall(r'^(\w+):[ \t]*(.*)$', read_text(f'/proc/{pid}/status'), re.M))


def account():
    """The user that a tunnel runs as on this machine."""
    for name in ('pptp', 'nobody'):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError('this machine has no user nobody')


def capabilities(status):
    return {name: int(status[name], 16) for name in CAPABILITY_SETS}


def check_confined(bed, pid, kept=0, seccomp='2'):
    """User, groups, capabilities of each thread, no_new_privs and the filter."""
    user = account()
    for task in os.listdir(f'/proc/{pid}/task'):
        status = status_of(f'{pid}/task/{task}')
        check(status['Uid'].split() == [str(user.pw_uid)] * 4, f'Uid: {status["Uid"]}')
        check(status['Gid'].split() == [str(user.pw_gid)] * 4, f'Gid: {status["Gid"]}')
        check(status['Groups'].split() == [], f'Groups: {status["Groups"]}')
        check(status['NoNewPrivs'] == '1', f'NoNewPrivs: {status["NoNewPrivs"]}')
        check(status['Seccomp'] == seccomp, f'Seccomp: {status["Seccomp"]}')
        wanted = {'CapInh': 0, 'CapPrm': kept, 'CapEff': kept, 'CapBnd': 0, 'CapAmb': 0}
        check(capabilities(status) == wanted, f'{capabilities(status)} instead of {wanted}')
    said = bed.run(['getpcaps', str(pid)]).strip()
    wanted = rf'{pid}: (cap_net_admin[+=]e?p|= ?cap_net_admin[+]ep)' if kept else rf'{pid}: =?'
    check(re.fullmatch(wanted, said), f'getpcaps: {said!r}')


def keeper_of(pid):
    """The process beside the one that carries the tunnel."""
    found = helpers_of(pid)
    check(len(found) == 1, f'{len(found)} children of pptp')
    return found[0]


def check_keeper(bed, pid, seccomp='2'):
    """In pty mode: an ordinary user too, and alone allowed to change routes."""
    keeper = keeper_of(pid)
    reached(keeper, Seccomp=seccomp)
    check_confined(bed, keeper, NET_ADMIN, seccomp)


def with_keeper(bed):
    """A tunnel in pty mode, the process that keeps its host route, and the routes before."""
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    return client, keeper_of(client.pid), routes


def with_libraries(bed):
    """The command under test was built with what its sandbox needs, else there is none to test."""
    with open(bed.tools['pptp'], 'rb') as program:
        code = program.read()
    if b'libseccomp.so' not in code:
        raise Skip('privileges were not tested: pptp is built without libseccomp')


def reached(pid, **fields):
    """Waits until the process got there: the first frame may pass before the last step."""
    def there():
        status = status_of(pid)
        return all(status.get(name) == value for name, value in fields.items())
    wait_for(f'process {pid} has {fields}', there)


@test('privileges: an ordinary user without capabilities, no_new_privs, seccomp; tunnel, '
      'statistics, end and route work', no_valgrind=PRIVILEGES)
def confined(bed):
    with_libraries(bed)
    bed.poptop()
    routes = bed.routes()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    check_confined(bed, client.pid)
    check_keeper(bed, client.pid)
    report = client.traffic(count=500, size_min=60, size_max=1400, run=2)
    check(report['distinct'] == 500 and report['corrupt'] == 0, f'{report}')
    dump(bed, client)
    check_confined(bed, client.pid)
    check_keeper(bed, client.pid)
    status = client.stop()
    check(status == 0, f'exit status {status}; log: {client.log()[-400:]!r}')
    unchanged(bed, routes)
    check(not re.search('stays root|capabilities are kept|not filtered|no_new_privs',
                        client.log()), f'log: {client.log()!r}')


@test('privileges: to the packet filter TCP belongs to the ordinary user, GRE to the one before',
      no_valgrind=PRIVILEGES)
def owner_of_packets(bed):
    with_libraries(bed)
    user = account().pw_uid
    owners = {'tcp_user': f'tcp dport 1723 meta skuid {user}',
              'tcp_root': 'tcp dport 1723 meta skuid 0',
              'gre_user': f'meta l4proto gre meta skuid {user}',
              'gre_root': 'meta l4proto gre meta skuid 0'}
    counters = '\n'.join(f'counter {name} {{ }}' for name in owners)
    rules = '\n'.join(f'{rule} counter name {name}' for name, rule in owners.items())
    bed.nft('client', f'table ip owner {{\n{counters}\nchain output {{\n'
                      f'type filter hook output priority 0\n{rules}\n}}\n}}\n')
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    seen = {name: bed.counter_of('client', 'owner', name) for name in owners}
    check(seen['tcp_user'] > 5 and seen['gre_root'] >= 100, f'{seen}')
    check(not seen['tcp_root'] and not seen['gre_user'], f'{seen}')


@test('privileges: no capability at all with --nohostroute', no_valgrind=PRIVILEGES)
def no_host_route(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed, '--nohostroute')
    client.wait_up()
    check_confined(bed, client.pid)
    check(helpers_of(client.pid) == [], 'a process that keeps no route')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')


@test('privileges: no capability is kept for a host route that could not be pinned',
      no_valgrind=PRIVILEGES)
def no_route_to_keep(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed, prefix=['setpriv', '--bounding-set', '-net_admin'])
    client.wait_up()
    client.expect_log('no host route')
    check_confined(bed, client.pid)
    reached(keeper_of(client.pid), Seccomp='2')
    check_confined(bed, keeper_of(client.pid))
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')


@test('privileges: the sockets are marked before the capabilities are given up',
      no_valgrind=PRIVILEGES)
def mark(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed, '--nohostroute', '--rtmark', '7')
    client.wait_up()
    check_confined(bed, client.pid)
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')


@test('privileges: the host route follows the uplink, and is removed at the end, without root',
      no_valgrind=PRIVILEGES)
def follows(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    wait_pinned(bed)
    check_confined(bed, client.pid)
    check_keeper(bed, client.pid)
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY2, 'metric', '500')
    bed.ip('client', 'link', 'set', 'up0', 'down')
    wait_for('the host route has moved to the other uplink',
             lambda: (pinned(bed) or '').startswith(f'{SERVER} via {GATEWAY2} dev up1'))
    bed.ip('client', 'link', 'set', 'up0', 'up')
    check(client.running(), f'it ended: {client.log()[-400:]!r}')
    client.signal(signal.SIGTERM)
    check(client.wait() == 0, f'log: {client.log()[-400:]!r}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('privileges: the second address of a name is tried, marked and routed without root',
      no_valgrind=PRIVILEGES)
def next_address(bed):
    with_libraries(bed)
    bed.poptop(listen=SERVER)
    NameServer(bed, {'two.test': [SERVER2, SERVER]})
    bed.filter('server', 'input', f'ip daddr {SERVER2} tcp dport 1723 reject with tcp reset')
    client = PtyClient(bed, '--rtmark', '9', server='two.test')
    client.wait_up()
    client.expect_log(f'connecting to {SERVER}')
    check(wait_pinned(bed).startswith(f'{SERVER} via {GATEWAY} dev up0'), f'{bed.host_routes()}')
    check_confined(bed, client.pid)
    check_keeper(bed, client.pid)
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('privileges: the server\'s first octet already meets an ordinary user behind the filter',
      no_valgrind=PRIVILEGES)
def before_the_first_octet(bed):
    with_libraries(bed)
    with bed.inside('server'):
        listener = socket.create_server((SERVER, 1723))
    bed.closers.append(listener.close)
    client = PtyClient(bed)
    peer, _ = listener.accept()
    reached(client.pid, Seccomp='2')
    check_confined(bed, client.pid)
    check_keeper(bed, client.pid)
    peer.close()
    client.wait()


@test('privileges: launch mode: pptp is an ordinary user, pppd root and free of all of it',
      no_valgrind=PRIVILEGES)
def launched(bed):
    with_libraries(bed)
    bed.poptop()
    routes = bed.routes()
    client = detached(bed, 'noauth')
    pid = daemon_of(client)[0]
    check_confined(bed, pid)
    pppd = status_of(client.wait_pppd())
    check(pppd['Uid'].split() == ['0'] * 4, f'pppd has Uid {pppd["Uid"]}')
    check((pppd['NoNewPrivs'], pppd['Seccomp']) == ('0', '0'), f'pppd: {pppd}')
    own = status_of('self')
    check(capabilities(pppd) == capabilities(own), f'{capabilities(pppd)} of {capabilities(own)}')
    keeper = keeper_of(pid)
    reached(keeper, Seccomp='2')
    status = status_of(keeper)
    check(status['NoNewPrivs'] == '1', f'the keeper: NoNewPrivs {status["NoNewPrivs"]}')
    check(capabilities(status)['CapEff'] == capabilities(status)['CapPrm'] == NET_ADMIN,
          f'the keeper: {capabilities(status)}')
    report = client.traffic(count=500, size_min=60, size_max=1400, run=2)
    check(report['distinct'] == 500, f'{report}')
    os.kill(pid, signal.SIGTERM)
    nothing_left(client)
    check(client.pppd_end().startswith('signal'), f'pppd was not told: {client.pppd_end()!r}')
    unchanged(bed, routes)


@test('privileges: launch mode, --nohostroute: the process beside pppd has no capability',
      no_valgrind=PRIVILEGES)
def launched_without_route(bed):
    with_libraries(bed)
    bed.poptop()
    client = detached(bed, 'noauth', before=('--nohostroute',))
    keeper = keeper_of(daemon_of(client)[0])
    reached(keeper, Seccomp='2')
    status = status_of(keeper)
    check(status['NoNewPrivs'] == '1', f'the keeper: NoNewPrivs {status["NoNewPrivs"]}')
    check(capabilities(status)['CapEff'] == capabilities(status)['CapPrm'] == 0,
          f'the keeper: {capabilities(status)}')


@test('privileges: the process that keeps root holds no socket of the network, nor the pty',
      no_valgrind=PRIVILEGES)
def keeper_holds(bed):
    with_libraries(bed)
    bed.poptop()
    client = detached(bed, 'noauth')
    keeper = keeper_of(daemon_of(client)[0])
    reached(keeper, Seccomp='2')
    folder = f'/proc/{keeper}/fd'
    held = sorted(os.readlink(f'{folder}/{number}') for number in os.listdir(folder))
    sockets = [name[len('socket:['):-1] for name in held if name.startswith('socket:')]
    local = [line.split()[6] for line in read_text(f'/proc/{keeper}/net/unix').splitlines()[1:]]
    netlink = [line.split()[9] for line in read_text(f'/proc/{keeper}/net/netlink').splitlines()[1:]]
    check(sockets and set(sockets) <= set(local + netlink), f'not only local sockets: {held}')
    check(not any('pts' in name or 'ptmx' in name for name in held), f'{held}')
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):     # as killall pptp does
        os.kill(keeper, number)
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')


@test('privileges: launch mode, nodetach: the process that waits has CAP_KILL and no socket',
      no_valgrind=PRIVILEGES)
def waiter_holds(bed):
    bed.poptop()
    client = LaunchClient(bed, 'nodetach')
    client.wait_pppd()
    status = status_of(client.pid)
    check(status['NoNewPrivs'] == '1', f'NoNewPrivs {status["NoNewPrivs"]}')
    check(capabilities(status)['CapEff'] == capabilities(status)['CapPrm'] == 1 << CAP_KILL,
          f'{capabilities(status)}')
    folder = f'/proc/{client.pid}/fd'
    held = sorted(os.readlink(f'{folder}/{number}') for number in os.listdir(folder))
    check(not any(name.startswith(('socket:', '/dev/pts')) for name in held), f'{held}')
    client.signal(signal.SIGTERM)
    check(client.wait() == 5, f'exit status {client.popen.returncode}')
    nothing_left(client)


@test('privileges: launch mode: signals to both processes, as of pidof: statistics once, one end',
      no_valgrind=ITSELF)
def signals_to_both(bed):
    bed.poptop()
    client = detached(bed, 'noauth')
    tunnel = daemon_of(client)[0]
    keeper = keeper_of(tunnel)
    named = [pid for pid in all_children() if read_text(f'/proc/{pid}/comm').strip() == 'pptp']
    check(sorted(named) == sorted([tunnel, keeper]), f'{named} are named pptp')
    for pid in (keeper, tunnel):
        os.kill(pid, signal.SIGUSR1)
    wait_for('statistics', lambda: bed.syslog.matching('round trip'))
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    said = bed.syslog.matching('GRE statistics')
    check(len(said) == 1 and f'pptp[{tunnel}]' in said[0][1], f'{said}')
    check(process_state(keeper) == 'S', 'the keeper has ended')
    for pid in (keeper, tunnel):
        os.kill(pid, signal.SIGTERM)
    nothing_left(client)
    check(client.pppd_end().startswith(('hangup', 'signal')), f'pppd: {client.pppd_end()!r}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('privileges: pptp is killed: said in syslog, pppd sees a hang-up, nothing is left')
def killed(bed):
    bed.poptop()
    client = detached(bed, 'noauth')
    os.kill(daemon_of(client)[0], signal.SIGKILL)
    nothing_left(client)
    wait_for('a line in syslog', lambda: bed.syslog.matching('was killed by a signal or by its system-call filter'))
    check(client.pppd_end().startswith('hangup'), f'pppd: {client.pppd_end()!r}')
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('privileges: pptp is killed with a report unread: said in syslog, nothing is left')
def killed_with_a_report_unread(bed):
    bed.poptop()
    client = detached(bed, 'noauth')
    tunnel = daemon_of(client)[0]
    pppd = client.wait_pppd()
    os.kill(tunnel, signal.SIGSTOP)
    os.kill(pppd, signal.SIGKILL)
    wait_for('pppd has ended', lambda: pppd not in all_children())
    os.kill(tunnel, signal.SIGKILL)
    nothing_left(client)
    wait_for('a line in syslog', lambda: bed.syslog.matching('was killed by a signal'))
    check(not bed.host_routes(), f'left: {bed.host_routes()}')


@test('privileges: pty mode: pptp is killed: the process beside it removes the host route and ends')
def killed_in_pty_mode(bed):
    client, keeper, routes = with_keeper(bed)
    client.signal(signal.SIGKILL)
    client.wait()
    wait_for('the keeper has ended', lambda: reap() or keeper not in all_children())
    unchanged(bed, routes)
    wait_for('a line in syslog', lambda: bed.syslog.matching('was killed by a signal'))


@test('privileges: ended by SIGSYS before the call is up: status 1, standard error names the filter',
      no_valgrind=PRIVILEGES)
def ended_by_the_filter(bed):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth')
    connection = server.accept()
    connection.start_control()
    worker = [pid for pid in children_of(client.pid) if 'pptp' in command_line(pid)]
    os.kill(worker[0], signal.SIGSYS)
    check(client.wait() == 1, f'exit status {client.popen.returncode}')
    check(re.search(r'killed by signal 31.*--nosandbox', client.log()), f'log: {client.log()!r}')
    nothing_left(client)


@test('privileges: --nosandbox keeps root, all capabilities and all system calls')
def no_sandbox(bed):
    bed.poptop()
    for client in (PtyClient(bed, '--nosandbox'), None):
        if client:
            client.wait_up()
            pid = client.pid
        else:
            client = detached(bed, '--nosandbox', 'noauth')
            pid = daemon_of(client)[0]
        status = status_of(pid)
        check(status['Uid'].split() == ['0'] * 4, f'Uid: {status["Uid"]}')
        check((status['NoNewPrivs'], status['Seccomp']) == ('0', '0'), f'{status}')
        check(capabilities(status) == capabilities(status_of('self')), f'{capabilities(status)}')
        os.kill(pid, signal.SIGTERM)
        # Else the first, still ending, is taken for the second's process.
        if isinstance(client, PtyClient):
            check(client.wait(3) == 0, 'it did not end well')
    nothing_left(client)


def within_reach(bed):
    """The build folder at a place where other users can read it."""
    folder = f'{bed.folder}/build'
    os.mkdir(folder)
    bed.run(['mount', '--bind', os.path.realpath(f'{os.path.dirname(bed.tools["pptp"])}/..'),
             folder])
    return folder


@test('privileges: a caller without root but CAP_NET_RAW: keeps its user, loses the capability',
      no_valgrind=PRIVILEGES)
def not_root(bed):
    with_libraries(bed)
    bed.poptop()
    program = f'{within_reach(bed)}/pptp-cli/pptp'
    client = PtyClient(bed, '--nohostroute', program=program, prefix=[
        'setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups',
        '--inh-caps', '-all,+net_raw', '--ambient-caps', '-all,+net_raw'])
    client.wait_up()
    status = status_of(client.pid)
    check(status['Uid'].split() == ['12345'] * 4, f'Uid: {status["Uid"]}')
    found = capabilities(status)
    check(not found['CapEff'] and not found['CapPrm'] and not found['CapAmb'], f'{found}')
    check((status['NoNewPrivs'], status['Seccomp']) == ('1', '2'), f'{status}')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')


@test('privileges: syslog that comes back under another socket is found again from inside')
def syslog_restarts(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    bed.syslog.restart()
    dump(bed, client)
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')


def remaining(program):
    reap()
    return [pid for pid in all_children() if program in command_line(pid)]


def elevated(bed):
    """A copy of the command, to be given rights of its own; the loader knows the library."""
    program = f'{bed.folder}/elevated'
    bed.run(['cp', bed.tools['pptp'], program])
    library = f'{within_reach(bed)}/libpptp'
    cache = f'{bed.folder}/ld.so.cache'
    bed.run(['ldconfig', '-C', cache, '-X', library])
    bed.replace('/etc/ld.so.cache', '')
    bed.run(['mount', '--bind', cache, '/etc/ld.so.cache'])
    return program


@test('privileges: with more rights than its caller, pptp takes pppd from no PATH of the caller',
      no_valgrind=PRIVILEGES)
def environment(bed):
    program = elevated(bed)
    bed.run(['setcap', 'cap_net_raw,cap_net_admin+ep', program])
    bed.poptop()
    client = LaunchClient(bed, '--debug', 'noauth', program=program, prefix=[
        'setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups'])
    client.wait()
    check(not os.path.exists(f'{client.folder}/argv'), 'a pppd of the caller\'s PATH was run')
    check(re.search('pppd started|pppd could not|pppd failed', client.log()),
          f'log: {client.log()[-400:]!r}')
    wait_for('all of it ended', lambda: not remaining(program))


@test('privileges: built without libseccomp: warns once, all other steps are taken, the tunnel works',
      no_valgrind=PRIVILEGES)
def without_libraries(bed):
    bed.poptop()
    routes = bed.routes()
    program = bed.tools['pptp_without']
    client = PtyClient(bed, program=program)
    client.wait_up()
    wait_pinned(bed)
    status = status_of(client.pid)
    check((status['NoNewPrivs'], status['Seccomp']) == ('1', '0'), f'{status}')
    check_confined(bed, client.pid, seccomp='0')
    check_keeper(bed, client.pid, seccomp='0')
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    unchanged(bed, routes)
    check(client.log().count('system calls are not filtered') == 1, f'log: {client.log()!r}')
    check(not re.search('stays root|capabilities are kept', client.log()), f'log: {client.log()!r}')
    client = PtyClient(bed, '--nohostroute', program=program)
    client.wait_up()
    status = status_of(client.pid)
    check(status['Uid'].split() == [str(account().pw_uid)] * 4, f'Uid: {status["Uid"]}')
    check(not any(capabilities(status)[name] for name in ('CapPrm', 'CapEff')), f'{status}')


@test('privileges: a kernel without seccomp: warns once, all other steps are taken, the tunnel works',
      no_valgrind=PRIVILEGES)
def without_seccomp(bed):
    with_libraries(bed)
    bed.poptop()
    client = PtyClient(bed, prefix=[bed.tools['no_network'], '--no-seccomp'], filtered=False)
    client.wait_up()
    status = status_of(client.pid)
    check(status['Uid'].split() == [str(account().pw_uid)] * 4, f'Uid: {status["Uid"]}')
    check(not capabilities(status)['CapPrm'], f'{status}')
    check(client.log().count('system calls are not filtered') == 1, f'log: {client.log()!r}')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
