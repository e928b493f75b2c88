#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds for other processors and runs the core's tests under qemu: run.py BUILDS [ARCH...].

s390x is big-endian, armhf has 32 bits, arm64 has the NEON variants. The libraries come from Debian
for each, into the cache folder; nothing is installed on this machine. Tests of whole sessions are
not run there: qemu's user mode knows too few socket options. Prints TAP.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
from xml.etree import ElementTree

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / \
    'libpptp/cross'
PACKAGES = ('check', 'libsubunit-dev', 'libsubunit0', 'libnl-3-dev', 'libnl-3-200')
# Debian's name: GNU triplet (and multiarch folder), qemu, meson's family, byte order, suites.
TARGETS = {
    's390x': ('s390x-linux-gnu', 'qemu-s390x-static', 's390x', 'big', ('unit', 'sim')),
    'armhf': ('arm-linux-gnueabihf', 'qemu-arm-static', 'arm', 'little', ('unit',)),
    'arm64': ('aarch64-linux-gnu', 'qemu-aarch64-static', 'aarch64', 'little', ('unit',)),
}


class Failure(Exception):
    """What went wrong, with what the command printed."""


def run(*command, cwd=None, timeout=600):
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          timeout=timeout, check=False)
    if done.returncode:
        raise Failure(f'{command[0]} {command[1]}: status {done.returncode}\n{done.stdout[-4000:]}')
    return done.stdout


def fetch(arch):
    """The libraries for that processor, unpacked; apt keeps its books in the cache folder."""
    root = CACHE / arch / 'root'
    wanted = ' '.join(PACKAGES)
    mark = CACHE / arch / 'unpacked'
    if mark.exists() and mark.read_text() == wanted:
        return root
    shutil.rmtree(CACHE / arch, ignore_errors=True)
    state, packages = CACHE / arch / 'apt', CACHE / arch / 'packages'
    for folder in (state / 'lists/partial', state / 'archives/partial', packages, root):
        folder.mkdir(parents=True)
    (state / 'status').touch()
    apt = ('apt-get', '-q', f'-oAPT::Architecture={arch}', f'-oAPT::Architectures={arch}',
           f'-oDir::State={state}', f'-oDir::State::status={state}/status',
           f'-oDir::Cache={state}', '-oAPT::Sandbox::User=root')
    try:
        run(*apt, 'update')
    except Failure as error:  # one mirror that is being updated need not matter
        print(f'# {str(error).splitlines()[-1]}')
    run(*apt, 'download', *PACKAGES, cwd=packages)
    for package in sorted(packages.glob('*.deb')):
        run('dpkg', '-x', package, root)
    mark.write_text(wanted)
    return root


def cross_file(arch, root):
    triplet, qemu, family, endian = TARGETS[arch][:4]
    libraries = f'{root}/usr/lib/{triplet}'
    path = CACHE / arch / 'cross.ini'
    path.write_text(f"""[binaries]
c = '{triplet}-gcc'
ar = '{triplet}-ar'
strip = '{triplet}-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['{qemu}', '-L', '/usr/{triplet}', '-E',
    'LD_LIBRARY_PATH={libraries}:{root}/lib/{triplet}']

[properties]
sys_root = '{root}'
pkg_config_libdir = '{libraries}/pkgconfig:{root}/usr/share/pkgconfig'

[built-in options]
c_link_args = ['-L{libraries}', '-L{root}/lib/{triplet}',
    '-Wl,-rpath-link,{libraries}:{root}/lib/{triplet}']

[host_machine]
system = 'linux'
cpu_family = '{family}'
cpu = '{family}'
endian = '{endian}'
""")
    return path


def build(arch, builds):
    folder = builds / arch
    if not (folder / 'build.ninja').exists():
        run('meson', 'setup', '-Dwerror=true', f'--cross-file={cross_file(arch, fetch(arch))}',
            folder, SOURCE)
    run('ninja', '-C', folder)
    return folder


def core_tests(folder, suites):
    known = json.loads(run('meson', 'introspect', '--tests', folder))
    return sorted({t['name'] for t in known if not t['name'].startswith('session')
                   and any(s.split(':')[-1] in suites for s in t['suite'])})


def test(folder, suites):
    """[(name, what failed or None, whether it was skipped)]."""
    log = folder / 'meson-logs/testlog.junit.xml'
    log.unlink(missing_ok=True)
    done = subprocess.run(['meson', 'test', '-C', str(folder), '--no-rebuild', '--print-errorlogs',
                           '--timeout-multiplier=10', *(f'--suite={s}' for s in suites),
                           *core_tests(folder, suites)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=1200)
    if not log.exists():
        raise Failure(f'meson test: status {done.returncode}\n{done.stdout[-4000:]}')
    results = []
    for suite in ElementTree.parse(log).getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            bad = [e.get('message') or '' for e in case if e.tag in ('failure', 'error')]
            skipped = case.find('skipped') is not None
            program = suite.get('name').split(' / ')[-1]
            name = case.get('name').split(' / ')[-1].split(':')
            results.append((f'{program}, {name[-2] if len(name) > 1 else name[0]}',
                            f'{bad}\n{done.stdout[-3000:]}' if bad else None, skipped))
    return results


def main():
    builds = pathlib.Path(sys.argv[1])
    number, failed = 0, 0
    for arch in sys.argv[2:] or TARGETS:
        triplet, qemu = TARGETS[arch][:2]
        try:
            results = test(build(arch, builds), TARGETS[arch][4])
        except (Failure, subprocess.TimeoutExpired, OSError) as error:
            results = [(f'builds and runs with {triplet}-gcc and {qemu}', str(error), False)]
        for name, trouble, skipped in results:
            number += 1
            failed += trouble is not None
            print(f"{'not ok' if trouble else 'ok'} {number} - {arch}: {name}"
                  f"{' # SKIP not tested under qemu' if skipped else ''}")
            for line in (trouble or '').splitlines():
                print(f'# {line}')
            sys.stdout.flush()
    print(f'1..{number}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
