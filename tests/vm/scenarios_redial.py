# SPDX-License-Identifier: MIT
"""pppd redials by itself (persist) while the only default route leads into the tunnel."""

import itertools
import signal
import time

from bed import BEHIND, GATEWAY, ROUTE_PROTOCOL
from netns import check, wait_for
from registry import scenario
from scenarios_modes import check_clean_end, check_restored

DROPS = 10
PERSIST = ("persist", "maxfail", "0", "holdoff", "1")


# -- the ways in which a call drops: which end goes first

def server_processes(bed, program):
    return [p for p in bed.server.processes() if p.program().endswith("/" + program)]


def cut_control(bed, _call):
    """the server's control connection, at once"""
    for process in server_processes(bed, "pptpctrl"):
        process.send(signal.SIGKILL)


def end_control(bed, _call):
    """the server's control connection"""
    for process in server_processes(bed, "pptpctrl"):
        process.send(signal.SIGTERM)


def end_server_ppp(bed, _call):
    """PPP, by the server"""
    for process in server_processes(bed, "pppd"):
        process.send(signal.SIGTERM)


def end_client_ppp(_bed, call):
    """PPP, by the client"""
    for process in call.pppds():
        process.send(signal.SIGHUP)


WAYS = (cut_control, end_server_ppp, end_control, end_client_ppp)


def reboot_server(bed, call):
    """a reboot of the server

    No goodbye arrives, nothing of the connection is known afterwards, and at first nothing listens.
    """
    mark = len(call.syslog())
    bed.silence()
    bed.server.run("ss", "-K", "state", "established", "sport", "=", ":1723")
    for process in bed.server.processes():
        process.send(signal.SIGKILL)
    wait_for(lambda: not bed.server.processes(), 5, "the server to be gone")
    bed.server.reap()
    bed.repair()

    def refused_twice():
        return sum("refused the connection" in t for t in call.syslog()[mark:]) >= 2
    wait_for(refused_twice, 30, "two calls that are refused")
    bed.start_server()


# -- the set-ups

def wait_default(bed, call):
    """pppd has put its default route in place of ours."""
    wait_for(lambda: f"default dev {call.interface()}" in bed.client.ip("route"), 5,
             "the default route into the tunnel")


def replace_default(bed, call):
    """As by hand, or in ip-up."""
    bed.client.ip("route", "replace", "default", "dev", call.interface())


def redial(bed, call, into_tunnel):
    """Ten drops and a reboot of the server, each followed by a call that carries data. (pppd 2.4.9
    refuses the server's answer to its ninth MS-CHAPv2 response once, and dials again.)"""
    ups = itertools.count(1)

    def next_call():
        count = next(ups)
        wait_for(lambda: call.text().count("remote IP address") == count, 90, f"call {count}")
        into_tunnel(bed, call)
        check("default via" not in bed.client.ip("route"), "there is another default route")
        check(bed.ping(BEHIND) == 3, f"call {count}: pings through the default route were lost")

    next_call()
    for drop in (*itertools.islice(itertools.cycle(WAYS), DROPS), reboot_server):
        start = time.monotonic()
        drop(bed, call)
        next_call()
        print(f"# {drop.__doc__.splitlines()[0]}: {time.monotonic() - start:.1f} s")


@scenario(300)
def redial_replaced(bed):
    """persist with replacedefaultroute: ten drops and a reboot of the server are redialled."""
    before = bed.client.routes()
    call = bed.dial("--idle-wait 2", ["defaultroute", "replacedefaultroute", *PERSIST])
    redial(bed, call, wait_default)
    check_clean_end(bed, call, before)


@scenario(300)
def redial_by_hand(bed):
    """persist, the default route replaced by hand: ten drops and a reboot are redialled."""
    before = bed.client.routes()
    call = bed.dial("--idle-wait 2", PERSIST)
    redial(bed, call, replace_default)
    call.hang_up()
    left = bed.host_routes()
    check(len(left) == 1 and f"proto {ROUTE_PROTOCOL}" in left[0], f"host routes left: {left}")
    # With another way behind, the next call takes the route over and removes it at its end.
    bed.client.ip("route", "add", "default", "via", GATEWAY, "metric", "9")
    again = bed.dial().wait_up()
    replace_default(bed, again)
    again.hang_up()
    check(not bed.host_routes(), f"host routes left: {bed.host_routes()}")
    bed.client.ip("route", "del", "default", "via", GATEWAY, "metric", "9")
    bed.client.ip("route", "add", "default", "via", GATEWAY)
    check_restored(bed, before)
