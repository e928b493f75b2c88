# SPDX-License-Identifier: MIT
"""How a call ends: signals, death of either process, a server that is gone."""

import signal
import time

from bed import ROUTE_PROTOCOL
from netns import check, wait_for
from registry import scenario
from scenarios_modes import check_restored, check_tunnel
from wire import Capture

# Poptop closes TCP on the first of these and answers neither.
FAREWELL = ["Call-Clear-Request", "Stop-Control-Connection-Request"]


def end_with_signal(bed, number):
    before = bed.client.routes()
    with Capture(bed.client, "wan0") as wire:
        call = bed.dial().wait_up()
        check_tunnel(bed, call)
        start = time.monotonic()
        call.gateway().send(number)
        status = call.status(10)
        seconds = time.monotonic() - start
        call.wait_gone(10)
        wire.stop()
    check(seconds < 2, f"took {seconds:.1f} s")
    check(status == 0, f"exit status {status}")
    names = wire.names()
    check(names[-2:] == FAREWELL, f"the client's messages were {names}")
    check_restored(bed, before)


@scenario()
def sigterm(bed):
    """SIGTERM: exit 0 in under 2 s, Call-Clear-Request, Stop-Control-Connection-Request on wire."""
    end_with_signal(bed, signal.SIGTERM)


@scenario()
def sigint(bed):
    """SIGINT: exit 0 in under 2 s, Call-Clear-Request, Stop-Control-Connection-Request on wire."""
    end_with_signal(bed, signal.SIGINT)


@scenario()
def sighup(bed):
    """SIGHUP: exit 0 in under 2 s, Call-Clear-Request, Stop-Control-Connection-Request on wire."""
    end_with_signal(bed, signal.SIGHUP)


@scenario(90)
def pptp_killed(bed):
    """kill -9 of pptp: pppd ends; the next run adopts the leftover host route and removes it."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    # The keeper, which would remove the route, before the one that carries the tunnel.
    for process in reversed(call.processes()):
        process.send(signal.SIGKILL)
    call.wait_gone(15)
    left = bed.host_routes()
    check(len(left) == 1 and f"proto {ROUTE_PROTOCOL}" in left[0], f"host routes left: {left}")
    again = bed.dial().wait_up()
    check_tunnel(bed, again)
    check(bed.host_routes() == left, f"host routes are {bed.host_routes()}, were {left}")
    again.hang_up()
    check_restored(bed, before)


@scenario(90)
def pppd_killed(bed):
    """kill -9 of pppd: pptp ends by itself, tells the server, and its host route is gone."""
    before = bed.client.routes()
    with Capture(bed.client, "wan0") as wire:
        call = bed.dial().wait_up()
        check_tunnel(bed, call)
        for process in call.pppds():
            process.send(signal.SIGKILL)
        wait_for(lambda: not call.processes(), 5, "pptp to end")
        call.wait_gone(5)
        wire.stop()
    check(wire.names()[-2:] == FAREWELL, f"the client's messages were {wire.names()}")
    check_restored(bed, before)


@scenario(90)
def server_ends_call(bed):
    """the server ends the call: status 14, or 0 when pppd was told first; all is gone."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    for process in bed.server.processes():
        if process.program().endswith("/pptpctrl"):
            process.send(signal.SIGTERM)
    call.wait_gone(15)
    check(call.status() in (0, 14), f"exit status {call.status()}")
    check_restored(bed, before)


@scenario(90)
def server_vanishes(bed):
    """a server that stops answering: status 13 after --idle-wait and --max-echo-wait, pppd ends."""
    before = bed.client.routes()
    call = bed.dial("--idle-wait 2 --max-echo-wait 2").wait_up()
    check_tunnel(bed, call)
    start = time.monotonic()
    bed.silence()
    status = call.status(20)
    seconds = time.monotonic() - start
    call.wait_gone(10)
    check(status == 13, f"exit status {status}")
    check(1.5 < seconds < 7, f"ended {seconds:.1f} s after the server fell silent")
    check_restored(bed, before)
