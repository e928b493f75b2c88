#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds with the next release of Debian and runs the tests there: debian.py. Prints TAP.

The release is a small root made with debootstrap, from where this machine has its packages, and kept
in the cache folder. Nothing of it is mounted outside of namespaces of the test's own.
"""
import os
import pathlib
import re
import shutil
import sys

from tap import Failure, Skip, report, run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'libpptp'
RELEASE, NUMBER = 'trixie', 13
PACKAGES = ('gcc', 'libc6-dev', 'meson', 'ninja-build', 'pkg-config', 'libnl-3-dev',
            'libseccomp-dev', 'libjson-c-dev', 'check', 'ppp-dev', 'python3')
ROOT = CACHE / RELEASE


def mirror():
    """Where this machine's own packages come from."""
    etc = pathlib.Path('/etc/apt')
    for path in (etc / 'sources.list', *sorted((etc / 'sources.list.d').iterdir())):
        if path.exists():
            found = re.search(r'^(?:URIs:|deb(?: \[.*?\])?) *(http\S+/debian/?)(?=\s)',
                              path.read_text(), re.M)
            if found:
                return found[1]
    raise Skip('no source of Debian packages is known to this machine')


def release_of_this_machine():
    text = pathlib.Path('/etc/os-release').read_text()
    found = re.search(r'^VERSION_ID="?(\d+)', text, re.M)
    return int(found[1]) if found else 0


def inside(*command):
    return run('unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh',
               SOURCE / 'tests/builds/enter.sh', ROOT, SOURCE, *command)


def make_root():
    if os.geteuid() != 0:
        raise Skip('it needs root')
    if shutil.which('debootstrap') is None:
        raise Skip('no debootstrap')
    if release_of_this_machine() >= NUMBER:
        raise Skip(f'this machine has Debian {release_of_this_machine()} itself')
    mark = ROOT / '.complete'
    if mark.exists() and mark.read_text() == repr(PACKAGES):
        return
    shutil.rmtree(ROOT, ignore_errors=True)
    try:
        run('debootstrap', '--variant=minbase', f'--include={",".join(PACKAGES)}', RELEASE, ROOT,
            mirror())
    except Failure as error:
        if 'Failed getting release file' in str(error) or 'Invalid Release file' in str(error):
            raise Skip(f'{mirror()} has no release {RELEASE}') from error
        raise
    mark.write_text(repr(PACKAGES))


def builds():
    make_root()
    inside('sh', '-c', 'rm -rf /build && meson setup -Dwerror=true -Dexamples=false -Ddocs=false -Dplugin=enabled '
                       '-Doptimization=0 /build /mnt && ninja -C /build && '
                       '/build/pptp-cli/pptp --version && touch /build/.built')


def tests(suite):
    if not (ROOT / 'build/.built').exists():
        raise Skip('it was not built')
    inside('meson', 'test', '-C', '/build', '--no-rebuild', '--print-errorlogs', '--suite', suite,
           '--timeout-multiplier=5')


def main():
    return report([
        (f'Debian {NUMBER}: library, command and tests build, warnings are errors', builds),
        (f'Debian {NUMBER}: unit tests', lambda: tests('unit')),
        (f'Debian {NUMBER}: tests of sessions', lambda: tests('session')),
    ])


if __name__ == '__main__':
    sys.exit(main())
