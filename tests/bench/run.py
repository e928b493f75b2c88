#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures our client and pptp-linux side by side.

    run.py --tools FOLDER --ours PROGRAM [--theirs PROGRAM] [--quick] [--only NAME]... [--runs N]
           [--json FILE] [--svg FILE] [--tap]

Needs root. Everything happens in network namespaces of its own and is gone at the end.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import signal
import sys
import tempfile
import time

import isolation
import measurements
import plot
import report
from contenders import Broken, Contender
from measurements import AGAIN, FLOOR, OURS, THEIRS, Setting

INCUMBENT = '/usr/sbin/pptp'
RUNS, QUICK_RUNS = 15, 1
TIME_LIMIT, QUICK_TIME_LIMIT = 1500, 90


def parse_arguments():
    parser = argparse.ArgumentParser(description='Our client and pptp-linux side by side.')
    parser.add_argument('--tools', required=True, help='folder of the compiled parts')
    parser.add_argument('--ours', required=True, help='our pptp')
    parser.add_argument('--theirs', default=INCUMBENT, help="pptp-linux's pptp")
    parser.add_argument('--quick', action='store_true', help='show only that it works')
    parser.add_argument('--only', action='append', choices=list(measurements.ALL),
                        help='this measurement only (may be repeated)')
    parser.add_argument('--runs', type=int, help='rounds of alternating measurements')
    parser.add_argument('--json', help='write the results there')
    parser.add_argument('--svg', help='write a plot there')
    parser.add_argument('--tap', action='store_true', help='results as a test')
    options = parser.parse_args()
    options.runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    return options


def why_not(options):
    """Why nothing can be measured here, or None."""
    if os.geteuid() != 0:
        return 'network namespaces need root'
    if not shutil.which('ip'):
        return 'no ip command here'
    with open('/proc/self/status', encoding='ascii') as file:
        capabilities = int(re.search(r'^CapEff:\s+(\w+)', file.read(), re.M)[1], 16)
    if not capabilities >> 21 & 1:
        return 'network namespaces need CAP_SYS_ADMIN'
    for program in (options.ours, *(f'{options.tools}/bench_{name}'
                                    for name in ('peer', 'floor', 'micro'))):
        if not os.access(program, os.X_OK):
            sys.exit(f'{program} is no program')
    return None


def machine():
    with open('/proc/cpuinfo', encoding='ascii', errors='replace') as file:
        model = re.search(r'^model name\s*:\s*(.*)$', file.read(), re.M)
    return {'processor': model[1] if model else platform.machine(), 'cores': os.cpu_count(),
            'kernel': platform.release(), 'load': os.getloadavg()[0]}


def client(program):
    return lambda address, size: [program, address, '--nolaunchpppd', '--nohostroute']


def maker(options, log):
    """Makes contenders, each in new namespaces."""
    commands = {OURS: client(options.ours), AGAIN: client(options.ours),
                THEIRS: client(options.theirs),
                FLOOR: lambda address, size: [f'{options.tools}/bench_floor', address, str(size)]}
    made = []

    def make(name, size):
        made.append(name)
        return Contender(name, len(made), commands[name], options.tools, log)
    return make


def damage(data, path=()):
    """What a client of ours, or the floor, delivered wrongly: (where, how many)."""
    for key, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, dict) and key != THEIRS:
            yield from damage(value, (*path, key))
        elif value and (key in ('disordered', 'damaged') or
                        key == 'lost' and path[0].startswith('up')):
            yield ' '.join((*path, key)), value


def run_all(options, setting, results):
    """Runs what was asked for; returns (name, what went wrong or None) of each."""
    outcome = []
    for name in options.only or measurements.ALL:
        try:
            results[name] = measurements.ALL[name](setting)
            wrong = [f'{where}: {count}' for where, count in damage(results[name])]
            outcome.append((name, '; '.join(wrong) or None))
        except Broken as broken:
            outcome.append((name, str(broken)))
    return outcome


def write_results(options, results):
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as file:
            json.dump(results, file, indent=1)
            file.write('\n')
    if options.svg and 'throughput' in results:
        with open(options.svg, 'w', encoding='utf-8') as file:
            file.write(plot.throughput(results))


def say_tap(outcome, lines):
    print(f'1..{len(outcome)}')
    for number, (name, wrong) in enumerate(outcome, 1):
        print(f'{"not ok" if wrong else "ok"} {number} - the benchmark measures: {name}')
        if wrong:
            print(f'# {wrong}')
    for line in lines:
        print(f'# {line}')


def bench(options, log):
    start = time.monotonic()
    has_theirs = os.access(options.theirs, os.X_OK)

    def say(text):
        if not options.tap:
            print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)

    setting = Setting(maker(options, log), options.quick, options.runs, has_theirs, options.tools,
                      say)
    results = {'date': datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds'),
               'machine': machine(), 'rounds': options.runs, 'quick': options.quick}
    outcome = run_all(options, setting, results)
    results['machine']['load at the end'] = os.getloadavg()[0]
    results['seconds'] = round(time.monotonic() - start, 1)
    say('')
    lines = report.lines(results)
    if not has_theirs:
        lines.append(f'{options.theirs} is not here: nothing was compared')
    if options.tap:
        say_tap(outcome, lines)
    else:
        print('\n'.join(lines))
        for name, wrong in outcome:
            if wrong:
                print(f'{name} went wrong: {wrong}')
    write_results(options, results)
    return 1 if any(wrong for _, wrong in outcome) else 0


def main():
    options = parse_arguments()
    os.environ['PATH'] = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
    why = why_not(options)
    if why and options.tap:
        print(f'1..0 # SKIP {why}: nothing of the benchmark was tried')
        return 0
    if why:
        sys.exit(why)
    folder = tempfile.mkdtemp(prefix='pptp-bench-')
    signal.alarm(QUICK_TIME_LIMIT if options.quick else TIME_LIMIT)
    try:
        return isolation.separate(lambda: bench(options, f'{folder}/log'))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
