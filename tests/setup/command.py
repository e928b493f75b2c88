#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""pptpsetup as its users run it: command.py PPTPSETUP [PRELOADED_LIBRARY]. Prints TAP.

It works below a folder of the test's own (--root), which needs no root.
"""
import os
import pathlib
import pty
import resource
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import termios

LIMIT = 20
OTHERS = b'# secrets of others\nother\t"a server" \'x#\' * # mine\n\n* * anything *'
GIVEN = ['--server', 'vpn.example.org', '--username', 'me', '--encrypt']
PEER = '''\
# written by pptpsetup: "pptpsetup --create work" with its options writes it anew,
# "pptpsetup --delete work" removes it
pty "pptp vpn.example.org --nolaunchpppd --name work"
lock
noauth
nobsdcomp
nodeflate
name me
remotename work
ipparam work
linkname work
require-mppe-128
'''
# Runs a command with the files of the folder $1 in place of the system's; pppd wants a /dev/ppp.
IN_PLACE = '''
mount -t tmpfs none /mnt && touch /mnt/null /mnt/ppp && mount --bind /dev/null /mnt/null &&
mount --move /mnt /dev && mount --bind "$1/etc/ppp" /etc/ppp || exit 77
shift
exec "$@"
'''


class System:
    """The folders of pppd below one of the test's own."""

    def __init__(self, program, preloaded):
        self.program = program
        self.preloaded = preloaded
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='pptpsetup-'))
        self.ppp = self.root / 'etc/ppp'
        self.peers = self.ppp / 'peers'
        self.secrets = self.ppp / 'chap-secrets'
        self.peers.mkdir(parents=True)
        self.put(self.secrets, OTHERS)

    @staticmethod
    def put(path, content, mode=0o600):
        path.unlink(missing_ok=True)    # it may be read-only
        path.write_bytes(content)
        path.chmod(mode)

    def words(self, *words):
        return [self.program, '--root', str(self.root), *words]

    def run(self, *words, given=b'', **more):
        done = subprocess.run(self.words(*words), input=given, capture_output=True, timeout=LIMIT,
                              **more)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def create(self, *words, password=b'secret', **more):
        return self.run('--create', 'work', *words, '--password-stdin', given=password + b'\n', **more)

    def files(self):
        """All that there is, with what shows a change."""
        return {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
                for path in self.ppp.rglob('*') if path.is_file() and path.name[0] != '.'}

    def leftovers(self):
        return [path.name for path in self.root.rglob('.*') if path.name != '.pptpsetup.lock']


def expect(got, code, out='', err=''):
    assert got[0] == code and out in got[1] and err in got[2], got
    assert out or not got[1], got
    assert err or not got[2], got


def same(one, other):
    assert one == other, f'{one!r} is not {other!r}'


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def creating(system):
    expect(system.create(*GIVEN), 0, f'wrote {system.peers}/work and its password in chap-secrets\n')
    same((system.peers / 'work').read_text(), PEER)
    same(system.secrets.read_bytes(), OTHERS + b'\nme work secret *\n')
    same([mode_of(system.peers / 'work'), mode_of(system.secrets)], [0o600, 0o600])
    same(system.leftovers(), [])


def creating_without_a_secrets_file(system):
    system.secrets.unlink()
    expect(system.create(*GIVEN), 0, 'wrote')
    same(system.secrets.read_bytes(), b'me work secret *\n')
    same(mode_of(system.secrets), 0o600)


def all_options(system):
    words = [*GIVEN[:-1], '--domain', 'DOM', '--dns', '--defaultroute', '--persist', '--kernel',
             '--route', '10.0.0.0/8', '--route', '192.0.2.0/24']
    expect(system.create(*words), 0, 'wrote', 'warning: without --encrypt')
    text = (system.peers / 'work').read_text()
    same(text.splitlines()[2:], [
        'plugin pptp.so', 'pptp_server vpn.example.org', 'pptp_name work', 'noauth', 'nobsdcomp',
        'nodeflate', 'name "DOM\\\\me"', 'remotename work', 'ipparam work', 'linkname work', 'usepeerdns',
        'defaultroute', 'replacedefaultroute', 'persist', 'maxfail 0', 'holdoff 10',
        'lcp-echo-interval 30', 'lcp-echo-failure 4', '# pptpsetup: route 10.0.0.0/8',
        '# pptpsetup: route 192.0.2.0/24'])
    assert system.secrets.read_bytes().endswith(b'\n"DOM\\\\me" work secret *\n')


def a_phone_number(system):
    expect(system.create(*GIVEN, '--phone', '#1*'), 0, 'wrote')
    assert 'pty "pptp vpn.example.org --nolaunchpppd --name work --phone \'#1*\'"\n' in (
        system.peers / 'work').read_text()
    expect(system.run('--create', 'work', *GIVEN, '--phone', '#1*', '--kernel'), 0, 'wrote')
    assert 'pptp_phone "#1*"\n' in (system.peers / 'work').read_text()
    expect(system.run('--show', 'work'), 0, 'phone number: #1*\n')
    expect(system.create(*GIVEN, '--phone', "1'"), 2, '', 'is no phone number')


def again(system):
    system.create(*GIVEN)
    before = system.files()
    expect(system.create(*GIVEN), 0, 'tunnel work is set up like this already: nothing was changed\n')
    expect(system.run('--create', 'work', *GIVEN), 0, 'nothing was changed\n')
    same(system.files(), before)


def another_password(system):
    system.create(*GIVEN)
    before = system.files()
    expect(system.create(*GIVEN, password=b'n"w'), 0, 'tunnel work: wrote its password in chap-secrets\n')
    after = system.files()
    same(after[system.peers / 'work'], before[system.peers / 'work'])
    same(after[system.secrets][0], OTHERS + b'\nme work "n\\"w" *\n')


def other_options(system):
    system.create(*GIVEN)
    secrets = system.files()[system.secrets]
    expect(system.run('--create', 'work', *GIVEN, '--dns'), 0, f'tunnel work: wrote {system.peers}/work\n')
    same((system.peers / 'work').read_text(), PEER + 'usepeerdns\n')
    same(system.files()[system.secrets], secrets)


def another_user(system):
    system.create(*GIVEN)
    you = ['--server', 'vpn.example.org', '--username', 'you', '--encrypt']
    expect(system.run('--create', 'work', *you), 2, '', 'give a password (--password-stdin)')
    expect(system.create(*you), 0, 'wrote')
    same(system.secrets.read_bytes(), OTHERS + b'\nyou work secret *\n')


def deleting(system):
    system.create(*GIVEN)
    system.run('--create', 'home', *GIVEN, '--password', 'x')
    expect(system.run('--delete', 'work'), 0, f'removed {system.peers}/work and its password in chap-secrets\n')
    same(system.secrets.read_bytes(), OTHERS + b'\nme home x *\n')
    same([path.name for path in system.peers.iterdir()], ['home'])
    expect(system.run('--delete', 'work'), 1, '', 'there is no tunnel work; those that are: home\n')
    system.put(system.secrets, OTHERS)
    expect(system.run('--delete', 'home'), 0, 'chap-secrets had no password of it\n')
    same(system.secrets.read_bytes(), OTHERS)
    expect(system.run('--delete', 'home'), 1, '', 'there is no tunnel home, and no other one')


def showing(system):
    expect(system.run('--list'), 0, 'no tunnel: pptpsetup --create writes one\n')
    system.create(*GIVEN, '--dns', '--route', '10.0.0.0/8')
    system.run('--create', 'home', '--server', '192.0.2.1', '--username', 'a\033b', '--password', 'x')
    system.put(system.peers / 'provider', b'# of others\n')
    os.mkfifo(system.peers / 'fifo')
    (system.peers / 'link').symlink_to('work')
    got = system.run('--list')
    same(got, (0, 'NAME  SERVER           USER  OPTIONS\n'
                  'home  192.0.2.1        a?b   -\n'
                  'work  vpn.example.org  me    encrypt dns route(1)\n', ''))
    got = system.run('--show', 'work')
    for line in ('server: vpn.example.org', 'user: me', 'password: in chap-secrets',
                 'encryption: required (MPPE-128)', 'route: 10.0.0.0/8'):
        expect(got, 0, line + '\n')
    assert 'secret\n' not in got[1], got
    system.put(system.secrets, OTHERS)
    expect(system.run('--show', 'work'), 0, 'password: missing in chap-secrets\n')
    expect(system.run('--show', 'none'), 1, '', 'those that are: home, work\n')


def hostile_names(system):
    for user in (b'DOM\\me', b'a b', b'#', b'"', b"'", b'\\', b'*', b'me@example.org', b'\xc3\xa4\xff\x01',
                 b'$(id)`id`', b'a' * 255):
        for password in (b'#x y\\', b'"\'', b'@home', b'\xff\x80', b'p' * 255):
            got = system.run('--create', 'work', '--server', 'a', '--encrypt', b'--username', user,
                             '--password-stdin', given=password)
            expect(got, 0, 'wrote')
            before = system.files()
            got = system.run('--create', 'work', '--server', 'a', '--encrypt', b'--username', user,
                             b'--password', password)
            expect(got, 0, 'nothing was changed')
            same(system.files(), before)
    expect(system.run('--delete', 'work'), 0, 'and its password')
    same(system.secrets.read_bytes(), OTHERS + b'\n')


def passwords_that_do_not_fit(system):
    for password, sentence in ((b'', 'is empty'), (b'p' * 256, 'at most 255 octets'),
                               (b'a\0b', 'contains a null'), (b'@/etc/shadow', 'begins with "@/"')):
        expect(system.create(*GIVEN, password=password), 2, '', sentence)
    expect(system.run('--create', 'work', *GIVEN, '--password', 'Xa\nX'), 2, '', '--password contains a line feed')
    expect(system.run('--create', 'work', *GIVEN, '--password-stdin'), 2, '', 'input ended before the password')
    same(list(system.files()), [system.secrets])


def what_is_missing(system):
    expect(system.run('--create', 'work'), 2, '',
           'give --server and --username and a password (--password-stdin); standard input is no terminal')
    expect(system.create('--server', 'a'), 2, '', 'give --username; ')
    expect(system.run('--create', 'work', *GIVEN), 2, '', 'give a password')
    expect(system.run('--pasword=hidden'), 2, '', 'option "--pasword" is not known')


def files_of_others(system):
    peer = system.peers / 'work'
    system.put(peer, b'pty "pptp x"\n')
    before = system.files()
    expect(system.create(*GIVEN), 1, '', f'{peer} was not written by pptpsetup')
    expect(system.run('--delete', 'work'), 1, '', f'{peer} was not written by pptpsetup')
    expect(system.run('--show', 'work'), 1, '', f'{peer} was not written by pptpsetup')
    same(system.files(), before)
    peer.unlink()
    peer.mkdir()
    expect(system.create(*GIVEN), 1, '', 'is no regular file')
    peer.rmdir()
    os.mkfifo(peer)
    expect(system.create(*GIVEN), 1, '', 'is no regular file')
    same(system.secrets.read_bytes(), OTHERS)


def links_in_the_peers_folder(system):
    target = system.root / 'target'
    for content in (None, b'# written by pptpsetup\n'):
        if content:
            system.put(target, content)
        (system.peers / 'work').symlink_to(target)
        expect(system.create(*GIVEN), 1, '', 'is a symbolic link, which pptpsetup neither follows')
        expect(system.run('--delete', 'work'), 1, '', 'is a symbolic link')
        same(target.exists() and target.read_bytes(), content or False)
        (system.peers / 'work').unlink()
    same(system.secrets.read_bytes(), OTHERS)


def a_link_to_the_secrets(system):
    """An absolute one leads below the root."""
    (system.root / 'data').mkdir()
    for link in ('/data/secrets', '../../data/secrets'):
        target = system.root / 'data/secrets'
        system.put(target, OTHERS)
        system.secrets.unlink()
        system.secrets.symlink_to(link)
        expect(system.create(*GIVEN), 0, 'wrote')
        assert system.secrets.is_symlink()
        same(target.read_bytes(), OTHERS + b'\nme work secret *\n')
        expect(system.run('--delete', 'work'), 0, 'and its password')
        same(target.read_bytes(), OTHERS + b'\n')
    target.unlink()
    expect(system.create(*GIVEN), 1, '', 'is a symbolic link to a file that is not there')
    same(sorted(os.listdir(system.root / 'data')), [])


def owner_and_mode(system):
    is_root = os.geteuid() == 0
    for before, after in ((0o400, 0o400), (0o644, 0o600), (0o640, 0o600)):
        system.put(system.secrets, OTHERS, before)
        if is_root:
            os.chown(system.secrets, 12, 34)
        expect(system.create(*GIVEN), 0, 'wrote')
        same(mode_of(system.secrets), after)
        if is_root:
            same((system.secrets.stat().st_uid, system.secrets.stat().st_gid), (12, 34))
    system.secrets.chmod(0o644)
    expect(system.create(*GIVEN), 0, 'nothing was changed', 'warning: others than root can read')
    return None if is_root else 'the owner, without root'


def an_open_quotation(system):
    system.put(system.secrets, b'me work "x\n')
    expect(system.run('--create', 'home', *GIVEN, '--password', 'x'), 1, '', 'ends within a quotation')
    same(list(system.files().values())[0][0], b'me work "x\n')


def a_full_disk(system):
    """In place of one: the limit on the size of a file. The last one has room for the password only."""
    system.create(*GIVEN)
    before = system.files()
    for limit in (0, 10, 100):
        got = system.create(*GIVEN, '--dns', password=b'new', preexec_fn=lambda at=limit: resource.setrlimit(
            resource.RLIMIT_FSIZE, (at, at)))
        file = system.secrets if limit < 100 else system.peers / 'work'
        expect(got, 1, '', f'cannot write {file}: File too large\n')
        same(system.leftovers(), [])
        same(system.files()[system.peers / 'work'], before[system.peers / 'work'])
        if limit < 100:
            same(system.files(), before)
    same(system.secrets.read_bytes(), OTHERS + b'\nme work new *\n')


def a_full_output(system):
    with open('/dev/full', 'w') as full:
        done = subprocess.run(system.words('--list'), stdout=full, stderr=subprocess.PIPE, timeout=LIMIT)
    assert done.returncode == 1 and b'cannot write to standard output' in done.stderr, done


def no_folders(system):
    shutil.rmtree(system.peers)
    expect(system.create(*GIVEN), 1, '', f'cannot open {system.peers}: No such file or directory; install pppd')
    expect(system.run('--list', '--root', '/nonexistent'), 1, '', 'cannot open /nonexistent: ')


def killed_at_each_step(system):
    """Nothing is lost, each file is the old or the new one, and the next call completes."""
    if not system.preloaded:
        return 'the library cannot be preloaded in this build'
    you = ['--server', 'vpn.example.org', '--username', 'you', '--encrypt', '--dns']
    expect(system.create(*GIVEN), 0, 'wrote')
    old = OTHERS + b'\nme work secret *\n'
    both, new = old + b'you work new *\n', OTHERS + b'\nyou work new *\n'
    new_peer = PEER.replace('name me', 'name you') + 'usepeerdns\n'
    kills = 0
    while True:
        system.put(system.secrets, old)
        system.put(system.peers / 'work', PEER.encode())
        steps = os.environ | {'LD_PRELOAD': system.preloaded, 'KILL_BEFORE': str(kills + 1)}
        code = system.create(*you, password=b'new', env=steps)[0]
        if code != -signal.SIGKILL:
            break
        kills += 1
        pair = system.secrets.read_bytes(), (system.peers / 'work').read_text()
        assert pair in ((old, PEER), (both, PEER), (both, new_peer), (new, new_peer)), (kills, pair)
        expect(system.create(*you, password=b'new'), 0, 'tunnel work')
        assert (system.peers / 'work').read_text() == new_peer, kills
        assert system.secrets.read_bytes() in (new, both), (kills, system.secrets.read_bytes())
        if pair[1] == PEER:
            same([system.secrets.read_bytes(), system.leftovers()], [new, []])
    same(code, 0)
    assert kills >= 3 * 4, kills    # three files, each with a write, a rename and two fsync() at least
    return None


def deleting_killed_at_each_step(system):
    if not system.preloaded:
        return 'the library cannot be preloaded in this build'
    kills = 0
    while True:
        expect(system.create(*GIVEN), 0, 'tunnel work')
        steps = os.environ | {'LD_PRELOAD': system.preloaded, 'KILL_BEFORE': str(kills + 1)}
        code = system.run('--delete', 'work', env=steps)[0]
        if code != -signal.SIGKILL:
            break
        kills += 1
        if (system.peers / 'work').exists():
            expect(system.run('--delete', 'work'), 0, 'removed')
        same(system.secrets.read_bytes(), OTHERS + b'\n')
    same(code, 0)
    assert kills >= 6, kills
    return None


def an_editor_at_the_same_time(system):
    """It writes the file while pptpsetup is stopped, which has read it."""
    if not system.preloaded:
        return 'the library cannot be preloaded in this build'
    steps = os.environ | {'LD_PRELOAD': system.preloaded, 'KILL_BEFORE': '1', 'KILL_SIGNAL': str(int(signal.SIGSTOP))}
    with subprocess.Popen(system.words('--create', 'work', *GIVEN, '--password', 'x'), env=steps,
                          stderr=subprocess.PIPE) as running:
        assert os.WIFSTOPPED(os.waitpid(running.pid, os.WUNTRACED)[1])
        system.put(system.secrets, b'a b c\n')
        running.send_signal(signal.SIGCONT)
        err = running.communicate(timeout=LIMIT)[1]
    assert running.returncode == 1 and b'was changed by another program meanwhile' in err, err
    same([list(system.files()), system.leftovers()], [[system.secrets], []])
    same(system.secrets.read_bytes(), b'a b c\n')
    return None


def many_at_once(system):
    names = [f't{at}' for at in range(12)]
    running = [subprocess.Popen(system.words('--create', name, *GIVEN, '--password', name),
                                stdout=subprocess.DEVNULL) for name in names]
    same([process.wait(LIMIT) for process in running], [0] * len(names))
    lines = system.secrets.read_text()[len(OTHERS) + 1:].splitlines()
    same(sorted(lines), sorted(f'me {name} {name} *' for name in names))


class Terminal:
    """pptpsetup with a terminal of its own."""

    def __init__(self, system, *words):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execv(system.program, system.words(*words))
        self.text = ''

    def read_until(self, word):
        while word not in self.text:
            assert select.select([self.terminal], [], [], LIMIT)[0], self.text
            self.text += os.read(self.terminal, 4096).decode()

    def answer(self, word):
        os.write(self.terminal, word + b'\n')

    def shows(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def end(self):
        """What it still says, and its exit status."""
        try:
            while select.select([self.terminal], [], [], LIMIT)[0]:
                read = os.read(self.terminal, 4096).decode()
                if not read:
                    break
                self.text += read
        except OSError:     # hung up
            pass
        status = os.waitpid(self.child, 0)[1]
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def questions(system):
    terminal = Terminal(system, '--create', 'work', '--encrypt')
    terminal.read_until('Server (name or IPv4 address): ')
    terminal.answer(b'vpn.example.org')
    terminal.read_until('User name: ')
    assert terminal.shows()
    terminal.answer(b'me')
    terminal.read_until('Password (not shown): ')
    assert not terminal.shows()
    terminal.answer(b'secret')
    terminal.read_until('wrote')
    assert terminal.shows()
    same(terminal.end(), 0)
    assert 'secret' not in terminal.text.replace('chap-secrets', ''), terminal.text
    same((system.peers / 'work').read_text(), PEER)
    same(system.secrets.read_bytes(), OTHERS + b'\nme work secret *\n')


def a_wrong_answer(system):
    terminal = Terminal(system, '--create', 'work', '--encrypt')
    terminal.read_until('Server (name or IPv4 address): ')
    terminal.answer(b'a;b')
    same(terminal.end(), 2)
    assert 'the server "a;b" is no name of a host' in terminal.text, terminal.text


def questions_that_a_signal_ends(system):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        terminal = Terminal(system, '--create', 'work', *GIVEN)
        terminal.read_until('Password (not shown): ')
        assert not terminal.shows()
        os.kill(terminal.child, number)
        status = os.waitpid(terminal.child, 0)[1]
        assert terminal.shows(), number
        same(os.WTERMSIG(status), number)
        os.close(terminal.terminal)
    same(list(system.files()), [system.secrets])


def the_command_line_has_no_password(system):
    """Looked at while it asks for the user."""
    for words in (['--password', 'seenbyall'], ['--password=seenbyall']):
        terminal = Terminal(system, '--create', 'work', *words, '--server', 'a', '--encrypt')
        terminal.read_until('User name: ')
        line = pathlib.Path(f'/proc/{terminal.child}/cmdline').read_bytes()
        assert b'--password' in line and b'seenbyall' not in line, line
        terminal.answer(b'me')
        same(terminal.end(), 0)
        assert system.secrets.read_bytes().endswith(b'me work seenbyall *\n')


def enter(system, *command, **more):
    words = ['unshare', '--mount'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    done = subprocess.run([*words, 'sh', '-c', IN_PLACE, 'sh', str(system.root), *command],
                          capture_output=True, timeout=LIMIT, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def why_not_in_place(system):
    """What is missing to put the folder of the test in place of /etc/ppp."""
    if not os.path.isdir('/etc/ppp'):
        return 'there is no /etc/ppp'
    code, _, err = enter(system, 'true')
    return f'no namespace: {err.strip()}' if code else None


def pppd_takes_it(system):
    """pppd prints a backslash and a quotation mark with a backslash before it."""
    pppd = shutil.which('pppd', path=os.environ['PATH'] + ':/usr/sbin')
    why = 'there is no pppd that this user may run' if not pppd else why_not_in_place(system)
    if why:
        return why
    for user, printed in (('me', 'me'), ('D\\me', 'D\\\\me'), ('a "b\' #', 'a \\"b\' #'), ('ä\\1', 'ä\\\\1')):
        expect(system.create('--server', 'vpn.example.org', '--username', user, '--encrypt', '--dns',
                             '--defaultroute', '--persist', '--phone', '#1*', '--route', '10.0.0.0/8'), 0, 'wrote')
        got = enter(system, pppd, 'call', 'work', 'dryrun', 'nodetach')
        for option in (f'name {printed}', 'remotename work', 'linkname work', 'ipparam work', 'usepeerdns',
                       'require-mppe-128', 'replacedefaultroute', 'maxfail 0',
                       "pty pptp vpn.example.org --nolaunchpppd --name work --phone '#1*'"):
            assert f'\n{option}\t\t# (from /etc/ppp/peers/work)\n' in got[1], (option, got)
        same((got[0], got[2]), (0, ''))
    return None


def starting(system):
    why = why_not_in_place(system)
    if why:
        return why
    program = system.root / 'bin/pppd'
    program.parent.mkdir()
    system.put(program, b'#!/bin/sh\necho "$0 $*"\nexit 7\n', 0o755)
    path = f'{program.parent}:{os.environ["PATH"]}'
    got = enter(system, system.program, '--create', 'work', *GIVEN, '--password-stdin', '--start',
                env=os.environ | {'PATH': path}, input=b'secret\n')
    expect(got, 7, f'{program} call work updetach\n')
    same((system.peers / 'work').read_text(), PEER)
    return None


CHECKS = [creating, creating_without_a_secrets_file, all_options, a_phone_number, again, another_password, other_options,
          another_user, deleting, showing, hostile_names, passwords_that_do_not_fit, what_is_missing,
          files_of_others, links_in_the_peers_folder, a_link_to_the_secrets, owner_and_mode,
          an_open_quotation, a_full_disk, a_full_output, no_folders, killed_at_each_step,
          deleting_killed_at_each_step, an_editor_at_the_same_time, many_at_once, questions, a_wrong_answer,
          questions_that_a_signal_ends, the_command_line_has_no_password, pppd_takes_it, starting]


def main():
    passed = True
    print(f'1..{len(CHECKS)}')
    for number, check in enumerate(CHECKS, 1):
        name = check.__name__
        system = System(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]) if sys.argv[2:] else None)
        try:
            skipped = check(system)
            print(f'ok {number} - {name}' + (f' # SKIP not tested, {skipped}' if skipped else ''))
        except Exception as error:
            passed = False
            print(f'not ok {number} - {name}')
            for line in f'{type(error).__name__}: {error}'.splitlines():
                print(f'# {line}')
        finally:
            shutil.rmtree(system.root)
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main())
