#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The library as others get it: run.py SOURCE_DIR BUILD_DIR. Prints TAP.

Installs into a folder of its own, builds a program there through pkg-config alone, and builds the
library as a meson subproject and without its optional parts.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

EXPECTED = ('value out of range', 'Echo-Request')
MANAGER_BUILD = """project('manager', 'c')
pptp = dependency('libpptp', fallback: 'libpptp')
executable('manager', 'manager.c', dependencies: pptp)
"""


class Failure(Exception):
    """What went wrong, with what the command printed."""


def run(*command, **environment):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          env={**os.environ, **environment}, timeout=240, check=False)
    if done.returncode:
        raise Failure(f'{command[0]}: status {done.returncode}\n{done.stdout[-3000:]}')
    return done.stdout


def check_output(text):
    for words in EXPECTED:
        if words not in text:
            raise Failure(f'the program printed:\n{text}')


class Installed:
    """A copy under a folder of its own, as a package would be unpacked."""

    def __init__(self, build, folder):
        run('meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', folder)
        self.root = folder
        self.libraries = next(folder.rglob('libpptp.so')).parent
        self.environment = {'PKG_CONFIG_PATH': str(self.libraries / 'pkgconfig'),
                            'PKG_CONFIG_SYSROOT_DIR': str(folder)}

    def flags(self, *options):
        text = run('pkg-config', *options, 'libpptp', **self.environment)
        # The sysroot stands before what is not from here, too.
        return [f for f in text.split() if not f.startswith('-I') or os.path.exists(f[2:])]

    def build_and_run(self, program, compiler, link):
        run(*compiler, '-Wall', '-Wextra', '-Wpedantic', '-Werror', *self.flags('--cflags'),
            '-o', program, pathlib.Path(__file__).with_name('manager.c'), '-xnone', *link)
        check_output(run(program, LD_LIBRARY_PATH=str(self.libraries)))
        return program


def needed(binary):
    lines = run('readelf', '-d', binary).splitlines()
    return [line.split('[')[1].rstrip(']') for line in lines if '(NEEDED)' in line]


def shared(installed, scratch):
    for name, compiler in (('c', ('cc', '-std=c11', '-xc')),
                           ('cpp', ('c++', '-std=c++17', '-xc++'))):
        program = installed.build_and_run(scratch / name, compiler, installed.flags('--libs'))
        if 'libpptp.so.1' not in needed(program):
            raise Failure(f'{name}: not linked with the shared library')


def static(installed, scratch):
    link = ['-Wl,-Bdynamic' if f == '-lpptp' else f for f in installed.flags('--libs', '--static')]
    link = [str(installed.libraries / 'libpptp.a'), *link]
    program = installed.build_and_run(scratch / 'static', ('cc', '-std=c11', '-xc'), link)
    if any(name.startswith('libpptp') for name in needed(program)):
        raise Failure('the program still needs the shared library')


def everything_is_installed(installed, source):
    names = {p.name for p in installed.root.rglob('*')}
    wanted = {'libpptp.so.1', 'libpptp.a', 'libpptp.pc', 'pptp', 'pptp.8', 'libpptp.3', 'pptpsetup',
              'pptpsetup.8'}
    wanted |= {p.name for p in (source / 'include').rglob('*.h')}
    if wanted - names:
        raise Failure(f'not installed: {sorted(wanted - names)}')
    for path in installed.root.rglob('*'):
        if path.stat().st_mode & 0o022:
            raise Failure(f'others may write {path}')


def subproject(source, scratch):
    manager = scratch / 'manager'
    (manager / 'subprojects').mkdir(parents=True)
    (manager / 'subprojects/libpptp').symlink_to(source)
    (manager / 'meson.build').write_text(MANAGER_BUILD)
    (manager / 'manager.c').write_text(pathlib.Path(__file__).with_name('manager.c').read_text())
    run('meson', 'setup', '--wrap-mode=forcefallback', '-Dlibpptp:command=false', scratch / 'build',
        manager)
    run('ninja', '-C', scratch / 'build')
    check_output(run(scratch / 'build/manager'))


def without_options(source, scratch):
    build = scratch / 'bare'
    run('meson', 'setup', '-Droute=disabled', '-Dtests=false', '-Dexamples=false', '-Ddocs=false',
        '-Dcommand=false', '-Ddefault_library=shared', '-Dwerror=true', build, source)
    run('ninja', '-C', build)
    library = (build / 'libpptp/libpptp.so').resolve()
    if [name for name in needed(library) if not name.startswith(('libc.', 'ld-'))]:
        raise Failure(f'it needs {needed(library)}')


def main():
    source, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        installed = Installed(build, scratch / 'root')
        checks = (
            ('all is installed, and nobody else may write it',
             lambda: everything_is_installed(installed, source)),
            ('a program in C11 and C++17, by pkg-config alone', lambda: shared(installed, scratch)),
            ('a program with the static library', lambda: static(installed, scratch)),
            ('as a meson subproject', lambda: subproject(source, scratch)),
            ('without routes it needs libc only', lambda: without_options(source, scratch)),
        )
        failed = 0
        print(f'1..{len(checks)}')
        for number, (name, check) in enumerate(checks, 1):
            trouble = None
            try:
                check()
            except (Failure, OSError, subprocess.TimeoutExpired) as error:
                trouble = str(error)
                failed += 1
            print(f"{'not ok' if trouble else 'ok'} {number} - {name}", flush=True)
            for line in (trouble or '').splitlines():
                print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
