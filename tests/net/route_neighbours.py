# SPDX-License-Identifier: MIT
"""Tests of route_test.py: the addresses beside the server, which the kernel is asked for, are special.

In each the default route changes while ours is in place; ours follows, or keeps its path where
nothing can be asked.
"""

from route_bed import (BY_GATEWAY, SERVER, Failure, Skip, expect_ours, ip, settle, wait_ours)

NEXT = '10.77.2.3'      # differs from the server in the lowest bit
BY_OTHER = f'{SERVER} via 10.77.1.254 dev up0'


def follows(bed):
    driver = bed.start()
    driver.pin()
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
    driver = bed.start()
    driver.pin()
    ip('route add 10.77.2.2/31 via 10.77.3.9')
    wait_ours(f'{SERVER} via 10.77.3.9 dev up1')
    ip('route del 10.77.2.2/31')
    wait_ours(BY_GATEWAY)


def stays_on_the_link(bed, own):
    ip(f'address add {own} dev up1')
    link = f'{SERVER} dev up1 scope link src {own.split("/")[0]}'
    driver = bed.start()
    driver.pin()
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
    driver = bed.start()
    driver.pin('oif up1')
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 55')
    ip('route replace default via 10.77.3.254 dev up1 table 55')
    wait_ours(f'{SERVER} via 10.77.3.254 dev up1 table 55')
    driver.end()
    expect_ours()
