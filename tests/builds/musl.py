#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds with musl, statically, and runs the tests: musl.py FOLDER. Prints TAP.

libnl, libseccomp and check are built from Debian's source packages into the cache folder, so that
nothing is left out. The kernel's headers are the machine's own.
"""
import os
import pathlib
import re
import shutil
import sys

from tap import Failure, Skip, report, run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / \
    'libpptp/musl'
ROOT = CACHE / 'root'
COMPILER = f'musl-gcc -idirafter {CACHE}/kernel'
# Debian's source package: options of its configure, what make builds.
LIBRARIES = {
    'libnl3': (('--disable-cli', '--disable-pthreads'),
               (('lib/libnl-3.la',), ('install-data-am',))),
    'libseccomp': ((), (('-C', 'include', 'install'), ('-C', 'src', 'install'),
                        ('install-pkgconfDATA',))),
    'check': (('--disable-subunit',), (('-C', 'lib'), ('-C', 'src', 'install'),
                                       ('install-data-am',))),
}


def kernel_headers():
    machine = run('gcc', '-print-multiarch').strip()
    folder = CACHE / 'kernel'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, target in (('linux', 'linux'), ('asm-generic', 'asm-generic'),
                         ('asm', f'{machine}/asm')):
        (folder / name).symlink_to(f'/usr/include/{target}')


def sources():
    """The source packages, from where this machine has its packages; apt's books in the cache."""
    state, folder = CACHE / 'apt', CACHE / 'sources'
    for path in (state / 'lists/partial', state / 'archives/partial', state / 'sources', folder):
        path.mkdir(parents=True, exist_ok=True)
    etc = pathlib.Path('/etc/apt')
    for path in (etc / 'sources.list', *(etc / 'sources.list.d').iterdir()):
        if path.exists() and path.suffix in ('.list', '.sources'):
            text = re.sub(r'^deb\b', 'deb-src', path.read_text(), flags=re.M)
            text = re.sub(r'^Types:.*', 'Types: deb-src', text, flags=re.M)
            (state / 'sources' / path.name).write_text(text)
    apt = ('apt-get', '-q', '-oDir::Etc::sourcelist=/dev/null',
           f'-oDir::Etc::sourceparts={state}/sources', f'-oDir::State={state}',
           f'-oDir::Cache={state}', '-oDir::State::status=/var/lib/dpkg/status',
           '-oAPT::Sandbox::User=root')
    try:
        run(*apt, 'update')
    except Failure as error:  # one mirror that is being updated need not matter
        print(f'# {str(error).splitlines()[-1]}')
    run(*apt, 'source', '--download-only', '--tar-only', '--only-source', *LIBRARIES, cwd=folder)
    return folder


def build_libraries():
    mark = CACHE / 'built'
    wanted = repr(LIBRARIES)
    if mark.exists() and mark.read_text() == wanted:
        return
    shutil.rmtree(CACHE, ignore_errors=True)
    kernel_headers()
    packages = sources()
    for name, (options, steps) in LIBRARIES.items():
        folder = CACHE / 'build' / name
        folder.mkdir(parents=True)
        run('tar', '-x', '--strip-components=1', '-C', folder, '-f',
            next(packages.glob(f'{name}_*.orig.tar.gz')))
        run('./configure', f'--prefix={ROOT}', '--enable-static', '--disable-shared', *options,
            cwd=folder, CC=COMPILER)
        for step in steps:
            run('make', f'-j{os.cpu_count()}', *step, cwd=folder)
    shutil.copy(CACHE / 'build/libnl3/lib/.libs/libnl-3.a', ROOT / 'lib')
    mark.write_text(wanted)


def native_file():
    path = CACHE / 'native.ini'
    words = ', '.join(f"'{word}'" for word in COMPILER.split()[1:])
    path.write_text(f"""[binaries]
c = 'musl-gcc'
pkgconfig = ['env', 'PKG_CONFIG_LIBDIR={ROOT}/lib/pkgconfig', 'pkg-config']

[built-in options]
c_args = [{words}]
c_link_args = ['-static']
b_pie = false
default_library = 'static'
""")
    return path


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.command = folder / 'pptp-cli/pptp'

    def builds(self):
        if shutil.which('musl-gcc') is None:
            raise Skip('no musl-gcc')
        build_libraries()
        shutil.rmtree(self.folder, ignore_errors=True)
        run('meson', 'setup', '-Dwerror=true', '-Dexamples=false', '-Ddocs=false',
            '-Dseccomp=enabled', '-Dprefer_static=true', f'--native-file={native_file()}',
            self.folder, SOURCE)
        run('ninja', '-C', self.folder)

    def needs_nothing(self):
        self.must_be_built()
        if '(NEEDED)' in run('readelf', '-d', self.command):
            raise Failure('the command needs a shared library')
        text = run(self.command, '--version')
        if not text.startswith('pptp version'):
            raise Failure(f'it printed {text}')

    def tests(self, suite):
        self.must_be_built()
        run('meson', 'test', '-C', self.folder, '--no-rebuild', '--print-errorlogs',
            '--suite', suite, '--timeout-multiplier=5')

    def must_be_built(self):
        if not self.command.exists():
            raise Skip('it was not built')


def main():
    build = Build(pathlib.Path(sys.argv[1]) / 'musl')
    return report([
        ('library, command and tests build, warnings are errors', build.builds),
        ('the command is linked statically and runs', build.needs_nothing),
        ('unit tests', lambda: build.tests('unit')),
        ('tests of sessions', lambda: build.tests('session')),
        ('simulations', lambda: build.tests('sim')),
    ])


if __name__ == '__main__':
    sys.exit(main())
