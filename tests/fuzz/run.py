#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the libFuzzer programs.

run.py [--seconds N] [--jobs N] [--build DIR] [TARGET...]   as long as wanted; corpora are kept
run.py --smoke DIR                                          a short run of each, TAP, for ./test
run.py --to-seed FILE                                       what a finding looks like as a seed

Without --build the programs are built with clang, AddressSanitizer and UndefinedBehaviorSanitizer
in ~/.cache/libpptp/fuzz. Corpora and findings stay there too. A finding is made a seed, with a
name that says what it is, in tests/fuzz/seeds/TARGET; ./test replays it from then on.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SMOKE_SECONDS = 10
MAX_LEN = {'api': 1024, 'ctrl': 2048, 'framer': 4096, 'msg': 256, 'tunnel': 4096, 'config': 1024,
           'lcp': 4096, 'options': 512, 'sync': 1024, 'hdlc_decode': 12288, 'hdlc_encode': 6144,
           'status': 8192}


def cache():
    home = os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache'
    return pathlib.Path(home) / 'libpptp' / 'fuzz'


def targets():
    return sorted(path.stem.removeprefix('fuzz_') for path in HERE.glob('fuzz_*.c'))


def seed_octets(path):
    return bytes.fromhex(re.sub('#.*', '', path.read_text()))


def write_seeds(target, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for path in (HERE / 'seeds' / target).glob('*.hex'):
        (folder / path.stem).write_bytes(seed_octets(path))


def build():
    folder = cache() / 'build'
    if not (folder / 'build.ninja').exists():
        command = ['meson', 'setup', '-Dfuzzers=true', '-Db_sanitize=address,undefined',
                   '-Db_lundef=false', str(folder), str(HERE.parents[1])]
        subprocess.run(command, check=True, env=os.environ | {'CC': 'clang'},
                       stdout=subprocess.DEVNULL)
    names = [f'tests/fuzz/fuzz_{name}' for name in targets()]
    subprocess.run(['ninja', '-C', str(folder), *names], check=True, stdout=subprocess.DEVNULL)
    return folder / 'tests' / 'fuzz'


class Run:
    """One target's run: what it printed, and what of that counts."""

    def __init__(self, target, programs, corpus, findings, seconds, options=()):
        self.target = target
        command = [str(programs / f'fuzz_{target}'), str(corpus), f'-max_total_time={seconds}',
                   f'-max_len={MAX_LEN[target]}', '-timeout=20', '-rss_limit_mb=1024',
                   '-print_final_stats=1', f'-artifact_prefix={findings}/{target}-', *options]
        dictionary = HERE / f'{target}.dict'
        if dictionary.exists():
            command.append(f'-dict={dictionary}')
        environment = os.environ | {
            'ASAN_OPTIONS': 'abort_on_error=1:detect_leaks=1:allocator_may_return_null=1',
            'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1'}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=environment, errors='replace')
        self.output = done.stdout
        self.failed = done.returncode != 0
        self.executions = self.stat('number_of_executed_units')
        self.rate = self.stat('average_exec_per_sec')
        self.peak_mb = self.stat('peak_rss_mb')
        # The coverage that the seeds reach, and that of the end.
        covered = [int(n) for n in re.findall(r'cov: (\d+)', self.output)]
        self.first, self.covered = (covered[0], covered[-1]) if covered else (0, 0)

    def stat(self, name):
        found = re.search(rf'stat::{name}: *(\d+)', self.output)
        return int(found.group(1)) if found else 0

    def summary(self):
        return (f'{self.target}: {self.executions:,} executions, {self.rate:,}/s, '
                f'{self.covered} edges, {self.covered - self.first} of them new, '
                f'{self.peak_mb} MiB at most')

    def last_lines(self):
        lines = [line for line in self.output.splitlines() if not line.startswith('#')]
        return lines[-40:]


def smoke(programs):
    """Seeds only to begin with, and fixed random numbers."""
    names = targets()
    print(f'1..{len(names)}', flush=True)

    def one(target):
        with tempfile.TemporaryDirectory() as scratch:
            corpus = pathlib.Path(scratch) / 'corpus'
            write_seeds(target, corpus)
            return Run(target, programs, corpus, scratch, SMOKE_SECONDS, ('-seed=1',))

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, run in enumerate(pool.map(one, names), 1):
            if '1..0 # SKIP' in run.output:
                print(f'ok {number} - {run.target} # SKIP no network namespace may be made here')
                continue
            bad = run.failed or not run.executions
            failed += bad
            print(f"{'not ok' if bad else 'ok'} {number} - {run.summary()}", flush=True)
            for line in run.last_lines() if bad else ():
                print(f'# {line}')
    return 1 if failed else 0


def long(names, programs, seconds, jobs):
    findings = cache() / 'findings'
    findings.mkdir(parents=True, exist_ok=True)
    began = time.time()

    def one(target):
        corpus = cache() / 'corpus' / target
        write_seeds(target, corpus)
        return Run(target, programs, corpus, findings, seconds)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for run in pool.map(one, names):
            failed += run.failed
            print(run.summary() + ('; FAILED' if run.failed else ''), flush=True)
            for line in run.last_lines() if run.failed else ():
                print(f'    {line}')
    found = [path for path in sorted(findings.iterdir()) if path.stat().st_mtime >= began]
    for path in found:
        print(f'found: {path}')
    print(f'{len(found)} findings, {failed} targets failed; corpora in {cache() / "corpus"}')
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=int, default=600, help='of each target (600)')
    parser.add_argument('--jobs', type=int, default=2, help='targets at a time (2)')
    parser.add_argument('--build', type=pathlib.Path, help='folder with the programs')
    parser.add_argument('--smoke', type=pathlib.Path, help='folder with the programs')
    parser.add_argument('--to-seed', type=pathlib.Path, help='a file that was found')
    parser.add_argument('target', nargs='*')
    arguments = parser.parse_args()
    if arguments.to_seed:
        octets = arguments.to_seed.read_bytes()
        print('\n'.join(octets[at:at + 32].hex(' ') for at in range(0, len(octets), 32)))
        return 0
    if arguments.smoke:
        return smoke(arguments.smoke)
    unknown = set(arguments.target) - set(targets())
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(targets())}")
    return long(arguments.target or targets(), arguments.build or build(), arguments.seconds,
                arguments.jobs)


if __name__ == '__main__':
    sys.exit(main())
