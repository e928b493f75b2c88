#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Adds up JUnit files: summary.py LABEL=FILE... ; a run that left no file failed."""
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
        except ElementTree.ParseError as error:
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
