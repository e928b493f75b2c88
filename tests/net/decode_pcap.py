#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The example decode-pcap on captures that are written here: decode_pcap.py PROGRAM. Prints TAP.

Needs no root and no network. Every line that the program prints is compared.
"""
import ipaddress
import os
import struct
import subprocess
import sys
import tempfile

import wire

CLIENT, SERVER = '192.0.2.1', '192.0.2.2'
PORT, OTHER_PORT, SERVICE = 40000, 40001, 1723
SYN, ACK = 0x02, 0x10
TCP, UDP, GRE = 6, 17, 47
IPV4, ARP, VLAN, IPV6, PPPOE, SERVICE_VLAN, LLDP = (0x0800, 0x0806, 0x8100, 0x86dd, 0x8864, 0x88a8,
                                                    0x88cc)
NULL, EN10MB, RAW, LOOP, SLL, IP4, SLL2 = 0, 1, 101, 108, 113, 228, 276   # as in files
IEEE802_11_RADIO = 127


# -- packets ---------------------------------------------------------------------------------------

def ip(protocol, payload, source=CLIENT, destination=SERVER, fragment=0, missing=0):
    """missing: octets that the header promises beyond the payload."""
    return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload) + missing, 0, fragment, 64,
                       protocol, 0, ipaddress.ip_address(source).packed,
                       ipaddress.ip_address(destination).packed) + payload


def tcp(seq, data=b'', port=PORT, flags=ACK, client=CLIENT, reply=False, missing=0):
    """A segment to the server, or from it."""
    ports, ends = (port, SERVICE), (client, SERVER)
    if reply:
        ports, ends = ports[::-1], ends[::-1]
    header = struct.pack('>HHIIBBHHH', *ports, seq % 2**32, 0, 5 << 4, flags, 8192, 0, 0)
    return ip(TCP, header + data, *ends, missing=missing)


def gre(call, number, payload=b'\xff\x03\xc0\x21'):
    return struct.pack('>BBHHHI', 0x30, 0x01, 0x880b, len(payload), call, number) + payload


def ethernet(packet, *types):
    """types: EtherTypes from the outermost tag on."""
    types = types or (IPV4,)
    tags = b''.join(struct.pack('>HH', 7, following) for following in types[1:])
    return bytes(12) + struct.pack('>H', types[0]) + tags + packet


def echo(identifier):
    return wire.build(wire.ECHO_RQ, identifier=identifier)


def echo_line(identifier, port=PORT, client=CLIENT, reply=False):
    ends = (SERVER, f'{client}:{port}') if reply else (f'{client}:{port}', SERVER)
    return f'{ends[0]} > {ends[1]}: Echo-Request: identifier {identifier}'


def gre_line(call, number):
    return f'{CLIENT} > {SERVER}: GRE for call {call}, number {number}, 4 octets'


def gap_line(octets):
    return f'{CLIENT}:{PORT} > {SERVER}: {octets} octets before this segment are missing'


def malformed_line(why='wrong magic cookie'):
    return (f'{CLIENT}:{PORT} > {SERVER}: malformed control message, the rest is left out: {why}')


def left_out(*what):
    return [f'left out: {line}' for line in what]


BROKEN = wire.build(wire.ECHO_RQ, identifier=9, magic=0x11223344)


# -- cases: (name, frames, expected lines[, link type]) ---------------------------------------------

def connections():
    first, second = echo(1), echo(2)
    yield ('connections from two ports are apart', [
        tcp(1000, first[:7]), tcp(5000, second[:5], port=OTHER_PORT),
        tcp(1007, first[7:]), tcp(5005, second[5:], port=OTHER_PORT)],
        [echo_line(1), echo_line(2, port=OTHER_PORT)])
    yield ('connections from two addresses are apart', [
        tcp(1000, first[:7]), tcp(5000, second[:5], client='192.0.2.9'),
        tcp(1007, first[7:]), tcp(5005, second[5:], client='192.0.2.9')],
        [echo_line(1), echo_line(2, client='192.0.2.9')])
    yield ('the directions of a connection are apart', [
        tcp(1000, first[:7]), tcp(5000, second[:5], reply=True),
        tcp(1007, first[7:]), tcp(5005, second[5:], reply=True)],
        [echo_line(1), echo_line(2, reply=True)])
    yield ('several messages in one segment', [tcp(1000, b''.join(map(echo, range(40))))],
           [echo_line(i) for i in range(40)])


def sequence_numbers():
    first, second, third = echo(1), echo(2), echo(3)
    yield ('octets that are sent again are skipped', [
        tcp(1000, first), tcp(1000, first), tcp(1008, first[8:] + second), tcp(1031, second[-1:])],
        [echo_line(1), echo_line(2), *left_out('3 TCP segments sent again')])
    yield ('before the number 0 octets can be sent again', [
        tcp(-16, first), tcp(-16, first), tcp(0, second)],
        [echo_line(1), echo_line(2), *left_out('1 TCP segment sent again')])
    yield ('after the number 0 there can be a gap', [
        tcp(-16, first), tcp(16, second)],
        [echo_line(1), gap_line(16), echo_line(2), *left_out('1 gap in control connections')])
    yield ('numbers wrap in a message', [tcp(-9, first[:9]), tcp(0, first[9:])], [echo_line(1)])
    yield ('after a gap the next segment begins anew', [
        tcp(1000, first + second[:4]), tcp(1100, third)],
        [echo_line(1), gap_line(80), echo_line(3),
         *left_out('1 gap in control connections', '1 incomplete control message')])
    yield ('SYN begins anew at the number after it', [
        tcp(1000, first[:9]), tcp(77, flags=SYN), tcp(78, second), tcp(78, second)],
        [echo_line(2), *left_out('1 TCP segment sent again', '1 incomplete control message')])
    yield ('a gap right after SYN is seen', [tcp(77, flags=SYN), tcp(94, second)],
           [gap_line(16), echo_line(2), *left_out('1 gap in control connections')])
    yield ('a message that the capture ends in is counted', [tcp(1000, first + second[:15])],
           [echo_line(1), *left_out('1 incomplete control message')])


def malformed_messages():
    yield ('nothing is read after a malformed message', [
        tcp(1000, echo(1) + BROKEN + echo(2)), tcp(1048, echo(3)), tcp(9000, echo(4), reply=True)],
        [echo_line(1), malformed_line(), echo_line(4, reply=True),
         *left_out('1 TCP segment after a malformed control message')])
    yield ('a length beyond the longest message is malformed', [tcp(1000, bytes([1, 0]) + bytes(14))],
           [malformed_line('wrong length field')])
    yield ('SYN ends what a malformed message began', [
        tcp(1000, BROKEN), tcp(2000, flags=SYN), tcp(2001, echo(5))],
        [malformed_line(), echo_line(5)])
    unknown = struct.pack('>HHIHH', 14, 1, wire.MAGIC, 99, 0) + bytes(2)
    yield ('a message of an unknown type is skipped', [tcp(1000, unknown + echo(6))],
           [f'{CLIENT}:{PORT} > {SERVER}: unknown message type', echo_line(6)])


def ip_packets():
    yield ('GRE', [ip(GRE, gre(7, 3))], [gre_line(7, 3)])
    yield ('later fragments are not read as headers', [
        ip(GRE, gre(7, 0), fragment=0x2000), ip(GRE, gre(8, 1), fragment=0x2001),
        ip(GRE, gre(8, 2), fragment=0x1fff), ip(TCP, tcp(1000, echo(1))[20:], fragment=5)],
        [gre_line(7, 0), *left_out('3 later fragments of IP packets')])
    other = struct.pack('>HHIIBBHHH', 80, 90, 0, 0, 5 << 4, ACK, 0, 0, 0)
    yield ('other protocols and ports are counted', [
        ip(UDP, bytes(8)), ip(UDP, bytes(8)), ip(1, bytes(8)), ip(TCP, other)],
        left_out('1 packet of IP protocol 1', '2 packets of IP protocol 17',
                 '1 TCP segment of other ports'))
    yield ('wrong headers are counted', [
        b'\x45', ip(TCP, bytes(19)), ip(TCP, bytes(20)), b'\x44' + ip(GRE, gre(1, 1))[1:],
        ip(GRE, b'', missing=-1)],
        left_out('5 packets with a wrong or incomplete header'))
    yield ('an end that the capture does not have is a gap', [
        tcp(1000, echo(1)[:10], missing=6), tcp(1016, echo(2))],
        [gap_line(6), echo_line(2), *left_out(
            '1 packet end that the capture does not have', '1 gap in control connections',
            '1 incomplete control message')])


def ethertypes():
    packet = ip(GRE, gre(7, 3))
    yield ('VLAN tags are skipped', [
        ethernet(packet, VLAN, IPV4), ethernet(packet, SERVICE_VLAN, VLAN, IPV4)],
        [gre_line(7, 3)] * 2, EN10MB)
    yield ('padding of a frame is not read', [
        ethernet(tcp(1000) + bytes(6)), ethernet(tcp(1000, echo(1)[:3]) + bytes(3)),
        ethernet(tcp(1003, echo(1)[3:]))], [echo_line(1)], EN10MB)
    yield ('other EtherTypes are named', [
        *[ethernet(packet, IPV6)] * 3, ethernet(packet, ARP), ethernet(packet, PPPOE),
        *[ethernet(packet, LLDP)] * 2, ethernet(packet, VLAN, IPV6), ethernet(packet, 38),
        ethernet(b'', VLAN, IPV4), ethernet(b'\0', VLAN)],
        left_out('4 IPv6 packets', '1 ARP packet', '1 PPPoE packet', '1 802.3 frame',
                 '1 packet of EtherType 0x8100', '2 packets of EtherType 0x88cc',
                 '1 packet with a wrong or incomplete header'), EN10MB)


def link_types():
    packet, ipv6 = ip(GRE, gre(7, 3)), b'\x60' + bytes(39)
    expected = [gre_line(7, 3), *left_out('1 IPv6 packet')]
    headers = {
        'EN10MB': (EN10MB, lambda kind: bytes(12) + struct.pack('>H', kind)),
        'LINUX_SLL': (SLL, lambda kind: bytes(14) + struct.pack('>H', kind)),
        'LINUX_SLL2': (SLL2, lambda kind: struct.pack('>H', kind) + bytes(18)),
        'NULL': (NULL, lambda kind: struct.pack('<I', 2 if kind == IPV4 else 30)),
        'LOOP': (LOOP, lambda kind: struct.pack('>I', 2 if kind == IPV4 else 30)),
        'RAW': (RAW, lambda kind: b''),
    }
    for name, (link, header) in headers.items():
        yield (f'link type {name}', [header(IPV4) + packet, header(IPV6) + ipv6], expected, link)
    yield 'link type IPV4', [packet], [gre_line(7, 3)], IP4
    yield ('what is no IP on a raw link is counted', [b'\x50' + bytes(30), b''],
           left_out('1 packet of neither IPv4 nor IPv6',
                    '1 packet with a wrong or incomplete header'))


# -- running ---------------------------------------------------------------------------------------

def decode(program, frames, link):
    """(exit status, output, errors) for a capture of these frames, a second apart."""
    with tempfile.NamedTemporaryFile(suffix='.pcap') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, link))
        for second, frame in enumerate(frames):
            file.write(struct.pack('<IIII', second, 5, len(frame), len(frame)) + frame)
        file.flush()
        done = subprocess.run([program, file.name], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def wrong(program, frames, expected, link=RAW):
    status, output, errors = decode(program, frames, link)
    lines = [line if line.startswith('left out') else line.split(' ', 1)[1]
             for line in output.splitlines()]
    if status or errors:
        return f'status {status}: {errors}'
    if lines != expected:
        return '\n'.join(['it printed:', *lines, 'expected:', *expected])
    return ''


def wrong_time(program):
    output = decode(program, [bytes(1), ip(GRE, gre(7, 3))], RAW)[1]
    return '' if output.startswith(f'1.000005 {gre_line(7, 3)}\n') else f'it printed: {output}'


def wrong_link_type(program):
    status, output, errors = decode(program, [bytes(60)], IEEE802_11_RADIO)
    fine = status == 1 and not output and 'IEEE802_11_RADIO' in errors
    return '' if fine else f'status {status}: {output}{errors}'


def results(program):
    for group in (connections, sequence_numbers, malformed_messages, ip_packets, ethertypes,
                  link_types):
        for name, *case in group():
            yield name, wrong(program, *case)
    yield 'each line begins with the time', wrong_time(program)
    yield 'another link type is named, with status 1', wrong_link_type(program)


def main():
    program = sys.argv[1]
    if not os.path.exists(program):
        print('1..0 # SKIP decode-pcap was not tested: it was not built, libpcap is not here')
        return 0
    found = list(results(program))
    print(f'1..{len(found)}')
    for number, (name, why) in enumerate(found, 1):
        print(f'{"not " if why else ""}ok {number} - decode-pcap: {name}')
        for line in why.splitlines():
            print(f'# {line}')
    return 1 if any(why for _, why in found) else 0


if __name__ == '__main__':
    sys.exit(main())
