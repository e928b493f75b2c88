# SPDX-License-Identifier: MIT
"""The list of scenarios. Each is a function of the bed; its first line of documentation is what
the test is called, and it fails by raising Failed."""

import collections
import importlib

Scenario = collections.namedtuple("Scenario", "name title seconds function")
SCENARIOS = []


def scenario(seconds=60):
    """Registers a scenario that must end within `seconds` of the guest's time."""
    def register(function):
        title = function.__doc__.strip().splitlines()[0].rstrip(".")
        SCENARIOS.append(Scenario(function.__name__, title, seconds, function))
        return function
    return register


def load():
    """All scenarios, in the order in which they run."""
    for module in ("modes", "ends", "launch", "network", "redial", "kernel", "diagnose", "status", "goodput", "privilege",
                   "controls", "demo"):
        importlib.import_module("scenarios_" + module)
    return SCENARIOS
