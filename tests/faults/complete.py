# SPDX-License-Identifier: MIT
"""Every call that the library makes of the C library is made to fail, or cannot fail."""
import re
import subprocess
import sys

# Given what the library hands to them, these have no way to fail.
CANNOT_FAIL = set("""
    clock_gettime gai_strerror inet_ntop inet_pton memchr memcmp memcpy memmove memset snprintf
    strcmp strerror strlen strncpy strnlen vsnprintf
    __cpu_model __errno_location __stack_chk_fail _GLOBAL_OFFSET_TABLE_
    pthread_attr_destroy pthread_attr_setdetachstate pthread_sigmask
    sigaddset sigemptyset sigfillset sigismember sigpending sigtimedwait
""".split())
# Of libnl: test_route_faults.c.
LIBNL = ('nl_', 'nla_', 'nlmsg_', 'rtnl_')


def symbols(archive, which):
    """Names that the objects of an archive define or need."""
    option = '--defined-only' if which == 'defined' else '--undefined-only'
    lines = subprocess.run(['nm', '-P', option, archive], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    names = {line.split()[0] for line in lines if len(line.split()) > 1}
    # Fortified calls have names of their own: __memcpy_chk.
    return {re.sub(r'^__(\w+)_chk$', r'\1', name) for name in names}


def main():
    """Arguments: archives of session, route and core, then `--` and the calls that are wrapped."""
    split = sys.argv.index('--')
    archives, wrapped = sys.argv[1:split], set(sys.argv[split + 1:])
    needed, defined = set(), set()
    for archive in archives:
        needed |= symbols(archive, 'undefined')
        defined |= symbols(archive, 'defined')
    outside = {name for name in needed - defined if not name.startswith(LIBNL)}
    print('1..2')
    for number, what, names in (
            (1, 'every call of the library fails in the tests', outside - wrapped - CANNOT_FAIL),
            (2, 'every call that fails in the tests is the library\'s', wrapped - outside)):
        print(f'{"not " if names else ""}ok {number} - {what}')
        for name in sorted(names):
            print(f'# {name}')


main()
