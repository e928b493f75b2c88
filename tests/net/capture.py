# SPDX-License-Identifier: MIT
"""Captures of an interface: in memory for the tests, as a pcap file for tshark."""

import contextlib
import select
import socket
import struct
import threading
import time

import wire
from bed import Failure, allowed

ETH_P_ALL = 3
TCP, GRE, ICMP, UDP = 6, 47, 1, 17
SOL_PACKET = 263
PACKET_STATISTICS = 6


class Packet:
    """An IPv4 packet as it passed the interface."""

    def __init__(self, when, frame):
        self.when = when
        self.frame = frame
        ip = frame[14:]
        header = (ip[0] & 15) * 4
        total = struct.unpack_from('>H', ip, 2)[0]
        self.protocol = ip[9]
        self.fragment = struct.unpack_from('>H', ip, 6)[0] & 0x3fff
        self.source = socket.inet_ntoa(ip[12:16])
        self.destination = socket.inet_ntoa(ip[16:20])
        self.payload = ip[header:total]
        self.gre = None
        self.data = b''
        if self.protocol == TCP:
            self.sport, self.dport, self.sequence = struct.unpack_from('>HHI', self.payload)
            self.flags = self.payload[13]
            self.data = self.payload[(self.payload[12] >> 4) * 4:]
        elif self.protocol == GRE:
            with contextlib.suppress(ValueError, struct.error):
                self.gre = wire.Gre.parse(self.payload)

    def flag(self, letter):
        return bool(self.flags & {'F': 1, 'S': 2, 'R': 4, 'A': 16}[letter])


class Control:
    """A control message with its time and the side that sent it."""

    def __init__(self, when, source, message):
        self.when = when
        self.source = source
        self.message = message
        self.kind = message.kind


class Capture:
    def __init__(self, bed, netns, interface):
        self.packets = []
        self.raw = []
        self.stopping = False
        self.taking = threading.Lock()
        with bed.inside(netns):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)     # SO_RCVBUFFORCE
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.setblocking(False)
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()
        bed.closers.append(self.stop)

    def loop(self):
        while True:
            ready, _, _ = select.select([self.socket], [], [], 0.05)
            if not ready:
                if self.stopping:
                    return
                continue
            with self.taking, contextlib.suppress(BlockingIOError, OSError):
                while True:
                    frame = self.socket.recv(65535)
                    self.take(time.monotonic(), frame)

    def take(self, when, frame):
        self.raw.append((time.time(), frame))
        if len(frame) >= 34 and frame[12:14] == b'\x08\0':
            with contextlib.suppress(struct.error, IndexError):
                self.packets.append(Packet(when, frame))

    def catch_up(self):
        """Returns when all that passed the interface before is in the lists."""
        deadline = time.monotonic() + 5
        while not self.stopping and time.monotonic() < deadline:
            with self.taking:
                if not select.select([self.socket], [], [], 0)[0]:
                    return
            time.sleep(0.001)

    def stop(self):
        if self.stopping:
            return
        self.stopping = True
        self.thread.join()
        statistics = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        self.dropped = struct.unpack('II', statistics)[1]
        self.socket.close()

    def select(self, protocol=None, source=None, destination=None):
        self.catch_up()
        return [packet for packet in list(self.packets)
                if (protocol is None or packet.protocol == protocol)
                and (source is None or packet.source == source)
                and (destination is None or packet.destination == destination)]

    def gre(self, source=None, destination=None):
        return [packet for packet in self.select(GRE, source, destination) if packet.gre]

    def control(self, source=None):
        """All control messages in the order in which they were complete."""
        streams = {}
        found = []
        for packet in self.select(TCP):
            if 1723 not in (packet.sport, packet.dport) or not packet.data:
                continue
            key = (packet.source, packet.sport, packet.destination, packet.dport)
            stream = streams.setdefault(key, {'next': packet.sequence, 'data': b''})
            if packet.sequence != stream['next']:
                continue        # sent again
            stream['next'] = (packet.sequence + len(packet.data)) & 0xffffffff
            stream['data'] += packet.data
            while True:
                try:
                    message, stream['data'] = wire.parse(stream['data'])
                except ValueError:
                    message, stream['data'] = None, b''
                if message is None:
                    break
                found.append(Control(packet.when, packet.source, message))
        return [item for item in found if source is None or item.source == source]

    def kinds(self, source=None):
        return [item.kind for item in self.control(source)]

    def wait_control(self, kind, source=None, seconds=5.0, count=1):
        deadline = time.monotonic() + allowed(seconds)
        while True:
            found = [item for item in self.control(source) if item.kind == kind]
            if len(found) >= count:
                return found[count - 1]
            if time.monotonic() > deadline:
                raise Failure(f'no {wire.NAMES[kind]} on the wire within {seconds:g} s')
            time.sleep(0.01)

    def wait_packets(self, what, choose, count=1, seconds=5.0):
        deadline = time.monotonic() + allowed(seconds)
        while True:
            self.catch_up()
            found = [packet for packet in list(self.packets) if choose(packet)]
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                raise Failure(f'{len(found)} of {count} within {seconds:g} s: {what}')
            time.sleep(0.01)

    def write_pcap(self, path):
        with open(path, 'wb') as file:
            file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for when, frame in self.raw:
                file.write(struct.pack('<IIII', int(when), int(when % 1 * 1e6), len(frame),
                                       len(frame)))
                file.write(frame)
