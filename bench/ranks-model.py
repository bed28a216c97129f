#!/usr/bin/env python3
"""Draws what ranks cost: the model of docs/distributed.md, "Cost", as lines, and what was measured as points.

    bench/ranks-model.py POINTS.jsonl PICTURE.svg    POINTS as bench/ranks-network.py printed them

The model of an update of N ranks: t(N) = (t(1) - a) / N + a + max(0, V / B - o / N), with V = 2 (N-1)/N x 4 bytes x trained
parameters, B the speed of a link. a (what each rank does alike) follows from the points of two ranks on unlimited links, o (how
long sums go on behind the backward pass, for one rank's rows) from those on slow links; both are printed.
"""
import json, math, sys

COLOURS = ["#1b6ca8", "#c0561f", "#3a7d44", "#7b4fa3", "#8a6d1b"]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 900, 420, 70, 40, 250, 60
RANKS = [1, 2, 4, 8, 16, 32, 64]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    points = [json.loads(line) for line in open(sys.argv[1])]
    sizes = sorted({(p["parameters"], p["method"]) for p in points})
    lines, dots, legend, fitted = [], [], [], []
    for size, method in sizes:
        own = [p for p in points if (p["parameters"], p["method"]) == (size, method)]
        one = next(p["ms"] for p in own if p["ranks"] == 1)
        free = next(p["ms"] for p in own if p["ranks"] == 2 and p["mbit"] == 0)
        trained = next(p["sent_bytes"] for p in own if p["ranks"] == 2 and p["mbit"] == 0)
        alike = max(0, 2 * free - one)
        slow = [p for p in own if p["ranks"] == 2 and p["mbit"]]
        hidden = [2 * (wire(trained, 2, p["mbit"]) - (p["ms"] - free)) for p in slow if p["ms"] - free > 0.05 * free]
        behind = max(0, sum(hidden) / len(hidden)) if hidden else 0
        fitted.append((size, method, one, alike, behind))
        for mbit in sorted({p["mbit"] for p in slow}):
            name = f"{size / 1e6:.1f} M {method}, {mbit} Mbit/s"
            lines.append((name, [time(n, one, alike, behind, trained, mbit) / one for n in RANKS]))
            dots.append([(1, 1.0)] + [(p["ranks"], p["ms"] / one) for p in own if p["ranks"] > 1 and p["mbit"] == mbit])
    for size, method, one, alike, behind in fitted:
        print(f"{size:>10,} {method:5}  t(1) {one} ms, alike {alike:.0f} ms, behind the backward pass up to {behind:.0f} ms")
    open(sys.argv[2], "w").write(picture(lines, dots))


def wire(trained, ranks, mbit):
    """Milliseconds that the sums of an update need on a link; with two ranks a rank sends each trained number once."""
    return 2 * (ranks - 1) / ranks * trained * 8 / (mbit * 1000)


def time(ranks, one, alike, behind, trained, mbit):
    sums = max(0, wire(trained, ranks, mbit) - behind / ranks) if ranks > 1 else 0
    return (one - alike) / ranks + alike + sums


def picture(lines, dots):
    top = max(1.0, *(v for _, values in lines for v in values)) * 1.05
    x = lambda n: LEFT + (WIDTH - LEFT - RIGHT) * math.log2(n) / math.log2(RANKS[-1])
    y = lambda v: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * v / top
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
           f'<text x="{LEFT}" y="22" font-size="15">Time of an update, in times of one rank\'s: model (lines), measured (points)</text>']
    for n in RANKS:
        out.append(f'<line x1="{x(n):.1f}" y1="{TOP}" x2="{x(n):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e3e3e3"/>')
        out.append(f'<text x="{x(n):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{n}</text>')
    step = 0.25 if top < 2.5 else 0.5 if top < 5 else 2
    for i in range(int(top / step) + 1):
        v = i * step
        out.append(f'<line x1="{LEFT}" y1="{y(v):.1f}" x2="{WIDTH - RIGHT}" y2="{y(v):.1f}" stroke="#e3e3e3"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(v) + 4:.1f}" text-anchor="end">{v:g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">ranks, each with a core of its own</text>')
    for i, ((name, values), measured) in enumerate(zip(lines, dots)):
        colour = COLOURS[i % len(COLOURS)]
        dash = "" if i < len(COLOURS) else ' stroke-dasharray="6 4"'
        path = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in zip(RANKS, values))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        out += [f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="5" fill="{colour}"/>' for n, v in measured]
        at = TOP + 20 + 22 * i
        out.append(f'<line x1="{WIDTH - RIGHT + 18}" y1="{at}" x2="{WIDTH - RIGHT + 44}" y2="{at}" stroke="{colour}" stroke-width="3"{dash}/>')
        out.append(f'<text x="{WIDTH - RIGHT + 52}" y="{at + 4}">{name}</text>')
    return "\n".join(out + ["</svg>\n"])


main()
