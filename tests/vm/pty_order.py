# SPDX-License-Identifier: MIT
"""What pppd got from its terminal, and whether the packets in it rise strictly.

pppd's option `record` writes down each octet that passes its terminal. With MPPE every packet of
data carries a 12-bit coherency count that the sender raises by one (RFC 3078, 3.1): one that does
not rise came twice, or behind a later one."""

RECEIVED = 2
WITH_LENGTH = (1, RECEIVED)
# Octets behind the tags of ends, long and short time steps, and of the start time (pppdump(8)).
SKIPPED = {3: 0, 4: 0, 5: 4, 6: 1, 7: 4}
FLAG, ESCAPE = 0x7E, 0x7D
HEAD = 16                       # escaped octets that hold address to coherency count
MPPE = 0x00FD
ENCRYPTED = 0x1000
COUNTS = 4096


class Record:
    """A record that grows."""

    def __init__(self, path):
        self.path, self.read_to, self.rest = path, 0, b""
        self.frame = b""        # the beginning of the frame that is not complete

    def new_octets(self):
        with open(self.path, "rb") as f:
            f.seek(self.read_to)
            data = f.read()
        self.read_to += len(data)
        data, octets, at = self.rest + data, [], 0
        while at < len(data):
            size = 1 + SKIPPED.get(data[at], 2)
            if data[at] in WITH_LENGTH:
                size += int.from_bytes(data[at + 1:at + 3], "big")
            if at + size > len(data):
                break
            if data[at] == RECEIVED:
                octets.append(data[at + 3:at + size])
            at += size
        self.rest = data[at:]
        return b"".join(octets)

    def new_counts(self):
        """The coherency counts of the encrypted packets that came since, in order."""
        pieces = (self.frame + self.new_octets()).split(bytes([FLAG]))
        self.frame = pieces.pop()
        return [c for c in map(coherency_count, pieces) if c is not None]


def unescaped(piece):
    parts = piece.split(bytes([ESCAPE]))
    return parts[0] + b"".join(bytes([p[0] ^ 0x20]) + p[1:] for p in parts[1:] if p)


def coherency_count(piece):
    """Of an escaped frame; None if it is another kind of frame."""
    head = unescaped(piece[:HEAD])
    # Address, control and protocol may be compressed (RFC 1661, 6.5 and 6.6).
    head = head.removeprefix(b"\xff\x03")
    head = head if head[:1] == b"\x00" else b"\x00" + head
    bits = int.from_bytes(head[2:4], "big")
    if len(head) < 4 or int.from_bytes(head[:2], "big") != MPPE or not bits & ENCRYPTED:
        return None
    return bits % COUNTS


def step(before, count):
    """How far a count is ahead; 0 or less when it does not rise."""
    return (count - before + COUNTS // 2 - 1) % COUNTS - COUNTS // 2 + 1


class Order:
    """packets: how many came; missing: numbers passed over; damaged: those whose number has one
    bit changed; wrong: (before, number) of those that did not rise."""

    def __init__(self, counts):
        self.packets, self.missing, self.damaged, self.wrong = len(counts), 0, 0, []
        last = counts[0] if counts else 0
        for at in range(1, len(counts)):
            count = counts[at]
            after = counts[at + 1] if at + 1 < len(counts) else None
            if self.is_damaged(last, count, after):
                self.damaged += 1
                continue
            if step(last, count) > 0:
                self.missing += step(last, count) - 1
                last = count
            else:
                self.wrong.append((last, count))

    @staticmethod
    def is_damaged(before, count, after):
        """Whether it fits nowhere, but would with one bit changed."""
        if after is None or 0 < step(before, count) < step(before, after):
            return False
        return any(0 < step(before, count ^ 1 << bit) < step(before, after) for bit in range(12))
