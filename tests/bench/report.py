# SPDX-License-Identifier: MIT
"""The results as text."""

from measurements import AGAIN, FLOOR, OURS, THEIRS

# What is aimed for: pptp-linux's CPU time per packet over ours.
WANTED = {'down 64': 2.2, 'down 576': 4, 'down 1400': 3.5, 'up 64': 1.25, 'up 576': 1.7,
          'up 1400': 1.9, 'both 1400': 2.2}
CLIENTS = (OURS, THEIRS)


def table(heads, rows):
    """Columns as wide as they need; the first to the left, the others to the right."""
    text = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in text) for column in range(len(heads))]
    return ['  '.join(cell.ljust(width) if number == 0 else cell.rjust(width)
                      for number, (cell, width) in enumerate(zip(row, widths))).rstrip()
            for row in text]


def number(value, digits=0, unit=''):
    return '' if value is None else f'{value:.{digits}f}{unit}'


def verdict(fine):
    return 'yes' if fine else 'NO'


def faults(cell):
    """What went wrong with ours and the floor, in words; nothing should."""
    found = {}
    for client in (OURS, AGAIN, FLOOR):
        for key in ('lost', 'disordered', 'damaged', 'stalls'):
            found[key] = found.get(key, 0) + cell.get(client, {}).get(key, 0)
    return ', '.join(f'{count} {key}' for key, count in found.items() if count)


def throughput(cells):
    rows = []
    for name, cell in cells.items():
        wanted = WANTED.get(name)
        ratio = cell.get('ratio')
        rows.append([name, *(number(cell.get(client, {}).get('ns')) for client in
                             (OURS, THEIRS, FLOOR)),
                     number(ratio, 2), number(wanted, 2),
                     verdict(ratio >= wanted) if ratio and wanted else '',
                     number(cell.get('limit'), 2),
                     number(cell['to floor'], 2), number(cell['noise'] * 100, 1, ' %'),
                     number(cell[OURS]['spread'] * 100, 0, ' %'), cell['slices'],
                     number(cell[OURS]['per_second'] / 1000, 0), faults(cell)])
    return ['CPU time per packet of the client\'s processes, ns (medians); ratio is pptp-linux to '
            'ours,', 'limit is pptp-linux to the floor, noise is ours against itself, spread half '
            'the quartiles\' distance.',
            *table(['', 'ours', 'pptp-linux', 'floor', 'ratio', 'wanted', 'met', 'limit',
                    'ours/floor',
                    'noise', 'spread', 'slices', '1000/s', ''], rows)]


def latency(results):
    rows = [[f'{client}, {way}', *(number(results[client][way][key], 1)
                                   for key in ('median_us', 'p99_us', 'min_us'))]
            for way in ('up', 'down', 'round')
            for client in (*CLIENTS, FLOOR) if client in results]
    pings = results[OURS]['round']['pings']
    return [f'Ping-pong at 500/s, 64 octets, {pings} pings each, us',
            *table(['', 'median', 'p99', 'least'], rows)]


def bursts(results):
    rows = [[client, one['bursts'], one['sent'], one['lost'],
             number(100 * one['lost'] / one['sent'], 1, ' %'), one['disordered'], one['damaged'],
             number(one['ms'], 1)] for client, one in results.items()]
    return ['Bursts of 2,000 packets of 1400 octets',
            *table(['', 'bursts', 'packets', 'lost', '', 'disordered', 'damaged', 'ms a burst'],
                   rows)]


def setup(results):
    rows = [[client, one['starts'], number(one['median_ms'], 2), number(one['worst_ms'], 2)]
            for client, one in results.items()]
    return ['From exec to the first data through, ms',
            *table(['', 'starts', 'median', 'worst'], rows)]


def loss(results):
    rows = [[client, one['sent'], one['dropped'], one['swapped'], one['arrived'],
             one['delivered'], one['disordered'], number(one['clean_mean_ms'], 3),
             number(one['added_mean_ms'], 3), number(one['worst_ms'], 1),
             number(one['clean_worst_ms'], 1)]
            for client, one in results.items()]
    return ['0.1 % lost, 1 % swapped at 2,000 packets/s of 576 octets, default options; ms',
            *table(['', 'sent', 'lost', 'swapped', 'arrived', 'delivered', 'disordered',
                    'mean clean', 'added mean', 'worst', 'worst clean'], rows)]


def tunnels(results):
    rows = []
    for client, patterns in results.items():
        for pattern, counts in patterns.items():
            for count, one in counts.items():
                rows.append([f'{client}, traffic on {"one" if pattern == "one" else "all"} of '
                             f'{count}', number(one['ns']), number(one['relative'], 2),
                             one['lost']])
    return ['Tunnels to one server, 576 octets down: CPU time per packet of all clients, ns',
            *table(['', 'ns', 'to one', 'lost'], rows)]


def idle(results):
    rows = [[f'{client}, of {one["tunnels"]}', number(one['processes'], 2),
             number(one['wakeups'], 2), number(one['cpu_us'], 0), number(one['pss_kib']),
             number(one['private_kib']), number(one['written_kib'])]
            for client, several in results.items() for one in several]
    seconds = results[OURS][0]['seconds']
    return [f'Idle for {seconds:g} s after traffic, and memory (KiB); of one tunnel of so many',
            *table(['', 'processes', 'wake-ups', 'CPU us', 'PSS', 'private', 'written'], rows)]


def status(results):
    rows = [[f'{direction} 576', number(one['ns']), number(one['asked ns']),
             number(one['to not asked'], 3), number(one['noise'], 3), one['lost']]
            for direction, one in results.items()]
    return [f'Asked for its status ten times a second ({results["down"]["answers"]} answers): CPU time '
            'per packet, ns',
            *table(['', 'not asked', 'asked', 'ratio', 'noise', 'lost'], rows)]


def micro(results):
    rows = [[one['name'], one['size'], number(one['ns'], 1),
             number(one.get('bytes_per_cycle'), 2)] for one in results]
    return ['The core by itself, high-entropy octets',
            *table(['', 'octets', 'ns a packet', 'octets/cycle'], rows)]


SECTIONS = {function.__name__: function
            for function in (throughput, latency, bursts, setup, loss, tunnels, idle, status, micro)}


def lines(results):
    host = results['machine']
    out = [f'{results["date"]}: {host["processor"]}, {host["cores"]} cores, Linux '
           f'{host["kernel"]}, load {host["load"]:.1f} to {host["load at the end"]:.1f}, '
           f'{results["rounds"]} rounds, {results["seconds"]:g} s']
    for name, section in SECTIONS.items():
        if name in results:
            out += ['', *section(results[name])]
    return out
