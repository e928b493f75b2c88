# SPDX-License-Identifier: MIT
"""pptp --status with a real pppd: its process and interface, on the pty and on the kernel's path; and a
tunnel that pptpsetup has set up, which is shown by its name."""

import json
import os
import shutil

from bed import KERNEL, SERVER
from netns import check, wait_for
from registry import scenario
from scenarios_kernel import PROGRAM, installed
from scenarios_modes import check_clean_end, check_restored, check_tunnel, launch

FOLDER = "/run/pptp"
# The server's pppd, in the same /run, writes ppp0.pid too.
OWN_FILE = ("linkname", "status")


def show(bed, *options, status=0):
    got, out = bed.client.run(bed.program, "--status", *options, ok=False, timeout=20)
    check(got == status, f"status {got} instead of {status}: {out}")
    return out


def tunnel(bed, name):
    found = json.loads(show(bed, "--json", name))["tunnels"]
    check(len(found) == 1, f"{found}")
    return found[0]


def check_none_left():
    wait_for(lambda: not [name for name in os.listdir(FOLDER) if name.endswith(".sock")], 5,
             "the sockets to be removed")


@scenario(120)
def status_pty(bed):
    """status: pty and launch mode: pppd's interface and process are found; gone at the end."""
    before = bed.client.routes()
    call = bed.dial(pppd=OWN_FILE).wait_up()
    check_tunnel(bed, call)
    found = tunnel(bed, SERVER)
    check(found.get("interface") == call.interface() and found["link"] == "pty", f"{found}")
    check(found["statistics"]["rx_accepted"] > 3, f"{found['statistics']}")
    check(call.interface() in show(bed), "the table has no interface")
    call.hang_up(10)
    check_none_left()

    call = bed.new_call()
    status, _ = launch(bed, call, options=("--name", "work"), pppd=OWN_FILE)
    check(status == 0, f"exit status {status}")
    call.wait_up()
    found = tunnel(bed, "work")
    check(found.get("interface") == call.interface(), f"{found}")
    check(found["processes"]["pppd"] in [p.pid for p in call.pppds()], f"{found['processes']}")
    call.hang_up(10)
    check_none_left()
    show(bed, "work", status=36)
    check_restored(bed, before)


@scenario(90)
def status_kernel(bed):
    """status: kernel's data path: the interface and what the kernel counts on it."""
    before = bed.client.routes()
    call = bed.dial_path(KERNEL).wait_up()
    check_tunnel(bed, call)
    found = wait_for(lambda: tunnel(bed, SERVER) if "interface" in tunnel(bed, SERVER) else None, 5,
                     "the interface")
    check(found.get("interface") == call.interface() and found["link"] == "kernel", f"{found}")
    counted = found["interface_statistics"]
    check(counted["rx_packets"] >= 3 and counted["tx_packets"] >= 3, f"{counted}")
    check("statistics" not in found, f"{found}")
    call.hang_up(10)
    check_none_left()
    check_restored(bed, before)


@scenario(120)
def set_up(bed):
    """pptpsetup: a new tunnel, on the pty and on the kernel's path: pppd call brings it up by its name."""
    before = bed.client.routes()
    program = os.path.join(os.path.dirname(bed.program), "setup/pptpsetup")
    words = [program, "--create", "work", "--server", SERVER, "--username", "alice", "--encrypt",
             "--route", "10.123.0.0/16"]
    # As Debian's ip-up runs the scripts of ip-up.d.
    shutil.copy(os.path.join(os.path.dirname(program), "ip-up.sh"), "/etc/ppp/ip-up")
    with installed(bed):
        for more in (["--password", "secret-of-alice"], ["--kernel"]):
            _, out = bed.client.run(*words, *more)
            print(f"# {out.strip()}")
            call = bed.new_call()
            call.program = PROGRAM
            call.pppd(["call", "work", "updetach", "debug", "logfile", call.log])
            check(call.popen.wait(40) == 0, f"pppd call ended with {call.popen.returncode}")
            check_tunnel(bed, call.wait_up())
            wait_for(lambda: bed.client.ip("route", "show", "10.123.0.0/16", "dev", call.interface()), 5,
                     "the route of --route")
            found = tunnel(bed, "work")
            check(found.get("interface") == call.interface(), f"{found}")
            check(found["link"] == ("kernel" if "--kernel" in more else "pty"), f"{found}")
            check_clean_end(bed, call, before)
    os.unlink("/etc/ppp/ip-up")
    bed.client.run(program, "--delete", "work")
    check("work" not in os.listdir("/etc/ppp/peers"), f"{os.listdir('/etc/ppp/peers')}")
