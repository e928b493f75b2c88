#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""That the built files have what makes a bug hard to exploit. Prints TAP.

    hardening.py --core ARCHIVE --fortify none|2|3 --cet yes|no FILE...
"""
import argparse
import os
import re
import subprocess
import sys


def readelf(*arguments):
    done = subprocess.run(['readelf', '--wide', *arguments], check=True, capture_output=True,
                          text=True, env={**os.environ, 'LC_ALL': 'C'})
    return done.stdout


def is_program(path):
    return 'INTERP' in readelf('--program-headers', path)


def position_independent(path):
    kind = re.search(r'Type:\s+(\w+)', readelf('--file-header', path))[1]
    if kind != 'DYN':
        return f'its type is {kind}'
    if is_program(path) and not re.search(r'FLAGS_1.*\bPIE\b', readelf('--dynamic', path)):
        return 'no flag PIE'
    return None


def relocated_read_only(path):
    dynamic = readelf('--dynamic', path)
    if 'GNU_RELRO' not in readelf('--program-headers', path):
        return 'no segment GNU_RELRO'
    if not re.search(r'BIND_NOW|FLAGS_1.*\bNOW\b', dynamic):
        return 'symbols are bound later (no BIND_NOW)'
    return None


def stack_not_executable(path):
    match = re.search(r'GNU_STACK\s+(?:0x\w+\s+){5}([RWE ]+?)\s+0x', readelf('--program-headers',
                                                                           path))
    if not match:
        return 'no segment GNU_STACK'
    return f'its flags are {match[1]}' if 'E' in match[1] else None


def nothing_writable_and_executable(path):
    found = re.findall(r'LOAD\s+(?:0x\w+\s+){5}([RWE ]+?)\s+0x', readelf('--program-headers', path))
    if not found:
        return 'no segment LOAD'
    return 'a segment is both' if any('W' in flags and 'E' in flags for flags in found) else None


def imports(path):
    return set(re.findall(r'\bUND (\w+)', readelf('--dyn-syms', path)))


def stack_protected(path):
    return None if '__stack_chk_fail' in imports(path) else '__stack_chk_fail is not used'


def fortified(path):
    found = [name for name in imports(path) if re.fullmatch(r'__\w+_chk', name)]
    return None if found else 'no function of the kind __x_chk is used'


def no_folders_to_search(path):
    """Packages set none; a build folder's own is relative to the file."""
    for found in re.findall(r'\((?:RPATH|RUNPATH)\).*\[(.*)\]', readelf('--dynamic', path)):
        bad = [part for part in found.split(':') if not part.startswith(('$ORIGIN', '/usr/'))]
        if bad:
            return f'libraries are looked for in {bad}'
    return None


def object_notes(archive):
    """The properties of each object in the archive: the linker drops them when the system's own
    start files have none, the protection itself is in the code."""
    parts = re.split(r'^File: .*?([\w.]+\.o)[\])]$', readelf('--notes', archive), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def protected_jumps(archive):
    found = object_notes(archive)
    if not found:
        return 'no object is in there'
    bad = [name for name, text in found.items() if 'IBT' not in text or 'SHSTK' not in text]
    return f'without IBT and SHSTK: {", ".join(sorted(bad))}' if bad else None


# They make files (names that can be guessed, modes by umask), run a shell, believe the environment
# of any caller, write beyond what they were given, or draw numbers that can be guessed.
UNWANTED = {
    'chmod', 'creat', 'fchmod', 'link', 'mkdir', 'mkfifo', 'mknod', 'mkostemp', 'mkstemp', 'mktemp',
    'rename', 'symlink', 'tempnam', 'tmpfile', 'tmpnam', 'getenv', 'popen', 'system', 'gets',
    'sprintf', 'strcat', 'strcpy', 'vsprintf', 'drand48', 'rand', 'random', 'srand', 'srandom',
}


# The status sockets and their folder, in /run, where only root can make names; the mode of a file that
# replaces another one, by its descriptor.
NEEDED = {'pptp': {'chmod', 'mkdir'}, 'pptpsetup': {'fchmod'}}


def nothing_unwanted(path):
    found = {name.split('@')[0] for name in imports(path)} & UNWANTED
    found -= NEEDED.get(os.path.basename(path), set())
    return f'it uses {", ".join(sorted(found))}' if found else None


def checks_of(options):
    for path in options.files:
        name = os.path.basename(path)
        yield f'{name}: position independent', position_independent(path)
        yield f'{name}: relocations are read-only from the start', relocated_read_only(path)
        yield f'{name}: the stack is not executable', stack_not_executable(path)
        yield f'{name}: nothing is writable and executable', nothing_writable_and_executable(path)
        yield f'{name}: stack protector', stack_protected(path)
        yield f'{name}: no foreign folder for libraries', no_folders_to_search(path)
        yield f'{name}: makes no file, runs no shell, guesses no number', nothing_unwanted(path)
        if options.fortify != 'none':
            yield f'{name}: fortified (level {options.fortify})', fortified(path)
    if options.cet == 'yes' and os.uname().machine == 'x86_64':
        yield 'every object of the core has IBT and SHSTK', protected_jumps(options.core)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--core', required=True)
    parser.add_argument('--fortify', required=True)
    parser.add_argument('--cet', required=True)
    parser.add_argument('files', nargs='+')
    results = list(checks_of(parser.parse_args()))
    print(f'1..{len(results)}')
    for number, (name, wrong) in enumerate(results, 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        if wrong:
            print(f'# {wrong}')
    return 1 if any(wrong for _, wrong in results) else 0


if __name__ == '__main__':
    sys.exit(main())
