# SPDX-License-Identifier: MIT
"""Bad networks, and routes."""

import os
import threading
import time

from bed import BEHIND, GATEWAY, ROUTE_PROTOCOL, SERVER
from netns import check, wait_for
from registry import scenario
from scenarios_modes import check_clean_end, check_restored, check_tunnel

DATAGRAMS, GAP = 400, 0.004


def check_order(arrived):
    """Strictly rising: nothing out of order, nothing twice."""
    wrong = [i for i in range(1, len(arrived)) if arrived[i] <= arrived[i - 1]]
    around = [arrived[max(0, i - 6):i + 4] for i in wrong[:3]]
    check(not wrong, f"{len(wrong)} of {len(arrived)} out of order or twice: {around}")


def under_treatment(bed, netem, least_pings, least_datagrams, file_bytes=200_000):
    """A tunnel through a bad network; the client's statistics from before and after."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    check_tunnel(bed, call)
    bed.one_receive_queue(call.interface())
    first = call.counters()
    bed.impair(*netem)
    pings = bed.ping(count=40, interval=0.1)
    check(pings >= least_pings, f"{pings} of 40 pings answered")
    arrived = bed.numbered_datagrams(call.address(), DATAGRAMS, GAP)
    check_order(arrived)
    check(len(arrived) >= least_datagrams, f"{len(arrived)} of {DATAGRAMS} datagrams arrived")
    data = os.urandom(file_bytes)
    check(bed.transfer(data, 90) == data, "the file arrived damaged")
    bed.repair()
    last = call.counters()
    grown = {name: last[name] - first[name] for name in last}
    print(f"# {' '.join(netem)}: " + ", ".join(f"{k} {v}" for k, v in grown.items() if v))
    check(bed.ping() == 3, "no pings after the network was good again")
    check_clean_end(bed, call, before)
    return grown


@scenario(180)
def network_loss(bed):
    """5 % loss both ways: pings and TCP get through in order, the losses are counted."""
    grown = under_treatment(bed, ("loss", "5%"), 26, DATAGRAMS * 80 // 100, 50_000)
    check(5 <= grown["rx lost"] <= 250, f"rx lost {grown['rx lost']}")
    check(grown["rx accepted"] > DATAGRAMS // 2, f"rx accepted {grown['rx accepted']}")


@scenario(150)
def network_reordering(bed):
    """reordering both ways: everything is delivered in order, reordered packets are counted."""
    grown = under_treatment(bed, ("delay", "20ms", "reorder", "25%"), 38, DATAGRAMS * 97 // 100)
    check(grown["rx buffered"] > 5, f"rx buffered {grown['rx buffered']}")


@scenario(150)
def network_duplication(bed):
    """20 % duplicates both ways: each packet is delivered once, the duplicates are counted."""
    grown = under_treatment(bed, ("duplicate", "20%"), 40, DATAGRAMS)
    check(grown["rx under win"] > 20, f"rx under win {grown['rx under win']}")
    check(grown["rx lost"] == 0, f"rx lost {grown['rx lost']}")


@scenario(150)
def network_jitter(bed):
    """jitter of 10 ms around 15 ms: everything is delivered in order, pings are answered."""
    grown = under_treatment(bed, ("delay", "15ms", "10ms"), 38, DATAGRAMS * 97 // 100)
    check(grown["rx buffered"] > 5, f"rx buffered {grown['rx buffered']}")


def cut_for_ten_seconds(bed, interface):
    before = bed.client.routes()
    call = bed.dial().wait_up()
    check_tunnel(bed, call)
    bed.unplug(interface)
    answered = bed.ping(count=50, interval=0.2, wait=1)
    check(answered == 0, f"{answered} pings were answered though the link was down")
    bed.plug(interface)
    wait_for(lambda: bed.ping(count=1, wait=1) == 1, 15, "a ping after the link came back")
    check_tunnel(bed, call)
    check_clean_end(bed, call, before)


@scenario(120)
def link_down_far(bed):
    """the server's link down for 10 s (the router reports it unreachable): the tunnel survives."""
    cut_for_ten_seconds(bed, "srv0")


@scenario(120)
def link_down_near(bed):
    """the client's cable out for 10 s: the tunnel survives."""
    cut_for_ten_seconds(bed, "cli0")


@scenario(90)
def default_route(bed):
    """defaultroute replacedefaultroute: the host route holds, traffic flows, routes come back."""
    before = bed.client.routes()
    check(bed.ping(BEHIND, 1, wait=2) == 0, f"{BEHIND} answers without the tunnel")
    call = bed.dial(pppd=["defaultroute", "replacedefaultroute"]).wait_up()
    wait_for(lambda: "default dev ppp" in bed.client.ip("route"), 5, "the new default route")
    routes = bed.host_routes()
    check(len(routes) == 1, f"host routes: {routes}")
    check(f"via {GATEWAY} dev wan0" in routes[0] and f"proto {ROUTE_PROTOCOL}" in routes[0],
          f"the host route is {routes[0]}")
    check(bed.ping(BEHIND) == 3, "pings through the default route were lost")
    data = os.urandom(300_000)
    check(bed.transfer(data, address=BEHIND) == data, "the file arrived damaged")
    check_clean_end(bed, call, before)


@scenario(90)
def own_host_route(bed):
    """a host route that was there before is used and is still there afterwards."""
    bed.client.ip("route", "add", SERVER, "via", GATEWAY, "metric", "5")
    before = bed.client.routes()
    call = bed.dial().wait_up()
    check_tunnel(bed, call)
    check_clean_end(bed, call, before)
    bed.client.ip("route", "del", SERVER)


@scenario(90)
def both_busy(bed):
    """bulk data in both directions at once: both files arrive whole, nothing is lost by us."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    results = {}

    def out():
        results["out"] = bed.throughput(4)
    thread = threading.Thread(target=out, daemon=True)
    thread.start()
    data = os.urandom(2 << 20)
    start = time.monotonic()
    check(bed.transfer(data, 60) == data, "the file arrived damaged")
    thread.join(40)
    print(f"# 2 MiB in {time.monotonic() - start:.1f} s beside {results.get('out')} Mbit/s")
    check(results.get("out", 0) > 0.5, f"iperf3 beside the file: {results}")
    counters = call.counters()
    check(counters["rx invalid"] == counters["rx truncated"] == 0, f"counters: {counters}")
    check_clean_end(bed, call, before)
    check_restored(bed, before)
