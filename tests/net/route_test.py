#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Host routes: route_driver in network namespaces of the test's own.

    route_test.py DRIVER [FILTER]
"""

import contextlib
import os
import sys

import route_follow
import route_kinds
import route_neighbours
from route_bed import (BY_GATEWAY, CLONE_NEWNET, NO_ROUTE, SERVER, Bed, Failure, Monitor, Skip, check_equal,
                       end_as_before, expect_as_before, expect_meanwhile, expect_one_hop_of_two,
                       expect_ours, ip, libc, ours, path_to_server, settle, table_all, wait_for,
                       wait_ours)


# -- lookup ----------------------------------------------------------------------------------------

def test_lookup_tells_gateway_link_and_local(bed):
    driver = bed.start()
    check_equal(driver.ask(f'lookup {SERVER}'), 'gateway via 10.77.1.1 dev up0 src 10.77.1.2 '
                'table 254 metric 100 mtu 1500 len 0 proto 3', 'gateway')
    check_equal(driver.ask('lookup 10.77.3.9'), 'link via 0.0.0.0 dev up1 src 10.77.3.2 '
                'table 254 metric 0 mtu 1500 len 24 proto 2', 'link')
    for address in ('10.77.1.2', '127.0.0.1', '127.5.5.5'):
        check_equal(driver.ask(f'lookup {address}').split()[0:5],
                    ['local', 'via', '0.0.0.0', 'dev', 'lo'], address)


def test_lookup_tells_metrics_of_the_route(bed):
    ip(f'route add {SERVER} via 10.77.1.254 mtu 1400 metric 7 src 10.77.3.2')
    check_equal(bed.start().ask(f'lookup {SERVER}'), 'gateway via 10.77.1.254 dev up0 '
                'src 10.77.3.2 table 254 metric 7 mtu 1400 len 32 proto 3', 'lookup')


def test_lookup_without_a_route_says_so(bed):
    driver = bed.start()
    for kind in ('unreachable', 'prohibit', 'blackhole'):
        ip(f'route add {kind} {SERVER}')
        check_equal(driver.ask(f'lookup {SERVER}')[:12], NO_ROUTE, kind)
        ip(f'route del {kind} {SERVER}')
    ip('route del default')
    check_equal(driver.ask(f'lookup {SERVER}')[:12], NO_ROUTE, 'no default route')
    check_equal(driver.ask(f'lookup {SERVER} oif up0')[:12], NO_ROUTE, 'no route by up0')


def test_lookup_refuses_wrong_addresses(bed):
    driver = bed.start()
    for address in ('0.0.0.0', '0.0.0.1', '224.0.0.1', '255.255.255.255'):
        check_equal(driver.ask(f'lookup {address}')[:12], 'error -10005', address)
        check_equal(driver.ask(f'pin 0 {address}')[:12], 'error -10005', address)
    check_equal(driver.ask('lookup 10.77.1.255')[:12], NO_ROUTE, 'broadcast address')
    check_equal(driver.ask(f'lookup {SERVER} src 192.0.2.1')[:12], NO_ROUTE,
                'a source that is not ours')


def test_lookup_by_mark_source_and_interface(bed):
    driver = bed.start()
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add fwmark 0x77 lookup 100')
    ip('rule add from 10.77.3.2 lookup 100')
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    for words, expected in (('', '10.77.1.1 dev up0 src 10.77.1.2 table 254 metric 100'),
                            ('mark 0x77', '10.77.3.1 dev up1 src 10.77.3.2 table 100 metric 0'),
                            ('src 10.77.3.2', '10.77.3.1 dev up1 src 10.77.3.2 table 100 metric 0'),
                            ('oif up1', '10.77.3.1 dev up1 src 10.77.3.2 table 254 metric 900')):
        answer = driver.ask(f'lookup {SERVER} {words}')
        check_equal(answer.startswith(f'gateway via {expected} '), True, f'{words}: {answer}')


# -- pin and unpin ---------------------------------------------------------------------------------

def test_pin_through_a_gateway_and_unpin(bed):
    driver = bed.pin()
    expect_ours(BY_GATEWAY)
    check_equal(driver.ask('info 0'), 'gateway via 10.77.1.1 dev up0 src 0.0.0.0 table 254 '
                'metric 0 mtu 1500 len 32 proto 114', 'info')
    check_equal(driver.ask('cloexec 0'), '1', 'close on exec')
    check_equal(driver.ask('unpin 0'), 'done', 'unpin')
    expect_as_before(bed)
    check_equal([line for line in driver.log if 'warning' in line], [], 'warnings')


def test_pin_a_server_on_the_own_network(bed):
    driver = bed.pin(server='10.77.3.9')
    expect_ours('10.77.3.9 dev up1 scope link src 10.77.3.2')
    ip('route add 10.77.3.8/30 via 10.77.1.254')
    settle(driver)
    check_equal(ours(), ['10.77.3.9 via 10.77.1.254 dev up0'], 'after a longer prefix came')
    ip('route del 10.77.3.8/30')
    wait_ours('10.77.3.9 dev up1 scope link src 10.77.3.2')
    end_as_before(bed, driver)


def test_pin_of_this_machine_adds_nothing(bed):
    driver = bed.pin(server='10.77.1.2', expected='unneeded')
    driver.pin(server='127.0.0.1', expected='unneeded', number=1)
    expect_as_before(bed)
    check_equal(driver.ask('info 0').split()[1], '-10006', 'info without a route of ours')
    end_as_before(bed, driver)


def test_pin_without_a_route_fails_and_changes_nothing(bed):
    driver = bed.start()
    ip('route del default')
    before = table_all()
    check_equal(driver.ask(f'pin 0 {SERVER}')[:12], NO_ROUTE, 'pin')
    check_equal(driver.ask(f'pin 0 {SERVER} oif up1')[:12], NO_ROUTE, 'pin by interface')
    ip('route add unreachable default')
    check_equal(driver.ask(f'pin 0 {SERVER}')[:12], NO_ROUTE, 'pin, unreachable')
    ip('route del unreachable default')
    check_equal(table_all(), before, 'the route table')


def test_pin_copies_source_mtu_and_onlink(bed):
    ip('route replace default via 192.0.2.1 dev up0 onlink src 10.77.3.2 mtu 1400 advmss 1300 '
       'metric 100')
    bed.before = table_all()
    expect_meanwhile(
        bed, f'{SERVER} via 192.0.2.1 dev up0 src 10.77.3.2 onlink mtu 1400 advmss 1300')


def test_pin_takes_one_of_several_next_hops(bed):
    ip('route del default')
    ip('route add default nexthop via 10.77.1.1 dev up0 nexthop via 10.77.3.1 dev up1')
    expect_one_hop_of_two(bed)


def test_pin_by_mark_goes_into_the_marks_table(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add fwmark 0x77 lookup 100')
    before = table_all()
    driver = bed.pin('mark 0x77')
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')
    check_equal(path_to_server(), '10.77.1.1 up0', 'path without the mark')
    ip('route del default table 100')
    settle(driver)
    check_equal(path_to_server('mark', '0x77'), '10.77.1.1 up0', 'what main says is taken')
    ip('route add default via 10.77.3.1 table 100')
    wait_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')
    ip('route replace unreachable default table 100')
    settle(driver)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')    # not what main says
    ip('route del unreachable default table 100')
    ip('route add default via 10.77.3.1 table 100')
    driver.end()
    check_equal(table_all(), before, 'the route table')


def test_a_rule_that_leads_into_a_tunnel_does_not_move_the_route(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add fwmark 0x77 lookup 100')
    driver = bed.pin('mark 0x77')
    bed.add_tunnel()
    ip('route add default dev tun0 table 200')
    ip('rule add fwmark 0x77 priority 50 lookup 200')
    settle(driver)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')


def test_pin_by_source(bed):
    ip('route add default via 10.77.3.1 table 100')
    ip('rule add from 10.77.3.2 lookup 100')
    driver = bed.pin('src 10.77.3.2')
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100')
    driver.pin('src 10.77.1.2', number=1)
    expect_ours(f'{SERVER} via 10.77.3.1 dev up1 table 100', BY_GATEWAY)


def test_unpin_after_the_route_or_interface_went(bed):
    driver = bed.pin('oif up0')
    ip('link del up0')
    check_equal(driver.ask('unpin 0'), 'done', 'unpin')
    check_equal([line for line in driver.log if 'could not' in line], [], 'complaints')
    check_equal(ours(), [], 'our routes')


# -- routes of others, leftovers, sharing ----------------------------------------------------------

def test_a_host_route_of_the_user_is_left_alone(bed):
    ip(f'route add {SERVER} via 10.77.1.254 metric 50')
    bed.before = table_all()
    driver = bed.pin(expected='unneeded')
    expect_as_before(bed)
    ip(f'route del {SERVER}')
    wait_ours(BY_GATEWAY)               # it went: ours is needed
    ip(f'route replace {SERVER} via 10.77.1.254')
    settle(driver)
    check_equal(driver.ask('state 0'), 'unneeded', 'state')
    expect_ours()
    driver.end()
    check_equal(ip(f'-4 route show {SERVER}').split()[:3], [SERVER, 'via', '10.77.1.254'],
                'the route of the user')


def test_a_users_route_beside_ours_is_left_alone(bed):
    driver = bed.pin()
    ip(f'route append {SERVER} via 10.77.1.254')
    settle(driver)
    expect_ours()
    check_equal(path_to_server(), '10.77.1.254 up0', 'path')
    driver.end()
    ip(f'route del {SERVER} via 10.77.1.254')
    expect_as_before(bed)


def test_a_leftover_of_a_killed_run_is_adopted(bed):
    first = bed.pin()
    first.kill()
    expect_ours(BY_GATEWAY)
    second = bed.pin()
    expect_ours(BY_GATEWAY)
    end_as_before(bed, second)


def test_a_leftover_on_a_cable_without_carrier_is_adopted(bed):
    """The kernel shows flags with it that it does not take back."""
    first = bed.pin()
    first.kill()
    bed.cable('down')
    wait_for('no carrier', lambda: 'linkdown' in ip(f'route show {SERVER}'))
    second = bed.pin()
    ip('route del default')
    ip('link set up0 down')
    settle(second)
    check_equal(second.ask('state 0'), 'lost', 'state')
    bed.cable('up')
    ip('link set up0 up')
    wait_ours(BY_GATEWAY)
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    second.end()
    expect_ours()


def test_leftovers_that_point_elsewhere_are_replaced(bed):
    for line in (f'{SERVER} via 10.77.1.254 proto 114', f'{SERVER} via 10.77.3.1 proto 114'):
        ip(f'route prepend {line}')
    expect_meanwhile(bed, BY_GATEWAY)


def test_two_pins_of_two_processes_leave_nothing(bed):
    for order in ((0, 1), (1, 0)):
        drivers = [bed.start(), bed.start()]
        for driver in drivers:
            driver.pin()
        expect_ours(BY_GATEWAY)
        drivers[order[0]].end()
        wait_ours(BY_GATEWAY)           # the other puts it back
        drivers[order[1]].end()
        expect_as_before(bed)


def test_a_shared_route_is_never_missing(bed):
    """Four begin and end in turn; the last one takes all away."""
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)):
        monitor = Monitor()
        drivers = [bed.pin() for _ in range(4)]
        for number in order:
            settle(drivers[number])
        for number in order:
            drivers[number].end()
        counts = monitor.history()
        check_equal([counts.index(0), counts[-1]], [len(counts) - 1, 0],
                    f'only the last change leaves none: {counts}')
        expect_as_before(bed)


def test_a_shared_route_is_never_missing_while_it_moves(bed):
    monitor = Monitor()
    drivers = [bed.pin() for _ in range(3)]
    for gateway in ('10.77.1.254', '10.77.1.1') * 3:
        ip(f'route replace default via {gateway} metric 100')
        for driver in drivers:
            settle(driver)
        expect_ours(f'{SERVER} via {gateway} dev up0')
    drivers[0].kill()           # what it leaves the next one takes away
    drivers[1].end()
    drivers.append(bed.pin())
    for driver in drivers[2:]:
        settle(driver)
        driver.end()
    counts = monitor.history()
    check_equal([counts.index(0), counts[-1]], [len(counts) - 1, 0],
                f'only the last change leaves none: {counts}')
    expect_as_before(bed)


def test_two_pins_of_one_process_leave_nothing(bed):
    driver = bed.pin()
    driver.pin(number=1)
    driver.pin(number=2, server='10.77.2.3')
    expect_ours(BY_GATEWAY, '10.77.2.3 via 10.77.1.1 dev up0')
    ip('route replace default via 10.77.1.254 metric 100')
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0', '10.77.2.3 via 10.77.1.254 dev up0')
    driver.ask('unpin 0')
    wait_ours(f'{SERVER} via 10.77.1.254 dev up0', '10.77.2.3 via 10.77.1.254 dev up0')
    driver.ask('unpin 1')
    driver.ask('unpin 2')
    expect_ours()


def test_two_pins_on_two_interfaces_do_not_fight(bed):
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    bed.before = table_all()
    driver = bed.pin('oif up0')
    driver.pin('oif up1', number=1)
    both = [BY_GATEWAY, f'{SERVER} via 10.77.3.1 dev up1']
    settle(driver)
    expect_ours(*both)
    check_equal(driver.logged('restored'), [], 'the second pin took the first away')
    ip('link set up1 down')
    ip('link set up1 up')
    ip('route add default via 10.77.3.1 dev up1 metric 900')
    wait_ours(*both)
    settle(driver)
    expect_ours(*both)
    end_as_before(bed, driver)


def test_a_second_pin_comes_when_the_first_tunnel_has_the_default_route(bed):
    first = bed.pin()
    bed.add_tunnel()
    ip('route del default')
    ip('route add default dev tun0')
    second = bed.pin()
    settle(second)
    expect_ours(BY_GATEWAY)
    first.end()
    wait_ours(BY_GATEWAY)
    check_equal(path_to_server(), '10.77.1.1 up0', 'path')
    ip('route add default via 10.77.1.1 dev up0 metric 100')
    second.end()
    expect_ours()


# -- without the capability ------------------------------------------------------------------------

WITHOUT = ('setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin')


def test_pin_without_the_capability_is_refused(bed):
    driver = bed.start(WITHOUT)
    check_equal(driver.ask(f'lookup {SERVER}').split()[0], 'gateway', 'lookup')
    check_equal(driver.ask(f'pin 0 {SERVER}').split()[:2], ['error', '-1'], 'pin')
    expect_as_before(bed)
    ip(f'route add {SERVER} via 10.77.1.254')
    driver.pin(expected='unneeded')
    ip(f'route del {SERVER}')
    wait_for('dispatch says what it may not', lambda: driver.logged('refused: Operation not perm'))
    check_equal(len(driver.logged('refused')), 1, 'times that it was said')
    end_as_before(bed, driver)


def run_one(driver, test):
    """Returns '' or why it failed."""
    bed = None
    why = ''
    try:
        bed = Bed(driver)
        test(bed)
    except Failure as failure:
        why = str(failure)
    finally:
        if bed:
            try:
                bed.end()
            except Failure as failure:
                why = why or str(failure)
    return why


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    wanted = sys.argv[2] if len(sys.argv) > 2 else ''
    functions = {**globals(), **vars(route_follow), **vars(route_kinds),
                 **vars(route_neighbours)}
    tests = [(name[5:].replace('_', ' '), test) for name, test in functions.items()
             if name.startswith('test_') and wanted in name.replace('_', ' ')]
    home = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
    if libc.unshare(CLONE_NEWNET) != 0:
        print('1..0 # SKIP host routes: needs root to make network namespaces')
        return 0
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            why = run_one(os.path.abspath(sys.argv[1]), test)
        except Skip as skip:
            print(f'ok {number} - {name} # SKIP {skip}', flush=True)
            continue
        print(f'{"not " if why else ""}ok {number} - {name}', flush=True)
        if why:
            failed += 1
            print('# ' + why.replace('\n', '\n# '), flush=True)
    with contextlib.suppress(OSError):
        libc.setns(home, CLONE_NEWNET)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
