# SPDX-License-Identifier: MIT
"""CPU time per packet as bars, in SVG."""

from measurements import FLOOR, OURS, THEIRS

COLOURS = {FLOOR: '#9aa5b1', OURS: '#1f6fb2', THEIRS: '#d9822b'}
LABELS = {FLOOR: 'floor: the kernel alone', OURS: 'ours', THEIRS: 'pptp-linux'}
WIDTH, HEIGHT = 1100, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 70, 60
STYLE = 'font-family="sans-serif" fill="#222"'


def text(x, y, words, anchor='middle', size=13, extra=''):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" ' \
           f'{STYLE} {extra}>{words}</text>'


def round_up(value):
    """The next of 1, 2, 5 times a power of ten."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10


def axis(top, step):
    out = []
    inner = HEIGHT - TOP - BOTTOM
    for value in range(0, int(top) + 1, step):
        y = HEIGHT - BOTTOM - inner * value / top
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
                   f'stroke="#ddd"/>')
        out.append(text(LEFT - 8, y + 4, f'{value / 1000:g}', 'end', 12))
    middle = TOP + inner / 2
    out.append(text(18, middle, 'CPU time per packet, microseconds', size=13,
                    extra=f'transform="rotate(-90 18 {middle:.1f})"'))
    return out


def legend(names):
    out = []
    x = LEFT
    for name in names:
        out.append(f'<rect x="{x}" y="40" width="14" height="14" fill="{COLOURS[name]}"/>')
        out.append(text(x + 20, 52, LABELS[name], 'start'))
        x += 50 + 8 * len(LABELS[name])
    return out


def group(name, cell, names, left, width, scale):
    out = []
    bar = width * 0.8 / len(names)
    floor_line = HEIGHT - BOTTOM
    for number, client in enumerate(names):
        height = cell[client]['ns'] * scale
        x = left + width * 0.1 + bar * number
        out.append(f'<rect x="{x:.1f}" y="{floor_line - height:.1f}" width="{bar - 2:.1f}" '
                   f'height="{height:.1f}" fill="{COLOURS[client]}">'
                   f'<title>{name}, {client}: {cell[client]["ns"]:.0f} ns</title></rect>')
        out.append(text(x + bar / 2 - 1, floor_line - height - 4,
                        f'{cell[client]["ns"] / 1000:.1f}', size=10))
    middle = left + width / 2
    words = name.split()
    out.append(text(middle, floor_line + 18, f'{words[0]} {words[1]}'))
    notes = ([f'x {cell["ratio"]:.1f}'] if 'ratio' in cell else []) + words[2:]
    out.append(text(middle, floor_line + 36, ', '.join(notes), size=12,
                    extra='font-weight="bold"'))
    return out


def throughput(results):
    cells = results['throughput']
    names = [name for name in (FLOOR, OURS, THEIRS)
             if all(name in cell for cell in cells.values())]
    highest = max(cell[name]['ns'] for cell in cells.values() for name in names) * 1.08
    step = round_up(highest / 8)
    top = -(-highest // step) * step
    scale = (HEIGHT - TOP - BOTTOM) / top
    width = (WIDTH - LEFT - RIGHT) / len(cells)
    body = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            text(LEFT, 26, "CPU time of the client's processes per packet, by direction and "
                 'octets; the bold figure is pptp-linux to ours', 'start', 15),
            *axis(top, step), *legend(names)]
    for number, (name, cell) in enumerate(cells.items()):
        body += group(name, cell, names, LEFT + width * number, width, scale)
    body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" '
                f'y2="{HEIGHT - BOTTOM}" stroke="#222"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" ' \
           f'viewBox="0 0 {WIDTH} {HEIGHT}">\n' + '\n'.join(body) + '\n</svg>\n'
