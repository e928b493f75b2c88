#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What --status prints for programs, read by others: formats.py SOURCE_DIR PRINT_TUNNELS. Prints TAP.

--json by the schema in docs, --openmetrics by promtool (the format of Prometheus) and by the parser of
prometheus_client (OpenMetrics), and the names of metrics by the manual. What is not installed is
skipped.
"""
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TIME = '2026-11-28T04:00:00Z'
LARGEST = 2**64 - 1
HOSTILE = 'a"b\\c\x1b[2J\n# EOF\n\u009b{}'


def statistics(source):
    header = (source / 'include/pptp/stats.h').read_text()
    body = re.search(r'struct pptp_stats \{(.*?)\n\};', header, re.S)[1]
    names = re.findall(r'uint64_t\s+(\w+);', body)
    assert len(names) >= 27, names
    return names


def least(**more):
    return {'version': '1.0.0', 'name': 'x', 'time': TIME, 'started': TIME,
            'processes': {'tunnel': 4711}, 'phase': 'connecting', 'phase_text': 'connecting',
            'phase_seconds': 7.25, 'server': {'name': 'vpn.example.org'}, 'link': 'pty',
            'host_route': {'wanted': False}, 'gre': {'received': False, 'acknowledged': False},
            **more}


def tunnels(source):
    """Of each kind one; the last two are not readable."""
    names = statistics(source)
    counted = {name: LARGEST - at for at, name in enumerate(names)}
    up = {'phase': 'up', 'phase_text': 'connected', 'up_since': TIME, 'interface': 'ppp0',
          'local_address': '198.51.100.4', 'mtu': 1400,
          'processes': {'tunnel': 4711, 'keeper': 4710, 'pppd': 4712},
          'call': {'id': 1, 'peer_id': 2, 'connect_speed': 10**7, 'peer_window': 64},
          'host_route': {'wanted': True, 'text': 'added'}}
    server = {'name': 'vpn.example.org', 'address': '192.0.2.7', 'host_name': 'pptpd',
              'vendor_name': 'linux', 'firmware': 1}
    interface = {'rx_packets': 1, 'rx_octets': LARGEST, 'tx_packets': 3, 'tx_octets': 4}
    return {
        'full': json.dumps(least(**up, server=server, statistics=counted)),
        'hostile': json.dumps(least(
            server={'name': HOSTILE, 'vendor_name': HOSTILE, 'other': [HOSTILE]},
            last_warning={'text': HOSTILE, 'time': TIME}, new_member=HOSTILE,
            statistics={'rx_lost': 5, 'new statistic': 6},
            failure={'reason': 'lost', 'text': HOSTILE, 'exit_status': 13, 'retry': True})),
        'kernel': json.dumps(least(**up, server=server) | {
            'link': 'kernel', 'interface_statistics': interface}),
        'least': json.dumps(least()),
        'wrong': json.dumps(least(phase=HOSTILE)),
        'wrong-again': HOSTILE,
    }


def printed(program, kind, given):
    with tempfile.TemporaryDirectory() as scratch:
        words = []
        for name, text in given.items():
            path = pathlib.Path(scratch) / name
            path.write_text(text)
            words += [name, str(path)]
        done = subprocess.run([program, kind, *words], capture_output=True, check=True)
    # Nothing else reaches a terminal, whatever a tunnel says.
    found = set(done.stdout) - set(range(0x20, 0x7f)) - {0x0a}
    assert not found, f'octets that are not printable: {found}'
    return done.stdout.decode('ascii')


def json_by_the_schema(source, program):
    import jsonschema
    schema = json.loads((source / 'docs/status.schema.json').read_text())
    given = tunnels(source)
    got = json.loads(printed(program, 'json', given))
    jsonschema.validate(got, schema)
    jsonschema.validate(json.loads(printed(program, 'json', {})), schema)
    names = [tunnel['name'] for tunnel in got['tunnels']]
    assert names == ['full', 'hostile', 'kernel', 'least'], names
    assert [row['name'] for row in got['unreadable']] == ['wrong', 'wrong-again'], got['unreadable']
    for tunnel in got['tunnels']:
        sent = json.loads(given[tunnel['name']]) | {'name': tunnel['name']}
        if tunnel['name'] != 'hostile':
            assert tunnel == sent, (tunnel, sent)
    assert got['tunnels'][1]['statistics'] == {'rx_lost': 5}, got['tunnels'][1]


def metrics_by_promtool(source, program):
    for given in (tunnels(source), {}):
        done = subprocess.run(['promtool', 'check', 'metrics'], capture_output=True, text=True,
                              input=printed(program, 'openmetrics', given))
        assert done.returncode == 0 and not done.stdout + done.stderr, done.stdout + done.stderr


def metrics_by_openmetrics(source, program):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
    assert not list(parse(printed(program, 'openmetrics', {}))), 'there is no tunnel'
    families = list(parse(printed(program, 'openmetrics', tunnels(source))))
    samples = {(sample.name, sample.labels['name']): sample
               for family in families for sample in family.samples}
    values = {key: samples[key].value for key in [
        ('pptp_up', 'full'), ('pptp_up', 'least'), ('pptp_receive_lost_packets_total', 'hostile'),
        ('pptp_interface_receive_bytes_total', 'kernel')]}
    assert list(values.values()) == [1, 0, 5, LARGEST], values
    assert samples['pptp_up', 'wrong'].value == 0, 'a tunnel that is not readable is up'
    assert ('pptp_tunnel_info', 'wrong') not in samples, 'it has a sample'
    labels = samples['pptp_tunnel_info', 'hostile'].labels
    assert labels['server'] == 'a"b\\c?[2J?# EOF???{}', labels
    undescribed = [family.name for family in families if not family.documentation]
    assert not undescribed, undescribed
    one = [name for name, tunnel in samples if tunnel == 'full']
    # The object's four besides; the round trip among the statistics.
    assert len(one) == len(statistics(source)) + 4, one


def metrics_in_the_manual(source, program):
    manual = (source / 'docs/pptp.8').read_text()
    described = set(re.findall(r'^\.It (?:Li|Sy) (pptp_\w+)', manual, re.M))
    names = set(re.findall(r'^# HELP (\S+)', printed(program, 'openmetrics', tunnels(source)), re.M))
    assert described == names, f'in one alone: {sorted(described ^ names)}'


def module(name):
    return None if importlib.util.find_spec(name) else f'no Python module {name}'


CHECKS = [
    ('--json is valid by docs/status.schema.json', json_by_the_schema,
     lambda: module('jsonschema')),
    ('--openmetrics passes promtool', metrics_by_promtool,
     lambda: None if shutil.which('promtool') else 'no promtool'),
    ('--openmetrics is OpenMetrics', metrics_by_openmetrics,
     lambda: module('prometheus_client')),
    ('the manual has the names of all metrics', metrics_in_the_manual, lambda: None),
]


def main():
    source, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    passed = True
    print(f'1..{len(CHECKS)}')
    for number, (name, check, missing) in enumerate(CHECKS, 1):
        if missing():
            print(f'ok {number} - {name} # SKIP not tested, {missing()} here')
            continue
        try:
            check(source, program)
            print(f'ok {number} - {name}')
        except Exception as error:      # of several parsers
            passed = False
            print(f'not ok {number} - {name}')
            for line in f'{type(error).__name__}: {error}'.splitlines():
                print(f'# {line}')
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main())
