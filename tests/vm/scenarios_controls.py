# SPDX-License-Identifier: MIT
"""Where pptp-linux fails and we pass. Each control holds only when pptp-linux, in the same bed
and the same boot, shows the defect."""

import time

from netns import check, wait_for
from registry import scenario
from scenarios_modes import check_restored, check_tunnel, launch
from wire import Capture


@scenario(120)
def control_host_route(bed):
    """control: pptp-linux leaves its host route behind; ours does not."""
    before = bed.client.routes()
    call = bed.dial(program=bed.reference).wait_up()
    call.hang_up()
    check(bed.host_routes(), "pptp-linux removed its host route")
    bed.tidy()
    call = bed.dial().wait_up()
    check(bed.host_routes(), "ours has no host route while the call is up")
    call.hang_up()
    check_restored(bed, before)


def echo_patience(bed, program):
    """Seconds from the Echo-Request that got no answer to the end of the client."""
    with Capture(bed.client, "wan0") as wire:
        call = bed.dial("--idle-wait 4 --max-echo-wait 1", program=program).wait_up()
        check_tunnel(bed, call)
        bed.silence()
        call.status(30)
        end = time.monotonic()
        call.wait_gone(10)
        wire.stop()
    bed.tidy()
    asked = [m.time for m in wire.messages() if m.name == "Echo-Request" and m.from_client]
    check(asked, "no Echo-Request was sent")
    return end - asked[-1]


@scenario(150)
def control_max_echo_wait(bed):
    """control: pptp-linux ignores --max-echo-wait; ours keeps to it."""
    theirs, ours = echo_patience(bed, bed.reference), echo_patience(bed, None)
    print(f"# --max-echo-wait 1: pptp-linux {theirs:.1f} s, ours {ours:.1f} s")
    check(theirs > 3, f"pptp-linux closed after {theirs:.1f} s")
    check(0.9 < ours < 2.5, f"ours closed after {ours:.1f} s")


def time_to_launch(bed, program):
    call = bed.new_call(program)
    status, seconds = launch(bed, call)
    check(status == 0, f"{call.program}: exit status {status}")
    call.wait_up().hang_up()
    bed.tidy()
    return seconds


@scenario(150)
def control_launch_time(bed):
    """control: pptp-linux sleeps before it launches; ours returns as soon as the call is up."""
    theirs, ours = time_to_launch(bed, bed.reference), time_to_launch(bed, None)
    print(f"# back to the shell: pptp-linux {theirs:.2f} s, ours {ours:.2f} s")
    check(theirs > 1.0, f"pptp-linux took {theirs:.2f} s")
    check(ours * 2 < theirs, f"ours took {ours:.2f} s, pptp-linux {theirs:.2f} s")


def comes_up_in_sync(bed, program):
    """Whether PPP comes up with --sync, with a server that wants CHAP."""
    bed.server_options(mppe=False)
    call = bed.dial("--sync", ["sync"], mppe=False, program=program)
    wait_for(lambda: call.is_up() or call.popen.poll() is not None, 50, "pppd to come up or end")
    up = bool(call.is_up()) and bed.ping(count=5, interval=0.5) >= 4
    bed.tidy()
    return up


@scenario(150)
def control_sync(bed):
    """control: with --sync pptp-linux loses the CHAP answer, no tunnel; ours comes up."""
    check(not comes_up_in_sync(bed, bed.reference), "pptp-linux came up")
    check(comes_up_in_sync(bed, None), "ours did not come up")
