# SPDX-License-Identifier: MIT
"""What the client may still do once a tunnel with a real pppd is up."""

import pwd
import re
import signal

from netns import Process, check, read_text, wait_for
from registry import scenario
from scenarios_modes import check_restored, check_tunnel, launch

NET_ADMIN = 1 << 12


def status_of(pid):
    return dict(re.findall(r"^(\w+):[ \t]*(.*)$", read_text(f"/proc/{pid}/status"), re.M))


def user():
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("pptp") or names["nobody"]


def capabilities(status):
    return {name: int(status[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapBnd")}


def check_confined(pid, net_admin=0):
    """An ordinary user without capabilities or with CAP_NET_ADMIN alone, behind the filter."""
    status, wanted = status_of(pid), user()
    check(status["Uid"].split() == [str(wanted.pw_uid)] * 4, f"Uid: {status['Uid']}")
    check(status["Gid"].split() == [str(wanted.pw_gid)] * 4, f"Gid: {status['Gid']}")
    check(not status["Groups"].strip(), f"Groups: {status['Groups']}")
    check(status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", f"{status}")
    kept = {"CapPrm": net_admin, "CapEff": net_admin, "CapInh": 0, "CapBnd": 0}
    check(capabilities(status) == kept, f"{capabilities(status)}")


def check_free(call):
    """pppd is root with all that we have ourselves."""
    for process in call.pppds():
        status = status_of(process.pid)
        check(status["Uid"].split() == ["0"] * 4, f"pppd: Uid {status['Uid']}")
        check(status["NoNewPrivs"] == "0" and status["Seccomp"] == "0", f"pppd: {status}")
        check(capabilities(status) == capabilities(status_of("self")),
              f"pppd: {capabilities(status)}")


def use_tunnel(bed, call):
    check_tunnel(bed, call)
    data = bytes(range(256)) * 2048
    check(bed.transfer(data) == data, "a file did not come through unchanged")
    check(call.counters()["rx accepted"] > 0, "the statistics do not count")


@scenario(90)
def confined_pty(bed):
    """privileges, pty mode: an ordinary user; real pppd, statistics, end and route work."""
    before = bed.client.routes()
    call = bed.dial().wait_up()
    check_confined(call.gateway().pid)
    check(bed.host_routes(), "no host route")
    keepers = [p for p in call.workers() if p.pid != call.gateway().pid]
    check(len(keepers) == 1, f"{len(keepers)} other processes of pptp")
    check_confined(keepers[0].pid, NET_ADMIN)
    use_tunnel(bed, call)
    check_free(call)
    check_confined(call.gateway().pid)
    call.hang_up()
    check(call.status() == 0, f"exit status {call.status()}")
    check_restored(bed, before)


@scenario(90)
def confined_launch(bed):
    """privileges, launch mode: pptp an ordinary user, pppd root; SIGTERM ends PPP by the book."""
    before = bed.client.routes()
    call = bed.new_call()
    status, _ = launch(bed, call)
    check(status == 0, f"exit status {status}")
    call.wait_up()
    check_confined(call.gateway().pid)
    use_tunnel(bed, call)
    check_free(call)
    keepers = [p for p in call.workers() if p.pid != call.gateway().pid]
    check(len(keepers) == 1, f"{len(keepers)} other processes of pptp")
    kept = status_of(keepers[0].pid)
    check(capabilities(kept)["CapEff"] == NET_ADMIN and kept["Seccomp"] == "2", f"the keeper: {kept}")
    call.gateway().send(signal.SIGTERM)
    call.wait_gone(5)
    check("Terminating on signal 15" in call.text(), "pppd was not asked to end")
    check("sent [LCP TermReq" in call.text(), "PPP was not ended by the book")
    check_restored(bed, before)


@scenario(90)
def pptp_is_killed(bed):
    """privileges, launch mode: pptp is killed: pppd and the keeper end too, and the route is gone."""
    before = bed.client.routes()
    call = bed.new_call()
    status, _ = launch(bed, call)
    check(status == 0, f"exit status {status}")
    call.wait_up()
    Process(call.gateway().pid).send(signal.SIGKILL)
    call.wait_gone(15)
    wait_for(lambda: any("was killed by a signal or by its system-call filter" in line for line in call.syslog()), 5,
             "a line in the log")
    check_restored(bed, before)
