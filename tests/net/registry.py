# SPDX-License-Identifier: MIT
"""The list of tests; every test is a function of one Bed."""

TESTS = []

# Why a test makes no sense under valgrind; the first also under the compiler's sanitizers.
PRIVILEGES = 'look at privileges and the filter of system calls, which are off there'
TIME = 'need a quick client'
THEIRS = 'are about pptp-linux'
ITSELF = 'find the client by its name, or run where valgrind does not'


class Test:
    def __init__(self, name, function, seconds, patient, alone, no_valgrind):
        self.name = name
        self.function = function
        self.seconds = seconds
        self.patient = patient
        self.alone = alone
        self.no_valgrind = no_valgrind
        self.module = function.__module__


def test(name, seconds=40, patient=False, alone=False, no_valgrind=None):
    """
    patient: it mostly waits, and runs beside all others; alone: it measures; no_valgrind: why it
    cannot run under valgrind, one of the reasons above.
    """
    def register(function):
        TESTS.append(Test(name, function, seconds, patient, alone, no_valgrind))
        return function
    return register
