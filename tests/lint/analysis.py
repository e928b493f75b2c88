#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gcc's analyzer, clang-tidy and cppcheck over each source file: analysis.py SOURCE_DIR BUILD_DIR.

Prints TAP, a line for each tool and file; any finding fails. The compiler's options come from
compile_commands.json of the build folder, the tools' from .clang-tidy, cppcheck.options and
gcc-analyzer.allow.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

from tools import missing

HERE = pathlib.Path(__file__).resolve().parent
ANALYSED = ('libpptp', 'pptp-cli', 'examples')


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def settings(name):
    lines = (HERE / name).read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


class Project:
    """The sources to look at, each as it is compiled first."""

    def __init__(self, source, build, scratch):
        self.source = source
        self.entries = {}
        for entry in json.loads((build / 'compile_commands.json').read_text()):
            path = (pathlib.Path(entry['directory']) / entry['file']).resolve()
            if path.relative_to(source).parts[0] in ANALYSED:
                entry['file'] = str(path)
                self.entries.setdefault(str(path.relative_to(source)), entry)
        # One command a file: clang-tidy would look at a file once for each of them.
        self.database = scratch / 'compile_commands.json'
        self.database.write_text(json.dumps(list(self.entries.values())))


class GccAnalyzer:
    """gcc -fanalyzer with the options of the build; findings are matched with the allowed ones."""
    name = 'gcc -fanalyzer'
    program = 'gcc'

    def __init__(self):
        self.allowed = [tuple(part.strip() for part in line.split(' | '))
                        for line in settings('gcc-analyzer.allow')]
        self.used = set()

    def command(self, entry):
        words = shlex.split(entry['command'])
        del words[:2 if pathlib.Path(words[0]).name == 'ccache' else 1]
        for option in ('-o', '-MQ', '-MF'):
            if option in words:
                at = words.index(option)
                del words[at:at + 2]
        # With -Werror a finding has another name.
        words = [word for word in words if word not in ('-MD', '-Werror')]
        return [self.program, *words, '-fanalyzer', '-fdiagnostics-format=json',
                '-o', os.devnull]

    def is_allowed(self, project, finding):
        at = finding['locations'][0]['caret']
        path = pathlib.Path(at['file'])
        line = path.read_text().splitlines()[at['line'] - 1] if path.exists() else ''
        for entry in self.allowed:
            where, check, text, _ = entry
            if (project.source / where == path and finding.get('option') == check
                    and text in line):
                self.used.add(entry)
                return True
        return False

    def findings(self, project, name):
        entry = project.entries[name]
        done = run(self.command(entry), entry['directory'])
        try:
            reported = json.loads(done.stderr)
        except ValueError:
            return done.stderr or f'gcc ended with status {done.returncode}'
        lines = []
        for finding in reported:
            at = finding['locations'][0]['caret']
            at['file'] = str((pathlib.Path(entry['directory']) / at['file']).resolve())
            if finding['kind'] != 'note' and not self.is_allowed(project, finding):
                lines.append(f"{at['file']}:{at['line']}: {finding['message']} "
                             f"[{finding.get('option', finding['kind'])}]")
        return '\n'.join(lines)

    def unused(self):
        return '\n'.join(f'gcc-analyzer.allow: nothing matches: {" | ".join(entry)}'
                         for entry in self.allowed if entry not in self.used)


class ClangTidy:
    """One process a file: its checker of va_list fails for the second file of a process."""
    name = program = 'clang-tidy'

    def findings(self, project, name):
        done = run([self.program, '--quiet', '-p', str(project.database.parent),
                    f'--config-file={project.source}/.clang-tidy', str(project.source / name)],
                   project.source)
        return done.stdout + done.stderr if done.returncode else ''


class Cppcheck:
    """The options of the build are in compile_commands.json."""
    name = program = 'cppcheck'

    def __init__(self):
        self.options = settings('cppcheck.options')

    def findings(self, project, name):
        done = run([self.program, *self.options, '--quiet', '--error-exitcode=1',
                    f'--project={project.database}', f'--file-filter={project.source / name}'],
                   project.source)
        return done.stdout + done.stderr if done.returncode else ''


def results(project, tools):
    """For each tool and file: what it is called, and what was found."""
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        waiting = [(f'{tool.name} {name}', pool.submit(tool.findings, project, name))
                   for tool in tools for name in project.entries]
        for title, found in waiting:
            yield title, found.result()


def report(number, title, found):
    print(f"{'not ok' if found else 'ok'} {number} - {title}", flush=True)
    for line in (found or '').splitlines():
        print(f'# {line}')
    return not found


def main():
    source, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    gcc = GccAnalyzer()
    tools = [gcc, ClangTidy(), Cppcheck()]
    number = 0
    passed = True
    with tempfile.TemporaryDirectory() as scratch:
        project = Project(source, build, pathlib.Path(scratch))
        here = [tool for tool in tools if not missing(tool.program)]
        for number, (title, found) in enumerate(results(project, here), 1):
            passed = report(number, title, found) and passed
    if gcc in here:
        number += 1
        passed = report(number, 'gcc-analyzer.allow has no stale entry', gcc.unused()) and passed
    for tool in tools:
        if tool not in here:
            number += 1
            print(f'ok {number} - {tool.name} # SKIP not tested, {missing(tool.program)}')
    print(f'1..{number}')
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main())
