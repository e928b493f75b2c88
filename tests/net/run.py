#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the tests of this folder and prints one TAP stream.

    run.py --pptp PROGRAM --tools FOLDER [--jobs N] [--list] [--valgrind]
           [part of a test's name ...]

Every test runs in a process and in namespaces of its own, several at a time. With --valgrind every
program of ours runs in that, and the tests that make no sense there are left out.
"""

import argparse
import contextlib
import ctypes
import glob
import importlib
import json
import os
import re
import select
import shutil
import signal
import sys
import time
import traceback

import bed as bed_module
import memcheck
from bed import Bed, Failure, Skip, allowed, is_sanitized, mount, read_text, system_call
from registry import PRIVILEGES

CLONE_NEWPID = 0x20000000
PR_SET_PDEATHSIG = 1
CAP_SYS_ADMIN = 21
NEEDED = ['ip', 'nft', 'pptpd', 'tshark', 'setpriv', 'getpcaps', 'setcap']


class Running:
    def __init__(self, test, pid, pipe):
        self.test = test
        self.pid = pid
        self.pipe = pipe
        self.data = b''
        self.started = time.monotonic()
        self.deadline = self.started + allowed(test.seconds)
        self.told = False


def load_tests(words):
    here = os.path.dirname(os.path.abspath(__file__))
    for path in sorted(glob.glob(os.path.join(here, 'test_*.py'))):
        importlib.import_module(os.path.splitext(os.path.basename(path))[0])
    from registry import TESTS
    return [test for test in TESTS
            if not words or any(word.lower() in test.name.lower() or word == test.module
                                for word in words)]


def logs_of(bed):
    """The ends of what the programs of a failed test said."""
    lines = []
    for path in sorted(glob.glob(f'{bed.folder}/*.err')):
        text = read_text(path).strip().splitlines()
        if text:
            lines.append(f'{os.path.basename(path)}:')
            lines.extend(f'    {line[:160]}' for line in text[-12:])
    if bed.syslog and bed.syslog.lines:
        lines.append('syslog:')
        lines.extend(f'    {text[:160]}' for _, text in bed.syslog.lines[-10:])
    return lines


def run_test(test, tools):
    """In the test's own process: the outcome as a dictionary."""
    bed = Bed(tools)
    outcome = {'result': 'ok', 'why': [], 'notes': bed.notes}

    def too_late(number, frame):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Failure(f'did not end within {allowed(test.seconds):g} s')

    signal.signal(signal.SIGTERM, too_late)
    try:
        bed.build()
        if tools['valgrind']:
            bed.memcheck = memcheck.Memcheck(bed)
        test.function(bed)
    except Skip as skip:
        outcome.update(result='skip', why=[str(skip)])
    except Failure as failure:
        outcome.update(result='not ok', why=str(failure).splitlines())
        place = traceback.extract_tb(failure.__traceback__)
        ours = [frame for frame in place if os.path.basename(frame.filename).startswith('test_')]
        if ours:
            outcome['why'].append(f'at {os.path.basename(ours[-1].filename)}:{ours[-1].lineno}')
    except BaseException:
        outcome.update(result='not ok', why=traceback.format_exc().splitlines())
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if bed.memcheck:
        bed.memcheck.judge(outcome)
    if outcome['result'] == 'not ok':
        outcome['why'].extend(logs_of(bed))
    bed.close()
    return outcome


def start_test(test, tools):
    reader, writer = os.pipe2(os.O_CLOEXEC)
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writer)
        return Running(test, pid, reader)
    status = 1
    try:
        os.close(reader)
        os.setsid()
        outcome = run_test(test, tools)
        with os.fdopen(writer, 'wb') as pipe:
            pipe.write(json.dumps(outcome).encode())
        status = 0
    finally:
        os._exit(status)


class Stream:
    """The TAP stream."""

    def __init__(self, count):
        self.number = 0
        self.failed = 0
        print(f'1..{count}', flush=True)

    def result(self, running):
        self.number += 1
        try:
            outcome = json.loads(running.data)
        except json.JSONDecodeError:
            outcome = {'result': 'not ok', 'why': ['the process of the test died'], 'notes': []}
        name = running.test.name
        took = time.monotonic() - running.started
        if outcome['result'] == 'ok':
            print(f'ok {self.number} - {name}')
        elif outcome['result'] == 'skip':
            print(f'ok {self.number} - {name} # SKIP {outcome["why"][0]}')
        else:
            self.failed += 1
            print(f'not ok {self.number} - {name}')
            for line in outcome['why']:
                print(f'# {line}')
        for line in outcome['notes']:
            print(f'# {line}')
        if os.environ.get('NET_TIMES'):
            print(f'# {took:.1f} s')
        sys.stdout.flush()


def poll_running(running, stream):
    """Takes what the tests say; returns those that go on."""
    ready, _, _ = select.select([item.pipe for item in running], [], [], 0.1)
    going_on = []
    for item in running:
        if item.pipe in ready:
            chunk = os.read(item.pipe, 65536)
            item.data += chunk
            if not chunk:
                os.close(item.pipe)
                stream.result(item)
                continue
        if time.monotonic() > item.deadline:
            # First it may clean up by itself.
            with contextlib.suppress(ProcessLookupError):
                os.kill(item.pid, signal.SIGKILL if item.told else signal.SIGTERM)
            item.told = True
            item.deadline = time.monotonic() + 15
        going_on.append(item)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return going_on


def run_all(tests, tools, jobs):
    stream = Stream(len(tests))
    waiting = [test for test in tests if test.patient]      # they mostly wait: all at once
    quick = [test for test in tests if not test.patient and not test.alone]
    alone = [test for test in tests if test.alone]
    running = [start_test(test, tools) for test in waiting]
    while running or quick or alone:
        busy = sum(not item.test.patient for item in running)
        while quick and busy < jobs:
            running.append(start_test(quick.pop(0), tools))
            busy += 1
        if not quick and not running and alone:
            running.append(start_test(alone.pop(0), tools))
        if running:
            running = poll_running(running, stream)
    return stream.failed


def separate(main):
    """Runs main() as process 1 of new namespaces; the kernel ends all of it with that process."""
    system_call('unshare', CLONE_NEWPID | bed_module.CLONE_NEWNS | bed_module.CLONE_NEWNET)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            system_call('prctl', PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
            mount('none', '/', None, bed_module.MS_REC | bed_module.MS_PRIVATE)
            mount('proc', '/proc', 'proc')
            status = main()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)

    def end(number, frame):
        os.kill(pid, signal.SIGKILL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    _, status = os.waitpid(pid, 0)
    return 0 if status == 0 else 1


def tool_paths(options):
    return {'pptp': os.path.abspath(options.pptp),
            'standin': os.path.abspath(f'{options.tools}/ppp_standin'),
            'no_network': os.path.abspath(f'{options.tools}/no_network'),
            'refuse': os.path.abspath(f'{options.tools}/refuse'),
            'examples': os.path.abspath(f'{options.tools}/../../examples'),
            'pptp_without': os.path.abspath(f'{options.tools}/pptp_without'),
            'incumbent': '/usr/sbin/pptp',
            'valgrind': None}


def unusable(tools):
    """Why nothing can be tested here, or None."""
    if os.geteuid() != 0:
        return 'namespaces need root: the network tests were not run'
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    needed = [*NEEDED, tools['valgrind']] if tools['valgrind'] else NEEDED
    missing = [name for name in needed if not shutil.which(name)]
    if missing:
        return f'{", ".join(missing)} not installed: the network tests were not run'
    capabilities = re.search(r'^CapEff:\s+(\w+)', read_text('/proc/self/status'), re.M)
    if not int(capabilities[1], 16) >> CAP_SYS_ADMIN & 1:
        return 'namespaces need CAP_SYS_ADMIN: the network tests were not run'
    for name in ('pptp', 'standin', 'no_network', 'refuse', 'pptp_without'):
        if not os.access(tools[name], os.X_OK):
            sys.exit(f'{tools[name]} is no program')
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--pptp', required=True)
    parser.add_argument('--tools', required=True, help='the folder with ppp_standin, no_network')
    parser.add_argument('--jobs', type=int, default=5)
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--valgrind', action='store_true', help='programs of ours run in valgrind')
    parser.add_argument('words', nargs='*')
    options = parser.parse_args()
    # Under nohup(1), or a shell's "&", they would be ignored, and clients would ignore them too.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    tests = load_tests(options.words)
    if options.list:
        print('\n'.join(f'{test.module}: {test.name}' for test in tests))
        return 0
    tools = tool_paths(options)
    if options.valgrind:
        tools['valgrind'] = shutil.which('valgrind') or 'valgrind'
    why = unusable(tools)
    if why:
        print(f'1..0 # SKIP {why}')
        return 0
    if options.valgrind:
        tests, left_out = memcheck.choose(tests)
        bed_module.be_patient(memcheck.SLOWER)
        print(f'# {left_out}')
    elif is_sanitized(tools['pptp']):
        count = len(tests)
        tests = [test for test in tests if test.no_valgrind != PRIVILEGES]
        print(f'# not run under sanitizers: {count - len(tests)} that {PRIVILEGES}')
    return separate(lambda: 1 if run_all(tests, tools, options.jobs) else 0)


if __name__ == '__main__':
    sys.exit(main())
