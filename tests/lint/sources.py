#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks of scripts, man pages and headers: sources.py SOURCE_DIR. Prints TAP."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from tools import missing

STANDARDS = (('cc', '-std=c11', '-xc'), ('cc', '-std=c17', '-xc'), ('c++', '-std=c++17', '-xc++'))
FILE_LINES = 600


def run(*command, quiet=False):
    """None, or what the command complained of; quiet: it may say nothing at all."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 and not (quiet and done.stdout) else done.stdout


def shell_scripts(source):
    candidates = [source / n for n in ('test', 'demo', '.ci/run', '.ci/install')]
    candidates += sorted((source / 'tests').rglob('*.sh'))
    candidates += sorted((source / 'pptp-cli').rglob('*.sh'))
    return [p for p in candidates if p.exists() and b'python' not in p.read_bytes()[:40]]


def header_check(source, standard):
    if not shutil.which(standard[0]):
        return 'skip', f'headers as {standard[1]}: no {standard[0]} here'
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        for header in sorted((source / 'include').rglob('*.h')):
            unit = pathlib.Path(scratch) / 'unit'
            unit.write_text(f'#include <{header.relative_to(source / "include")}>\n')
            failures.append(run(standard[0], standard[1], standard[2], '-fsyntax-only', '-Wall',
                                '-Wextra', '-pedantic-errors', '-Werror',
                                f'-I{source}/include', str(unit)))
    return 'done', ''.join(f for f in failures if f)


def programs_of_the_guide(source):
    return re.findall(r'```c\n(.*?)```', (source / 'docs/programmers-guide.md').read_text(), re.S)


def programs_of_the_page(source):
    """The examples of libpptp(3), in a function that has what they speak of."""
    text = (source / 'docs/libpptp.3').read_text().split('.Sh EXAMPLES')[1]
    for body in re.findall(r'^\.Bd -literal.*?\n(.*?)^\.Ed', text, re.S | re.M):
        body = body.replace('\\e', '\\')
        yield ('#include <poll.h>\n#include <stdio.h>\n#include <pptp/pptp.h>\n'
               f'int example(int fd);\nint example(int fd)\n{{\n{body}\nreturn 0;\n}}\n')


def wrong_programs(source, programs):
    """What the documents show must compile, and look at each result that can be an error."""
    programs = list(programs)
    failures = ['' if programs else 'there is no program']
    with tempfile.TemporaryDirectory() as scratch:
        unit = pathlib.Path(scratch) / 'unit.c'
        for program in programs:
            unit.write_text(program)
            failures.append(run('cc', '-fsyntax-only', '-Wall', '-Wextra', '-Wpedantic', '-Werror',
                                f'-I{source}/include', str(unit)))
            failures += [f'the result is not looked at: {call}\n' for call in re.findall(
                r'^\s*(pptp_(?:config|session)_(?:new|set|attach|start|get)\w*\(.*)', program,
                re.M)]
    return ''.join(f for f in failures if f)


def long_files(source):
    """CONTRIBUTING.md: a file has one subject."""
    for path in sorted([*source.rglob('*.[ch]'), *source.rglob('*.py')]):
        lines = len(path.read_text().splitlines())
        if lines >= FILE_LINES:
            yield f'{path.relative_to(source)} has {lines} lines, {FILE_LINES} are too many\n'


def checks(source):
    yield 'length of files', 'done', ''.join(long_files(source))
    scripts = [str(p) for p in shell_scripts(source)]
    pages = [str(p) for p in sorted((source / 'docs').glob('*.[1-9]'))]
    pythons = [str(p) for p in sorted((source / 'tests').rglob('*.py'))]
    sources = [str(p) for p in sorted(source.rglob('*.[ch]'))]
    for name, tool, command in (
            ('shell scripts', 'shellcheck', ['shellcheck', *scripts]),
            ('man pages', 'mandoc', ['mandoc', '-T', 'lint', '-W', 'warning', *pages]),
            ('Python scripts', 'pyflakes3', ['pyflakes3', *pythons]),
            ('C layout', 'clang-format', ['clang-format', '--dry-run', '-Werror', *sources])):
        why = missing(tool)
        if why:
            yield name, 'skip', f'{name}: {why}'
        else:
            yield name, 'done', run(*command)
    if shutil.which('groff'):   # what man(1) uses: it ends well whatever it warns of
        yield 'man pages on 80 columns', 'done', run('groff', '-mandoc', '-Tascii', '-ww', '-z',
                                                     '-rLL=78n', *pages, quiet=True)
    else:
        yield 'man pages on 80 columns', 'skip', 'man pages on 80 columns: no groff here'
    yield ('programs of the guide compile', 'done',
           wrong_programs(source, programs_of_the_guide(source)))
    yield ('examples of libpptp(3) compile', 'done',
           wrong_programs(source, programs_of_the_page(source)))
    for standard in STANDARDS:
        state, found = header_check(source, standard)
        yield f'public headers compile alone as {standard[1][5:]}', state, found


def main():
    results = list(checks(pathlib.Path(sys.argv[1])))
    print(f'1..{len(results)}')
    for number, (name, state, found) in enumerate(results, 1):
        if state == 'skip':
            print(f'ok {number} - {name} # SKIP not tested, {found}')
            continue
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for line in (found or '').splitlines():
            print(f'# {line}')
    return 1 if any(found for _, state, found in results if state == 'done') else 0


if __name__ == '__main__':
    sys.exit(main())
