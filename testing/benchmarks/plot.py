"""Curves in logarithmic axes, as SVG: plot.py CURVES.json PLOT.svg draws {name: [[size, milliseconds], ...]}."""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 440, 70, 20, 250, 50
COLOURS = ["#1b6ca8", "#c0392b", "#27864a", "#8e44ad", "#b9770e"]


def exponent(points):
    """Of time = c * size^exponent, by least squares of the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    middle_x = sum(x for x, _ in logs) / len(logs)
    middle_y = sum(y for _, y in logs) / len(logs)
    spread = sum((x - middle_x) ** 2 for x, _ in logs)
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / spread if spread else 0.0


def draw(path, curves):
    xs = [x for points in curves.values() for x, _ in points]
    ys = [y for points in curves.values() for _, y in points]
    decades_x = range(math.floor(math.log10(min(xs))), math.ceil(math.log10(max(xs))) + 1)
    decades_y = range(math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys))) + 1)

    def place(x, y):
        across = (math.log10(x) - decades_x[0]) / max(1, decades_x[-1] - decades_x[0])
        up = (math.log10(y) - decades_y[0]) / max(1, decades_y[-1] - decades_y[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT), '<rect width="100%" height="100%" fill="white"/>']
    for decade in decades_x:
        x, _ = place(10.0**decade, 10.0 ** decades_y[0])
        parts.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>' % (x, TOP, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 18, 10.0**decade))
    for decade in decades_y:
        _, y = place(10.0 ** decades_x[0], 10.0**decade)
        parts.append('<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g ms</text>' % (LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, 10.0**decade))
    for number, (name, points) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [place(x, y) for x, y in points]
        parts.append('<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>' % (colour, " ".join("%.1f,%.1f" % p for p in places)))
        parts += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x, y, colour) for x, y in places]
        parts.append('<text x="%d" y="%d" fill="%s">%s: size^%.2f</text>' % (WIDTH - RIGHT + 10, TOP + 20 + 22 * number, colour, name, exponent(points)))
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join([*parts, "</svg>"]) + "\n")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as text:
        draw(sys.argv[2], json.load(text))
