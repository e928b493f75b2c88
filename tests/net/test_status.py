# SPDX-License-Identifier: MIT
"""The status socket of a running tunnel: what it returns, to whom, and that it is removed."""

import json
import os
import re
import signal
import socket
import stat

import wire
from bed import CLIENT, SERVER, Failure, allowed, check, command_line, read_text, wait_for, \
    write_text
from client import LaunchClient, PtyClient
from fakeserver import FakeServer
from registry import PRIVILEGES, TIME, test
from test_launch import all_children, daemon_of, detached, helpers_of, nothing_left, reap
from test_privilege import within_reach

FOLDER = '/run/pptp'


def path_of(name):
    return f'{FOLDER}/{name}.sock'


def sockets():
    if not os.path.exists(FOLDER):
        return []
    return sorted(name[:-len('.sock')] for name in os.listdir(FOLDER) if name.endswith('.sock'))


def connect(name=SERVER):
    asker = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    asker.connect(path_of(name))        # waits where too many others wait
    asker.settimeout(allowed(10))
    return asker


def read_all(asker):
    text = b''
    while chunk := asker.recv(65536):
        text += chunk
    return text


def ask(name=SERVER):
    with connect(name) as asker:
        return json.loads(read_all(asker))


def gone(name=SERVER):
    wait_for('the socket is removed', lambda: reap() or not os.path.lexists(path_of(name)))


def refused(name=SERVER):
    try:
        connect(name).close()
    except ConnectionRefusedError:
        return True
    return False


def remover_of(pid):
    """The process that removes the socket."""
    return wait_for('the remover is there', lambda: next(
        (child for child in all_children() if read_text(f'/proc/{child}/comm') == 'pptp-status\n'
         and int(re.search(r'^PPid:\s*(\d+)', read_text(f'/proc/{child}/status'), re.M)[1]) == pid),
        None))


@test('status: pty mode: what it tells is what is logged and counted; removed at the end')
def pty_mode(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    before = ask()
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    after = ask()
    logged = re.search(r'call up from (\S+) to (\S+), call ID (\d+), peer\'s call ID (\d+), (\d+) bit',
                       client.log())
    call = after['call']
    found = (after['local_address'], after['server']['address'], *[
        str(call[name]) for name in ('id', 'peer_id', 'connect_speed')])
    check(found == logged.groups(), f'{found}, logged: {logged.groups()}')
    check(after['name'] == after['server']['name'] == SERVER, f'{after}')
    check(after['server']['vendor_name'] == 'linux', f'{after["server"]}')
    check((after['phase'], after['phase_text']) == ('up', 'connected'), f'{after}')
    check(after['link'] == 'pty' and after['terminal'].startswith('/dev/pts/'), f'{after}')
    check(after['processes'] == {'tunnel': client.pid, 'keeper': helpers_of(client.pid)[0]},
          f'{after["processes"]}')
    check(after['gre'] == {'received': True, 'acknowledged': True}, f'{after["gre"]}')
    check(after['host_route']['wanted'] and 'added' in after['host_route']['text'], f'{after}')
    for name in ('rx_accepted', 'tx_sent', 'link_rx_frames'):
        grown = after['statistics'][name] - before['statistics'][name]
        check(grown == 100, f'{name} has grown by {grown}')
    check(after['phase_seconds'] > before['phase_seconds'], 'time stands still')
    check('failure' not in after, f'{after}')
    # Of a build for sanitizers.
    check('libseccomp' in after.get('last_warning', {'text': 'libseccomp'})['text'], f'{after}')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')
    gone()


@test('status: launch mode: the process of pppd; removed at the end')
def launch_mode(bed):
    bed.poptop()
    client = detached(bed, 'noauth')
    pppd = client.wait_pppd()
    found = wait_for('pppd is known', lambda: (lambda told: told if 'pppd' in told['processes']
                                               else None)(ask()))
    check(found['processes']['pppd'] in all_children() + [pppd], f'{found["processes"]}')
    check('standin pppd' in command_line(found['processes']['pppd']), 'another process')
    tunnel = daemon_of(client)[0]
    check(found['processes']['tunnel'] == tunnel, f'{found["processes"]}, not {tunnel}')
    os.kill(tunnel, signal.SIGTERM)
    nothing_left(client)
    gone()


@test('status: while it connects, and between the end of the call and that of pppd')
def phases(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    connection.expect(wire.SCCRQ)
    told = ask()
    check(told['phase'] == 'starting' and told['server']['address'] == SERVER, f'{told}')
    check('call' not in told and 'up_since' not in told, f'{told}')
    connection.send(wire.SCCRP, result=1)
    connection.expect(wire.OCRQ)
    wait_for('the phase', lambda: ask()['phase'] == 'calling')
    connection.send(wire.OCRP, call_id=7, peer_call_id=connection.seen[-1].call_id)
    wait_for('the call', lambda: ask().get('call', {}).get('peer_id') == 7)
    connection.close()
    told = wait_for('the failure', lambda: (lambda told: told if 'failure' in told else None)(ask()))
    check(told['phase'] == 'closed' and told['call']['peer_id'] == 7, f'{told}')
    failure = told['failure']
    check(failure['exit_status'] == 14 and failure['retry'] is True, f'{failure}')
    check(failure['text'] in client.log() + failure['text'], f'{failure}')
    client.wait()
    gone()


@test('status: two tunnels to one server have two names; --name; the name of one that runs')
def names(bed):
    bed.poptop()
    clients = [PtyClient(bed) for _ in range(2)]
    for client in clients:
        client.wait_up()
    check(sockets() == [SERVER, f'{SERVER}-2'], f'{sockets()}')
    found = sorted(ask(name)['processes']['tunnel'] for name in sockets())
    check(found == sorted(client.pid for client in clients), f'{found}')
    for client in clients:
        client.stop()
    gone()
    gone(f'{SERVER}-2')
    clients = [PtyClient(bed, '--name', 'work') for _ in range(2)]
    for client in clients:
        client.wait_up()
    check(sockets() == ['work', 'work-2'], f'{sockets()}')
    check([ask(name)['name'] for name in sockets()] == sockets(), 'other names')
    long = 'x' * 64
    clients += [PtyClient(bed, '--name', long) for _ in range(2)]
    for client in clients[2:]:
        client.wait_up()
    check(long in sockets() and f'{long[:60]}-2' in sockets(), f'{sockets()}')
    said = [client.log().count('another tunnel has the name work: this one is work-2')
            for client in clients[:2]]
    check(sorted(said) == [0, 1], f'said {said}')


@test('status: --nostatus: no socket, and no process for it')
def nostatus(bed):
    bed.poptop()
    client = PtyClient(bed, '--nostatus', '--nohostroute')
    client.wait_up()
    check(not os.path.exists(FOLDER), 'the folder was made')
    ours = [pid for pid in all_children() if bed.tools['pptp'] in command_line(pid)]
    check(ours == [client.pid], f'processes {ours}')


@test('status: pptp is killed: the socket is removed; with the remover too: the next start replaces it')
def killed(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    os.kill(client.pid, signal.SIGKILL)
    client.wait()
    gone()
    client = PtyClient(bed)
    client.wait_up()
    os.kill(remover_of(client.pid), signal.SIGKILL)
    os.kill(client.pid, signal.SIGKILL)
    client.wait()
    check(refused(), 'the test expected a socket left behind')
    client = PtyClient(bed)
    client.wait_up()
    check(sockets() == [SERVER], f'{sockets()}')
    check(ask()['processes']['tunnel'] == client.pid, 'the socket is not the new one')


@test('status: a socket that another pptp has put in its place is not removed')
def replaced(bed):
    bed.poptop()
    first = PtyClient(bed)
    first.wait_up()
    remover = remover_of(first.pid)
    os.kill(remover, signal.SIGSTOP)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = PtyClient(bed)
    second.wait_up()
    check(sockets() == [SERVER], f'{sockets()}')
    os.kill(remover, signal.SIGCONT)
    wait_for('the remover has ended', lambda: reap() or remover not in all_children())
    check(ask()['processes']['tunnel'] == second.pid, 'the new socket is gone')


@test('status: for root alone, and for group pptp where there is one; the folder belongs to root')
def permissions(bed):
    bed.poptop()
    bed.replace('/etc/group', 'root:x:0:\n')
    client = PtyClient(bed)
    client.wait_up()
    found = os.stat(path_of(SERVER))
    check((stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o600, 0, 0), f'{found}')
    found = os.stat(FOLDER)
    check((stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o755, 0, 0), f'{found}')
    client.stop()
    bed.replace('/etc/group', 'root:x:0:\nusers:x:100:\n')
    client = PtyClient(bed, prefix=['setpriv', '--regid', '100', '--clear-groups'])
    client.wait_up()
    found = os.stat(path_of(SERVER))
    check((stat.S_IMODE(found.st_mode), found.st_gid) == (0o600, 0), f'as of another group: {found}')
    client.stop()
    bed.replace('/etc/group', 'root:x:0:\npptp:x:4711:\n')
    old = os.umask(0o077)
    client = PtyClient(bed)
    os.umask(old)
    client.wait_up()
    found = os.stat(path_of(SERVER))
    check((stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, 4711), f'{found}')


@test('status: a folder that others may write to is not used; none that can be made: the tunnel is up')
def bad_folder(bed):
    bed.poptop()
    os.mkdir(FOLDER)
    os.chmod(FOLDER, 0o777)
    client = PtyClient(bed)
    client.wait_up()
    client.expect_log('no socket in /run/pptp .others may write there.')
    check(os.listdir(FOLDER) == [], f'{os.listdir(FOLDER)}')
    client.stop()
    os.rmdir(FOLDER)
    write_text(FOLDER, 'a file')
    client = PtyClient(bed)
    client.wait_up()
    client.expect_log('no socket in /run/pptp .open.: Not a directory; pptp --status will not show')
    client.stop()
    os.unlink(FOLDER)
    os.mkdir(f'{FOLDER}-other')
    os.symlink(f'{FOLDER}-other', FOLDER)
    client = PtyClient(bed)
    client.wait_up()
    client.expect_log('no socket in /run/pptp .open.')
    check(os.listdir(FOLDER) == [], 'the link was followed')


@test('status: not root: the tunnel is up without a socket, and not a word', no_valgrind=PRIVILEGES)
def not_root(bed):
    bed.poptop()
    os.mkdir(FOLDER, 0o755)     # as tmpfiles.d does
    program = f'{within_reach(bed)}/pptp-cli/pptp'
    client = PtyClient(bed, '--nohostroute', program=program, prefix=[
        'setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups',
        '--inh-caps', '-all,+net_raw', '--ambient-caps', '-all,+net_raw'])
    client.wait_up()
    check('/run/pptp' not in client.log(), f'log: {client.log()!r}')
    check(os.listdir(FOLDER) == [], f'made {os.listdir(FOLDER)}')


@test('status: a reader that never reads, one that writes, one that leaves: frames go on')
def bad_readers(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    silent = [connect() for _ in range(20)]
    writers = [connect() for _ in range(20)]
    for writer in writers:
        writer.setblocking(False)
        try:
            while True:
                writer.send(b'x' * 65536)
        except (BlockingIOError, BrokenPipeError):
            pass
    for _ in range(20):
        connect().close()
    check(client.traffic(count=1000)['distinct'] == 1000, 'frames were lost')
    check(ask()['phase'] == 'up', 'no answer')
    check(json.loads(read_all(silent[0]))['phase'] == 'up', 'the one that waited has no object')
    check(client.stop() == 0, f'log: {client.log()[-400:]!r}')


@test('status: 1,000 connections at once: each has its object, no frame is lost, SIGTERM works',
      seconds=60)
def many_readers(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    process = client.start_traffic(count=2000, gap_us=200)
    askers = []
    for _ in range(1000):
        askers.append(connect())
    for asker in askers:
        check(json.loads(read_all(asker))['name'] == SERVER, 'another object')
        asker.close()
    report = json.loads(process.communicate(timeout=allowed(30))[0])
    check(report['distinct'] == 2000, f'{report}')
    check(client.stop(seconds=2) == 0, f'log: {client.log()[-400:]!r}')


@test('status: connections without end for a second: frames go on, and SIGTERM works', no_valgrind=TIME)
def flood(bed):
    bed.poptop()
    client = PtyClient(bed)
    client.wait_up()
    flooders = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            while True:
                try:
                    connect().close()
                except OSError:
                    os._exit(0)
        flooders.append(pid)
    report = client.traffic(count=500, gap_us=1000)
    check(report['distinct'] == 500, f'{report}')
    check(client.stop(seconds=2) == 0, f'log: {client.log()[-400:]!r}')
    for pid in flooders:
        os.waitpid(pid, 0)


@test('status: the address of this machine and of the server come from the call, not from a name')
def addresses(bed):
    bed.poptop()
    client = PtyClient(bed, '--localbind', CLIENT)
    client.wait_up()
    told = ask()
    check((told['local_address'], told['server']['address']) == (CLIENT, SERVER), f'{told}')


@test('status: launch mode without pppd: no socket is left')
def no_pppd(bed):
    client = LaunchClient(bed, 'noauth', environment={'PATH': '/nowhere'})
    check(client.wait() == 17, f'exit status {client.popen.returncode}')
    check(not os.path.exists(FOLDER) or sockets() == [], 'a socket is left')


class Manager:
    """A service manager's socket, of sd_notify(3)."""

    def __init__(self, bed, address):
        with bed.inside('client'):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(address)
        self.socket.settimeout(allowed(5))
        self.environment = {'NOTIFY_SOCKET': address.replace('\0', '@')}
        self.told = []

    def until(self, pattern):
        while not re.search(pattern, '\n'.join(self.told), re.M):
            try:
                self.told.extend(self.socket.recv(4096).decode().split('\n'))
            except TimeoutError:
                raise Failure(f'no {pattern} in {self.told}') from None
        return self.told


@test('service manager: pppd stays: ready when it was started, the state in words, stopping')
def notify_attached(bed):
    bed.poptop()
    manager = Manager(bed, f'{bed.folder}/notify')
    client = LaunchClient(bed, 'nodetach', environment=manager.environment)
    manager.until('^READY=1$')
    client.wait_pppd()
    manager.until(f'^STATUS=connected to {SERVER}: [0-9]+ packets received, 0 lost, [0-9]+ sent')
    check(not any(line.startswith('MAINPID') for line in manager.told), f'{manager.told}')
    words = [f'STATUS={SERVER}: {text}' for text in (
        'waiting for the control connection', 'waiting for the call')]
    check([line for line in manager.told if line in words] == words, f'{manager.told}')
    client.signal(signal.SIGTERM)
    manager.until('^STOPPING=1$')
    client.wait()


@test('service manager: pppd leaves: ready then, with the process that carries on; a socket that is no file')
def notify_detached(bed):
    bed.poptop()
    manager = Manager(bed, '\0pptp-test')
    client = LaunchClient(bed, 'updetach', environment=manager.environment)
    client.wait_pppd()
    told = manager.until('^STATUS=connected')
    check('READY=1' not in told, f'ready before pppd is: {told}')
    client.order('detach')
    check(client.wait() == 0, f'log: {client.log()!r}')
    told = manager.until('^READY=1$')
    check(f'MAINPID={ask()["processes"]["tunnel"]}' in told, f'{told}')
    check(told.count('READY=1') == 1, f'{told}')


@test('service manager: one that does not read, and none at that address: the tunnel is up')
def notify_deaf(bed):
    bed.poptop()
    manager = Manager(bed, f'{bed.folder}/notify')
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filler.setblocking(False)
    try:
        while True:
            filler.sendto(b'full', f'{bed.folder}/notify')
    except BlockingIOError:
        pass
    for environment in (manager.environment, {'NOTIFY_SOCKET': '/nowhere'}, {'NOTIFY_SOCKET': ''},
                        {'NOTIFY_SOCKET': '/' + 'x' * 200}):
        client = LaunchClient(bed, 'nodetach', environment=environment)
        client.wait_pppd()
        check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
        client.signal(signal.SIGTERM)
        client.wait()
        nothing_left(client)
