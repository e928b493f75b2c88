# SPDX-License-Identifier: MIT
"""The kernel's data path: pppd with the plugin pptp.so, and pptp --kernel."""

import contextlib
import glob
import hashlib
import os
import re
import shutil
import signal
import statistics
import time

from bed import HOST_NAME, INNER_SERVER, KERNEL, PATHS, PTY, SERVER, THEIRS, WORK, mount
from goodput import DOWN
from netns import Process, check, read_text, run, wait_for, write_text
from paths_guest import client_alone, packet_cost_us, round_trip_ms, share_at_rest
from registry import scenario
from scenarios_ends import FAREWELL
from scenarios_modes import check_restored, check_tunnel
from scenarios_privilege import NET_ADMIN, check_confined
from wire import Capture

PPPD_PLUGINS = max(glob.glob("/usr/lib/pppd/2*"), default="")
PROGRAM = "/usr/local/sbin/pptp"


def control(call):
    """The process that talks to the server, and the one that keeps the host route."""
    found = call.workers()
    check(len(found) == 2, f"{len(found)} processes of pptp")
    return found


def end(bed, call, before, seconds=5):
    """pppd is told to end: all is gone in under two seconds, and the server was told."""
    with Capture(bed.client, "wan0") as wire:
        started = time.monotonic()
        call.hang_up(seconds)
        took = time.monotonic() - started
        wire.stop()
    check(wire.names()[-2:] == FAREWELL, f"the client's messages were {wire.names()}")
    check(took < 2, f"{took:.1f} s from SIGTERM to the end")
    check_restored(bed, before)


def wakeups_of(process):
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                         read_text(f"/proc/{process.pid}/status"), re.M)[1])


def descriptors_of(call):
    """What pppd has open."""
    folder = f"/proc/{call.popen.pid}/fd"
    return sorted(os.readlink(os.path.join(folder, name)).partition(":")[0]
                  for name in os.listdir(folder))


def dead_children(call):
    """Children of pppd that it has not reaped."""
    return [entry for entry in os.listdir("/proc") if entry.isdigit()
            and Process(int(entry)).stat()[:2] == ["Z", str(call.popen.pid)]]


def server_log():
    return read_text(WORK + "/server-pppd.log")


def use(bed, call):
    check_tunnel(bed, call)
    data = os.urandom(1 << 20)
    received = bed.transfer(data)
    check(hashlib.sha256(received).digest() == hashlib.sha256(data).digest(),
          f"the file's checksum differs, {len(received)} of {len(data)} octets")


@scenario(90)
def kernel_mppe(bed):
    """kernel's data path: MPPE-128 is up, a file passes, no octet goes through pptp; ends in 2 s."""
    before = bed.client.routes()
    call = bed.dial_kernel().wait_up()
    worker, keeper = control(call)
    check_confined(worker.pid)
    check_confined(keeper.pid, NET_ADMIN)
    check(bed.host_routes(), "no host route")
    wakeups = wakeups_of(worker)
    use(bed, call)
    woken = wakeups_of(worker) - wakeups
    # The file has more than 700 packets; a keep-alive and the first of GRE wake it.
    check(woken < 50, f"pptp woke {woken} times for pings and a file")
    end(bed, call, before)


@scenario(90)
def kernel_statistics(bed):
    """kernel's data path: SIGUSR1 logs what the kernel counts of the interface."""
    before = bed.client.routes()
    call = bed.dial_kernel().wait_up()
    bed.ping()
    mark = len(bed.syslog.lines)
    control(call)[0].send(signal.SIGUSR1)

    def logged():
        text = "\n".join(t for _, t in bed.syslog.since(mark))
        return re.search(r"rx packets = (\d+)[^$]*tx octets  = (\d+)", text)
    found = wait_for(logged, 5, "the statistics in syslog")
    check(int(found[1]) >= 3 and int(found[2]) > 3 * 84, f"counted: {found[0]}")
    end(bed, call, before)


@scenario(120)
def kernel_two_tunnels(bed):
    """kernel's data path: two tunnels to one server; ending one leaves the other."""
    before = bed.client.routes()
    first, second = bed.dial_kernel().wait_up(), bed.dial_kernel()
    wait_for(second.is_up, 40, "the second call")
    for call in (first, second):
        got = bed.ping(more=["-I", call.interface()])
        check(got == 3, f"{got} of 3 pings through {call.interface()} answered")
    first.popen.send_signal(signal.SIGTERM)
    first.popen.wait(10)
    check(bed.ping(more=["-I", second.interface()]) == 3, "the other tunnel does not answer")
    second.hang_up()
    check_restored(bed, before)


@scenario(120)
def kernel_killed(bed):
    """kernel's data path: kill -9 of pptp hangs pppd up, kill -9 of pppd ends the call, no route left."""
    before = bed.client.routes()
    # In the background pptp is no child of pppd any more.
    call = bed.dial_kernel(pppd=["updetach"])
    check(call.popen.wait(20) == 0, f"updetach returned {call.popen.returncode}")
    check(call.is_up(), "it returned before PPP was up")
    control(call)[0].send(signal.SIGKILL)
    call.wait_gone(5)
    check_restored(bed, before)
    call = bed.dial_kernel().wait_up()
    control(call)[0].send(signal.SIGKILL)
    call.wait_gone(5)
    check(call.popen.returncode == 16, f"pppd ended with {call.popen.returncode}, not by a hang-up")
    check_restored(bed, before)
    call = bed.dial_kernel().wait_up()
    with Capture(bed.client, "wan0") as wire:
        Process(call.popen.pid).send(signal.SIGKILL)
        call.wait_gone(5)
        wire.stop()
    check(wire.names()[-2:] == FAREWELL, f"the client's messages were {wire.names()}")
    check_restored(bed, before)


@scenario(120)
def kernel_redial(bed):
    """kernel's data path: the server ends the call, pppd with persist dials again."""
    before = bed.client.routes()
    call = bed.dial_kernel(pppd=["persist", "holdoff", "1", "maxfail", "0"]).wait_up()
    descriptors = descriptors_of(call)
    for _ in range(3):
        ups = len(re.findall("remote IP address", call.text()))
        for process in bed.server.processes():
            if process.program().endswith("/pptpctrl"):
                process.send(signal.SIGTERM)
        wait_for(lambda: len(re.findall("remote IP address", call.text())) > ups, 30, "a redial")
    check_tunnel(bed, call)
    check(len(call.workers()) == 2, f"{len(call.workers())} processes of pptp")
    check(descriptors_of(call) == descriptors,
          f"pppd has {descriptors_of(call)} open, before it had {descriptors}")
    # The last call's is reaped when pppd dials the next time; a script's, as soon as pppd looks.
    wait_for(lambda: len(dead_children(call)) <= 1, 5, "pppd to have at most one dead child")
    end(bed, call, before)


@scenario(120)
def kernel_to_kernel(bed):
    """kernel's data path at both ends (pptp_sock): MPPE-128, a file; either end ends it by the book."""
    before = bed.client.routes()
    bed.start_kernel_server()
    try:
        call = bed.dial_kernel().wait_up()
        use(bed, call)
        end(bed, call, before)
        call = bed.dial_kernel().wait_up()
        # The last call's may still be there: it waits for its peer's last words.
        newest = max((p for p in bed.server.processes() if p.program().endswith("/pppd")),
                     key=lambda p: int(p.born))
        newest.send(signal.SIGTERM)
        call.wait_gone(5)
        said = "\n".join(call.syslog())
        check("the server disconnected the call" in said, f"no Call-Disconnect-Notify: {said}")
        check_restored(bed, before)
    finally:
        bed.restart_server()


@scenario(120)
def kernel_demand(bed):
    """kernel's data path: demand and idle: a packet dials, silence ends the call, a packet dials again."""
    before = bed.client.routes()
    call = bed.dial_kernel(pppd=["demand", "idle", "4", "holdoff", "0", "ipcp-accept-local",
                                 "ipcp-accept-remote", "10.99.0.150:" + INNER_SERVER])
    wait_for(lambda: re.search("local  IP address", call.text()), 10, "the interface")
    for number in (1, 2):
        check(not call.processes(), "pptp runs without a packet")
        # The first of them wait, or are lost, until PPP is up.
        _, out = bed.client.run("ping", "-n", "-c", "16", "-i", "0.5", INNER_SERVER, ok=False,
                                timeout=40)
        check(int(re.search(r"(\d+) received", out)[1]) >= 3, f"not answered: {out}")
        check(len(call.workers()) == 2, f"{len(call.workers())} processes of pptp")
        wait_for(lambda: not call.processes(), 20, f"the end of idle call {number}")
        dialled = len(re.findall("Connect: ppp", call.text()))
        check(dialled == number, f"dialled {dialled} times for {number} packets: {call.text()}")
    call.hang_up()
    check_restored(bed, before)


@scenario(120)
def kernel_signalled(bed):
    """kernel's data path: Ctrl-C, and SIGTERM to all as a manager sends it: PPP ends before the call."""
    before = bed.client.routes()
    for number, of_all in ((signal.SIGINT, False), (signal.SIGTERM, True)):
        mark = len(server_log())
        call = bed.dial_kernel().wait_up()
        others = control(call)
        group = os.getpgid(call.popen.pid)
        check(all(os.getsid(p.pid) != os.getsid(call.popen.pid) for p in others),
              "pptp gets the signals of pppd's terminal")
        # pptp first: it must not take the call from under pppd.
        for process in others if of_all else ():
            process.send(number)
        os.killpg(group, number)
        call.wait_gone(2)
        wait_for(lambda: "LCP terminated by peer" in server_log()[mark:], 5,
                 "the server's pppd to hear of PPP's end")
        check_restored(bed, before)


@scenario(120)
def kernel_faults(bed):
    """kernel's data path: a missing program, a wrong value, a socket of no call: each told in its words."""
    before = bed.client.routes()
    for more, words in (
            (["pptp_command", "/nonexistent/pptp"],
             "cannot run /nonexistent/pptp: No such file or directory"),
            (["pptp_command", "/etc/passwd"], "cannot run /etc/passwd: Permission denied"),
            (["pptp_command", "/bin/true"], "pptp ended with status 0"),
            (["pptp_loglevel", "9"], "pptp ended with status 2")):
        mark = len(bed.syslog.lines)
        call = bed.dial_kernel(more)
        check(call.popen.wait(10) == 8, f"{more}: pppd ended with {call.popen.returncode}")
        check(words in call.text(), f"{more}: {words!r} is not in {call.text()}")
        if "pptp_loglevel" in more:
            said = "\n".join(text for _, text in bed.syslog.since(mark))
            check('--loglevel: "9" is wrong' in said, f"not in the system log: {said}")
    for more in (["pptp_command", "pptp"], ["pptp_client", SERVER, "pptp_sock", "0"]):
        call = bed.dial_kernel(more)
        check(call.popen.wait(10) == 2, f"{more}: pppd ended with {call.popen.returncode}")
    # Dialling a server that does not answer, and told to end: not once more.
    bed.silence()
    call = bed.dial_kernel(pppd=["persist", "holdoff", "0", "maxfail", "0"])
    wait_for(lambda: "connecting to" in "\n".join(call.syslog()), 10, "the attempt to connect")
    call.popen.send_signal(signal.SIGTERM)
    call.wait_gone(2)
    bed.repair()
    call = bed.new_call()
    call.pppd(["plugin", bed.plugin(), "pptp_client", SERVER, "pptp_sock", "0", "nodetach",
               *bed.pppd_options(call)])
    check(call.popen.wait(10) == 8, f"pptp_sock 0: pppd ended with {call.popen.returncode}")
    check("pptp_sock: descriptor 0 is no PPTP socket" in call.text(), call.text())
    check_restored(bed, before)


@scenario(90)
def kernel_options(bed):
    """kernel's data path: a name, option names of OpenWrt's plugin, a mark, a refused server."""
    before = bed.client.routes()
    call = bed.dial_kernel(["pptp_phone", "5551234", "pptp_window", "50", "pptp_loglevel", "2",
                            "pptp_rtmark", "7", "pptp_logstring", "office"], server=HOST_NAME)
    call.wait_up()
    check_tunnel(bed, call)
    said = "\n".join(call.syslog())
    for words in ('office: sent Outgoing-Call-Request', "5551234", "window 50"):
        check(words in said, f"{words!r} is not in the log: {said}")
    end(bed, call, before)
    failed = bed.dial_kernel(server="10.77.1.1")
    status = failed.popen.wait(10)
    check(status == 8, f"pppd ended with {status}, not 8 for a connection that failed")
    check("pptp ended with status 4" in failed.text(), failed.text())
    check_restored(bed, before)


@contextlib.contextmanager
def installed(bed):
    """The program and the plugin are where they look for each other."""
    with contextlib.ExitStack() as mounts:
        for folder, name, source in (
                (PPPD_PLUGINS, "pptp.so", bed.plugin()),
                (os.path.dirname(PROGRAM), "pptp", bed.program)):
            copy = os.path.join(WORK, "installed-" + name)
            if not os.path.isdir(copy):
                shutil.copytree(folder, copy)
                shutil.copy2(source, copy)
            mount("--bind", copy, folder)
            # Lazily: after a failure pppd still runs from there.
            mounts.callback(run, ["umount", "-l", folder])
        yield


# OpenWrt's /etc/ppp/options.pptp, with the option for MPPE of an unpatched pppd, and the "lock" of
# Debian's file of that name.
OPENWRT_OPTIONS = """lock
noipdefault
noauth
nobsdcomp
nodeflate
idle 0
require-mppe-128
maxfail 0
"""


@scenario(120)
def kernel_openwrt(bed):
    """kernel's data path: pppd as OpenWrt's netifd starts it, plugin and options by its names."""
    before = bed.client.routes()
    call = bed.new_call()
    options = WORK + "/options.pptp"
    write_text(options, OPENWRT_OPTIONS)
    # "debug logfile" and "remotename" are the bed's.
    with installed(bed):
        call.pppd(["nodetach", "ipparam", "vpn", "ifname", "pptp-vpn", "lcp-echo-interval", "1",
                   "lcp-echo-failure", "5", "lcp-echo-adaptive", "noipv6", "nodefaultroute",
                   "usepeerdns", "maxfail", "1", "user", "alice", "password", "secret-of-alice",
                   "ip-up-script", "/bin/true", "ip-down-script", "/bin/true", "mtu", "1400",
                   "mru", "1400", "debug", "logfile", call.log, "remotename", "pptpd",
                   "plugin", "pptp.so", "pptp_server", HOST_NAME, "file", options])
        call.wait_up()
        check(call.interface() == "pptp-vpn", f"the interface is {call.interface()}")
        check_tunnel(bed, call)
        end(bed, call, before)


def launch(bed, choice):
    call = bed.new_call()
    call.program = PROGRAM
    call.popen = bed.client.start([PROGRAM, SERVER, choice, "--loglevel", "1", "nodetach",
                                   *bed.pppd_options(call)], call.errors)
    call.wait_up()
    check_tunnel(bed, call)
    check("plugin pptp.so" in call.text() or "pppd's plugin" in call.text(), call.text())
    check(os.path.basename(Process(call.popen.pid).program()) == "pppd", "it is not pppd")
    call.popen.send_signal(signal.SIGTERM)
    check(call.popen.wait(5) == 5, f"exit status {call.popen.returncode}")
    call.wait_gone(2)


@scenario(120)
def kernel_launch(bed):
    """pptp --kernel: becomes pppd with the plugin; auto does so too; without the plugin it says why."""
    before = bed.client.routes()
    call = bed.new_call()
    status = bed.client.start([bed.program, SERVER, "--kernel", *bed.pppd_options(call)],
                              call.errors).wait(10)
    check(status == 1, f"exit status {status} without the plugin")
    check("plugin cannot be read" in call.text(), call.text())
    with installed(bed):
        for choice in ("--kernel", "--kernel=auto"):
            launch(bed, choice)
            check_restored(bed, before)


# -- compared ------------------------------------------------------------------------------------

ROUNDS, SIZE, SECONDS = 2, 1400, 1


def figures_of(bed, name):
    """Median of the round trip in ms, and the client's processor time for a packet in us."""
    call = bed.dial_path(name, mppe=False).wait_up()
    round_trip = round_trip_ms(bed)
    with client_alone(bed):
        at_rest = share_at_rest()
        cost = packet_cost_us(bed, DOWN, SIZE, SECONDS, at_rest, call.address(), "ppp")
    call.hang_up()
    return round_trip, cost


@scenario(240)
def kernel_compared(bed):
    """kernel's data path: quicker, and less processor time for a packet, than both paths by a pty."""
    found = {name: [] for name in PATHS}
    bed.server_options(mppe=False)
    bed.start_kernel_server()
    try:
        for number in range(ROUNDS):
            for name in PATHS if number % 2 == 0 else reversed(PATHS):
                found[name].append(figures_of(bed, name))
    finally:
        bed.restart_server()
    medians = {name: [statistics.median(column) for column in zip(*rows)]
               for name, rows in found.items()}
    for name, (round_trip, cost) in medians.items():
        print(f"# {name}: round trip {round_trip:.2f} ms; {cost:.0f} us of the client's processor "
              f"time for a packet of {SIZE} octets from the server")
    for other in (THEIRS, PTY):
        check(all(ours < theirs for ours, theirs in zip(medians[KERNEL], medians[other])),
              f"not better than {other}: {medians}")
