# SPDX-License-Identifier: MIT
"""What is measured. Each function takes a Setting and returns plain data for JSON."""

import contextlib
import json
import socket
import statistics
import subprocess
import threading

from contenders import URGENT, Broken

SIZES = (64, 576, 1400)
DIRECTIONS = ('down', 'up', 'both')
# Frames under way: as many as a terminal's buffers (12 KiB) hold about, so that batches are what
# a network card delivers at once and nobody is measured waiting for the terminal's reader.
WINDOWS = {64: 64, 576: 24, 1400: 12}
FULL_WINDOW = 64            # and once with the terminal always full
# Load and client take turns on one processor: packets then come to a client in batches, as a
# network card delivers them. On two, a fast client is woken for each packet while the load still
# sends the next ones, and what is measured is mostly going to sleep and being woken.
PLACE = {'cpu': 0, 'client_cpu': 0}
NOISE_LIMIT = 0.05
NOISE_REPEATS = 2
OURS, AGAIN, THEIRS, FLOOR = 'ours', 'ours again', 'pptp-linux', 'floor'


class Setting:
    """Who is compared and how long."""

    def __init__(self, make, quick, runs, has_theirs, tools, say):
        self.make = make                # (name, size) -> a Contender in new namespaces
        self.quick = quick
        self.runs = runs
        self.tools = tools
        self.say = say
        self.clients = [OURS] + ([THEIRS] if has_theirs else [])

    def choose(self, full, quick):
        return quick if self.quick else full


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)


def paired_ratio(above, below):
    return statistics.median(a['ns'] / b['ns'] for a, b in zip(above, below))


def spread_of(values):
    """Half the distance between the quartiles, relative to the median."""
    if len(values) < 4:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / middle


# -- CPU per packet --------------------------------------------------------------------------------

def cells_of(setting):
    sizes = setting.choose(SIZES, (64, 1400))
    cells = [(f'{direction} {size}', direction, size, WINDOWS[size])
             for direction in DIRECTIONS for size in sizes]
    return cells + [(f'{direction} 1400 full', direction, 1400, FULL_WINDOW)
                    for direction in DIRECTIONS]


def one_round(cells, peers, floors, results):
    for name, direction, size, window in cells:
        for peer in [*peers, floors[size]]:
            answer = peer.ask(f'{direction} {size} {window} 1', 15)
            results.setdefault(name, {}).setdefault(peer.name, []).append(answer)


def noise_of(runs):
    return abs(paired_ratio(runs[AGAIN], runs[OURS]) - 1) if AGAIN in runs else 0.0


def summary_of_cell(runs):
    cell = {name: {key: median_of(one, key) for key in ('ns', 'per_second')}
            for name, one in runs.items()}
    for name, one in runs.items():
        cell[name]['spread'] = spread_of([run['ns'] for run in one])
        for key in ('lost', 'disordered', 'damaged', 'stalls'):
            cell[name][key] = sum(run[key] for run in one)
    cell['slices'] = len(runs[OURS])
    cell['noise'] = noise_of(runs)
    cell['to floor'] = paired_ratio(runs[OURS], runs[FLOOR])
    if THEIRS in runs:
        cell['ratio'] = paired_ratio(runs[THEIRS], runs[OURS])
        cell['limit'] = paired_ratio(runs[THEIRS], runs[FLOOR])
    return cell


def throughput(setting):
    cells = cells_of(setting)
    seconds = setting.choose(0.08, 0.04)
    with contextlib.ExitStack() as stack:
        def start(name, size):
            peer = setting.make(name, size).start('load', size, seconds=seconds, **PLACE)
            stack.callback(peer.close)
            return peer
        peers = [start(name, 64) for name in [*setting.clients, AGAIN]]
        floors = {size: start(FLOOR, size) for size in sorted({cell[2] for cell in cells})}
        for peer in [*peers, *floors.values()]:
            peer.answer(30)
        results = {}
        for number in range(setting.runs):
            setting.say(f'throughput, round {number + 1} of {setting.runs}')
            one_round(cells, peers, floors, results)
        for _ in range(setting.choose(NOISE_REPEATS, 0)):
            noisy = [cell for cell in cells if noise_of(results[cell[0]]) > NOISE_LIMIT]
            if noisy:
                setting.say(f'too noisy, again: {", ".join(cell[0] for cell in noisy)}')
            for _ in range(setting.runs if noisy else 0):
                one_round(noisy, peers, floors, results)
    return {name: summary_of_cell(runs) for name, runs in results.items()}


# -- latency ---------------------------------------------------------------------------------------

def percentiles(times):
    times = sorted(times)
    return {'median_us': statistics.median(times), 'p99_us': times[len(times) * 99 // 100],
            'min_us': times[0], 'pings': len(times)}


def latency(setting):
    """A few pings at a time, in turn: what else the machine does meets all alike."""
    times = {}
    names = [*setting.clients, FLOOR]
    with contextlib.ExitStack() as stack:
        peers = []
        for name in names:
            peer = setting.make(name, 64).start('latency', 64, before=URGENT, rate=500)
            stack.callback(peer.close)
            peers.append(peer)
        for peer in peers:
            peer.answer(30)
        for number in range(setting.choose(8 * setting.runs, 1)):
            setting.say(f'latency, round {number + 1}')
            turn = number % len(peers)
            for peer in peers[turn:] + peers[:turn]:
                answer = peer.ask(20, 30)
                for way in ('up', 'down'):
                    times.setdefault(peer.name, {}).setdefault(way, []).extend(answer[way])
    for ways in times.values():
        ways['round'] = [up + down for up, down in zip(ways['up'], ways['down'])]
    return {name: {way: percentiles(values) for way, values in ways.items()}
            for name, ways in times.items()}


# -- many tunnels ----------------------------------------------------------------------------------

def tunnels(setting):
    """Clients of one server, traffic on one of them, then on all."""
    counts = setting.choose((1, 8, 32), (1, 4))
    results = {}
    with contextlib.ExitStack() as stack:
        peers = {}
        for client in setting.clients:
            for count in counts:
                peer = setting.make(client, 576).start('load', 576, tunnels=count,
                                                       seconds=setting.choose(0.08, 0.04), **PLACE)
                stack.callback(peer.close)
                peers[client, count] = peer
        for peer in peers.values():
            peer.answer(60)
        for number in range(setting.runs):
            setting.say(f'tunnels, round {number + 1} of {setting.runs}')
            for (client, count), peer in peers.items():
                for pattern, active in (('one', 1), ('spread', count)):
                    answer = peer.ask(f'down 576 {max(WINDOWS[576], 2 * active)} {active}', 15)
                    results.setdefault((client, pattern, count), []).append(answer)
    summary = {}
    for (client, pattern, count), runs in results.items():
        summary.setdefault(client, {}).setdefault(pattern, {})[str(count)] = {
            'ns': median_of(runs, 'ns'),
            'relative': paired_ratio(runs, results[client, pattern, counts[0]]),
            'lost': sum(run['lost'] for run in runs)}
    return summary


# -- one client at a time --------------------------------------------------------------------------

def alternate(setting, rounds, what, measure):
    """measure(contender) for each client in turn; returns their answers. Quickly: ours only."""
    contenders = [setting.make(name, 1400) for name in setting.clients[:setting.choose(2, 1)]]
    runs = {one.name: [] for one in contenders}
    for number in range(rounds):
        setting.say(f'{what}, round {number + 1} of {rounds}')
        for contender in contenders:
            runs[contender.name].append(measure(contender))
    return runs


def bursts(setting):
    runs = alternate(setting, setting.choose(3, 1), 'bursts',
                     lambda one: one.measure('bursts', 1400, repeats=setting.choose(5, 1)))
    summary = {}
    for name, answers in runs.items():
        came = [burst for answer in answers for burst in answer['came']]
        sent = len(came) * answers[0]['burst']
        summary[name] = {
            'bursts': len(came), 'sent': sent,
            'came': sum(burst['frames'] for burst in came),
            'lost': sent - sum(burst['frames'] for burst in came),
            'ms': statistics.median(burst['ms'] for burst in came),
            'disordered': sum(answer['disordered'] for answer in answers),
            'damaged': sum(answer['damaged'] for answer in answers)}
    return summary


def setup(setting):
    runs = alternate(setting, setting.choose(3, 1), 'set-up',
                     lambda one: one.measure('setup', 64, repeats=setting.choose(7, 2)))
    times = {name: [ms for answer in answers for ms in answer['ms']]
             for name, answers in runs.items()}
    return {name: {'median_ms': statistics.median(ms), 'worst_ms': max(ms), 'starts': len(ms)}
            for name, ms in times.items()}


def loss(setting):
    seconds = setting.choose(10, 1)
    runs = alternate(setting, setting.choose(3, 1), 'loss and reordering',
                     lambda one: one.measure('loss', 576, rate=2000, seconds=seconds))
    summary = {}
    for name, answers in runs.items():
        arrived = sum(a['damaged']['sent'] - a['damaged']['dropped'] for a in answers)
        summary[name] = {
            'sent': sum(a['damaged']['sent'] for a in answers),
            'dropped': sum(a['damaged']['dropped'] for a in answers),
            'swapped': sum(a['damaged']['swapped'] for a in answers),
            'arrived': arrived,
            'delivered': sum(a['damaged']['came'] for a in answers),
            'disordered': sum(a['disordered'] for a in answers),
            'damaged': sum(a['bad'] for a in answers),
            'clean_mean_ms': statistics.median(a['clean']['mean_ms'] for a in answers),
            'clean_worst_ms': max(a['clean']['worst_ms'] for a in answers),
            'added_mean_ms': statistics.median(
                a['damaged']['mean_ms'] - a['clean']['mean_ms'] for a in answers),
            'worst_ms': max(a['damaged']['worst_ms'] for a in answers)}
    return summary


def idle_summary(answers, count):
    """Of one tunnel; `count` of them were there."""
    return {'tunnels': count, 'seconds': answers[0]['seconds'],
            **{key: max(answer[key] for answer in answers) / count
               for key in ('wakeups', 'cpu_us', 'pss_kib', 'private_kib', 'written_kib',
                           'processes')}}


def idle(setting):
    """Of a tunnel alone, and of each of several."""
    summary = {}
    for count, seconds in setting.choose(((1, 5), (8, 5)), ((1, 1),)):
        runs = alternate(setting, setting.choose(2, 1), f'idle, {count} tunnels',
                         lambda one: one.measure('idle', 576, seconds=seconds, tunnels=count))
        for name, answers in runs.items():
            summary.setdefault(name, []).append(idle_summary(answers, count))
    return summary


# -- status ----------------------------------------------------------------------------------------

ASKED = 'asked'
ASKED_EACH = 0.1        # seconds


@contextlib.contextmanager
def asking(path):
    """Asks a tunnel for its status all the while."""
    ends = threading.Event()
    answers = []

    def ask():
        while True:
            with socket.socket(socket.AF_UNIX) as asker:
                asker.settimeout(5)
                asker.connect(path)
                text = b''
                while chunk := asker.recv(65536):
                    text += chunk
                answers.append(json.loads(text)['phase'])
            if ends.wait(ASKED_EACH):
                return
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        ends.set()
        thread.join()


def status(setting):
    """CPU per packet of a tunnel that is asked for its status, and of the same one that is not."""
    runs = {OURS: {}, AGAIN: {}, ASKED: {}}
    seconds = setting.choose(0.5, 0.2)
    count = 0
    with contextlib.ExitStack() as stack:
        contenders = [setting.make(name, 64) for name in (OURS, AGAIN)]
        peers = [one.start('load', 64, seconds=seconds, **PLACE) for one in contenders]
        for peer in peers:
            stack.callback(peer.close)
            peer.answer(30)
        path = f'/run/pptp/{contenders[1].pair.server_address}.sock'
        for number in range(setting.runs):
            setting.say(f'status, round {number + 1} of {setting.runs}')
            for direction in ('down', 'up'):
                order = f'{direction} 576 {WINDOWS[576]} 1'
                for peer in peers:
                    runs[peer.name].setdefault(direction, []).append(peer.ask(order, 15))
                with asking(path) as answers:
                    runs[ASKED].setdefault(direction, []).append(peers[1].ask(order, 15))
                count += len(answers)
                if set(answers) != {'up'}:
                    raise Broken(f'the status is {answers}')
    summary = {}
    for direction in ('down', 'up'):
        ours, again, asked = (runs[name][direction] for name in (OURS, AGAIN, ASKED))
        summary[direction] = {
            'ns': median_of(again, 'ns'), 'asked ns': median_of(asked, 'ns'),
            'noise': abs(paired_ratio(again, ours) - 1), 'to not asked': paired_ratio(asked, again),
            'lost': sum(run['lost'] for run in asked), 'answers': count}
    return summary


# -- the core by itself ----------------------------------------------------------------------------

def micro(setting):
    milliseconds = setting.choose('20', '1')
    setting.say('micro-benchmarks of the core')
    done = subprocess.run([f'{setting.tools}/bench_micro', milliseconds], capture_output=True,
                          text=True, timeout=120, check=False)
    if done.returncode:
        raise Broken(f'bench_micro: status {done.returncode}: {done.stderr.strip()}')
    return [json.loads(line) for line in done.stdout.splitlines()]


ALL = {function.__name__: function
       for function in (throughput, latency, bursts, setup, loss, tunnels, idle, status, micro)}
