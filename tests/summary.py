#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Adds up JUnit files: summary.py LABEL=FILE... ; a run that left no file failed, and so did a program
that ended with an error behind cases that passed (valgrind, a sanitizer at the exit)."""
import json
import os
import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """Passed, failed and skipped test cases of one file, and the names of the last two."""
    passed, failed, skipped = 0, [], []
    for suite in ElementTree.parse(path).getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            name = f"{suite.get('name')}: {case.get('name')}"
            if case.find('failure') is not None or case.find('error') is not None:
                failed.append(name)
            elif case.find('skipped') is not None:
                skipped.append(name)
            else:
                passed += 1
    return passed, failed, skipped


def ended_badly(path, failed):
    """Programs that meson's own log, beside the JUnit file, has as failed and that no failed case names."""
    log = path.removesuffix('.junit.xml') + '.json'
    with open(log, encoding='utf-8') as lines:
        tests = [json.loads(line) for line in lines]
    return [f"{test['name']}: {test['result']}, status {test['returncode']}, though each case passed"
            for test in tests if test['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL')
            and not any(name.startswith(f"{suite_of(test['name'])}: ") for name in failed)]


def suite_of(name):
    """JUnit's name of a test: "libpptp:unit / ctrl" is "libpptp.libpptp:unit / ctrl" there."""
    return f"{name.partition(':')[0]}.{name}"


def main():
    total_passed, total_failed, total_skipped = 0, 0, 0
    for argument in sys.argv[1:]:
        label, path = argument.split('=', 1)
        if not os.path.isfile(path):
            print(f'{label}: ended without results')
            total_failed += 1
            continue
        try:
            passed, failed, skipped = count(path)
            failed += ended_badly(path, failed)
        except (ElementTree.ParseError, OSError, ValueError) as error:
            print(f'{label}: its results cannot be read: {error}')
            total_failed += 1
            continue
        print(f'{label}: {passed} passed, {len(failed)} failed, {len(skipped)} skipped')
        for name in failed:
            print(f'  failed: {name}')
        for name in skipped:
            print(f'  skipped: {name}')
        total_passed += passed
        total_failed += len(failed)
        total_skipped += len(skipped)
    print(f'{total_passed} passed, {total_failed} failed, {total_skipped} skipped')
    return 1 if total_failed or not total_passed else 0


if __name__ == '__main__':
    sys.exit(main())
