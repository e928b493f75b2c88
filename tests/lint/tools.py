# SPDX-License-Identifier: MIT
"""Tools whose findings or layout change with their version: the sources are right by one of them."""
import re
import shutil
import subprocess

VERSIONS = {'gcc': '12', 'clang-tidy': '14', 'cppcheck': '2.10', 'clang-format': '14'}


def missing(tool):
    """None, or why it cannot judge here."""
    if not shutil.which(tool):
        return f'no {tool} here'
    wanted = VERSIONS.get(tool)
    if wanted is None:
        return None
    said = subprocess.run([tool, '--version'], capture_output=True, text=True).stdout
    here = re.search(r'\d+\.\d+', re.sub(r'\(.*?\)', '', said))
    version = here.group() if here else 'of unknown version'
    return None if f'{version}.'.startswith(f'{wanted}.') else \
        f'{tool} {version} here, the sources follow {wanted}'
