#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Library, command and examples in each dialect of C and as a unity build: dialects.py FOLDER.

gcc and clang, warnings are errors. ISO C's own dialects show where a feature macro is missing, the
unity build where two files of the library use one name. Prints TAP.
"""
import pathlib
import shutil
import sys

from tap import Skip, report, run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WAYS = {
    'C11': ('-Dc_std=c11',),
    'C17': ('-Dc_std=c17',),
    'C23': ('-Dc_std=c2x',),
    # Of 5: meson 1.0 wants a file too many where the number of sources is a multiple.
    'a unity build': ('--unity=on', '-Dunity_size=5'),
    'without seccomp, routes and status': ('-Dseccomp=disabled', '-Droute=disabled',
                                           '-Dstatus=disabled'),
}
COMPILERS = {'gcc': list(WAYS), 'clang': ['C11', 'C23']}


def build(folder, compiler, options):
    if shutil.which(compiler) is None:
        raise Skip(f'no {compiler}')
    shutil.rmtree(folder, ignore_errors=True)
    run('meson', 'setup', '-Dwerror=true', '-Dtests=false', '-Ddocs=false', '-Doptimization=0',
        *options, folder, SOURCE, CC=compiler)
    run('ninja', '-C', folder)
    run(folder / 'pptp-cli/pptp', '--version')


def main():
    builds = pathlib.Path(sys.argv[1])
    checks = []
    for compiler, names in COMPILERS.items():
        for number, name in enumerate(names):
            folder, options = builds / f'{compiler}-{number}', WAYS[name]
            checks.append((f'{compiler}: {name}',
                           lambda f=folder, c=compiler, o=options: build(f, c, o)))
    return report(checks)


if __name__ == '__main__':
    sys.exit(main())
