# SPDX-License-Identifier: MIT
"""What is on the wire: PPTP control messages and GRE packets of one interface."""

import collections
import ctypes
import select
import socket
import struct
import threading
import time

ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
PPTP_PORT = 1723
COOKIE = 0x1a2b3c4d

MESSAGES = {
    1: "Start-Control-Connection-Request", 2: "Start-Control-Connection-Reply",
    3: "Stop-Control-Connection-Request", 4: "Stop-Control-Connection-Reply",
    5: "Echo-Request", 6: "Echo-Reply",
    7: "Outgoing-Call-Request", 8: "Outgoing-Call-Reply",
    9: "Incoming-Call-Request", 10: "Incoming-Call-Reply", 11: "Incoming-Call-Connected",
    12: "Call-Clear-Request", 13: "Call-Disconnect-Notify",
    14: "WAN-Error-Notify", 15: "Set-Link-Info",
}

# IPv4 and either GRE or TCP to or from port 1723, in the words of the classic packet filter.
FILTER = (
    (0x28, 0, 0, 12), (0x15, 0, 9, 0x0800),     # ethertype IPv4, else drop
    (0x30, 0, 0, 23), (0x15, 6, 0, 47),         # GRE: take
    (0x15, 0, 6, 6),                            # not TCP: drop
    (0xb1, 0, 0, 14),                           # x = length of the IPv4 header
    (0x48, 0, 0, 14), (0x15, 2, 0, PPTP_PORT),
    (0x48, 0, 0, 16), (0x15, 0, 1, PPTP_PORT),
    (0x06, 0, 0, 0xffff), (0x06, 0, 0, 0),
)

Message = collections.namedtuple("Message", "time from_client name body")
Gre = collections.namedtuple("Gre", "time from_client call seq ack payload")


def attach_filter(sock):
    code = b"".join(struct.pack("HBBI", *op) for op in FILTER)
    buffer = ctypes.create_string_buffer(code)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HL", len(FILTER), ctypes.addressof(buffer)))


def split_messages(stream):
    """(offset of the end, type, body) of each control message in one direction's bytes."""
    at = 0
    while at + 12 <= len(stream):
        length, kind, cookie, message = struct.unpack_from(">HHIH", stream, at)
        if length < 12 or kind != 1 or cookie != COOKIE or at + length > len(stream):
            return
        yield at + length, message, stream[at:at + length]
        at += length


class Capture:
    """Records from its making to stop()."""

    def __init__(self, ns, interface):
        self.packets = []
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        attach_filter(self.sock)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.sock.bind((interface, ETH_P_ALL))
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.record, daemon=True)
        self.thread.start()

    def record(self):
        while True:
            ready, _, _ = select.select([self.sock], [], [], 0.1)
            if ready:
                self.packets.append((time.monotonic(), self.sock.recv(2048)[14:]))
            elif self.stopping.is_set():
                return

    def stop(self):
        self.stopping.set()
        self.thread.join(10)
        self.sock.close()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.stopping.is_set():
            self.stop()

    def payloads(self, protocol):
        for when, packet in self.packets:
            total = struct.unpack_from(">H", packet, 2)[0]
            if packet[9] == protocol:
                yield when, packet[12:20], packet[(packet[0] & 15) * 4:total]

    def messages(self):
        """The control messages, oldest first, retransmissions and order of arrival set right."""
        flows = {}
        for when, _, tcp in self.payloads(6):
            source, target, seq = struct.unpack_from(">HHI", tcp)
            data = tcp[(tcp[12] >> 4) * 4:]
            flow = flows.setdefault((source, target), {"isn": None, "parts": {}})
            if tcp[13] & 2:
                flow["isn"] = (seq + 1) & 0xffffffff
            elif data:
                flow["parts"].setdefault(seq, (when, data))
        found = []
        for (source, target), flow in flows.items():
            found += self.flow_messages(flow, target == PPTP_PORT)
        return sorted(found)

    @staticmethod
    def flow_messages(flow, from_client):
        if not flow["parts"]:
            return
        start = flow["isn"] if flow["isn"] is not None else min(flow["parts"])
        stream, ends = b"", []
        parts = {(seq - start) & 0xffffffff: part for seq, part in flow["parts"].items()}
        for offset in sorted(parts):
            when, data = parts[offset]
            if offset > len(stream):
                break
            stream += data[len(stream) - offset:]
            ends.append((len(stream), when))
        for end, kind, body in split_messages(stream):
            when = next(w for e, w in ends if e >= end)
            yield Message(when, from_client, MESSAGES.get(kind, f"message {kind}"), body)

    def names(self, from_client=True):
        return [m.name for m in self.messages() if m.from_client == from_client]

    def call_ids(self):
        """Those that the client chose, in its Outgoing-Call-Requests."""
        return [m.body[12:14] for m in self.messages() if m.name == MESSAGES[7]]

    def gre(self, client_address):
        client = socket.inet_aton(client_address)
        for when, addresses, packet in self.payloads(47):
            if len(packet) < 8:
                continue
            flags, protocol, length, call = struct.unpack_from(">HHHH", packet)
            at, seq, ack = 8, None, None
            if protocol != 0x880b:
                continue
            if flags & 0x1000:
                seq, at = struct.unpack_from(">I", packet, at)[0], at + 4
            if flags & 0x0080:
                ack, at = struct.unpack_from(">I", packet, at)[0], at + 4
            yield Gre(when, addresses[:4] == client, call, seq, ack, packet[at:at + length])
