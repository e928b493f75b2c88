#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How much of libpptp/core the tests that ran have reached: coverage.py SOURCE_DIR BUILD_DIR. TAP.

Of branches those count that the compiler does not mark as unreachable or as ways of exceptions.
No code is left out.
"""
import json
import shutil
import subprocess
import sys

LINES_AT_LEAST = 95
BRANCHES_AT_LEAST = 90


def measure(source, build):
    command = ['gcovr', build, '--root', source, '--filter', f'{source}/libpptp/core/',
               '--exclude-throw-branches', '--exclude-unreachable-branches',
               '--json-summary']
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def share(of, what):
    total = of[f'{what}_total']
    return 100 * of[f'{what}_covered'] / total if total else 100


def main():
    source, build = sys.argv[1:]
    print('1..2')
    if not shutil.which('gcovr'):
        print('ok 1 - lines # SKIP not tested, no gcovr here')
        print('ok 2 - branches # SKIP not tested, no gcovr here')
        return 0
    found = measure(source, build)
    failed = False
    for number, (what, least) in enumerate((('line', LINES_AT_LEAST),
                                            ('branch', BRANCHES_AT_LEAST)), 1):
        reached = share(found, what)
        good = found[f'{what}_total'] > 0 and reached >= least
        failed = failed or not good
        counts = f"{found[f'{what}_covered']} of {found[f'{what}_total']}"
        print(f"{'ok' if good else 'not ok'} {number} - {what} coverage of libpptp/core "
              f"{reached:.1f} %, at least {least} ({counts})")
    for file in sorted(found['files'], key=lambda file: file['filename']):
        print(f"# {file['filename']}: {share(file, 'line'):.1f} % of lines, "
              f"{share(file, 'branch'):.1f} % of branches")
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
