# SPDX-License-Identifier: MIT
"""The ways in which people and programs start the client."""

import hashlib
import os
import re
import signal
import time

from bed import GATEWAY, HOST_NAME, SERVER, STATISTICS
from netns import Process, check, read_text, wait_for, write_text
from registry import scenario

MPPE_128 = "MPPE 128-bit stateless compression enabled"
MANAGER_LIMIT = 2.0     # seconds after which NetworkManager kills


def check_tunnel(bed, call, mppe=True):
    """The tunnel is up, encrypted as asked for, and answers."""
    if mppe:
        check(MPPE_128 in call.text(), "pppd did not negotiate MPPE-128")
    check(bed.ping() == 3, "pings through the tunnel were lost")


def check_restored(bed, before):
    """The client's routes are what they were."""
    now = bed.client.routes()
    check(now == before, f"routes differ:\nbefore:\n{before}\nnow:\n{now}")


def check_clean_end(bed, call, before, seconds=10):
    call.hang_up(seconds)
    check_restored(bed, before)


@scenario(120)
def pty_mppe(bed):
    """pty mode: MPPE-128 is up, pings, a file with its checksum and iperf3 both ways pass."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    check_tunnel(bed, call)
    data = os.urandom(2 << 20)
    received = bed.transfer(data)
    check(len(received) == len(data), f"{len(received)} of {len(data)} bytes arrived")
    check(hashlib.sha256(received).digest() == hashlib.sha256(data).digest(),
          "the file's checksum differs")
    up, down = bed.throughput(), bed.throughput(reverse=True)
    print(f"# iperf3: {up:g} Mbit/s out, {down:g} Mbit/s in")
    check(up > 1 and down > 1, f"iperf3: {up:g} Mbit/s out, {down:g} in")
    check_clean_end(bed, call, before)
    check(call.status() == 0, f"exit status {call.status()} after pppd ended, not 0")


@scenario()
def pty_large_packets(bed):
    """pty mode: pings of every awkward size up to the MTU are answered."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    largest = call.mtu() - 28
    check(largest > 1300, f"the MTU is only {call.mtu()}")
    for size in (0, 1, 63, 64, 511, 1000, largest - 1, largest):
        got = bed.ping(count=2, more=["-M", "do", "-s", str(size), "-p", "7e7d117d"])
        check(got == 2, f"{got} of 2 pings of {size} bytes answered")
    check_clean_end(bed, call, before)


def launch(bed, call, server=SERVER, options=(), pppd=(), timeout=40):
    """The client in launch mode; its exit status and how long it took."""
    start = time.monotonic()
    argv = [call.program, server, *options, *bed.pppd_options(call), *pppd]
    process = bed.client.start(argv, call.errors)
    status = process.wait(timeout)
    return status, time.monotonic() - start


@scenario(90)
def launch_mode(bed):
    """launch mode: returns 0 when the call is up, the tunnel works, SIGTERM to pptp ends it all."""
    before = bed.client.routes()
    call = bed.new_call()
    status, seconds = launch(bed, call)
    check(status == 0, f"exit status {status}")
    print(f"# returned after {seconds:.2f} s")
    check(call.processes(), "no pptp process is left to serve the call")
    call.wait_up()
    check_tunnel(bed, call)
    check(any(re.search(r"pppd /dev/pts/\d+ 38400 noauth user alice", p.args())
              for p in call.pppds()), f"pppd's arguments: {[p.args() for p in call.pppds()]}")
    call.gateway().send(signal.SIGTERM)
    call.wait_gone(5)
    check_restored(bed, before)


@scenario(90)
def launch_mode_pppd_ends(bed):
    """launch mode: ending pppd ends pptp, and the routes are as before."""
    before = bed.client.routes()
    call = bed.new_call()
    status, _ = launch(bed, call)
    check(status == 0, f"exit status {status}")
    call.wait_up()
    check_tunnel(bed, call)
    check_clean_end(bed, call, before, 5)


@scenario(90)
def launch_mode_debug(bed):
    """launch mode: --debug with nodetach stays until SIGINT, then returns pppd's 5."""
    before = bed.client.routes()
    call = bed.new_call()
    argv = [call.program, SERVER, "--debug", "nodetach", *bed.pppd_options(call)]
    process = bed.client.start(argv, call.errors)
    call.wait_up()
    check_tunnel(bed, call)
    check(process.poll() is None, f"it left the foreground with status {process.poll()}")
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    status = process.wait(5)
    check(status == 5, f"exit status {status} after SIGINT")
    check(time.monotonic() - start < 2, "it took more than 2 s to end")
    call.wait_gone(5)
    check_restored(bed, before)


@scenario(90)
def launch_mode_failures(bed):
    """launch mode: a refusing, an unreachable and an unknown server: non-zero at once, in words."""
    before = bed.client.routes()
    for server, expected, words in ((GATEWAY, 4, "refused"), ("10.200.0.1", 5, "no way to reach"),
                                    ("no-such-name.invalid", 3, "no-such-name.invalid")):
        call = bed.new_call()
        status, seconds = launch(bed, call, server)
        text = read_text(call.errors)
        check(status == expected, f"{server}: exit status {status}, not {expected}")
        check(seconds < 3, f"{server}: took {seconds:.1f} s")
        check(words in text.lower(), f"{server}: standard error says: {text.strip()[-300:]}")
        call.wait_gone(3)
    check_restored(bed, before)


@scenario(90)
def launch_mode_wrong_password(bed):
    """launch mode: when pppd fails to authenticate, pptp and its route go with it."""
    before = bed.client.routes()
    call = bed.new_call()
    status, _ = launch(bed, call, pppd=("password", "not-the-secret"))
    check(status == 0, f"exit status {status}")
    wait_for(lambda: "authentication failed" in call.text().lower(), 30,
             "pppd to report that authentication failed")
    call.wait_gone(10)
    check_restored(bed, before)


@scenario(90)
def sync_mode(bed):
    """--sync with pppd sync: IPv4 pings of several sizes and IPv6 pings at an easy pace pass."""
    before = bed.client.routes()
    bed.server_options(mppe=False, ipv6=True)
    call = bed.dial("--sync", ["sync"], mppe=False, ipv6=True).wait_up()
    for size in (56, 600, 1300):
        got = bed.ping(count=5, interval=0.5, more=["-s", str(size)])
        check(got >= 4, f"{got} of 5 pings of {size} bytes answered")
    got = bed.ping6(call.interface(), 5)
    check(got >= 4, f"{got} of 5 IPv6 pings answered")
    check_clean_end(bed, call, before)


@scenario(90)
def peers_file(bed):
    """a peers file as pptpsetup writes it: `pppd call` brings it up, ending pppd ends it."""
    before = bed.client.routes()
    call = bed.new_call()
    write_text("/etc/ppp/peers/office",
               f'# a tunnel\npty "{call.program} {SERVER} --nolaunchpppd"\nlock\nnoauth\n'
               "nobsdcomp\nnodeflate\nname alice\nremotename office\nipparam office\n"
               "require-mppe-128\n")
    write_text("/etc/ppp/chap-secrets", "alice office secret-of-alice *\n"
               "alice pptpd secret-of-alice *\n", 0o600)
    call.pppd(["call", "office", "updetach", "logfile", call.log])
    check(call.popen.wait(40) == 0, f"pppd call ended with {call.popen.returncode}")
    check_tunnel(bed, call.wait_up())
    check_clean_end(bed, call, before)


def end_as_a_manager(bed, call, before):
    """SIGTERM to pppd; NetworkManager kills what is left after two seconds."""
    start = time.monotonic()
    call.popen.send_signal(signal.SIGTERM)
    call.wait_gone(10)
    seconds = time.monotonic() - start
    check(seconds < MANAGER_LIMIT, f"pptp and pppd took {seconds:.1f} s to end")
    check_restored(bed, before)


@scenario(90)
def networkmanager_command(bed):
    """NetworkManager's pppd command line: up, named in the log, gone within 2 s of SIGTERM."""
    before = bed.client.routes()
    call = bed.new_call()
    name = f"nm-pptp-service-{os.getpid()}"
    pty = f"{call.program} {SERVER} --nolaunchpppd --loglevel 2 --logstring {name}"
    call.pppd(["pty", pty, "debug", "ipparam", name, "nodetach", "lock", "usepeerdns",
               "noipdefault", "nodefaultroute", "noauth", "user", "alice", "refuse-eap",
               "refuse-pap", "refuse-chap", "refuse-mschap", "require-mppe-128", "nobsdcomp",
               "nodeflate", "novj", "lcp-echo-failure", "5", "lcp-echo-interval", "30"])
    check_tunnel(bed, call.wait_up())
    check(any(name in line for line in call.syslog()), f"no line of {name} in syslog")
    end_as_a_manager(bed, call, before)


@scenario(90)
def networkmanager_quiet(bed):
    """NetworkManager's command line without debugging (--loglevel 0): the tunnel works."""
    before = bed.client.routes()
    call = bed.new_call()
    name = f"nm-pptp-service-{os.getpid()}"
    pty = f"{call.program} {SERVER} --nolaunchpppd --loglevel 0 --logstring {name}"
    call.pppd(["pty", pty, "ipparam", name, "nodetach", "lock", "usepeerdns", "noipdefault",
               "nodefaultroute", "noauth", "user", "alice", "refuse-eap", "require-mppe-128",
               "lcp-echo-failure", "0", "lcp-echo-interval", "0"])
    check_tunnel(bed, call.wait_up())
    end_as_a_manager(bed, call, before)


@scenario(90)
def connman_command(bed):
    """ConnMan's pppd command line with a host name: the tunnel works and ends in time."""
    before = bed.client.routes()
    call = bed.new_call()
    pty = f"{call.program} {HOST_NAME} --nolaunchpppd --loglevel 2"
    call.pppd(["pty", pty, "nodetach", "lock", "logfd", "2", "usepeerdns", "noipdefault",
               "noauth", "nodefaultroute", "ipparam", "pptp_plugin", "user", "alice",
               "lcp-echo-failure", "0", "lcp-echo-interval", "0", "refuse-eap", "nobsdcomp",
               "nodeflate", "require-mppe-128", "novj"])
    check_tunnel(bed, call.wait_up())
    end_as_a_manager(bed, call, before)


@scenario(90)
def statistics_in_syslog(bed):
    """SIGUSR1: every statistic at LOG_NOTICE in syslog, in the manual's order and one width."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    check(bed.ping(count=20, interval=0.05) == 20, "pings were lost")
    found = call.statistics()
    names = tuple(name for name, _, _, _ in found)
    check(names == STATISTICS, f"the names are {names}")
    check(all(priority & 7 == 5 for _, _, priority, _ in found), "not all at LOG_NOTICE")
    columns = {text.index("=") - text.index(name) for name, _, _, text in found}
    check(len(columns) == 1, "the names are not padded to one width: "
          + repr([text for _, _, _, text in found]))
    values = {name: value for name, value, _, _ in found}
    check(values["rx accepted"] >= 20 and values["tx sent"] >= 20, f"counters: {values}")
    check(values["rx lost"] == values["rx invalid"] == values["tx failed"] == 0,
          f"counters: {values}")
    check(re.search(r"=\s*[\d.]+ ?\w+$", found[-1][3]), f"round trip has no unit: {found[-1][3]}")
    check_clean_end(bed, call, before)


@scenario(90)
def two_tunnels(bed):
    """two tunnels to one server at once: both answer, and ending one leaves the other."""
    before = bed.client.routes()
    first = bed.dial().wait_up()
    second = bed.dial().wait_up()
    for call in (first, second):
        got = bed.ping(more=["-I", call.interface()])
        check(got == 3, f"{got} of 3 pings through {call.interface()} answered")
    Process(first.popen.pid).send(signal.SIGTERM)
    check(first.status(10) == 0, f"exit status {first.status()}")
    first.popen.wait(10)
    check(bed.ping() == 3, "the other tunnel does not answer any more")
    check(bed.host_routes(), "the host route went with the first tunnel")
    check_clean_end(bed, second, before)
