# SPDX-License-Identifier: MIT
"""pptp --diagnose: one network for each cause, and the cause that is told."""

import json
import os
import re
import struct
import threading

import wire
from bed import CLIENT, DEAD, GATEWAY, SERVER, Failure, Process, check
from fakeserver import CALL_ID, FakeServer
from nameserver import NameServer
from registry import PRIVILEGES, TIME, test
from test_nat import NAT_WITHOUT_HELPER
from test_privilege import check_confined

LCP = b'\xff\x03\xc0\x21'
CONFIGURE_REQUEST, CONFIGURE_ACK, ECHO_REQUEST, ECHO_REPLY = 1, 2, 9, 10
WAY = ['PPP here', 'name', 'route', 'TCP', 'control', 'call', 'GRE out', 'GRE in', 'PPP', 'size', 'end']

# An ordinary host's firewall: what it asked for may come in, and nothing else.
STATEFUL = '''
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct state established,related accept
    }
}
'''


def drop(what, hook='forward'):
    return f'''
table inet dropper {{
    chain gate {{
        type filter hook {hook} priority filter; policy accept;
        {what} drop
    }}
}}
'''


NO_GRE_OUT = '''
table inet filter {
    chain output {
        type filter hook output priority filter; policy accept;
        ip protocol 47 drop
    }
}
'''


def nft_line(found):
    line = re.search(r'^ *nft (insert rule .*)$', found['causes'][0]['text'], re.M)
    check(line is not None, f'{found["causes"]}')
    return line[1] + '\n'


class Diagnosis(Process):
    def __init__(self, bed, *options, server=SERVER, as_json=True):
        bed.counter += 1
        words = [*bed.command(bed.tools['pptp']), '--diagnose', *(['--json'] if as_json else []),
                 *options, server]
        super().__init__(bed, words, 'client', f'{bed.counter}-diagnose')
        bed.processes.append(self)

    def told(self, status, *causes, seconds=15):
        """It ends with this status and tells these causes; returns what it printed."""
        got = self.wait(seconds)
        try:
            found = json.loads(self.output())
        except json.JSONDecodeError:
            raise Failure(f'status {got}, printed {self.output()!r}, log {self.log()!r}') from None
        check(got == status == found['status'], f'status {got} instead of {status}: {found}')
        names = [cause['cause'] for cause in found['causes']]
        check(names == list(causes), f'{names} instead of {list(causes)}: {found}')
        return found


class Ppp(threading.Thread):
    """The server's PPP: LCP alone, as far as a diagnosis asks for it."""

    def __init__(self, connection, answers=True, requests=True, largest=1500):
        super().__init__(daemon=True)
        self.connection, self.answers, self.requests = connection, answers, requests
        self.largest = largest
        self.number = 0
        self.last = None
        self.ended = False
        self.frames = []
        self.start()

    def end(self):
        self.ended = True
        self.join()

    def run(self):
        try:
            if self.requests:
                self.send(CONFIGURE_REQUEST, 7, b'\x01\x04\x05\xdc')
            while not self.ended:
                try:
                    gre = self.connection.receive_gre(0.5)
                except Failure:
                    if self.requests:
                        self.send(CONFIGURE_REQUEST, 7, b'\x01\x04\x05\xdc')
                    continue
                self.last = gre.sequence
                self.frames.append(gre.payload)
                self.take(gre.payload)
        except (OSError, ValueError):
            return          # the test is over

    def take(self, frame):
        code, identifier, length = struct.unpack_from('>BBH', frame, 4)
        if not self.answers:
            self.connection.send_gre(acknowledgment=self.last)
        elif code == CONFIGURE_REQUEST:
            self.send(CONFIGURE_ACK, identifier, frame[8:4 + length])
        elif code == ECHO_REQUEST and length <= self.largest:
            self.send(ECHO_REPLY, identifier, frame[8:4 + length])

    def send(self, code, identifier, data):
        frame = LCP + struct.pack('>BBH', code, identifier, 4 + len(data)) + data
        self.connection.send_gre(self.number, frame, self.last)
        self.number += 1


def answered(bed, *options, server=None, ppp=True, **kinds):
    """A diagnosis of a server that takes the call."""
    server = server or FakeServer(bed)
    diagnosis = Diagnosis(bed, *options)
    connection = server.accept()
    connection.up()
    connection.answer()
    diagnosis.ppp = Ppp(connection, **kinds) if ppp else None
    return diagnosis


# -- all is well ---------------------------------------------------------------------------------

@test('diagnose: all is well: each step passes, in under a second', alone=True, no_valgrind=TIME)
def all_well(bed):
    found = answered(bed).told(0, seconds=1)
    steps = [step['step'] for step in found['steps']]
    check(steps == WAY, f'{steps}')
    check(all(step['passed'] and step['ms'] < 500 for step in found['steps']), f'{found["steps"]}')
    check(found['server'] == SERVER, f'{found["server"]}')


@test('diagnose: lines for people: a step each, then what is left')
def for_people(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed, as_json=False)
    connection = server.accept()
    connection.up()
    connection.answer()
    Ppp(connection)
    check(diagnosis.wait(5) == 0, diagnosis.output())
    lines = diagnosis.output().splitlines()
    check(len(lines) == len(WAY) + 2 and lines[-2] == '', f'{lines}')
    for name, line in zip(WAY, lines):
        check(re.match(rf'ok   {name} +([\d.]+ ms)?  \S', line), line)
    check(lines[-1].startswith('Everything works'), lines[-1])


@test('diagnose: no name or password goes out: the call, LCP and its echoes, and a clean end')
def nothing_more(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed, '--phone', '5551234')
    connection = server.accept()
    connection.start_control()
    request = connection.take_call()
    check(b'5551234' in request.data, f'{request.data}')
    connection.answer()
    ppp = Ppp(connection)
    diagnosis.told(0)
    check(ppp.frames and all(frame.startswith(LCP) for frame in ppp.frames), f'{ppp.frames}')
    kinds = [message.kind for message in connection.seen]
    check(kinds == [wire.SCCRQ, wire.OCRQ, wire.CLEAR, wire.STOP_RQ], f'{kinds}')


@test('diagnose: this machine has no PPP: status 17 although the server and the way are well')
def no_ppp(bed):
    os.unlink('/dev/ppp')
    found = answered(bed).told(17, 'no-ppp')
    check(found['steps'][0]['passed'] is False, f'{found["steps"][0]}')


@test('diagnose: privileges are given up before anything is read', no_valgrind=PRIVILEGES)
def confined(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed)
    connection = server.accept()
    connection.up()
    connection.answer()
    Ppp(connection, answers=False)
    check_confined(bed, diagnosis.pid)
    diagnosis.told(34, 'ppp-silent')


# -- before the call -----------------------------------------------------------------------------

def fails_at(found, step, words):
    last = found['steps'][-1]
    check(last['step'] == step and not last['passed'], f'{last}')
    check(re.search(words, found['causes'][0]['text']), f'{found["causes"]}')


@test('diagnose: the name does not exist: status 3')
def no_name(bed):
    NameServer(bed, {})
    fails_at(Diagnosis(bed, server='nowhere.example.org').told(3, 'server'), 'name', 'resolv.conf')


@test('diagnose: a name with two addresses, the first is dead: both attempts are shown')
def two_addresses(bed):
    NameServer(bed, {'vpn.example.org': [DEAD, SERVER]})
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed, server='vpn.example.org')
    connection = server.accept()
    connection.up()
    connection.answer()
    Ppp(connection)
    found = diagnosis.told(0)
    tries = [(step['step'], step['passed']) for step in found['steps'] if step['step'] == 'TCP']
    check(tries == [('TCP', False), ('TCP', True)], f'{found["steps"]}')


@test('diagnose: nobody listens: status 4')
def refused(bed):
    fails_at(Diagnosis(bed).told(4, 'server'), 'TCP', 'no PPTP server answers')


@test('diagnose: the host is not there: status 5')
def unreachable(bed):
    fails_at(Diagnosis(bed, server=DEAD).told(5, 'server'), 'TCP', "machine's own connection")


@test('diagnose: TCP port 1723 is dropped on the way: status 6, within 5 s', patient=True,
      no_valgrind=TIME)
def dropped(bed):
    bed.nft('router', drop('tcp dport 1723'))
    found = Diagnosis(bed).told(6, 'server', seconds=5)
    fails_at(found, 'TCP', 'drops TCP port 1723')
    times = {step['step']: step['ms'] for step in found['steps']}
    check(times['TCP'] > 2000 > times['name'], f'{times}')


@test('diagnose: a server that takes the connection and says nothing: status 7', patient=True)
def silent(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed)
    server.accept()
    fails_at(diagnosis.told(7, 'server', seconds=6), 'control', 'stays silent')


@test('diagnose: what answers is no PPTP server: status 15')
def not_pptp(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed)
    server.accept().send_raw(b'SSH-2.0-OpenSSH_9.2\r\n')
    fails_at(diagnosis.told(15, 'server'), 'control', 'no PPTP server')


@test('diagnose: the server is busy: status 11')
def busy(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed)
    connection = server.accept()
    connection.start_control()
    connection.take_call(result=4)
    connection.answer()
    fails_at(diagnosis.told(11, 'server'), 'call', 'again in a minute')


@test('diagnose: name servers that do not answer: status 3, within 10 s', patient=True)
def no_name_server(bed):
    NameServer(bed, {}, silent=True)
    found = Diagnosis(bed, server='vpn.example.org').told(3, 'server', seconds=10)
    fails_at(found, 'name', 'name servers')


@test('diagnose: not permitted: status 18, an object also then', no_valgrind=PRIVILEGES)
def not_permitted(bed):
    bed.counter += 1
    words = ['setpriv', '--reuid', '65534', '--clear-groups', '--bounding-set=-all',
             bed.tools['pptp'], '--diagnose', '--json', SERVER]
    process = Process(bed, words, 'client', f'{bed.counter}-diagnose')
    bed.processes.append(process)
    check(process.wait() == 18, process.log())
    found = json.loads(process.output())
    check([cause['cause'] for cause in found['causes']] == ['system'], f'{found}')
    check(found['status'] == 18 and 'not permitted' in process.log(), f'{found} {process.log()}')


@test('diagnose: the route leads into a tunnel that leads nowhere: status 30', patient=True)
def into_tunnel(bed):
    bed.ip('client', 'tuntap', 'add', 'dev', 'tun7', 'mode', 'tun')
    bed.ip('client', 'addr', 'add', '10.99.0.2', 'peer', '10.99.0.1', 'dev', 'tun7')
    bed.ip('client', 'link', 'set', 'tun7', 'up')
    bed.ip('client', 'route', 'replace', SERVER, 'dev', 'tun7')
    found = Diagnosis(bed).told(30, 'route-into-tunnel')
    check('tun7' in found['causes'][0]['text'], f'{found["causes"]}')
    # With another address of this machine it takes another way.
    bed.ip('client', 'rule', 'add', 'from', CLIENT, 'table', '77')
    bed.ip('client', 'route', 'add', 'default', 'via', GATEWAY, 'table', '77')
    answered(bed, '--localbind', CLIENT).told(0)


# -- GRE -----------------------------------------------------------------------------------------

@test('diagnose: an ordinary firewall of this host: status 31, the line to add is right',
      patient=True)
def firewall_in(bed):
    bed.nft('client', STATEFUL)
    server = FakeServer(bed)
    diagnosis = answered(bed, server=server)
    found = diagnosis.told(31, 'firewall-in')
    bed.nft('client', nft_line(found))
    diagnosis.ppp.end()
    answered(bed, server=server).told(0)


@test('diagnose: this machine may not send GRE: status 32, the line to add is right',
      patient=True)
def firewall_out(bed):
    bed.nft('client', NO_GRE_OUT)
    server = FakeServer(bed)
    found = answered(bed, server=server, ppp=False).told(32, 'firewall-out')
    bed.nft('client', nft_line(found))
    answered(bed, server=server).told(0)


@test('diagnose: GRE towards us is dropped on the way: status 16', patient=True)
def dropped_in(bed):
    bed.nft('router', drop(f'ip protocol 47 ip daddr {CLIENT}'))
    found = answered(bed).told(16, 'no-gre')
    check('on the way' in found['causes'][0]['text'], f'{found["causes"]}')


@test('diagnose: GRE towards the server is dropped on the way: status 33', patient=True)
def dropped_out(bed):
    bed.nft('router', drop(f'ip protocol 47 ip daddr {SERVER}'))
    answered(bed).told(33, 'gre-out')


@test('diagnose: a NAT gateway without its PPTP helper: status 16', patient=True)
def nat(bed):
    bed.nft('router', NAT_WITHOUT_HELPER)
    answered(bed).told(16, 'no-gre')


@test('diagnose: the firewall here, and GRE dropped towards the server: both are told',
      patient=True)
def two_causes(bed):
    bed.nft('client', STATEFUL)
    bed.nft('router', drop(f'ip protocol 47 ip daddr {SERVER}'))
    answered(bed).told(31, 'firewall-in', 'gre-out')


# -- PPP -----------------------------------------------------------------------------------------

@test('diagnose: the server acknowledges, but its PPP says nothing: status 34', patient=True)
def ppp_silent(bed):
    found = answered(bed, answers=False, requests=False).told(34, 'ppp-silent')
    check("its pppd" in found['causes'][0]['text'], f'{found["causes"]}')


@test('diagnose: large packets vanish on the way: status 35, the size that passes', patient=True)
def black_hole(bed):
    bed.nft('router', drop('ip protocol 47 meta length > 1100'))
    found = answered(bed).told(35, 'size')
    check('"mtu 1000"' in found['causes'][0]['text'], f'{found["causes"]}')


@test('diagnose: the server ends the call as soon as it is up: status 14')
def ends_at_once(bed):
    server = FakeServer(bed)
    diagnosis = Diagnosis(bed)
    connection = server.accept()
    connection.up()
    connection.receive_gre()
    connection.send(wire.DISCONNECT, call_id=CALL_ID, result=1)
    connection.answer()
    found = diagnosis.told(14, 'ended')
    check(found['steps'][-1] == {**found['steps'][-1], 'step': 'end', 'passed': False}, f'{found}')


@test('diagnose: output that cannot be written is an error')
def full(bed):
    program = bed.start(['sh', '-c', '"$@" > /dev/full', 'sh', *bed.command(bed.tools['pptp']),
                         '--diagnose', DEAD], 'client')
    check(program.wait() == 1, program.log())
    check('cannot write to standard output' in program.log(), program.log())


@test('diagnose: options that do not go with it: status 2')
def usage(bed):
    for words in (('--json',), ('--diagnose', 'call', 'corp'), ('--diagnose', '--nolaunchpppd'),
                  ('--diagnose', '--kernel')):
        client = bed.start([*bed.command(bed.tools['pptp']), SERVER, *words], 'client')
        check(client.wait() == 2, f'{words}: {client.log()}')
        check('--diagnose' in client.log(), client.log())
