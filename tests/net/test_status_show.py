# SPDX-License-Identifier: MIT
"""pptp --status with tunnels that run: table, details, JSON, metrics, exit statuses."""

import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import time

import wire
from bed import SERVER, Skip, allowed, check, wait_for
from client import PtyClient
from fakeserver import FakeServer
from registry import ITSELF, PRIVILEGES, TIME, test
from test_privilege import within_reach
from test_status import FOLDER, ask, path_of, sockets

SCHEMA = os.path.join(os.path.dirname(__file__), '../../docs/status.schema.json')


def show(bed, *options, status=0, seconds=20):
    return bed.run([*bed.command(bed.tools['pptp']), '--status', *options], status=status,
                   seconds=seconds)


def rows_of(table):
    return {line.split()[0]: line for line in table.splitlines()[1:] if line and line[0] != ' '}


def is_up(name):
    try:
        return ask(name)['phase'] == 'up'
    except (ConnectionRefusedError, FileNotFoundError):     # between its name and listen()
        return False


def start(bed, count, *options):
    clients = [PtyClient(bed, '--nohostroute', *options) for _ in range(count)]
    wait_for('the calls', lambda: len(sockets()) == count and
             all(is_up(name) for name in sockets()), 10)
    return clients


@test('status shown: no tunnel: says so, status 0; a name that none has: status 36, says which there are')
def none(bed):
    check('no tunnel is running' in show(bed), 'not said')
    check(json.loads(show(bed, '--json')) == {'tunnels': []}, 'tunnels')
    show(bed, 'work', status=36)
    bed.poptop()
    start(bed, 1)
    done = subprocess.run([*bed.command(bed.tools['pptp']), '--status', 'work'], text=True,
                          capture_output=True, check=False)
    check(done.returncode == 36 and SERVER in done.stderr and not done.stdout, f'{done}')


@test('status shown: one tunnel, two, fifty: a row for each', seconds=90, no_valgrind=TIME)
def many(bed):
    bed.poptop()
    for count, more in ((1, 1), (2, 1), (50, 48)):
        for number in range(more):
            PtyClient(bed, '--nohostroute', '--name', f't{count - number:02}')
        wait_for('the calls', lambda: len(sockets()) == count and
                 all(is_up(name) for name in sockets()), 20)
        begin = time.monotonic()
        rows = rows_of(show(bed))
        took = time.monotonic() - begin
        check(sorted(rows) == sockets() and len(rows) == count, f'{rows}')
        check(took < allowed(1), f'it took {took:.2f} s')
        check(all(SERVER in row for row in rows.values()), f'{rows}')
        found = json.loads(show(bed, '--json'))['tunnels']
        check(sorted(tunnel['name'] for tunnel in found) == sockets(), f'{found}')


@test('status shown: a name: its row and details; what is counted is what is shown')
def details(bed):
    bed.poptop()
    client = PtyClient(bed, '--name', 'work')
    client.wait_up()
    check(client.traffic(count=100)['distinct'] == 100, 'frames were lost')
    told = ask('work')
    text = show(bed, 'work')
    for wanted in (str(client.pid), str(told['call']['id']), told['local_address'], SERVER,
                   told['host_route']['text'], '1456'):
        check(wanted in text, f'no {wanted} in {text}')


@test('status shown: a tunnel that is not up yet: status 36, in the table with its state')
def not_up(bed):
    server = FakeServer(bed)
    client = PtyClient(bed, '--name', 'work')
    server.accept().expect(wire.SCCRQ)
    check('waiting for the control connection' in show(bed), 'not said')
    show(bed, 'work', status=36)
    client.stop()


@test('status shown: --json is what the socket returns, and as the schema says')
def as_json(bed):
    bed.poptop()
    start(bed, 2)
    found = json.loads(show(bed, '--json'))
    for tunnel in found['tunnels']:
        told = ask(tunnel['name'])
        for name in ('processes', 'server', 'call', 'host_route', 'link', 'started'):
            check(tunnel[name] == told[name], f'{name}: {tunnel[name]}, not {told[name]}')
        check(list(tunnel['statistics']) == list(told['statistics']), f'{tunnel["statistics"]}')
    try:
        import jsonschema
    except ImportError:
        raise Skip('the schema was not tried: no python3-jsonschema') from None
    with open(SCHEMA, encoding='utf-8') as file:
        jsonschema.validate(found, json.load(file))


@test('status shown: --openmetrics of two tunnels: promtool and the parser of OpenMetrics take it')
def metrics(bed):
    bed.poptop()
    clients = start(bed, 2)
    check(clients[0].traffic(count=100)['distinct'] == 100, 'frames were lost')
    text = show(bed, '--openmetrics')
    check(text.endswith('# EOF\n'), 'no end')
    name = next(name for name in sockets() if ask(name)['processes']['tunnel'] == clients[0].pid)
    found = re.search(rf'^pptp_receive_packets_total\{{name="{re.escape(name)}"\}} (\d+)$', text, re.M)
    check(found and 100 <= int(found[1]) <= ask(name)['statistics']['rx_accepted'], f'{text}')
    if not shutil.which('promtool'):
        raise Skip('the metrics were not checked: no promtool')
    done = subprocess.run(['promtool', 'check', 'metrics'], input=text, text=True,
                          capture_output=True, check=False)
    check(done.returncode == 0 and not done.stdout + done.stderr, f'{done}')
    try:
        from prometheus_client.openmetrics import parser
    except ImportError:
        raise Skip('OpenMetrics was not tried: no python3-prometheus-client') from None
    check(len(list(parser.text_string_to_metric_families(text))) > 20, 'few metrics')


@test('status shown: neither root nor in the group: status 18; in the group: the tunnels',
      no_valgrind=PRIVILEGES)
def group(bed):
    bed.replace('/etc/group', 'root:x:0:\npptp:x:4711:\n')
    bed.poptop()
    start(bed, 1)
    program = f'{within_reach(bed)}/pptp-cli/pptp'
    words = ['setpriv', '--reuid', '12345', '--clear-groups']
    text = bed.run([*words, '--regid', '12345', program, '--status'], status=18)
    check(SERVER not in text, f'{text}')
    bed.run([*words, '--regid', '12345', program, '--status', SERVER], status=18)
    check(SERVER in bed.run([*words, '--regid', '4711', program, '--status']), 'not shown')


@test('status shown: a socket that says nothing, or no end of it: told, the others are shown, in 2 s',
      no_valgrind=TIME)
def bad_sockets(bed):
    bed.poptop()
    start(bed, 1)
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as left:
        silent.bind(path_of('silent'))
        silent.listen(5)
        left.bind(path_of('left'))
        left.close()
        begin = time.monotonic()
        text = show(bed, status=1)
        took = time.monotonic() - begin
        check(took < 2, f'it took {took:.1f} s')
        check(SERVER in text and 'silent' in text and 'left' not in text, f'{text}')
    check(os.path.exists(path_of('left')), 'a leftover was removed')


@test('status shown: --watch on a terminal: again each second, with rates; Ctrl-C ends it with 0',
      no_valgrind=ITSELF)
def watch(bed):
    bed.poptop()
    clients = start(bed, 1)
    process = clients[0].start_traffic(count=2000, gap_us=2000)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(bed.tools['pptp'], ['pptp', '--status', '--watch'])
    text = b''
    deadline = time.monotonic() + allowed(10)
    rates = []
    while len(rates) < 2 and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 65536)
        rates = re.findall(rb'connected +\d+s +([\d.]+)k +([\d.]+)k +(\d+) +(\d+) ', text)
    check(len(rates) == 2, f'{text}')
    check(all(float(rate) > 100 for rate in rates[0][:2]), f'{rates}')
    check(all(int(rate) > 200 for rate in rates[0][2:]), f'{rates}')
    os.kill(pid, signal.SIGINT)
    check(os.waitpid(pid, 0)[1] == 0, 'another exit status')
    os.close(terminal)
    process.communicate(timeout=allowed(20))
    check(os.listdir(FOLDER), 'the tunnel is gone')
    done = subprocess.run([bed.tools['pptp'], '--status', '--watch'], text=True,
                          capture_output=True, check=False)
    check(done.returncode == 2 and 'terminal' in done.stderr, f'{done}')
