#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One tunnel at full rate, both ways, for a long time; TAP on standard output.

    soak.py --tools FOLDER --ours PROGRAM [--seconds 600]

One packet of data in LOST_ONE_IN is dropped on its way to either end. Memory and descriptors must
not grow, and the client's counters must agree with what was sent, dropped and received at both
ends, to the packet. Needs root; all of it happens in namespaces of its own.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tty

import isolation
from contenders import Broken, Contender
from run import client, why_not

SAMPLES = 60            # at most
WARM_UP = 3             # samples until all pages that are in use at all were used
SHORTEST = 1.0          # seconds between two samples
# What is kept behind a hole, of the 64 packets under way, and a page here or there.
GROWTH_KIB = 320
LOST_ONE_IN = 5000
HELLO = 1               # the load's first frame says which terminal it is on
DROP = f"""table ip soak {{
  chain input {{
    type filter hook input priority 0;
    ip protocol 47 meta length > 200 numgen random mod {LOST_ONE_IN} == 0 counter drop
  }}
}}"""
WARNINGS = 'rx OS errors', 'rx truncated', 'rx invalid', 'rx wrong call', 'rx under win', \
    'rx over  win', 'rx resyncs', 'tx failed', 'tx short', 'tx oversize', 'tx dropped', \
    'ppp rx errors', 'tx timeouts'


def read(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def descendants(pid):
    for task in os.listdir(f'/proc/{pid}/task'):
        for child in read(f'/proc/{pid}/task/{task}/children').split():
            yield int(child)
            yield from descendants(int(child))


class Terminal:
    """Standard error of the client, which leaves anything else once the call is up."""

    def __init__(self):
        self.reader, self.writer = os.openpty()
        tty.setraw(self.writer)
        self.path = os.ttyname(self.writer)
        self.text = ''
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while data := os.read(self.reader, 65536):
            self.text += data.decode(errors='replace')


class Client:
    """The process under test, seen from outside."""

    def __init__(self, peer, program, terminal):
        program = os.path.realpath(program)
        # Without the one that only waits to remove the status socket.
        found = [pid for pid in descendants(peer.popen.pid)
                 if os.path.realpath(f'/proc/{pid}/exe') == program
                 and read(f'/proc/{pid}/comm') != 'pptp-status\n']
        if len(found) != 1:
            raise Broken(f'{len(found)} processes of {program}')
        self.pid, self.terminal = found[0], terminal

    def sample(self):
        memory = read(f'/proc/{self.pid}/smaps_rollup')
        status = read(f'/proc/{self.pid}/status')
        return {'pss': int(re.search(r'^Pss:\s+(\d+)', memory, re.M)[1]),
                'dirty': int(re.search(r'^Private_Dirty:\s+(\d+)', memory, re.M)[1]),
                'anonymous': int(re.search(r'^RssAnon:\s+(\d+)', status, re.M)[1]),
                'rss': int(re.search(r'^VmRSS:\s+(\d+)', status, re.M)[1]),
                'descriptors': len(os.listdir(f'/proc/{self.pid}/fd')),
                'threads': int(re.search(r'^Threads:\s+(\d+)', status, re.M)[1])}

    def statistics(self):
        before = len(self.terminal.text)
        os.kill(self.pid, signal.SIGUSR1)
        deadline = time.monotonic() + 5
        while 'tx timeouts' not in (text := self.terminal.text[before:]):
            if time.monotonic() > deadline:
                raise Broken(f'no statistics in its log: {text[-300:]!r}')
            time.sleep(0.02)
        return {name: int(value) for name, value in
                re.findall(r'((?:rx|tx|ppp) [A-Za-z ]*?) += (\d+)', text)}


def drop_some(netns):
    subprocess.run(['ip', 'netns', 'exec', netns, 'nft', '-f', '-'], input=DROP, text=True,
                   check=True)


def dropped(netns):
    rules = subprocess.run(['ip', 'netns', 'exec', netns, 'nft', 'list', 'table', 'ip', 'soak'],
                           capture_output=True, text=True, check=True).stdout
    return int(re.search(r'counter packets (\d+)', rules)[1])


class Tap:
    def __init__(self, count):
        self.number = self.failed = 0
        print(f'1..{count}', flush=True)

    def check(self, name, wrong):
        self.number += 1
        self.failed += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {self.number} - soak: {name}')
        for line in wrong:
            print(f'# {line}', flush=True)


def differing(pairs):
    """Of (what, one value, the other), those that are not equal, in words."""
    return [f'{what}: {one} and {other}' for what, one, other in pairs if one != other]


def check_counters(tap, sums, counted, dropped_down, dropped_up):
    """The sums of both ends and of the way between them beside the client's counters."""
    down, up = sums['down'], sums['up']
    print(f'# dropped on the way: {dropped_down} to the client, {dropped_up} to the server')
    print(f'# {sums}\n# {counted}')
    tap.check('every packet from the server is accepted or counted as lost', differing([
        ('sent, and accepted + lost', sums['packets'],
         counted['rx accepted'] + counted['rx lost']),
        ('lost, and dropped on the way or at a full socket', counted['rx lost'],
         dropped_down + counted['rx overflow']),
        ('came out, and accepted - dropped for a slow PPP', down['came'],
         counted['rx accepted'] - counted['ppp tx dropped']),
        ('did not come out, and lost + dropped', down['lost'],
         counted['rx lost'] + counted['ppp tx dropped'])]))
    tap.check('every frame from PPP is sent, and comes unless it was dropped', differing([
        ('written, and taken', up['sent'] + HELLO, counted['ppp rx frames']),
        ('taken, and sent', counted['ppp rx frames'], counted['tx sent']),
        ('sent, and the numbers given out', counted['tx sent'], sums['heard'] + 1),
        ('lost, and dropped on the way', up['lost'], dropped_up),
        ('written, and came + lost', up['sent'], up['came'] + up['lost'])]))
    wrong = [f'{way}: {sums[way][name]} {name}' for way in ('down', 'up')
             for name in ('disordered', 'damaged') if sums[way][name]]
    wrong += [f'{name} = {counted[name]}' for name in WARNINGS if counted[name]]
    tap.check('nothing out of order or damaged, no error counted', wrong)


def check_process(tap, samples):
    steady = samples[WARM_UP:]
    for name in ('pss', 'dirty', 'anonymous', 'rss'):
        values = [sample[name] for sample in steady]
        print(f'# {name}: {values[0]} KiB after {len(samples) - len(steady)} of {len(samples)} '
              f'samples, {min(values)} to {max(values)} KiB, {values[-1]} KiB at the end')
    tap.check(f'memory grows by less than {GROWTH_KIB} KiB', [
        f'{name}: {steady[0][name]} KiB, later {max(s[name] for s in steady)} KiB'
        for name in ('dirty', 'anonymous')
        if max(s[name] for s in steady) > steady[0][name] + GROWTH_KIB])
    for name in ('descriptors', 'threads'):
        values = {sample[name] for sample in samples}
        tap.check(f'as many {name} as at the start', [] if len(values) == 1 else [f'{values}'])


def soak(options):
    def command(address, size):
        return [*client(options.ours)(address, size), '--loglevel', '2']
    tap = Tap(6)
    terminal = Terminal()
    contender = Contender('ours', 1, command, options.tools, terminal.path)
    peer = contender.start('soak', 1400)
    start = time.monotonic()
    try:
        peer.answer(30)
        process = Client(peer, options.ours, terminal)
        ends = contender.pair.client, contender.pair.server
        for netns in ends:
            drop_some(netns)
        samples = []
        step = max(SHORTEST, options.seconds / SAMPLES)
        while time.monotonic() - start < options.seconds or len(samples) < 2 * WARM_UP:
            sums = peer.ask(int(step * 1000), step * 3 + 30)
            samples.append(process.sample())
        counted, losses = process.statistics(), [dropped(netns) for netns in ends]
    finally:
        seconds = time.monotonic() - start
        peer.close()
    frames = sums['down']['came'] + sums['up']['came']
    print(f'# {seconds:.0f} s, {frames} frames of 1400 octets both ways, '
          f'{frames * 1400 * 8 / seconds / 1e6:.0f} Mbit/s')
    check_counters(tap, sums, counted, *losses)
    check_process(tap, samples)
    return 1 if tap.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--tools', required=True, help='folder of the compiled parts')
    parser.add_argument('--ours', required=True, help='our pptp')
    parser.add_argument('--seconds', type=float, default=600)
    options = parser.parse_args()
    os.environ['PATH'] = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
    why = why_not(options) or (None if shutil.which('nft') else 'no nft command here')
    if why:
        print(f'1..0 # SKIP {why}: no tunnel was kept at full rate')
        return 0
    return isolation.separate(lambda: soak(options))


if __name__ == '__main__':
    sys.exit(main())
