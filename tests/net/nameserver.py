# SPDX-License-Identifier: MIT
"""A name server on 127.0.0.1 in the client's namespace: it knows what the test says."""

import contextlib
import socket
import struct
import threading

A = 1


class NameServer:
    def __init__(self, bed, names, silent=False):
        self.names = names          # name -> list of IPv4 addresses
        self.silent = silent
        self.questions = []
        with bed.inside('client'):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(('127.0.0.1', 53))
        threading.Thread(target=self.loop, daemon=True).start()
        bed.closers.append(self.socket.close)

    def loop(self):
        with contextlib.suppress(OSError):
            while True:
                data, peer = self.socket.recvfrom(2048)
                name, kind, end = self.question(data)
                self.questions.append((name, kind))
                if not self.silent:
                    self.socket.sendto(self.answer(data, name, kind, end), peer)

    @staticmethod
    def question(data):
        labels = []
        at = 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode())
            at += 1 + data[at]
        return '.'.join(labels).lower(), struct.unpack_from('>H', data, at + 1)[0], at + 5

    def answer(self, data, name, kind, end):
        addresses = self.names.get(name)
        records = [] if addresses is None or kind != A else addresses
        flags = 0x8183 if addresses is None else 0x8180         # no such name, or fine
        reply = data[:2] + struct.pack('>HHHHH', flags, 1, len(records), 0, 0) + data[12:end]
        for address in records:
            reply += struct.pack('>HHHIH', 0xC00C, A, 1, 60, 4) + socket.inet_aton(address)
        return reply
