# SPDX-License-Identifier: MIT
"""valgrind around every program of ours that a test starts: the commands and the examples.

Everything that valgrind says fails the test, also of processes that were forked, or killed. A
program that a test leaves running is ended by signals, so that its leaks are looked for as well.
What a program of ours starts (pppd's stand-in) runs without valgrind.
"""

import contextlib
import glob
import os
import re
import signal

from bed import Failure, command_line, descendants, read_text, wait_for

SLOWER = 4      # every time limit of the tests is so many times as long
MOST_LINES = 60
# It does not know seccomp(2) and says so; the filter is not set then.
NOT_KNOWN = re.compile(r'--\d+-- WARNING: unhandled \S+ syscall: (317|277)\n(--\d+-- .*\n?)*')


def options(folder):
    # No gdb: its pipes would stay in /tmp.
    return ['--quiet', '--error-exitcode=99', '--leak-check=full', '--show-leak-kinds=definite',
            '--errors-for-leak-kinds=definite', '--trace-children=no', '--vgdb=no',
            f'--log-file={folder}/%p.log']


class Memcheck:
    def __init__(self, bed):
        self.bed = bed
        self.folder = f'{bed.folder}/valgrind'
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o777)    # a client of another user forks too

    def command(self, program, filtered):
        """The words that start the program; nothing changes for one that is not ours."""
        tools = self.bed.tools
        words = [tools['valgrind'], *options(self.folder), program]
        if program == tools['pptp']:
            # valgrind makes system calls of its own, for which our filter would end the process.
            return [*words, '--nosandbox'] if filtered else words
        if program == tools['pptp_without'] or program.startswith(tools['examples'] + '/'):
            return words
        return [program]

    def running(self):
        """Processes that are in valgrind now; one that has ended has no command line."""
        return [pid for pid in descendants(os.getpid())
                if f'--log-file={self.folder}' in command_line(pid)]

    def end(self):
        """Ends what a test has left running: by the book is what other tests are for."""
        for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGINT):
            for pid in self.running():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        wait_for('the programs under valgrind have ended', lambda: not self.running(), 2)

    def findings(self):
        """What valgrind has to say about this test, as lines; an empty list is what we want."""
        logs = sorted(glob.glob(f'{self.folder}/*.log'))
        if not logs:
            return ['no program ran under valgrind: say so at the test (no_valgrind=)']
        lines = []
        for path in logs:
            text = NOT_KNOWN.sub('', read_text(path)).strip()
            if text:
                lines.append(f'valgrind, process {os.path.basename(path)[:-4]}:')
                lines.extend(f'    {line}' for line in text.splitlines())
        if len(lines) > MOST_LINES:
            lines[MOST_LINES:] = [f'... and {len(lines) - MOST_LINES} lines more']
        return lines

    def judge(self, outcome):
        """Ends the programs and makes the outcome of the test what valgrind makes of it."""
        why = []
        try:
            self.end()
        except Failure as failure:
            why.append(str(failure))
        why.extend(self.findings())
        if why and outcome['result'] != 'skip':
            outcome['result'] = 'not ok'
            outcome['why'].extend(why)


def choose(tests):
    """The tests to run, and one line about those that are not."""
    chosen = [test for test in tests if not test.no_valgrind]
    for test in chosen:
        test.alone = False      # what they measure means nothing here
    reasons = {}
    for test in tests:
        if test.no_valgrind:
            reasons[test.no_valgrind] = reasons.get(test.no_valgrind, 0) + 1
    counts = ', '.join(f'{count} {reason}' for reason, count in
                       sorted(reasons.items(), key=lambda item: -item[1]))
    left_out = len(tests) - len(chosen)
    return chosen, f'not run under valgrind: {left_out} of {len(tests)} tests ({counts or "none"})'
