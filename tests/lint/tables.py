#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the tables in docs/ name must exist: tables.py SOURCE_DIR. Prints TAP.

A row names functions as `name` (file.c) and tests as kind/file: name, name; ... (see
tests/README.md). Names in backquotes that look like functions or paths must exist too.
"""
import pathlib
import re
import sys

PLACES = {
    'unit': 'tests/unit/test_{}.c', 'session': 'tests/session/test_{}.c',
    'sim': 'tests/sim/sim_{}.c', 'net': 'tests/net/test_{}.py',
    'vm': 'tests/vm/scenarios_{}.py', 'scale': 'tests/scale/{}.c',
    'faults': 'tests/faults/{}.c',
}

DOCUMENTS = ('docs/design.md', 'docs/rfc2637.md', 'docs/comparison.md', 'docs/robustness.md')
ALL_TESTED = ('docs/robustness.md',)


def read_tree(source, pattern):
    return {path: path.read_text() for path in source.glob(pattern)}


class Tree:
    def __init__(self, source):
        self.source = source
        self.code = {}
        for pattern in ('libpptp/**/*.[ch]', 'pptp-cli/*.[ch]', 'include/pptp/**/*.h'):
            self.code.update(read_tree(source, pattern))
        self.tests = read_tree(source, 'tests/**/*.[ch]') | read_tree(source, 'tests/**/*.py')
        self.rows = re.findall(r'\.name = "([^"]+)"', self.test_text('tests/unit/test_ctrl_rows.h'))
        self.stimuli = re.findall(r'STIMULUS\((\w+)\)', self.test_text('tests/unit/test_ctrl.c'))

    def test_text(self, path):
        return self.tests.get(self.source / path, '')

    def named(self, file):
        return [text for path, text in (self.code | self.tests).items() if path.name == file]

    def has_test(self, kind, file, name):
        path = PLACES[kind].format(file)
        if kind == 'net' and file.startswith('route_'):
            path = f'tests/net/{file}.py'
        text = self.test_text(path)
        if kind == 'faults' and file == 'expectations':     # a row for each call
            return f'"{name}"' in text
        if kind in ('unit', 'session', 'sim', 'faults'):
            return f'START_TEST({name})' in text and re.search(rf'tcase_add_\w+\([^;]*\b{name}\b',
                                                               text)
        if kind == 'scale':
            return name in text
        return re.search(rf'^def {name}\(bed\)', text, re.M)


GROUP = r'(ctrl|(unit|session|sim|net|vm|scale|faults)/(\w+)): (.*)'


def wrong_tests(tree, cell):
    for group in cell.split('; '):
        match = re.match(GROUP, group.strip())
        if not match:
            continue
        _, kind, file, names = match.groups()
        quoted = re.findall(r'"([^"]+)"', names)
        if not kind:
            yield from (f'row "{name}"' for name in quoted if name not in tree.rows)
            yield from (f'stimulus {name}' for name in re.findall(r'\bin_\w+|\btcp_closed', names)
                        if name not in tree.stimuli)
            continue
        for name in quoted or re.sub(r'\([^)]*\)', '', names).split(','):
            if not tree.has_test(kind, file, name.strip()):
                yield f'test {kind}/{file}: {name.strip()}'


def wrong_functions(tree, line):
    for name, file in re.findall(r'`(\w+)` \((\w+\.[ch])\)', line):
        if not any(re.search(rf'\b{name}\(', text) for text in tree.named(file)):
            yield f'function {name} in {file}'


def wrong_names(tree, line):
    for name in re.findall(r'`([a-z]+_[a-z_0-9]+)`', line):
        if not any(re.search(rf'\b{name}\b', text)
                   for text in (*tree.code.values(), *tree.tests.values())):
            yield f'name {name}'
    for path in re.findall(r'`((?:libpptp|pptp-cli|tests|include|docs|examples)/[\w./-]+)`', line):
        if not (tree.source / path).exists():
            yield f'path {path}'


def unproven(line):
    cells = line.strip('| \n').split(' | ')
    if 'not tested' in cells[-1]:
        yield 'no test: ' + ' | '.join(cells[:2])


def untested(lines):
    """Rows of tables with tests in the last column that name none."""
    proves = False
    for at, (before, line) in enumerate(zip(['', *lines], lines), 1):
        last = line.strip('| ').split(' | ')[-1]
        if line.startswith('|') and not before.startswith('|'):
            proves = last == 'test'
        elif line.startswith('|') and proves and not line.startswith('|-'):
            if not any(re.match(GROUP, group) for group in last.split('; ')):
                yield at


def main():
    tree = Tree(pathlib.Path(sys.argv[1]))
    print(f'1..{len(DOCUMENTS)}')
    failed = False
    for number, document in enumerate(DOCUMENTS, 1):
        wrong, notes = [], []
        lines = (tree.source / document).read_text().splitlines()
        if document in ALL_TESTED:
            wrong += [f'{document}:{at}: a row without a test' for at in untested(lines)]
        for at, line in enumerate(lines, 1):
            row = line.startswith('|')
            found = [*wrong_functions(tree, line), *wrong_names(tree, line)]
            if row:
                found += wrong_tests(tree, line.strip('| ').split(' | ')[-1])
                notes += unproven(line)
            wrong += [f'{document}:{at}: there is no {what}' for what in found]
        print(f"{'not ok' if wrong else 'ok'} {number} - what {document} names exists")
        for text in wrong + notes:
            print(f'# {text}')
        failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
