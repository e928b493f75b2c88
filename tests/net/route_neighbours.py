# SPDX-License-Identifier: MIT
"""Tests of route_test.py: the addresses beside the server, which the kernel is asked for, are special.

In each the default route changes while ours is in place; ours follows, or keeps its path where
nothing can be asked.
"""

from route_bed import (BY_GATEWAY, SERVER, Failure, Skip, check_equal, expect_ours, ip, settle,
                       wait_ours)

NEXT = '10.77.2.3'      # differs from the server in the lowest bit
BY_OTHER = f'{SERVER} via 10.77.1.254 dev up0'


def follows(bed):
    driver = bed.pin()
    expect_ours(BY_GATEWAY)
    ip('route replace default via 10.77.1.254 dev up0 metric 100')
    wait_ours(BY_OTHER)
    ip('route replace default via 10.77.1.1 dev up0 metric 100')
    wait_ours(BY_GATEWAY)
    driver.end()
    expect_ours()


def test_the_neighbour_is_our_own_address(bed):
    ip(f'address add {NEXT}/32 dev lo')
    follows(bed)


def test_the_neighbour_is_a_broadcast_address(bed):
    ip(f'route add broadcast {NEXT} dev up0 table local')
    follows(bed)


def test_the_neighbour_has_a_host_route_of_its_own(bed):
    ip(f'route add {NEXT} via 10.77.3.1')
    follows(bed)


def test_the_neighbour_is_a_point_to_point_peer(bed):
    ip(f'address add 10.77.9.9 peer {NEXT} dev up1')
    follows(bed)


def test_a_blackhole_covers_the_neighbour_alone(bed):
    ip(f'route add blackhole {NEXT}/32')
    follows(bed)


def test_a_prohibit_route_covers_the_neighbour_alone(bed):
    ip(f'route add prohibit {NEXT}/32')
    follows(bed)


def test_a_longer_prefix_covers_the_server_and_one_neighbour(bed):
    """31 bits: only the next address would tell of it, and that one has a host route."""
    ip(f'route add {NEXT} via 10.77.3.1')
    bed.pin()
    ip('route add 10.77.2.2/31 via 10.77.3.9')
    wait_ours(f'{SERVER} via 10.77.3.9 dev up1')
    ip('route del 10.77.2.2/31')
    wait_ours(BY_GATEWAY)


def test_the_better_of_two_hidden_prefixes_is_taken(bed):
    ip(f'route add {NEXT} via 10.77.3.1')
    bed.pin()
    ip('route add 10.77.2.2/31 via 10.77.3.9 metric 50')
    wait_ours(f'{SERVER} via 10.77.3.9 dev up1')
    ip('route add 10.77.2.2/31 via 10.77.3.8 metric 5')
    wait_ours(f'{SERVER} via 10.77.3.8 dev up1')


def keeps_its_path(bed, *lines):
    driver = bed.pin()
    for line in lines:
        ip(line)
    settle(driver)
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('state 0'), 'pinned', 'state')
    check_equal(len(driver.logged('host route')), 1, 'lines of log')


def test_a_blackhole_covers_the_server_and_one_neighbour(bed):
    """The neighbours beyond have a path, the server has none."""
    keeps_its_path(bed, 'route add blackhole 10.77.2.2/31',
                   'route replace default via 10.77.1.254 dev up0 metric 100')


def test_an_unreachable_net_covers_the_server_and_three_neighbours(bed):
    keeps_its_path(bed, 'route add unreachable 10.77.2.0/30',
                   'route replace default via 10.77.1.254 dev up0 metric 100')


# -- policy rules by destination -------------------------------------------------------------------

IN_100 = f'{SERVER} via 10.77.3.1 dev up1 table 100'


def follows_in_100(bed):
    driver = bed.pin()
    expect_ours(IN_100)
    ip('route replace default via 10.77.3.254 table 100')
    wait_ours(f'{SERVER} via 10.77.3.254 dev up1 table 100')
    settle(driver)
    return driver


def test_a_rule_for_the_server_alone(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip(f'rule add to {SERVER} lookup 100')
    driver = follows_in_100(bed)
    ip('route del default table 100')
    wait_ours(BY_GATEWAY)               # the rules go on to main
    ip('route add default via 10.77.3.1 table 100')
    wait_ours(IN_100)
    bed.add_tunnel()
    ip('route replace default dev tun0 table 100')
    wait_ours(BY_GATEWAY)
    driver.end()
    expect_ours()


def test_a_rule_for_the_server_alone_and_no_route_in_main(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip(f'rule add to {SERVER} lookup 100')
    ip('route del default')
    follows_in_100(bed)


def test_a_leftover_under_a_rule_for_the_server_is_replaced(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip(f'rule add to {SERVER} lookup 100')
    ip(f'route add {SERVER} via 10.77.3.9 table 100 proto 114')
    bed.start().pin()
    expect_ours(IN_100)


def test_a_rule_for_the_neighbour_alone(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip(f'rule add to {NEXT} lookup 100')
    follows(bed)


def test_a_rule_for_all_but_the_neighbour(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip(f'rule add not to {NEXT} lookup 100')
    follows_in_100(bed)


def test_a_rule_for_the_server_and_a_neighbour_with_a_host_route(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add to 10.77.2.2/31 lookup 100')
    ip(f'route add {NEXT} via 10.77.1.254 table 100')
    follows_in_100(bed)


def test_a_rule_that_blocks_the_server_keeps_the_path(bed):
    keeps_its_path(bed, 'rule add to 10.77.2.0/24 unreachable',
                   'route replace default via 10.77.1.254 dev up0 metric 100')


# -- links of few addresses, VRF -------------------------------------------------------------------

def stays_on_the_link(bed, own):
    ip(f'address add {own} dev up1')
    link = f'{SERVER} dev up1 scope link src {own.split("/")[0]}'
    driver = bed.pin()
    expect_ours(link)
    ip('route replace default via 10.77.1.254 dev up0 metric 100')
    settle(driver)
    expect_ours(link)
    ip('route add default via 10.77.1.1 dev up0 metric 50')
    settle(driver)
    expect_ours(link)


def test_a_server_on_a_link_of_30_bits(bed):
    stays_on_the_link(bed, '10.77.2.1/30')


def test_a_server_on_a_link_of_31_bits(bed):
    stays_on_the_link(bed, '10.77.2.3/31')


def test_a_server_behind_a_vrf(bed):
    try:
        ip('link add vrf0 type vrf table 55')
    except Failure as failure:
        raise Skip(f'routes of a VRF: {failure}') from None
    ip('link set vrf0 up')
    ip('link set up1 master vrf0')
    ip('route add default via 10.77.3.1 dev up1 table 55')
    driver = bed.pin('oif up1')
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 55')
    ip('route replace default via 10.77.3.254 dev up1 table 55')
    wait_ours(f'{SERVER} via 10.77.3.254 dev up1 table 55')
    driver.end()
    expect_ours()
