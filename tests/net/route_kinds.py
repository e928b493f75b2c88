# SPDX-License-Identifier: MIT
"""Tests of route_test.py: routes that the kernel tells in other words."""

import os

from route_bed import (BY_GATEWAY, SERVER, Failure, Skip, expect_as_before, expect_ours, ip, ours,
                       run, table_all)

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
    driver = bed.start()
    driver.pin()
    expect_ours(BY_GATEWAY)
    driver.end()
    expect_as_before(bed)


def test_a_leftover_by_a_nexthop_object_is_removed(bed):
    add_object(7, '10.77.1.254')
    ip(f'route add {SERVER} nhid 7 proto 114')
    driver = bed.start()
    driver.pin()
    expect_ours(BY_GATEWAY)
    driver.end()
    expect_as_before(bed)


def test_a_leftover_by_a_nexthop_object_that_says_no_more(bed):
    """As the sysctl has it, routes come without gateway and interface."""
    if not os.path.exists(COMPAT_MODE):
        raise Skip('nexthop objects alone: this kernel has no nexthop_compat_mode')
    add_object(7, '10.77.1.254')
    run('sysctl', '-qw', 'net.ipv4.nexthop_compat_mode=0')
    ip(f'route add {SERVER} nhid 7 proto 114')
    driver = bed.start()
    driver.pin()
    expect_ours(BY_GATEWAY)
    driver.end()
    expect_as_before(bed)


def test_a_gateway_of_the_other_family_and_a_metric_that_is_text(bed):
    ip('-4 route replace default via inet6 fe80::9 dev up0 metric 100 mtu 1400 congctl reno')
    bed.before = table_all()
    driver = bed.start()
    driver.pin()
    found = ours()
    if len(found) != 1 or not found[0].startswith(f'{SERVER} via inet6 fe80::9 dev up0 mtu 1400') \
            or 'congctl reno' not in found[0]:
        raise Failure(f'our route is not like the default route: {found}')
    driver.end()
    expect_as_before(bed)
