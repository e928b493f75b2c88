#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One form for what has several: style.py SOURCE_DIR. Prints TAP.

Rules that clang-format has no word for, and that the options of the command and the manual agree.
"""
import collections
import pathlib
import re
import sys

SCREEN = 60     # lines of a function's body


def sources(root, *patterns):
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            yield path.relative_to(root), path.read_text()


def product(root):
    return sources(root, 'libpptp/**/*.[ch]', 'pptp-cli/*.[ch]', 'examples/*.c')


def bare_sizeof(root):
    for path, text in sources(root, '*/**/*.[ch]'):
        for word in re.findall(r'\bsizeof [^(\s]\S*', text):
            yield f'{path}: {word}: sizeof takes parentheses'


def silent_openings(root):
    for path, text in sources(root, 'libpptp/**/*.c', 'pptp-cli/*.c', 'examples/*.c'):
        if not text.split('\n')[1].startswith('/*'):
            yield f'{path}: does not open with its subject'


def names_of_errors(root):
    for path, text in product(root):
        for name in re.findall(r'^\s+int (r|rc|ret|res|result)\b', text, re.M):
            yield f'{path}: int {name}: a local for errors is named err'


def shared_static_names(root):
    """A reader who searches a folder for a function finds one."""
    homes = collections.defaultdict(list)
    for path, text in product(root):
        if path.suffix == '.c' and path.parts[0] != 'examples':
            for name in set(re.findall(r'^static [^;=(]*?\b(\w+)\([^;]*?\)\n\{', text, re.M)):
                homes[path.parent, name].append(path.name)
    for (folder, name), files in homes.items():
        if len(files) > 1:
            yield f'{folder}: {name} is in {", ".join(files)}'


def long_functions(root):
    for path, text in product(root):
        start = 0
        for at, line in enumerate(text.split('\n'), 1):
            if line == '{':
                start = at
            elif line == '}' and at - start - 1 > SCREEN:
                yield f'{path}:{start}: a function of {at - start - 1} lines, {SCREEN} are a screen'


def options_and_manual(root):
    table = set(re.findall(r'^\t\{\s*\.?(?:name = )?"([a-z-]+)"',
                           (root / 'pptp-cli/option_table.c').read_text(), re.M))
    manual = set(re.findall(r'^\.It Fl -([a-z-]+)', (root / 'docs/pptp.8').read_text(), re.M))
    if not table:
        yield 'option_table.c: no row was found'
    for name in sorted(table - manual):
        yield f'docs/pptp.8: no .It Fl -{name}'
    for name in sorted(manual - table):
        yield f'pptp-cli/option_table.c: no row for --{name}'


CHECKS = [
    ('sizeof takes parentheses', bare_sizeof),
    ('files open with their subject', silent_openings),
    ('locals for errors are named err', names_of_errors),
    ('a folder has one static function of a name', shared_static_names),
    ('functions fit a screen', long_functions),
    ('the table of options and the manual agree', options_and_manual),
]


def main():
    root = pathlib.Path(sys.argv[1])
    failed = False
    print(f'1..{len(CHECKS)}')
    for number, (name, check) in enumerate(CHECKS, 1):
        found = list(check(root))
        failed = failed or bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for line in found:
            print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
