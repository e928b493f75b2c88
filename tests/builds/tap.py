# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: commands that must succeed, results as TAP."""
import os
import subprocess


class Failure(Exception):
    """What went wrong, with what the command printed."""


class Skip(Exception):
    """Why it was not tested."""


def run(*command, cwd=None, timeout=600, **environment):
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          errors='replace', env={**os.environ, **environment}, timeout=timeout,
                          check=False)
    if done.returncode:
        words = ' '.join(str(c) for c in command)
        raise Failure(f'{words}: status {done.returncode}\n{done.stdout[-4000:]}')
    return done.stdout


def report(checks):
    """Runs each of [(name, function)]; the exit status."""
    print(f'1..{len(checks)}')
    failed = 0
    for number, (name, check) in enumerate(checks, 1):
        result, notes = f'ok {number} - {name}', ''
        try:
            check()
        except Skip as reason:
            result += f' # SKIP {reason}'
        except (Failure, OSError, subprocess.TimeoutExpired) as error:
            result, notes = f'not {result}', str(error)
            failed += 1
        print(result)
        for line in notes.splitlines():
            print(f'# {line}')
        print(end='', flush=True)
    return 1 if failed else 0
