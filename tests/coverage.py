#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How much of libpptp the tests that ran have reached: coverage.py SOURCE_DIR BUILD_DIR. TAP.

Of branches those count that the compiler does not mark as unreachable or as ways of exceptions.
No code is left out.
"""
import json
import shutil
import subprocess
import sys

# Folder of libpptp, what is counted, least share in per cent
LIMITS = (('core', 'line', 95), ('core', 'branch', 90),
          ('session', 'line', 90), ('route', 'line', 90))


def measure(source, build, folder):
    command = ['gcovr', build, '--root', source, '--filter', f'{source}/libpptp/{folder}/',
               '--exclude-throw-branches', '--exclude-unreachable-branches',
               '--json-summary']
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def share(of, what):
    total = of[f'{what}_total']
    return 100 * of[f'{what}_covered'] / total if total else 100


def judge(number, folder, what, least, found):
    """Prints the line of one limit; whether it is kept."""
    reached = share(found, what)
    good = found[f'{what}_total'] > 0 and reached >= least
    counts = f"{found[f'{what}_covered']} of {found[f'{what}_total']}"
    print(f"{'ok' if good else 'not ok'} {number} - {what} coverage of libpptp/{folder} "
          f"{reached:.1f} %, at least {least} ({counts})")
    return good


def main():
    source, build = sys.argv[1:]
    print(f'1..{len(LIMITS)}')
    if not shutil.which('gcovr'):
        for number, (folder, what, _) in enumerate(LIMITS, 1):
            print(f'ok {number} - {folder} {what} # SKIP not tested, no gcovr here')
        return 0
    found = {folder: measure(source, build, folder)
             for folder in dict.fromkeys(folder for folder, _, _ in LIMITS)}
    kept = [judge(number, folder, what, least, found[folder])
            for number, (folder, what, least) in enumerate(LIMITS, 1)]
    for folder in found.values():
        for file in sorted(folder['files'], key=lambda file: file['filename']):
            print(f"# {file['filename']}: {share(file, 'line'):.1f} % of lines, "
                  f"{share(file, 'branch'):.1f} % of branches")
    return 0 if all(kept) else 1


if __name__ == '__main__':
    sys.exit(main())
