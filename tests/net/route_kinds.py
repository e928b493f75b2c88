# SPDX-License-Identifier: MIT
"""Tests of route_test.py: routes that the kernel tells in other words."""

import os

from route_bed import (BY_GATEWAY, SERVER, Failure, Skip, check_equal, end_as_before,
                       expect_meanwhile, expect_one_hop_of_two, expect_ours, ip, ours, run,
                       table_all, wait_ours)

COMPAT_MODE = '/proc/sys/net/ipv4/nexthop_compat_mode'


def add_object(number, gateway):
    try:
        ip(f'nexthop add id {number} via {gateway} dev up0')
    except Failure as failure:
        raise Skip(f'nexthop objects: {failure}') from None


def test_a_default_route_by_a_nexthop_object_is_copied(bed):
    add_object(7, '10.77.1.1')
    ip('route replace default nhid 7 metric 100')
    bed.before = table_all()
    expect_meanwhile(bed, BY_GATEWAY)


def test_a_leftover_by_a_nexthop_object_is_removed(bed):
    add_object(7, '10.77.1.254')
    ip(f'route add {SERVER} nhid 7 proto 114')
    expect_meanwhile(bed, BY_GATEWAY)


def test_a_leftover_by_a_nexthop_object_that_says_no_more(bed):
    objects_alone()
    test_a_leftover_by_a_nexthop_object_is_removed(bed)


def objects_alone():
    """As the sysctl has it, routes come without gateway and interface."""
    if not os.path.exists(COMPAT_MODE):
        raise Skip('nexthop objects alone: this kernel has no nexthop_compat_mode')
    run('sysctl', '-qw', 'net.ipv4.nexthop_compat_mode=0')


def test_a_default_route_that_says_a_nexthop_object_and_no_more(bed):
    objects_alone()
    add_object(7, '10.77.1.1')
    ip('route replace default nhid 7 metric 100 mtu 1400')
    bed.before = table_all()
    driver = bed.start()
    check_equal(driver.ask(f'lookup {SERVER}'), 'gateway via 10.77.1.1 dev up0 src 10.77.1.2 '
                'table 254 metric 100 mtu 1400 len 0 proto 3', 'lookup')
    driver.pin()
    expect_ours(f'{BY_GATEWAY} mtu 1400')
    end_as_before(bed, driver)


def test_a_nexthop_object_that_changes_is_followed(bed):
    objects_alone()
    add_object(7, '10.77.1.1')
    ip('route replace default nhid 7 metric 100')
    driver = bed.pin()
    expect_ours(BY_GATEWAY)
    ip('nexthop replace id 7 via 10.77.1.254 dev up0')
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0')
    driver.end()
    expect_ours()


def test_a_group_of_nexthop_objects_gives_one_hop(bed):
    objects_alone()
    add_object(7, '10.77.1.1')
    ip('nexthop add id 8 via 10.77.3.1 dev up1')
    ip('nexthop add id 9 group 7/8')
    ip('route replace default nhid 9 metric 100')
    expect_one_hop_of_two(bed)


def test_a_nexthop_object_without_a_gateway_or_with_an_ipv6_one(bed):
    objects_alone()
    for words, wanted in (('dev up0', f'{SERVER} dev up0 scope link'),
                          ('via fe80::9 dev up0', f'{SERVER} via inet6 fe80::9 dev up0')):
        ip(f'nexthop replace id 7 {words}')
        ip('route replace default nhid 7 metric 100')
        driver = bed.pin()
        expect_ours(wanted)
        driver.end()
        ip('route del default nhid 7 metric 100')


def test_a_nexthop_object_beside_a_special_neighbour(bed):
    """The routes are dumped there, and the dump does not show the gateway."""
    objects_alone()
    ip('address add 10.77.2.3/32 dev lo')
    add_object(7, '10.77.1.1')
    ip('route replace default nhid 7 metric 100')
    bed.pin()
    ip('nexthop replace id 7 via 10.77.1.254 dev up0')
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0')


def test_a_nexthop_object_whose_gateway_is_onlink(bed):
    objects_alone()
    ip('nexthop add id 7 via 192.0.2.1 dev up0 onlink')
    ip('route replace default nhid 7 metric 100')
    bed.before = table_all()
    driver = bed.pin()
    expect_ours(f'{SERVER} via 192.0.2.1 dev up0 onlink')
    ip('nexthop replace id 7 via 192.0.2.7 dev up0 onlink')
    wait_ours(f'{SERVER} via 192.0.2.7 dev up0 onlink')
    driver.end()
    expect_ours()


def test_a_gateway_of_the_other_family_and_a_metric_that_is_text(bed):
    ip('-4 route replace default via inet6 fe80::9 dev up0 metric 100 mtu 1400 congctl reno')
    bed.before = table_all()
    driver = bed.pin()
    found = ours()
    if len(found) != 1 or not found[0].startswith(f'{SERVER} via inet6 fe80::9 dev up0 mtu 1400') \
            or 'congctl reno' not in found[0]:
        raise Failure(f'our route is not like the default route: {found}')
    end_as_before(bed, driver)
