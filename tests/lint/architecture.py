#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Which file may use which: architecture.py SOURCE CORE_ARCHIVE SHARED_LIBRARY STATIC_LIBRARY [COMMAND...].

A command's object files are in the folder of its name. Prints TAP."""
import pathlib
import re
import subprocess
import sys

# All that the protocol may need from outside: memory, strings, and what compilers put in.
CORE_MAY_USE = {
    'calloc', 'free', 'malloc', 'memchr', 'memcmp', 'memcpy', 'memmove', 'memset', 'snprintf',
    'strcmp', 'strerror', 'strlen', 'strnlen', 'vsnprintf', '__cpu_indicator_init',
    '__cpu_model', '__memcpy_chk', '__memmove_chk', '__memset_chk', '__snprintf_chk',
    '__stack_chk_fail', '__vsnprintf_chk', '_GLOBAL_OFFSET_TABLE_',
}
CORE_MAY_INCLUDE = {'stdbool.h', 'stddef.h', 'stdint.h', 'string.h', 'stdio.h', 'stdlib.h',
                    'errno.h', 'limits.h', 'stdarg.h', 'immintrin.h', 'emmintrin.h', 'tmmintrin.h',
                    'wmmintrin.h', 'arm_neon.h', 'cpuid.h', 'assert.h'}
# What a library leaves to the program that links it. (The resolver's thread blocks its signals.)
LIBRARY_MUST_NOT_USE = re.compile(
    r'(_?exit|_Exit|quick_exit|abort|atexit|v?f?printf|__v?f?printf_chk|puts|fputs|putchar|perror|'
    r'v?syslog|openlog|signal|sigaction|sigprocmask|raise|kill|alarm|setitimer|setlocale|'
    r'uselocale|umask|f?chdir|chroot|setenv|putenv|fork|vfork|execv\w*|system|popen|sleep|usleep|'
    r'nanosleep|daemon|setuid|setgid|stdout|stderr|stdin)$')
# Which folder's symbols a folder's object files may need.
MAY_NEED = {'core': {'core'}, 'route': {'core', 'route'}, 'session': {'core', 'route', 'session'}}


def nm(*arguments):
    done = subprocess.run(['nm', *arguments], check=True, capture_output=True, text=True)
    return [line.split() for line in done.stdout.splitlines() if line.strip()]


def uses(paths):
    """What each object file needs from which others: {user: {used: symbol}}."""
    done = subprocess.run(['nm', '-A', '-P', *paths], check=True, capture_output=True, text=True)
    rows = [re.match(r'(?:.*[\[/])?(.+?)\]?: (\S+) (\w)', line).groups()
            for line in done.stdout.splitlines()]
    home = {symbol: file for file, symbol, kind in rows if kind in 'TDRBCVWi'}
    found = {file: {} for file, _, _ in rows}
    for file, symbol, kind in rows:
        if kind in 'Uvw' and home.get(symbol, file) != file:
            found[file][home[symbol]] = symbol
    return found


def reachable(graph, start):
    """What `start` needs, directly or through others; itself only if it is in a circle."""
    found, left = set(), [start]
    while left:
        new = graph[left.pop()].keys() - found
        found |= new
        left += new
    return found


def circles(graph):
    """Files that need each other, directly or through others, and one symbol for each step."""
    if not any(graph.values()):
        return ['no file needs another: nm was not understood']
    needs = {file: reachable(graph, file) for file in graph}
    groups = {tuple(sorted(to for to in needs[file] if file in needs[to]))
              for file in graph if file in needs[file]}
    return [line for group in sorted(groups)
            for line in [f'a circle of {len(group)} files:',
                         *(f'    {file} uses {symbol} of {to}' for file in group
                           for to, symbol in sorted(graph[file].items()) if to in group)]]


def upward_uses(graph, core_archive):
    """Symbols that the core needs from outside of it, or the routes from a session."""
    members = subprocess.run(['ar', 't', core_archive], check=True, capture_output=True, text=True)
    core = {pathlib.PurePath(name).name for name in members.stdout.split()}     # it may be thin
    folder = {file: 'core' if file in core else file.split('_')[0] for file in graph}
    found = [f'{name} has no object file' for name in ('core', 'session', 'route')
             if name not in folder.values()]
    return found + [f'{folder[file]}: {file} uses {symbol} of {to}'
                    for file, targets in sorted(graph.items())
                    for to, symbol in sorted(targets.items())
                    if folder[to] not in MAY_NEED[folder[file]]]


def core_is_pure(archive):
    defined = {row[-1] for row in nm('--defined-only', archive) if len(row) >= 3}
    needed = {row[-1] for row in nm('-u', archive) if len(row) == 2 and row[0] == 'U'}
    return [f'core needs {name}' for name in sorted(needed - defined - CORE_MAY_USE)]


def core_has_no_state(archive):
    """Constants with pointers stand in .data.rel.ro; anything else writable is a variable."""
    rows = [[cell.strip() for cell in ' '.join(row).split('|')]
            for row in nm('--defined-only', '--format=sysv', archive)]
    return [f'core has a variable {row[0]}' for row in rows if len(row) == 7
            and row[6].startswith(('.data', '.bss', '*COM*'))
            and not row[6].startswith('.data.rel.ro')]


def includes(path):
    return re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', path.read_text(), re.M)


def forbidden_includes(source):
    found = []
    libpptp = source / 'libpptp'
    for path in sorted(source.rglob('*.[ch]')):
        where = path.relative_to(source)
        names = includes(path)
        if libpptp / 'core' in path.parents:
            bad = [n for n in names if '/' in n and not n.startswith('pptp/') or
                   '/' not in n and n not in CORE_MAY_INCLUDE and
                   not (libpptp / 'core' / n).exists()]
            bad += [n for n in names if n in ('pptp/session.h', 'pptp/config.h', 'pptp/route.h',
                                              'pptp/pptp.h')]
        elif libpptp / 'route' in path.parents:
            bad = [n for n in names if n.startswith(('session/', 'core/')) or
                   n.startswith('pptp/') and n not in ('pptp/route.h', 'pptp/types.h')]
        elif libpptp / 'session' in path.parents:
            bad = [n for n in names if n.startswith('netlink/') or (libpptp / 'route' / n).exists()]
        elif source / 'pptp-cli' in path.parents or source / 'examples' in path.parents:
            bad = [n for n in names if n.startswith(('session/', 'core/', 'route/', '../')) or
                   not n.startswith('pptp/') and (libpptp / 'core' / n).exists()
                   and not (path.parent / n).exists()]
        elif source / 'include' in path.parents:
            bad = [n for n in names if n.startswith(('linux/', 'netlink/', 'sys/'))]
        else:
            continue
        found += [f'{where} includes {n}' for n in bad]
    return found


def public_functions(source):
    text = ''.join(p.read_text() for p in sorted((source / 'include/pptp').rglob('*.h')))
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    return set(re.findall(r'PPTP_API[^;(]*?\b(pptp_\w+)\s*\(', text))


def map_functions(source):
    text = (source / 'libpptp/libpptp.map').read_text()
    return set(re.findall(r'^\s*(pptp_\w+);', text, re.M))


def exports_agree(source, library):
    headers, mapped = public_functions(source), map_functions(source)
    exported = {row[-1].split('@')[0] for row in nm('-D', '--defined-only', library)
                if row[-2] in 'TWi'}
    found = [f'{n} is in the headers, not in the map' for n in sorted(headers - mapped)]
    found += [f'{n} is in the map, not in the headers' for n in sorted(mapped - headers)]
    found += [f'{n} is not exported' for n in sorted(headers - exported)]
    found += [f'{n} is exported, not in the headers' for n in sorted(exported - headers)]
    return found


def bad_manners(library):
    needed = {row[-1].split('@')[0] for row in nm('-D', '-u', library)}
    return [f'the library uses {name}' for name in sorted(needed)
            if LIBRARY_MUST_NOT_USE.match(name)]


def without_prefix(archive):
    """A program that links the static library shares one name space with it."""
    return [f'{row[-1]} in the static library has no prefix'
            for row in nm('--defined-only', '--extern-only', archive)
            if len(row) == 3 and not row[-1].startswith('pptp_')]


def needs_little(library):
    done = subprocess.run(['readelf', '-dW', library], check=True, capture_output=True, text=True)
    needed = {name.split('.so')[0] for name in re.findall(r'\(NEEDED\).*\[(.+)\]', done.stdout)}
    needed = {name for name in needed if not name.startswith('ld-linux')}
    return [] if needed == {'libc', 'libnl-3'} else [f'it needs {sorted(needed)}']


def stays_loaded(library):
    """dlclose() by a plugin's host must not take the code from under the resolver's thread."""
    done = subprocess.run(['readelf', '-dW', library], check=True, capture_output=True, text=True)
    return [] if re.search(r'FLAGS_1.*\bNODELETE\b', done.stdout) else ['no flag NODELETE']


def main():
    source, archive, library, static = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
    commands = [sorted(map(str, pathlib.Path(f'{name}.p').glob('*.o'))) for name in sys.argv[5:]]
    library_uses = uses([static])
    checks = [
        ('core needs no socket, clock, syslog, exit, signal or random', core_is_pure(archive)),
        ('core has no variables', core_has_no_state(archive)),
        ('includes run one way', forbidden_includes(source)),
        ('symbols are needed one way: session, route, core', upward_uses(library_uses, archive)),
        ('no files of the library use each other in a circle', circles(library_uses)),
        ('no files of a command use each other in a circle',
         [line for command in commands for line in circles(uses(command))]),
        ('headers, version script and exported symbols agree', exports_agree(source, library)),
        ('the library leaves process, output and signals alone', bad_manners(library)),
        ('all names in the static library have the prefix', without_prefix(static)),
        ('the library needs libc and libnl-3, nothing else', needs_little(library)),
        ('the library stays loaded when a plugin goes', stays_loaded(library)),
    ]
    print(f'1..{len(checks)}')
    for number, (name, found) in enumerate(checks, 1):
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for line in found:
            print(f'# {line}')
    return 1 if any(found for _, found in checks) else 0


if __name__ == '__main__':
    sys.exit(main())
