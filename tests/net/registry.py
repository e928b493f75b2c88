# SPDX-License-Identifier: MIT
"""The list of tests; every test is a function of one Bed."""

TESTS = []


class Test:
    def __init__(self, name, function, seconds, patient, alone):
        self.name = name
        self.function = function
        self.seconds = seconds
        self.patient = patient
        self.alone = alone
        self.module = function.__module__


def test(name, seconds=40, patient=False, alone=False):
    """patient: it mostly waits, and runs beside all others; alone: it measures."""
    def register(function):
        TESTS.append(Test(name, function, seconds, patient, alone))
        return function
    return register
