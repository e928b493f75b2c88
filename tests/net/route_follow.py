# SPDX-License-Identifier: MIT
"""Tests of route_test.py: the host route follows the uplink, and never into the tunnel."""

import os
import select
import signal
import subprocess
import time

from route_bed import (BY_GATEWAY, SERVER, Failure, check_equal, end_as_before, expect_as_before,
                       expect_ours, ip, path_to_server, run, settle, wait_for, wait_ours)


# -- changes of the uplink -------------------------------------------------------------------------

def test_a_changed_default_route_is_followed_without_a_gap(bed):
    driver = bed.pin()
    # ip monitor says what the kernel did, in its order.
    monitor = subprocess.Popen(['stdbuf', '-oL', 'ip', 'monitor', 'route'],
                               stdout=subprocess.PIPE)
    try:
        def hears():
            ip('route add 203.0.113.1 via 10.77.1.1')
            ip('route del 203.0.113.1')
            return select.select([monitor.stdout], [], [], 0.02)[0]
        wait_for('ip monitor listens', hears)
        ip('route replace default via 10.77.3.1 metric 100')
        wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
        ip('route add 203.0.113.2 via 10.77.1.1')
        seen = []
        while not any('203.0.113.2' in line for line in seen):
            ready, _, _ = select.select([monitor.stdout], [], [], 5)
            if not ready:
                raise Failure(f'ip monitor is silent after {seen}')
            seen += os.read(monitor.stdout.fileno(), 65536).decode().splitlines()
    finally:
        monitor.kill()
        monitor.communicate()
    order = [line.split(' proto')[0] for line in seen if SERVER in line]
    check_equal(order, [f'{SERVER} via 10.77.3.1 dev up1', f'Deleted {BY_GATEWAY}'],
                'order of the changes')
    driver.end()
    expect_ours()


def test_a_second_uplink_does_not_move_the_route(bed):
    driver = bed.pin()
    ip('route add default via 10.77.3.1 dev up1 metric 5')
    settle(driver)
    expect_ours(BY_GATEWAY)
    ip('route del default via 10.77.1.1')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
    check_equal(driver.ask('state 0'), 'pinned', 'state')


def test_a_longer_prefix_is_followed(bed):
    driver = bed.pin()
    ip('route add 10.77.2.0/24 via 10.77.3.1')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
    ip('route del 10.77.2.0/24')
    wait_ours(BY_GATEWAY)
    end_as_before(bed, driver)


def test_link_down_and_up_with_its_default_route(bed):
    driver = bed.pin()
    ip('link set up0 down')
    settle(driver)
    check_equal(driver.ask('state 0'), 'lost', 'state')
    check_equal(len(driver.logged('warning')), 1, 'warnings')
    ip('link set up0 up')
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    wait_ours(BY_GATEWAY)
    settle(driver)
    check_equal(driver.ask('state 0'), 'pinned', 'state')
    end_as_before(bed, driver)


def test_link_down_and_up_with_the_default_route_in_the_tunnel(bed):
    driver = bed.pin()
    bed.add_tunnel()
    ip('route del default')
    ip('route add default dev tun0')
    for _ in range(3):
        ip('link set up0 down')
        settle(driver)
        check_equal(driver.ask('state 0'), 'lost', 'state')
        ip('link set up0 up')
        wait_ours(BY_GATEWAY)           # nobody puts the default route back
    ip('address del 10.77.1.2/24 dev up0')
    settle(driver)
    ip('address add 10.77.1.2/24 dev up0')
    wait_ours(BY_GATEWAY)
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    driver.end()
    expect_ours()


def test_link_down_moves_to_the_other_uplink(bed):
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    driver = bed.pin()
    ip('link set up0 down')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1')
    driver.end()
    expect_ours()


def test_a_removed_route_of_ours_is_put_back(bed):
    driver = bed.pin()
    ip(f'route del {SERVER}')
    wait_ours(BY_GATEWAY)
    end_as_before(bed, driver)


def test_our_route_is_put_back_when_its_gateway_can_be_reached_again(bed):
    driver = bed.pin()
    for line in ('route del default', 'route del 10.77.1.0/24', f'route del {SERVER}'):
        ip(line)
    settle(driver)
    check_equal(driver.ask('state 0'), 'lost', 'state')
    ip('route add 10.77.1.0/24 dev up0')
    wait_ours(BY_GATEWAY)


def test_a_kill_switch_does_not_take_the_route(bed):
    driver = bed.pin()
    ip('route del default')
    ip('route add unreachable default metric 4000')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('state 0'), 'pinned', 'state')


def test_news_that_were_lost_are_made_up_for(bed):
    driver = bed.pin()
    os.kill(driver.popen.pid, signal.SIGSTOP)
    try:
        lines = [f'route {verb} 203.{n >> 8}.{n & 255}.0/24 via 10.77.1.1'
                 for verb in ('add', 'del') for n in range(6000)]
        run('ip', '-batch', '-', text='\n'.join(lines))
        ip('route replace default via 10.77.1.254 metric 100')
    finally:
        os.kill(driver.popen.pid, signal.SIGCONT)
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0')
    check_equal(driver.logged('dispatch'), [], 'errors of dispatch')


def test_routes_of_others_wake_but_do_not_bother(bed):
    # The kernel tells of a cable's new state up to a second later.
    wait_for('both links are up', lambda: ip('-o link show up').count('state UP') == 2)
    driver = bed.pin()
    settle(driver)
    first = int(driver.ask('wakeups 0'))
    ip('route add 203.0.113.0/24 via 10.77.1.1')
    wait_for('the driver hears of it', lambda: int(driver.ask('wakeups 0')) > first)
    settle(driver)
    last = int(driver.ask('wakeups 0'))
    time.sleep(0.5)                     # what is measured: nothing happens in this time
    check_equal(int(driver.ask('wakeups 0')), last, 'wake-ups while nothing happens')
    expect_ours(BY_GATEWAY)


def test_a_change_of_the_source_leaves_one_route(bed):
    driver = bed.pin()
    for words in ('src 10.77.3.2', 'src 10.77.1.2', ''):
        ip(f'route change default via 10.77.1.1 dev up0 metric 100 {words}')
        wait_ours(f'{BY_GATEWAY} {words}'.strip())
        settle(driver)
        expect_ours(f'{BY_GATEWAY} {words}'.strip())
    end_as_before(bed, driver)


def test_a_host_route_in_another_table_does_not_touch_ours(bed):
    driver = bed.pin()
    ip(f'route add {SERVER} via 10.77.3.1 table 100')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(driver.logged('removed|restored'), [], 'ours was away')


# -- the tunnel ------------------------------------------------------------------------------------

def test_a_default_route_into_the_tunnel_leaves_the_route(bed):
    driver = bed.pin()
    bed.add_tunnel()
    changes = ['route add default dev tun0', 'route add 0.0.0.0/1 dev tun0',
               'route add 10.77.2.0/24 dev tun0', 'route add default via 192.168.77.1 metric 1',
               'route del default via 10.77.1.1']
    for line in changes:
        ip(line)
        settle(driver)
        expect_ours(BY_GATEWAY)
        check_equal(path_to_server(), '10.77.1.1 up0', f'path after {line}')
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    ip('link del tun0')
    end_as_before(bed, driver)


def test_a_tunnel_without_arp_leaves_the_route(bed):
    """As a dummy interface is, or a tunnel that does not call itself point-to-point."""
    driver = bed.pin()
    ip('link set up1 arp off')
    ip('route replace default dev up1 metric 100')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('state 0'), 'pinned', 'state')


def test_an_uplink_among_many_interfaces_is_found_past_a_tunnel(bed):
    run('ip', '-batch', '-', text=''.join(
        f'link add a{n} type veth peer name b{n}\nlink set a{n} up\nlink set b{n} up\n'
        for n in range(40)))
    ip('link add last type veth peer name peer')
    ip('link set last up')
    ip('link set peer up')
    ip('address add 10.77.9.2/24 dev last')
    ip('route add default via 10.77.9.1 metric 10')
    bed.pin()
    expect_ours(f'{SERVER} via 10.77.9.1 dev last')
    bed.add_tunnel()
    ip('route add default dev tun0 metric 1')
    ip('route replace default via 10.77.9.254 metric 10')
    wait_ours(f'{SERVER} via 10.77.9.254 dev last')


def test_a_tunnel_that_was_there_before_leaves_the_route(bed):
    bed.add_tunnel()
    driver = bed.pin()
    ip('route replace default dev tun0 metric 100')
    settle(driver)
    expect_ours(BY_GATEWAY)


def test_a_default_route_into_a_tunnel_with_an_uplink_behind_it(bed):
    """As pppd's `demand` makes one, or an earlier tunnel that is half open."""
    bed.add_tunnel()
    driver = bed.start()
    for line in ('default dev tun0 metric 5', '0.0.0.0/1 dev tun0'):
        ip(f'route add {line}')
        driver.pin()
        expect_ours(BY_GATEWAY)
        check_equal(path_to_server(), '10.77.1.1 up0', 'path')
        check_equal(len(driver.logged('info .* into tun0 .* goes past it')), 1, 'lines about it')
        driver.ask('unpin 0')
        expect_ours()
        driver.log.clear()
    ip('route add 10.77.2.0/24 dev tun0')       # this one is meant
    driver.pin()
    expect_ours(f'{SERVER} dev tun0 scope link')
    check_equal(driver.logged('past'), [], 'lines about it')


def test_a_default_route_into_a_tunnel_and_nothing_behind_it(bed):
    bed.add_tunnel()
    ip('route replace default dev tun0 metric 100')
    driver = bed.pin()
    expect_ours(f'{SERVER} dev tun0 scope link')
    check_equal(driver.logged('past'), [], 'lines about it')


def test_a_tunnel_whose_peer_has_the_servers_address(bed):
    driver = bed.pin()
    bed.add_tunnel(address=f'192.168.77.2 peer {SERVER}/32')
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(path_to_server(), '10.77.1.1 up0', 'path')
    ip('link set up0 down')
    settle(driver)
    ip('link set up0 up')
    wait_ours(BY_GATEWAY)
    check_equal(path_to_server(), '10.77.1.1 up0', 'path after the link came back')
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    driver.end()
    check_equal(path_to_server(), 'link tun0', 'the route of the tunnel is left alone')


def kept(driver):
    """Ends without removing the route; one line says so."""
    check_equal(driver.ask('unpin 0'), 'done', 'unpin')
    lines = [line for line in driver.log if 'stays for the next call' in line]
    check_equal(len(lines), 1, f'lines about it in {driver.log}')
    check_equal([line for line in driver.log if 'removed' in line], [], 'lines about a removal')
    driver.log.clear()
    expect_ours(BY_GATEWAY)


def test_the_only_way_stays_at_the_end(bed):
    """The default route was replaced by one into the tunnel, and goes before our end or after it."""
    driver = bed.start()
    for tunnel_first in (True, False) * 5:
        driver.pin()
        bed.add_tunnel()
        ip('route replace default dev tun0 metric 100')
        settle(driver)
        expect_ours(BY_GATEWAY)
        if tunnel_first:
            ip('link del tun0')
            settle(driver)
            kept(driver)
        else:
            kept(driver)
            ip('link del tun0')
        check_equal(path_to_server(), '10.77.1.1 up0', 'path')
    driver.pin()
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    check_equal(driver.ask('unpin 0'), 'done', 'unpin')
    expect_as_before(bed)


def test_the_only_way_moves_when_the_next_run_finds_a_better_one(bed):
    driver = bed.pin()
    ip('route del default')
    settle(driver)
    kept(driver)
    ip('route add default via 10.77.3.1 dev up1')
    driver.pin()
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1')
    driver.ask('unpin 0')
    expect_ours()


def test_a_tunnel_over_a_point_to_point_uplink(bed):
    """As over PPPoE: the uplink is one itself, and comes back under its name."""
    bed.add_tunnel('ppp0', '192.168.66.2 peer 192.168.66.1')
    ip('route replace default dev ppp0 metric 100')
    driver = bed.pin()
    expect_ours(f'{SERVER} dev ppp0 scope link')
    bed.add_tunnel('ppp1')
    ip('route add default dev ppp1')
    settle(driver)
    expect_ours(f'{SERVER} dev ppp0 scope link')
    ip('link del ppp0')
    settle(driver)
    check_equal(driver.ask('state 0'), 'lost', 'state')
    expect_ours()
    bed.add_tunnel('ppp0', '192.168.66.2 peer 192.168.66.1')
    ip('route add default dev ppp0 metric 100')
    wait_ours(f'{SERVER} dev ppp0 scope link')
