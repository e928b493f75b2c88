# SPDX-License-Identifier: MIT
"""The options of pptp(8), one by one, on the wire and in the log."""

import os
import re
import signal
import subprocess
import sys
import termios
import time
import tty

import wire
from bed import CLIENT, CLIENT2, GATEWAY, SERVER, allowed, check, wait_for
from capture import Capture
from client import PtyClient, connect, finish_traffic, hears, plan_words
from fakeserver import FakeServer, lcp_frame
from registry import ITSELF, test

OPTIONS = ['--phone', '--nolaunchpppd', '--quirks', '--debug', '--sync', '--timeout', '--nobuffer',
           '--idle-wait', '--max-echo-wait', '--logstring', '--localbind', '--rtmark',
           '--nohostroute', '--loglevel', '--test-type', '--test-rate', '--missing-window',
           '--nosandbox', '--version', '--help']


# -- without a connection -----------------------------------------------------------------------

def offline(bed, *arguments, **streams):
    """Runs the command where asking for a socket would end it; returns the process."""
    process = bed.start([bed.tools['no_network'], *bed.command(bed.tools['pptp']), *arguments],
                        'client', **streams)
    status = process.wait(5)
    check(status != -signal.SIGSYS, f'{arguments}: it asked for a socket')
    check(status >= 0, f'{arguments}: it died of signal {-status}')
    return process


@test('--version prints "pptp version X.Y.Z" on standard output, status 0')
def version(bed):
    process = offline(bed, '--version')
    check(process.popen.returncode == 0, f'status {process.popen.returncode}')
    check(re.fullmatch(r'pptp version \d+\.\d+\.\d+\S*\n', process.output()),
          f'{process.output()!r}')


@test('--help prints every option on standard output, status 0')
def help_text(bed):
    process = offline(bed, '--help')
    check(process.popen.returncode == 0, f'status {process.popen.returncode}')
    missing = [name for name in OPTIONS if name not in process.output()]
    check(not missing, f'not in the usage: {missing}')
    check(not process.log(), f'on standard error: {process.log()!r}')


@test('--version and --help that nobody can get: says so, status 1', no_valgrind=ITSELF)
def not_printed(bed):
    reader, writer = os.pipe()
    os.close(reader)
    for option in ('--version', '--help'):
        process = bed.start(['sh', '-c', 'trap "" PIPE; exec "$@"', 'sh', bed.tools['pptp'],
                             option], 'client', stdout=writer)
        check(process.wait() == 1, f'{option}: status {process.popen.returncode}')
        check(process.log() == 'pptp: cannot write to standard output: Broken pipe\n',
              f'{option}: {process.log()!r}')
    os.close(writer)


@test('a system without /dev/null: the tunnel works all the same', no_valgrind=ITSELF)
def no_null_device(bed):
    bed.poptop()
    bare = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /dev; exec "$@"', 'sh']
    process = bed.start([*bare, bed.tools['pptp'], '--version'], 'client')
    check(process.wait() == 0, f'status {process.popen.returncode}: {process.log()}')
    client = PtyClient(bed, prefix=bare)
    client.wait_up()
    check(client.stop() == 0, f'status {client.popen.returncode}: {client.log()}')


@test('closed standard streams are replaced, with and without /dev/null', no_valgrind=ITSELF)
def closed_streams(bed):
    for mount in ('true', 'mount -t tmpfs none /dev'):
        process = bed.start(['unshare', '--mount', 'sh', '-c',
                             f'{mount}; exec "$@" <&- 2>&-', 'sh', bed.tools['pptp'], '--version'],
                            'client')
        check(process.wait() == 0, f'status {process.popen.returncode}')
        check('pptp version' in process.output(), f'{process.output()!r}')


WRONG = [
    ([], 'server'),
    (['--nolaunchpppd'], 'server'),
    ([SERVER, '--bogus'], '--bogus'),
    ([SERVER, '-x'], '-x'),
    ([SERVER, '--timeout'], '--timeout'),
    ([SERVER, '--timeout', 'abc'], 'abc'),
    ([SERVER, '--timeout', '1x'], '1x'),
    ([SERVER, '--timeout', ''], 'timeout'),
    ([SERVER, '--timeout', '0'], 'timeout'),
    ([SERVER, '--timeout', '0.001'], '0.001'),
    ([SERVER, '--timeout', '10.5'], '10.5'),
    ([SERVER, '--timeout', '-1'], '-1'),
    ([SERVER, '--timeout', 'nan'], 'nan'),
    ([SERVER, '--timeout', 'inf'], 'inf'),
    ([SERVER, '--phone', 'x' * 65], 'phone'),
    ([SERVER, '--quirks', 'FOO'], 'FOO'),
    ([SERVER, '--quirks', 'bezeq'], 'bezeq'),
    ([SERVER, '--idle-wait', 'x'], 'idle-wait'),
    ([SERVER, '--idle-wait', '-5'], '-5'),
    ([SERVER, '--max-echo-wait', 'soon'], 'soon'),
    ([SERVER, '--max-echo-wait', '-5'], '-5'),
    ([SERVER, '--rtmark', 'blue'], 'blue'),
    ([SERVER, '--rtmark', '0x1ffffffff'], '0x1ffffffff'),
    ([SERVER, '--localbind', 'nonsense'], 'nonsense'),
    ([SERVER, '--localbind', '10.1.2.300'], '10.1.2.300'),
    ([SERVER, '--loglevel', '3'], '3'),
    ([SERVER, '--loglevel', 'loud'], 'loud'),
    ([SERVER, '--test-type', '4'], '4'),
    ([SERVER, '--test-rate', 'often'], 'often'),
    ([SERVER, '--missing-window', '0'], 'missing-window'),
    ([SERVER, '--missing-window', 'wide'], 'wide'),
    (['--logstring'], '--logstring'),
    ([f'{SERVER}:1723'], 'port'),
    (['vpn.example.org:443'], 'port'),
    ([f'alice@{SERVER}'], 'user'),
    ([f'{SERVER} '], 'blank'),
    (['https://vpn.example.org/'], 'URL'),
    (['--', f'{SERVER}:1723'], 'port'),
]


@test('a wrong option or value: what is wrong and where the usage is, two lines, status 2, no socket')
def usage_errors(bed):
    wrong = []
    for arguments, word in WRONG:
        process = offline(bed, *arguments)
        status, text = process.popen.returncode, process.log()
        if status != 2:
            wrong.append(f'{arguments}: status {status}')
        elif word.lower() not in text.lower() or len(text.splitlines()) != 2 or '--help' not in text:
            wrong.append(f'{arguments}: {text[:120]!r}')
        elif process.output():
            wrong.append(f'{arguments}: on standard output: {process.output()[:80]!r}')
    check(not wrong, '\n'.join(wrong))


@test('options may stand before the server')
def options_first(bed):
    bed.poptop()
    client = PtyClient(bed, server='--timeout 0.5 --loglevel 0 ' + SERVER)
    client.wait_up()


@test('options may be written with = and abbreviated as getopt_long allows')
def option_forms(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--phone=5551234', '--idle-wait=5', '--nohost')
    connection = server.accept()
    call = connection.up()
    check(wire.text(call.phone) == '5551234', f'phone {call.phone!r}')
    check(not bed.host_routes(), 'a host route in spite of --nohost')
    client.signal(15)


@test('--nolaunchpppd typed at a terminal: status 2, says that it belongs into pppd\'s pty option')
def typed_at_terminal(bed):
    master, slave = os.openpty()
    process = bed.start(['setsid', '--ctty', '--wait', bed.tools['no_network'],
                         *bed.command(bed.tools['pptp']), SERVER, '--nolaunchpppd'],
                        'client', stdin=slave, stdout=slave)
    check(process.wait(5) == 2, f'exit status {process.popen.returncode}')
    check('pty' in process.log(), f'log: {process.log()!r}')
    os.close(master)
    os.close(slave)


@test('--nolaunchpppd typed at a terminal behind setsid: refused too, the terminal is left as it was')
def typed_behind_setsid(bed):
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    process = bed.start([bed.tools['no_network'], *bed.command(bed.tools['pptp']), SERVER,
                         '--nolaunchpppd'], 'client', stdin=slave, stdout=slave, stderr=slave)
    check(process.wait(5) == 2, f'exit status {process.popen.returncode}')
    check(b'pty' in os.read(master, 4096), 'it does not say why')
    check(termios.tcgetattr(slave) == before, 'the mode of the terminal was changed')
    os.close(master)
    os.close(slave)


@test('--nolaunchpppd on the slave of a pty, in raw mode or not, that controls no session: a link')
def on_a_slave(bed):
    bed.poptop()
    for raw in (True, False):
        master, slave = os.openpty()
        if raw:
            tty.setraw(slave)
        client = bed.start([*bed.command(bed.tools['pptp']), SERVER, '--nolaunchpppd'], 'client',
                           stdin=slave, stdout=slave)
        os.close(slave)
        client.expect_log('call up')
        words = [bed.tools['standin'], 'traffic', *plan_words(
            {'count': 40, 'gap_us': 50000, 'window': 1000000, 'until_first': True})]
        run = subprocess.Popen(words, stdin=master, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, encoding='utf-8')
        check(finish_traffic(run)['received'], f'no frame came back: {client.log()}')
        client.signal(signal.SIGTERM)
        check(client.wait(3) == 0, f'it ended badly: {client.log()}')
        os.close(master)


# -- addresses and routes -----------------------------------------------------------------------

@test('--localbind: TCP and GRE come from that address')
def localbind(bed):
    bed.poptop()
    capture = Capture(bed, 'server', 'eth0')
    client = PtyClient(bed, '--localbind', CLIENT2)
    client.wait_up()
    for protocol, name in ((6, 'TCP'), (47, 'GRE')):
        sources = {packet.source for packet in capture.select(protocol, destination=SERVER)}
        check(sources == {CLIENT2}, f'{name} came from {sources}')


@test('--localbind with an address that is not ours: status 1, says so, nothing sent')
def localbind_foreign(bed):
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed, '--localbind', '10.99.9.9')
    status = client.wait(3)
    check(status == 1, f'exit status {status}')
    check('10.99.9.9' in client.log(), f'log: {client.log()!r}')
    check(not capture.select(destination=SERVER), 'it sent something')


MARK_RULES = '''
table ip marks {
    counter tcp_marked { }
    counter tcp_other { }
    counter gre_marked { }
    counter gre_other { }
    chain out {
        type filter hook output priority 0
        tcp dport 1723 meta mark 0x99 counter name tcp_marked
        tcp dport 1723 meta mark != 0x99 counter name tcp_other
        ip protocol 47 meta mark 0x99 counter name gre_marked
        ip protocol 47 meta mark != 0x99 counter name gre_other
    }
}
'''


def marked_tunnel(bed, *options):
    """A server that only packets with the mark can reach."""
    bed.poptop()
    bed.nft('client', MARK_RULES)
    bed.ip('client', 'route', 'del', 'default')
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY, 'table', '99')
    bed.ip('client', 'rule', 'add', 'fwmark', '0x99', 'table', '99')
    routes = bed.routes()
    client = PtyClient(bed, *options)
    client.wait_up()
    report = client.traffic(count=50)
    check(report['distinct'] == 50, f'{report}')
    client.stop()
    counts = {name: bed.counter_of('client', 'marks', name)
              for name in ('tcp_marked', 'tcp_other', 'gre_marked', 'gre_other')}
    check(counts['tcp_marked'] and counts['gre_marked'], f'{counts}')
    check(not counts['tcp_other'] and not counts['gre_other'], f'{counts}')
    check(bed.routes() == routes, f'routes before:\n{routes}after:\n{bed.routes()}')


@test('--rtmark (decimal): every TCP and GRE packet bears the mark, policy routing works')
def rtmark(bed):
    marked_tunnel(bed, '--rtmark', '153', '--nohostroute')


@test('--rtmark (0x...) with the host route: the route is looked up with the mark')
def rtmark_with_route(bed):
    marked_tunnel(bed, '--rtmark', '0x99')


@test('--rtmark without CAP_NET_ADMIN: status 18, or marked packets where the kernel permits it')
def rtmark_not_permitted(bed):
    without = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
    probe = ('import socket; s = socket.socket(); '
             's.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 5)')
    permitted = bed.start([*without, sys.executable, '-c', probe], 'client').wait() == 0
    capture = Capture(bed, 'client', 'up0')
    bed.nft('client', MARK_RULES.replace('0x99', '5'))
    client = PtyClient(bed, '--rtmark', '5', prefix=without)
    status = client.wait(3)
    if permitted:       # Linux 5.17 and newer take CAP_NET_RAW as well
        check(status == 4, f'exit status {status}; log: {client.log()!r}')
        check(bed.counter_of('client', 'marks', 'tcp_marked') > 0, 'TCP without the mark')
        check(bed.counter_of('client', 'marks', 'tcp_other') == 0, 'TCP without the mark')
        bed.notes.append('this kernel lets CAP_NET_RAW set marks')
        return
    check(status == 18, f'exit status {status}; log: {client.log()!r}')
    check('CAP_NET_ADMIN' in client.log(), f'log: {client.log()!r}')
    check(not capture.select(destination=SERVER), 'it sent something')


@test('--rtmark that the kernel refuses: status 18, names the capability, nothing sent')
def rtmark_refused(bed):
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed, '--rtmark', '5', prefix=[bed.tools['no_network'], '--no-marks'])
    status = client.wait(3)
    check(status == 18, f'exit status {status}; log: {client.log()!r}')
    check('CAP_NET_ADMIN' in client.log(), f'log: {client.log()!r}')
    check(not capture.select(destination=SERVER), 'it sent something')


@test('without CAP_NET_RAW: status 18, names the capability, nothing sent')
def raw_not_permitted(bed):
    capture = Capture(bed, 'client', 'up0')
    client = PtyClient(bed, prefix=['setpriv', '--bounding-set', '-net_raw',
                                    '--inh-caps', '-net_raw'])
    status = client.wait(3)
    check(status == 18, f'exit status {status}; log: {client.log()!r}')
    check(re.search('CAP_NET_RAW|root', client.log()), f'log: {client.log()!r}')
    check(not capture.select(destination=SERVER), 'it sent something')


# -- what the messages carry --------------------------------------------------------------------

@test('the requests without options: version 1.0, a call ID, windows and names as they should be')
def plain_requests(bed):
    server = FakeServer(bed)
    client = PtyClient(bed)
    connection = server.accept()
    start = connection.start_control()
    call = connection.take_call()
    check(start.version == 0x0100 and start.reserved == 0, f'{start}')
    check(start.framing & 3 and start.bearer & 3, f'{start}')
    check(call.call_id != 0 and call.window == 256, f'{call}')
    check(call.framing & 3 and call.bearer & 3, f'{call}')
    check(0 < call.minimum_bps <= call.maximum_bps, f'{call}')
    check(call.phone_length == 0 and call.phone == bytes(64), f'{call}')
    check(wire.text(start.host) == 'local' and wire.text(start.vendor) == 'libpptp', f'{start}')
    client.signal(15)


@test('--offer-window: the window in the Outgoing-Call-Request')
def offer_window(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--offer-window', '50')
    connection = server.accept()
    connection.start_control()
    call = connection.take_call()
    check(call.window == 50, f'{call}')
    client.signal(15)


@test('--kernel, --channel: without PPP, or without the plugin: said before the server is called')
def kernel_refused(bed):
    for option, statuses, words in (('--kernel', (1, 17), '/dev/ppp|no PPTP socket|be found|plugin'),
                                    ('--channel', (2,), 'pptp.so, which starts pptp')):
        process = bed.start([*bed.command(bed.tools['pptp']), SERVER, option], 'client')
        status = process.wait(5)
        check(status in statuses, f'{option}: status {status}')
        check(re.search(words, process.log()), f'{option}: {process.log()}')
        check('connecting' not in process.log(), f'{option}: {process.log()}')


@test('call ID and serial number differ from call to call')
def random_numbers(bed):
    server = FakeServer(bed)
    seen = set()
    for _ in range(4):
        client = PtyClient(bed)
        connection = server.accept()
        connection.start_control()
        call = connection.take_call()
        seen.add((call.call_id, call.serial))
        connection.answer()
        client.stop()
    check(len(seen) == 4 and len({call_id for call_id, _ in seen}) > 1 and
          len({serial for _, serial in seen}) > 1, f'{seen}')


@test('words for pppd with --nolaunchpppd are ignored with a warning')
def words_for_pppd(bed):
    server = FakeServer(bed)
    client, _ = connect(bed, server, 'noauth', 'mtu', '1400')
    client.expect_log('ignored.*noauth')
    client.signal(15)


@test('--phone: number and length in the Outgoing-Call-Request, also with 64 octets')
def phone(bed):
    server = FakeServer(bed)
    for number in ('5551234', '9' * 64):
        client = PtyClient(bed, '--phone', number)
        connection = server.accept()
        connection.start_control()
        call = connection.take_call()
        check(wire.text(call.phone) == number and call.phone_length == len(number), f'{call}')
        connection.answer()
        client.stop()


@test('--quirks BEZEQ_ISRAEL: Start-, Call- and Set-Link-Info fields as that network wants them')
def quirk(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--quirks', 'BEZEQ_ISRAEL')
    connection = server.accept()
    start = connection.start_control()
    wanted = {'framing': 1, 'bearer': 1, 'channels': 0, 'firmware': 0x6021}
    got = {name: start.fields[name] for name in wanted}
    check(got == wanted, f'SCCRQ: {got}')
    check(wire.text(start.host) == 'RELAY_PPP1', f'{start.host!r}')
    check(wire.text(start.vendor) == 'MS Win NT', f'{start.vendor!r}')
    call = connection.take_call()
    check(call.bearer == 2 and call.framing == 3, f'OCRQ: {call}')
    check(wire.text(call.phone) == 'RELAY_PPP1' and call.phone_length == 10, f'OCRQ: {call}')
    check(call.call_id != 0, 'our call ID is gone')
    link = connection.expect(wire.SET_LINK)
    check(link.send_accm == 0xffffffff and link.receive_accm == 0xffffffff, f'{link}')
    check(link.peer_call_id == 0x0102, f'{link}')
    client.signal(15)


# -- keep-alive ---------------------------------------------------------------------------------

@test('--idle-wait 1: an Echo-Request after 1 s without control messages, again after the reply')
def idle_wait(bed):
    server = FakeServer(bed)
    _, connection = connect(bed, server, '--idle-wait', '1', '--max-echo-wait', '5')
    identifiers = []
    for _ in range(3):
        start = time.monotonic()
        request = connection.expect(wire.ECHO_RQ, 3)
        took = time.monotonic() - start
        check(0.8 < took < allowed(1.6), f'an Echo-Request after {took:.2f} s')
        identifiers.append(request.identifier)
        connection.send(wire.ECHO_RP, identifier=request.identifier)
    check(len(set(identifiers)) == 3, f'identifiers {identifiers}')


@test('--idle-wait 1: messages of the server put the Echo-Request off')
def idle_wait_put_off(bed):
    server = FakeServer(bed)
    _, connection = connect(bed, server, '--idle-wait', '1', '--max-echo-wait', '5')
    start = time.monotonic()
    number = 0
    while time.monotonic() - start < 3:
        number += 1
        connection.send(wire.ECHO_RQ, identifier=number)
        message = connection.receive(2)
        check(message.kind == wire.ECHO_RP, f'{message} although the server is alive')
        time.sleep(0.3)     # the pace of the server's messages


@test('--idle-wait 0: no Echo-Request, however long it is silent')
def idle_wait_off(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server, '--idle-wait', '0', '--max-echo-wait', '1')
    connection.send_gre(0)
    hears(client)
    capture = Capture(bed, 'client', 'up0')
    time.sleep(3.5)         # silence is what is tested
    check(not capture.control(CLIENT), f'{capture.kinds(CLIENT)}')
    check(client.running(), 'it ended')


# -- the log ------------------------------------------------------------------------------------

def log_of_session(bed, *options):
    server = FakeServer(bed)
    client, connection = connect(bed, server, *options)
    connection.answer()
    connection.send_gre(0)
    hears(client)
    client.stop()
    server.close()
    return client.log()


@test('--logstring: every line on standard error and in syslog begins with the name')
def logstring(bed):
    text = log_of_session(bed, '--logstring', 'nm-pptp-service-77', '--loglevel', '2')
    lines = text.strip().splitlines()
    check(lines and all('nm-pptp-service-77: ' in line for line in lines), f'{text!r}')
    ours = bed.syslog.matching(r'^pptp\[\d+\]: ')
    check(ours and all(re.match(r'pptp\[\d+\]: nm-pptp-service-77: ', line) for _, line in ours),
          f'{ours[:5]}')
    check(len(ours) == len(lines), f'{len(lines)} lines on standard error, {len(ours)} in syslog')


FORGED = 'x\npptp[1]: forged\x1b[2J\x9b2J\x7f'


def only_printable(client):
    log = client.log()
    lines = log.splitlines()
    check(lines and all(line.startswith(f'pptp[{client.pid}]: ') for line in lines), f'{log!r}')
    check(all(' ' <= c <= '~' for line in lines for c in line), f'{log!r}')
    return log


@test('strings of the command line with control characters: one printable log line each')
def forged_lines(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server, '--logstring', FORGED, '--phone', FORGED,
                                 '--loglevel', '2', shell=False)
    connection.answer()
    client.stop()
    check('x?pptp[1]: forged?[2J' in only_printable(client), f'{client.log()!r}')
    client = PtyClient(bed, server='vpn\x1b[2J.example', shell=False)
    check(client.wait() == 3, f'exit status: {client.log()!r}')
    check('cannot be the name of a server' in only_printable(client), f'{client.log()!r}')
    for name in ('vpn\x9b2J.example', 'v\u00fcn.example'):     # no control character of ASCII
        client = PtyClient(bed, server=name, shell=False)
        check(client.wait(12) == 3, f'exit status: {client.log()!r}')
        only_printable(client)
    client = PtyClient(bed, FORGED, server='127.0.0.1', shell=False)    # as an option of pppd
    client.wait()
    check('options of pppd are ignored' in only_printable(client), f'{client.log()!r}')


@test('names of interfaces with control characters: one printable log line each')
def forged_interface(bed):
    server = FakeServer(bed)
    name = 'x\x1b[2J\x7f'
    bed.ip('client', 'tuntap', 'add', 'dev', name, 'mode', 'tap')
    bed.ip('client', 'link', 'set', name, 'up')
    bed.ip('client', 'route', 'add', '10.77.2.0/24', 'dev', name)
    client = PtyClient(bed, '--connect-timeout', '1')
    client.wait()
    check('dev x?[2J? added' in only_printable(client), f'{client.log()!r}')
    server.close()


@test('without --logstring the name in the log is anon')
def logstring_default(bed):
    lines = log_of_session(bed).strip().splitlines()
    check(lines and all('anon: ' in line for line in lines), f'{lines}')


@test('--loglevel 0, 1, 2: each says more than the one before; 2 shows the control messages')
def loglevel(bed):
    texts = [log_of_session(bed, '--loglevel', level) for level in '012']
    counts = [len(text.splitlines()) for text in texts]
    check(counts[0] < counts[1] < counts[2], f'lines at level 0, 1, 2: {counts}')
    for name in ('Start-Control-Connection-Request', 'Outgoing-Call-Reply',
                 'Call-Clear-Request'):
        check(name in texts[2], f'{name} is not in the log at level 2')
    check('Outgoing-Call-Reply' not in texts[0], 'level 0 shows messages')


@test('--loglevel 2: what happened stands before the message that was sent because of it')
def log_order(bed):
    text = log_of_session(bed, '--loglevel', '2')
    order = ['connecting to', 'sent Start-Control-Connection-Request',
             'received Start-Control-Connection-Reply', 'control connection established with',
             'sent Outgoing-Call-Request', 'received Outgoing-Call-Reply', 'call up',
             'sent Call-Clear-Request', 'received Call-Disconnect-Notify',
             'sent Stop-Control-Connection-Request', 'received Stop-Control-Connection-Reply']
    places = [text.find(words) for words in order]
    check(-1 not in places and places == sorted(places), f'{places} of\n{text}')


# -- a tunnel that does not read ----------------------------------------------------------------

@test('--sync: frames with a length pass both ways, one at a time')
def sync(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server, '--sync')
    frame = lcp_frame(1)
    os.write(client.slave, frame)
    packet = connection.receive_gre(3)
    check(packet.payload == frame, f'{packet.payload.hex()} instead of {frame.hex()}')
    connection.send_gre(0, frame)
    got = b''
    os.set_blocking(client.slave, False)

    def read():
        nonlocal got
        try:
            got += os.read(client.slave, 4096)
        except BlockingIOError:
            pass
        return len(got) >= len(frame)
    wait_for('the frame on the terminal', read, 3)
    check(got == frame, f'{got.hex()} instead of {frame.hex()}')


@test('--sync: two frames that pppd wrote back to back are told apart by their lengths')
def sync_merged(bed):
    server = FakeServer(bed)
    client, connection = connect(bed, server, '--sync')
    frames = [lcp_frame(1), lcp_frame(2, size=80), lcp_frame(3, size=64)]
    os.write(client.slave, b''.join(frames))
    got = [connection.receive_gre(3).payload for _ in frames]
    check(got == frames, f'{[item.hex() for item in got]}')
