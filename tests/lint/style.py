#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One form for what has several: style.py SOURCE_DIR. Prints TAP.

Rules that clang-format has no word for, and that the options of the commands and the manuals agree.
"""
import collections
import pathlib
import re
import sys

OPTION_TABLES = (('pptp-cli/option_table.c', 'docs/pptp.8'),
                 ('pptp-cli/setup/argument_table.c', 'docs/pptpsetup.8'))
SCREEN = 50     # lines of a function's body, as in .clang-tidy


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


def leading_includes(text):
    """The blocks of includes before the first declaration or condition."""
    blocks = [[]]
    for line in re.sub(r'/\*.*?\*/', '', text, flags=re.S).split('\n'):
        include = re.match(r'#include ([<"]\S+[>"])', line)
        if include:
            blocks[-1].append(include[1])
        elif not line.strip():
            blocks.append([])
        elif not re.match(r'#define _[A-Z]|#(?:ifndef|define) \w+_H$', line):
            break
    return [block for block in blocks if block]


def order_of_includes(root):
    """Blocks: the header of what the file implements, the system's, <pptp/>, those in quotes."""
    def place(name):
        return 2 if name[0] == '"' else 1 if name.startswith('<pptp/') else 0

    for path, text in product(root):
        blocks = leading_includes(text)
        first = blocks[0] if blocks else []
        own = path.suffix == '.c' and len(first) == 1 and place(first[0]) > 0
        if path.suffix == '.c' and (root / path).with_suffix('.h').exists() and not (
                own and pathlib.PurePath(first[0].strip('"<>')).stem == path.stem):
            yield f'{path}: its own header is not the first, in a block of its own'
        blocks = blocks[1:] if own else blocks
        places = [kind for block in blocks for kind in sorted({place(name) for name in block})]
        mixed = len(places) != len(blocks)
        if mixed or places != sorted(set(places)):
            yield f'{path}: the blocks of includes are not system, <pptp/>, quotes'
        if any(block != sorted(block) for block in blocks):
            yield f'{path}: the includes of a block are not sorted'


def names_of_errors(root):
    for path, text in product(root):
        for name in re.findall(r'^\s+int (?:[^;(]*,\s*)?(r|rc|ret|res|result)\b', text, re.M):
            yield f'{path}: int {name}: a local for errors is named err'


# The same functions for one processor or the other: only one of them is ever built.
VARIANTS = {'hdlc_neon.c', 'hdlc_x86.c'}


def shared_static_names(root):
    """A reader who searches a folder for a function finds one."""
    homes = collections.defaultdict(list)
    for path, text in product(root):
        if path.suffix == '.c' and path.parts[0] != 'examples':
            for name in set(re.findall(r'^(?:[A-Z_0-9]+ )?static (?:[^;=(]*?__attribute__\(\(.*?\)\) )?'
                                       r'[^;=(]*?\b(\w+)\([^;]*?\)\n\{', text, re.M)):
                homes[path.parent, name].append(path.name)
    for (folder, name), files in homes.items():
        if len(files) > 1 and not VARIANTS.issuperset(files):
            yield f'{folder}: {name} is in {", ".join(files)}'


def long_functions(root):
    for path, text in product(root):
        start = 0
        for at, line in enumerate(text.split('\n'), 1):
            if line == '{':
                start = at
            elif line == '}' and at - start - 1 > SCREEN:
                yield f'{path}:{start}: a function of {at - start - 1} lines, {SCREEN} are a screen'


def plain(argument):
    """An argument of the manual as the usage shows it."""
    argument = re.sub(r'Ns Op (.*)$', r'[\1]', argument)
    argument = re.sub(r'Ar (\w+)', r'<\1>', argument)
    return re.sub(r'Cm |Ns | ', '', argument)


def options_and_manual(root):
    """The same options with the same arguments: auto|<packets> is Cm auto | Ar packets there."""
    for source, page in OPTION_TABLES:
        yield from options_and_page(root, source, page)


def options_and_page(root, source, page):
    text = (root / source).read_text()
    start = re.search(r'^const struct \w+ \w+\[\] = \{', text, re.M).start()
    rows = text[text.index('{', start):text.index('const unsigned int', start)]
    table = {name: argument for name, argument in
             re.findall(r'\{\s*"([^"]+)",\s*(?:NULL|"([^"]*)")', rows)}
    if len(table) != rows.count('{') - 1:
        yield f'{source}: {len(table)} of {rows.count("{") - 1} rows were understood'
    manual = {name: plain(argument)
              for name, argument in
              re.findall(r'^\.It Fl -(\S+)[ ]*(.*)$', (root / page).read_text(), re.M)}
    for name in sorted(table.keys() - manual.keys()):
        yield f'{page}: no .It Fl -{name}'
    for name in sorted(manual.keys() - table.keys()):
        yield f'{source}: no row for --{name}'
    for name in sorted(table.keys() & manual.keys()):
        if table[name] != manual[name]:
            yield (f'--{name}: the argument is "{table[name]}" in {source}, '
                   f'"{manual[name]}" in {page}')


CHECKS = [
    ('sizeof takes parentheses', bare_sizeof),
    ('files open with their subject', silent_openings),
    ('includes have one order', order_of_includes),
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
