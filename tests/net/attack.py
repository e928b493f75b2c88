# SPDX-License-Identifier: MIT
"""What attacks need: packets with any source address, floods, and what they cost the client."""

import contextlib
import os
import random
import socket
import struct
import threading
import time

import wire
from bed import (CLIENT, DEAD, GATEWAY, SERVER, allowed, check, descendants, is_sanitized,
                 read_text, wait_for)
from client import connect, finish_traffic, hears
from fakeserver import FakeServer, lcp_frame

STRANGER = DEAD             # an address that has no part in the call
STRANGERS_RUN = 66          # the frames in forged packets are of another run than the server's
TICK = os.sysconf('SC_CLK_TCK')


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip_packet(source, destination, protocol, payload, identifier=0):
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), identifier, 0, 64, protocol,
                         0, socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack('>H', checksum(header)) + header[12:] + payload


def gre_packet(call_id, sequence=None, acknowledgment=None, payload=b'', flags=0x2001,
               protocol=0x880B, length=None):
    """A GRE packet in which every field may lie."""
    tail = b''
    if sequence is not None:
        flags |= 0x1000
        tail += struct.pack('>I', sequence & 0xffffffff)
    if acknowledgment is not None:
        flags |= 0x0080
        tail += struct.pack('>I', acknowledgment & 0xffffffff)
    return struct.pack('>HHHH', flags, protocol, len(payload) if length is None else length,
                       call_id) + tail + payload


class Forger:
    """A host that sends what it likes as anyone: the router on the way, unless told otherwise."""

    def __init__(self, bed, netns='router'):
        with bed.inside(netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        bed.closers.append(self.socket.close)

    def send(self, source, protocol, payload, destination=CLIENT):
        self.socket.sendto(ip_packet(source, destination, protocol, payload), (destination, 0))

    def gre(self, connection, sequence=None, acknowledgment=None, source=SERVER, payload=None):
        if payload is None:
            payload = lcp_frame(sequence, run=STRANGERS_RUN) if sequence is not None else b''
        self.send(source, 47, gre_packet(connection.client_call_id, sequence, acknowledgment,
                                         payload))

    def icmp(self, kind, code, about, info=0, source=GATEWAY):
        """An ICMP message of a router about `about`, a packet that it says it got."""
        message = struct.pack('>BBHI', kind, code, 0, info) + about[:28]
        message = message[:2] + struct.pack('>H', checksum(message)) + message[4:]
        self.send(source, 1, message)

    def flood(self, packets, destination=CLIENT):
        """Whole IP packets, as fast as it goes."""
        for packet in packets:
            try:
                self.socket.sendto(packet, (destination, 0))
            except OSError:     # the queue of the interface is full
                time.sleep(0.0005)


def random_packets(count, make, seed=1):
    """`count` packets, of a few hundred different ones: the flood shall be the client's work."""
    source = random.Random(seed)
    some = [make(source) for _ in range(min(count, 256))]
    return (some[number % len(some)] for number in range(count))


class Stream(threading.Thread):
    """Good packets of the server at a steady pace, in the background, until stop()."""

    def __init__(self, connection, first=0, gap=0.002):
        super().__init__(daemon=True)
        self.connection = connection
        self.first = self.next = first
        self.gap = gap
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.is_set():
            self.connection.send_gre(self.next)
            self.next += 1
            self.ended.wait(self.gap)

    def stop(self):
        self.ended.set()
        self.join()
        return self.next - self.first


class Cost:
    """
    What the client spends from now on: processor time, memory, descriptors, log lines. Under
    valgrind only the last is its own.
    """

    def __init__(self, bed, client):
        self.bed = bed
        self.client = client
        self.program = os.path.realpath(client.program)
        self.slow = is_sanitized(self.program)
        self.cpu_before = self.cpu()
        self.memory_before = self.memory()
        self.lines_before = self.lines()
        self.descriptors_before = self.descriptors()

    def processes(self):
        """The client's: pptp-linux has several."""
        found = []
        for pid in descendants(os.getpid()):
            with contextlib.suppress(OSError):
                if os.readlink(f'/proc/{pid}/exe') == self.program:
                    found.append(pid)
        return found

    def cpu(self):
        """Seconds of utime and stime."""
        total = 0
        for pid in self.processes():
            words = read_text(f'/proc/{pid}/stat').rpartition(')')[2].split()
            total += sum(int(word) for word in words[11:13])
        return total / TICK

    def memory(self):
        """The most that was resident ever, in KiB."""
        total = 0
        for pid in self.processes():
            for line in read_text(f'/proc/{pid}/status').splitlines():
                if line.startswith('VmHWM:'):
                    total += int(line.split()[1])
        return total

    def descriptors(self):
        return sum(len(os.listdir(f'/proc/{pid}/fd')) for pid in self.processes())

    def lines(self):
        said = self.client.log().splitlines()
        ours = sum(line.startswith('pptp[') for line in said)

        def logged():
            return self.bed.syslog.matching(r'pptp\[|anon')
        # What the system log had no room for comes a moment later.
        wait_for('the lines in the system log', lambda: len(logged()) >= ours)
        return max(len(said), len(logged()))

    def check(self, what, cpu, packets=0, memory=3 << 10, lines=8):
        """
        At most so many seconds, besides 15 us for each packet that reached the process, KiB and
        lines. Sanitizers cost ten times the time, and keep what was freed.
        """
        spent = self.cpu() - self.cpu_before
        grown = self.memory() - self.memory_before
        said = self.lines() - self.lines_before
        check(said <= lines, f'{what}: {said} log lines, allowed {lines}: '
                             f'{self.client.log().strip()[-400:]!r}')
        if self.bed.memcheck:
            return
        self.bed.notes.append(f'{what}: {spent:.2f} s of CPU, {grown} KiB, {said} log lines')
        allowed = cpu + packets * 15e-6
        if self.slow:
            allowed, memory = allowed * 10, memory + (32 << 10)
        check(spent <= allowed, f'{what}: {spent:.2f} s of CPU, allowed {allowed:.2f} s')
        check(grown <= memory, f'{what}: memory grew by {grown} KiB, allowed {memory}')
        if self.client.running():
            more = self.descriptors() - self.descriptors_before
            check(more <= 0, f'{what}: {more} descriptors more than before')


def has_gre_socket(bed):
    """pptp-linux has it some time after the call is up, and reads it a second later."""
    with bed.inside('client'):
        return ':002F ' in read_text('/proc/thread-self/net/raw')


def wait_read(bed):
    """The client has read what waits in its GRE socket: a good packet finds room there again."""
    def is_empty():
        with bed.inside('client'):
            rows = [line.split() for line in read_text('/proc/thread-self/net/raw').splitlines()[1:]]
        return all(int(row[4].partition(':')[2], 16) == 0 for row in rows if ':002F' in row[1])
    wait_for('the flood to be read', is_empty, 30)


def call(bed, *options, server=None, answer=True):
    """A call with the fake server that has carried numbers 0 to 39."""
    client, connection = connect(bed, server or FakeServer(bed), *options)
    if answer:
        connection.answer()
    wait_for('the client listens for GRE', lambda: has_gre_socket(bed))
    connection.send_gre(0xffffffff)
    hears(client)
    carries(client, connection, 0)
    return client, connection


def carries(client, connection, first, count=40):
    """Packets of the server from number `first` on all arrive, and ours arrive there."""
    listening = client.start_traffic(count=0, quiet_ms=250, run=77)
    for number in range(first, first + count):
        connection.send_gre(number)
    report = finish_traffic(listening)
    check(report['numbers'] == list(range(first, first + count)),
          f'{report["numbers"]} arrived instead of {first} to {first + count - 1}; '
          f'log: {client.log().strip()[-300:]!r}')
    check(report['foreign'] == 0 and report['corrupt'] == 0, f'strange frames: {report}')
    connection.server.drain_gre()
    client.traffic(count=5, one_way=True, gap_us=1000)
    for _ in range(5):
        connection.receive_gre(2)


def is_heard(connection, identifier, seconds=2.0):
    """An Echo-Request is answered in time; other messages may come before."""
    connection.send(wire.ECHO_RQ, identifier=identifier)
    deadline = time.monotonic() + allowed(seconds)
    while time.monotonic() < deadline:
        message = connection.receive(max(deadline - time.monotonic(), 0.01))
        check(message is not None, 'the client closed the connection')
        if message.kind == wire.ECHO_RP and message.identifier == identifier:
            return
    check(False, f'no Echo-Reply {identifier} within {seconds:g} s')
