#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The command --status next to tunnels that are only sockets: command.py PPTP. Prints TAP.

It runs in a mount namespace of its own with an empty /run, so it needs root or user namespaces.
"""
import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading

FOLDER = pathlib.Path('/run/pptp')
LIMIT = 20
TIME = '2026-11-28T04:00:00Z'


class Tunnel:
    """A socket that returns an object; each time it has received 1000 octets more."""

    def __init__(self, name, **members):
        self.octets = 0
        self.members = {
            'version': '1.0.0', 'name': name, 'time': TIME, 'started': TIME,
            'processes': {'tunnel': 4711, 'pppd': 4712}, 'phase': 'up', 'phase_text': 'connected',
            'phase_seconds': 7.25, 'server': {'name': 'vpn.example.org'}, 'link': 'pty',
            'host_route': {'wanted': False}, 'gre': {'received': True, 'acknowledged': True},
            **members}
        self.path = FOLDER / f'{name}.sock'
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.path))
        self.socket.listen(50)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client = self.socket.accept()[0]
            self.octets += 1000
            counted = {'statistics': {'rx_bytes': self.octets}}
            with client:
                client.sendall(json.dumps(self.members | counted).encode())


def status(pptp, *words, user=None):
    done = subprocess.run([pptp, '--status', *words], capture_output=True, text=True, timeout=LIMIT,
                          user=user, extra_groups=None if user is None else [])
    return done.returncode, done.stdout, done.stderr


def expect(got, code, out, err=''):
    assert got[0] == code and out in got[1] and err in got[2], got
    assert out or not got[1], got
    assert err or not got[2] or 'stays root' in got[2], got


def without_tunnels(pptp):
    expect(status(pptp), 0, 'no tunnel is running\n')
    expect(status(pptp, 'x'), 36, '', 'no tunnel of the name x is running\n')
    expect(status(pptp, '--json'), 0, '{"tunnels": []}\n')
    expect(status(pptp, '--openmetrics'), 0, '# EOF\n')


def with_tunnels(pptp):
    FOLDER.mkdir()
    Tunnel('office')
    Tunnel('home', phase='calling')
    pathlib.Path('/run/ppp3.pid').write_text('4712\nppp3\n')
    code, out, _ = status(pptp)
    assert code == 0 and [row.split()[0] for row in out.splitlines()] == [
        'NAME', 'home', 'waiting', 'office'], out
    assert 'ppp3' in out.splitlines()[3], out
    expect(status(pptp, 'office'), 0, 'processes: 4711 (tunnel), 4712 (pppd)\n')
    expect(status(pptp, 'home'), 36, 'waiting for the call for 7s')
    expect(status(pptp, 'none'), 36, '', 'those that are: home, office\n')
    expect(status(pptp, '../x'), 2, '', "a tunnel's name has")
    expect(status(pptp, '--openmetrics', 'office'), 0, 'pptp_up{name="office"} 1\n')


def one_that_is_not_readable(pptp):
    wrong = Tunnel('wrong', mtu='large')
    expect(status(pptp), 1, 'cannot be read: "mtu" in its answer has a value that is not allowed\n')
    expect(status(pptp, 'wrong'), 1, 'cannot be read')
    expect(status(pptp, '--openmetrics'), 0, 'pptp_up{name="wrong"} 0', 'tunnel wrong cannot be read')
    assert json.loads(status(pptp, '--json')[1])['unreadable'][0]['name'] == 'wrong'
    wrong.path.unlink()


def nobody_may_read(pptp):
    if not is_root_outside():
        return 'this is no real root'
    for path, mode, usual in ((FOLDER, 0o700, 0o755), (FOLDER / 'office.sock', 0o600, 0o666)):
        path.chmod(mode)
        if path != FOLDER:
            (FOLDER / 'home.sock').unlink()
        sentence = 'only root and the group pptp may\n'
        expect(status(pptp, user=65534), 18, '', sentence)
        expect(status(pptp, 'office', user=65534), 18, '', sentence)
        path.chmod(usual)
    expect(status(pptp, user=65534), 0, 'office')
    return None


def full_output(pptp):
    with open('/dev/full', 'w') as full:
        done = subprocess.run([pptp, '--status'], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and 'cannot write to standard output' in done.stderr, done


class Watch:
    """--status --watch on a terminal of the test's own."""

    def __init__(self, pptp, *words, rows=24, columns=200):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.read(0, 1)       # until the window has its size
            os.execv(pptp, [pptp, '--status', '--watch', *words])
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        os.write(self.terminal, b'\n')
        self.text = ''

    def read_until(self, found):
        while not found(self.text):
            assert select.select([self.terminal], [], [], LIMIT)[0], self.text
            self.text += os.read(self.terminal, 4096).decode()

    def end(self):
        status = os.waitpid(self.child, 0)[1]
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def watching(pptp):
    expect(status(pptp, '--watch'), 2, '', '--watch needs a terminal')
    for number in (signal.SIGINT, signal.SIGTERM):
        watch = Watch(pptp)
        watch.read_until(lambda text: '\033[J' in text)
        os.kill(watch.child, signal.SIGUSR1)    # which is for tunnels
        watch.read_until(lambda text: text.count('\033[J') >= 2)
        first, second = (screen.split('office')[1].split() for screen in watch.text.split('\033[J')[:2])
        # The rates stand behind the state and the time: 1000 octets, in a second or more.
        assert first[2:4] == ['-', '-'], first
        rate = float(second[2].rstrip('k')) * (1000 if second[2].endswith('k') else 1)
        assert 0 < rate <= 8100, second
        if number == signal.SIGINT:
            os.write(watch.terminal, b'\x03')
        else:
            os.kill(watch.child, number)
        assert watch.end() == 0, watch.text


def watching_what_is_not_there(pptp):
    watch = Watch(pptp, 'none')
    watch.read_until(lambda text: 'no tunnel of the name none is running' in text)
    os.kill(watch.child, signal.SIGTERM)
    assert watch.end() == 0


def watching_in_a_small_window(pptp):
    watch = Watch(pptp, columns=30)
    watch.read_until(lambda text: '\033[J' in text)
    lines = watch.text.split('\033[H')[1].split('\033[K\r\n')
    assert max(len(line) for line in lines) == 29, lines
    os.kill(watch.child, signal.SIGTERM)
    assert watch.end() == 0


def property_of(process, name):
    text = pathlib.Path(f'/proc/{process}/status').read_text()
    return next(line.split()[1] for line in text.splitlines() if line.startswith(f'{name}:'))


def printing_is_unprivileged(pptp):
    """What prints is held up by a pipe that nobody reads, and looked at then."""
    if not is_root_outside():
        return 'this is no real root'
    members = {'host_route': {'wanted': True, 'text': 'x'}, 'server': {'name': 'x' * 250}}
    many = [Tunnel(f't{at:03}', **members) for at in range(100)]
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    running = subprocess.Popen([pptp, '--status', '--json'], stdout=writer)
    os.close(writer)
    select.select([reader], [], [], LIMIT)
    found = [property_of(running.pid, name) for name in ('Uid', 'CapPrm', 'NoNewPrivs')]
    with open(reader) as file:
        file.read()
    assert running.wait(LIMIT) == 0
    assert found[0] != '0' and int(found[1], 16) == 0 and found[2] == '1', found
    for tunnel in many:
        tunnel.path.unlink()
    return None


def is_root_outside():
    return pathlib.Path('/proc/self/uid_map').read_text().split()[2] == '4294967295'


CHECKS = [without_tunnels, with_tunnels, one_that_is_not_readable, full_output, watching,
          watching_what_is_not_there, watching_in_a_small_window, printing_is_unprivileged, nobody_may_read]


def in_namespace(pptp):
    passed = True
    print(f'1..{len(CHECKS)}')
    for number, check in enumerate(CHECKS, 1):
        name = check.__name__
        try:
            skipped = check(pptp)
            print(f'ok {number} - {name}' + (f' # SKIP not tested, {skipped}' if skipped else ''))
        except Exception as error:
            passed = False
            print(f'not ok {number} - {name}')
            for line in f'{type(error).__name__}: {error}'.splitlines():
                print(f'# {line}')
    return 0 if passed else 1


def main():
    if len(sys.argv) > 2:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/run'], check=True)
        return in_namespace(sys.argv[1])
    enter = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    with tempfile.TemporaryDirectory() as scratch:
        may = subprocess.run([*enter, 'mount', '-t', 'tmpfs', 'none', scratch], capture_output=True,
                             text=True)
    if may.returncode:
        print(f'1..0 # SKIP --status: not tested, no namespace: {may.stderr.strip()}')
        return 0
    sys.stdout.flush()
    os.execvp(enter[0], [*enter, sys.executable, __file__, sys.argv[1], 'inside'])


if __name__ == '__main__':
    sys.exit(main())
