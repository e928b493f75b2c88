# SPDX-License-Identifier: MIT
"""A PPTP server that does what the test says, line by line: what poptop can't be talked into."""

import contextlib
import socket
import struct
import threading
import time

import wire
from bed import SERVER, Failure, allowed
from wire import Gre

CALL_ID = 0x0102        # what the fake server assigns to its end


class Connection:
    """One control connection, from the server's side."""

    def __init__(self, server, connection, peer):
        self.server = server
        self.socket = connection
        self.peer = peer
        self.data = b''
        self.client_call_id = None
        self.echo_thread = None
        self.seen = []
        self.lock = threading.Lock()
        self.answering = False

    def send(self, kind, **fields):
        self.socket.sendall(wire.build(kind, **fields))

    def send_raw(self, data):
        self.socket.sendall(data)

    def receive(self, seconds=5.0):
        """The next message; None at the end of the connection."""
        deadline = time.monotonic() + allowed(seconds)
        while True:
            message, self.data = wire.parse(self.data)
            if message:
                self.seen.append(message)
                return message
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(f'no control message from the client within {seconds:g} s')
            self.socket.settimeout(left)
            try:
                chunk = self.socket.recv(4096)
            except TimeoutError:
                continue
            except ConnectionResetError:
                return None
            if not chunk:
                return None
            self.data += chunk

    def expect(self, kind, seconds=5.0):
        message = self.receive(seconds)
        if message is None:
            raise Failure(f'the client closed the connection instead of {wire.NAMES[kind]}')
        if message.kind != kind:
            raise Failure(f'{wire.NAMES[message.kind]} from the client instead of '
                          f'{wire.NAMES[kind]}')
        return message

    def expect_end(self, seconds=5.0):
        """What the client still says until it closes: the kinds of its messages."""
        deadline = time.monotonic() + allowed(seconds)
        kinds = []
        while True:
            message = self.receive(max(deadline - time.monotonic(), 0.01))
            if message is None:
                return kinds
            kinds.append(message.kind)

    def start_control(self, **fields):
        message = self.expect(wire.SCCRQ)
        self.send(wire.SCCRP, **fields)
        return message

    def take_call(self, **fields):
        message = self.receive()
        while message and message.kind == wire.ECHO_RQ:     # a client that takes its time
            self.send(wire.ECHO_RP, identifier=message.identifier)
            message = self.receive()
        if message is None or message.kind != wire.OCRQ:
            raise Failure(f'{message} instead of an Outgoing-Call-Request')
        self.client_call_id = message.call_id
        values = {'call_id': CALL_ID, 'peer_call_id': message.call_id, **fields}
        self.send(wire.OCRP, **values)
        return message

    def up(self):
        self.start_control()
        return self.take_call()

    def answer(self, clear=True, echo=True):
        """Answers echoes and the end of the call in the background, as a good server does."""
        self.answering = True
        self.echo_thread = threading.Thread(target=self.answer_loop, args=(clear, echo),
                                            daemon=True)
        self.echo_thread.start()

    def answer_loop(self, clear, echo):
        with contextlib.suppress(OSError, ValueError):
            while self.answering:
                try:
                    message = self.receive(0.2)
                except Failure:
                    continue
                if message is None:
                    return
                if message.kind == wire.ECHO_RQ and echo:
                    self.send(wire.ECHO_RP, identifier=message.identifier)
                elif message.kind == wire.CLEAR and clear:
                    self.send(wire.DISCONNECT, call_id=CALL_ID, result=4)
                elif message.kind == wire.STOP_RQ and clear:
                    self.send(wire.STOP_RP)
                    self.socket.close()
                    return

    def close(self):
        self.answering = False
        self.socket.close()

    def reset(self):
        """Closes with a TCP reset."""
        self.answering = False
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()

    # -- the data side ---------------------------------------------------------------------------

    def send_gre(self, sequence=None, payload=None, acknowledgment=None, call_id=None):
        call_id = self.client_call_id if call_id is None else call_id
        if sequence is not None and payload is None:
            payload = lcp_frame(sequence)
        self.server.gre.sendto(Gre(call_id, sequence, acknowledgment, payload or b'').pack(),
                               (self.peer, 0))

    def receive_gre(self, seconds=5.0, data_only=True):
        deadline = time.monotonic() + allowed(seconds)
        while True:
            self.server.gre.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                packet, (source, _) = self.server.gre.recvfrom(65535)
            except TimeoutError:
                raise Failure(f'no GRE from the client within {seconds:g} s') from None
            if source != self.peer:
                continue
            gre = Gre.parse(packet[(packet[0] & 15) * 4:])
            if gre.call_id == CALL_ID and (gre.sequence is not None or not data_only):
                return gre


class FakeServer:
    def __init__(self, bed, address=SERVER, gre=True, backlog=5):
        self.gre = None
        with bed.inside('server'):
            self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            if gre:
                self.gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
                self.gre.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)     # SO_RCVBUFFORCE
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, 1723))
        self.listener.listen(backlog)
        self.connections = []
        bed.closers.append(self.close)

    def accept(self, seconds=5.0):
        self.listener.settimeout(allowed(seconds))
        try:
            connection, (peer, _) = self.listener.accept()
        except TimeoutError:
            raise Failure(f'no connection from the client within {seconds:g} s') from None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found = Connection(self, connection, peer)
        self.connections.append(found)
        return found

    def drain_gre(self):
        """Forgets what has come."""
        self.gre.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.gre.recv(65535)

    def close(self):
        for connection in self.connections:
            connection.close()
        self.listener.close()
        if self.gre:
            self.gre.close()


def lcp_frame(number, run=77, size=64):
    """The PPP frame that ppp_standin's traffic run `run` takes for its number `number`."""
    stamp = time.monotonic_ns()
    body = b'bed1' + struct.pack('>IIQ', run, number & 0xffffffff, stamp)
    body += bytes((number + at) & 0xff for at in range(28, size))
    return b'\xff\x03\xc0\x21\x09' + bytes([number & 0xff]) + struct.pack('>H', size - 4) + body
