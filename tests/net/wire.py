# SPDX-License-Identifier: MIT
"""The messages of RFC 2637 as the tests see them: built and taken apart with struct."""

import struct

MAGIC = 0x1A2B3C4D

SCCRQ, SCCRP, STOP_RQ, STOP_RP, ECHO_RQ, ECHO_RP, OCRQ, OCRP = range(1, 9)
ICRQ, ICRP, ICCN, CLEAR, DISCONNECT, WAN_ERROR, SET_LINK = range(9, 16)

NAMES = ('', 'SCCRQ', 'SCCRP', 'StopCCRQ', 'StopCCRP', 'Echo-Request', 'Echo-Reply', 'OCRQ', 'OCRP',
         'ICRQ', 'ICRP', 'ICCN', 'Call-Clear-Request', 'Call-Disconnect-Notify',
         'WAN-Error-Notify', 'Set-Link-Info')

FORMATS = {
    SCCRQ: ('>HHIIHH64s64s', 'version reserved framing bearer channels firmware host vendor'),
    SCCRP: ('>HBBIIHH64s64s',
            'version result error framing bearer channels firmware host vendor'),
    STOP_RQ: ('>BBH', 'reason reserved1 reserved2'),
    STOP_RP: ('>BBH', 'result error reserved'),
    ECHO_RQ: ('>I', 'identifier'),
    ECHO_RP: ('>IBBH', 'identifier result error reserved'),
    OCRQ: ('>HHIIIIHHHH64s64s',
           'call_id serial minimum_bps maximum_bps bearer framing window delay '
           'phone_length reserved phone subaddress'),
    OCRP: ('>HHBBHIHHI', 'call_id peer_call_id result error cause speed window delay channel'),
    CLEAR: ('>HH', 'call_id reserved'),
    DISCONNECT: ('>HBBHH128s', 'call_id result error cause reserved statistics'),
    WAN_ERROR: ('>HHIIIIII', 'peer_call_id reserved crc framing hardware buffer timeout alignment'),
    SET_LINK: ('>HHII', 'peer_call_id reserved send_accm receive_accm'),
}

DEFAULTS = {
    SCCRP: {'version': 0x0100, 'result': 1, 'framing': 3, 'bearer': 3, 'channels': 1,
            'firmware': 1, 'host': b'fake', 'vendor': b'test bench'},
    STOP_RQ: {'reason': 1},
    STOP_RP: {'result': 1},
    ECHO_RP: {'result': 1},
    OCRP: {'result': 1, 'speed': 10000000, 'window': 64},
    DISCONNECT: {'result': 1, 'statistics': b''},
}


class Message:
    """A control message: the type, the fields by name, the bytes."""

    def __init__(self, kind, fields, data):
        self.kind = kind
        self.fields = fields
        self.data = data

    def __getattr__(self, name):
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    def __repr__(self):
        return f'{NAMES[self.kind]} {self.fields}'


def build(kind, magic=MAGIC, length=None, message_type=1, reserved0=0, **fields):
    layout, names = FORMATS[kind]
    values = dict.fromkeys(names.split(), 0)
    values.update(DEFAULTS.get(kind, {}))
    values.update(fields)
    body = struct.pack(layout, *values.values())
    length = len(body) + 12 if length is None else length
    return struct.pack('>HHIHH', length, message_type, magic, kind, reserved0) + body


def parse(data):
    """The first message of data and the rest; None if data is too short."""
    if len(data) < 2:
        return None, data
    length = struct.unpack_from('>H', data)[0]
    if len(data) < max(length, 12):
        return None, data
    _, message_type, magic, kind, _ = struct.unpack_from('>HHIHH', data)
    if magic != MAGIC or message_type != 1 or not 1 <= kind <= 15:
        raise ValueError(f'no PPTP control message: {data[:12].hex()}')
    fields = {}
    if kind in FORMATS:
        layout, names = FORMATS[kind]
        if struct.calcsize(layout) + 12 != length:
            raise ValueError(f'{NAMES[kind]} of {length} octets')
        fields = dict(zip(names.split(), struct.unpack_from(layout, data, 12)))
    return Message(kind, fields, data[:length]), data[length:]


def text(field):
    return field.split(b'\0')[0].decode(errors='replace')


class Gre:
    """An enhanced GRE packet (RFC 2637, section 4.1)."""

    def __init__(self, call_id, sequence=None, acknowledgment=None, payload=b''):
        self.call_id = call_id
        self.sequence = sequence
        self.acknowledgment = acknowledgment
        self.payload = payload

    def pack(self):
        flags = 0x2001
        tail = b''
        if self.sequence is not None:
            flags |= 0x1000
            tail += struct.pack('>I', self.sequence & 0xffffffff)
        if self.acknowledgment is not None:
            flags |= 0x0080
            tail += struct.pack('>I', self.acknowledgment & 0xffffffff)
        return struct.pack('>HHHH', flags, 0x880B, len(self.payload),
                           self.call_id) + tail + self.payload

    @classmethod
    def parse(cls, data):
        flags, protocol, length, call_id = struct.unpack_from('>HHHH', data)
        if protocol != 0x880B or flags & 0xEF7F != 0x2001:
            raise ValueError(f'no enhanced GRE: {data[:8].hex()}')
        packet = cls(call_id)
        at = 8
        if flags & 0x1000:
            packet.sequence = struct.unpack_from('>I', data, at)[0]
            at += 4
        if flags & 0x0080:
            packet.acknowledgment = struct.unpack_from('>I', data, at)[0]
            at += 4
        packet.payload = data[at:at + length]
        return packet

    def __repr__(self):
        return (f'GRE(call={self.call_id} seq={self.sequence} ack={self.acknowledgment} '
                f'{len(self.payload)} octets)')
