# SPDX-License-Identifier: MIT
"""A part of the matrix of bad networks (matrix.py has all of it)."""

import goodput
from goodput import DOWN
from netns import check
from registry import scenario

CELLS = ("loss 1 %", "reordering 25 %", "duplication 5 %", "all at once")
ROUNDS, SECONDS = 2, 3
PROGRESS = 0.1          # Mbit/s
# Short runs of the same client differ by so much on a machine that has other things to do too.
NOISE = 0.75


def measure_cell(cell, ours, theirs):
    figures = goodput.measure([ours, theirs], cell, DOWN, ROUNDS, SECONDS)
    dead = goodput.revive([ours, theirs])
    # A damaged number in an encrypted packet can end MPPE, whoever carries it: seldom twice.
    if goodput.is_damaging(cell) and any(words.startswith(ours.name) for words in dead):
        figures = goodput.measure([ours, theirs], cell, DOWN, ROUNDS, SECONDS)
        dead += goodput.revive([ours, theirs])
    ratio = figures.ratio(ours.name, theirs.name)
    print(f"# {cell.name}: ours {figures.median(ours.name):.2f} Mbit/s, pptp-linux "
          f"{figures.median(theirs.name):.2f} Mbit/s, ratio {ratio:.2f}; " + "; ".join(dead))
    check(figures.median(ours.name) > PROGRESS, f"{cell.name}: no progress: {figures.runs}")
    check(ratio > NOISE, f"{cell.name}: behind pptp-linux: {figures.runs}")
    check(not figures.errors[ours.name] or goodput.is_damaging(cell),
          f"{cell.name}: PPP in the kernel refused {figures.errors[ours.name]} packets")


def check_order(cell, watched):
    figures = goodput.measure([watched], cell, DOWN, 1, SECONDS)
    order = figures.order[watched.name]
    print(f"# {cell.name}: {order.packets} packets came out of the pty, {order.missing} missing")
    check(order.packets > 50, f"{cell.name}: only {order.packets} packets came out of the pty")
    check(not order.wrong, f"{cell.name}: out of order or twice at the pty, as MPPE numbers "
          f"(before, then): {order.wrong[:9]}")
    check(not order.damaged or goodput.is_damaging(cell), f"{order.damaged} numbers damaged")
    goodput.revive([watched])


@scenario(400)
def network_goodput(bed):
    """bad networks: TCP goes on at least as fast as with pptp-linux, in order at the pty."""
    with goodput.side_by_side(bed, ("ours", bed.program, False),
                              ("pptp-linux", bed.reference, False),
                              ("watched", bed.program, True)) as (ours, theirs, watched):
        for cell in map(goodput.cell_named, CELLS):
            measure_cell(cell, ours, theirs)
            check_order(cell, watched)
