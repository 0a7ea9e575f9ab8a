"""Tables and charts."""
import math

# on a light and on a dark ground
COLOURS = {'nginx': ('#666', '#aaa'), 'haproxy': ('#c60', '#f93'), 'caddy': ('#0a7ea4', '#4bc3e8'), 'undertow': ('#b08', '#f6c'),
           'hopyard-off': ('#7a5', '#ad8'), 'hopyard': ('#283', '#4c6'), 'hopyard-console': ('#063', '#2a8')}
# for other names, in turn; people who see few colours can tell them apart, too
PALETTE = [('#0072b2', '#56b4e9'), ('#b34a00', '#ff9d5c'), ('#007a5a', '#3ddc97'), ('#a0437a', '#f0a6d0'),
           ('#7a5c00', '#e6c229'), ('#5a3fc0', '#b3a1ff'), ('#666', '#aaa')]
DASHES = ['', '7 3', '2 3', '9 3 2 3', '1 2', '12 4', '4 4']

def table(title, rows, names):
    """Rows of (label, {name: value}), each value with its ratio to nginx's."""
    print(f'\n{title}')
    print(f'{"":26}' + ''.join(f'{n:>18}' for n in names))
    for label, values in rows:
        base = values.get('nginx')
        cells = ''
        for name in names:
            value = values.get(name)
            ratio = f' ({value / base:.2f})' if value is not None and base else ''
            text = '-' if value is None else f'{value:.2f}' if value < 10 else \
                 f'{value:.1f}' if value < 100 else f'{value:.0f}'
            cells += f'{text + ratio:>18}'
        print(f'{label:26}' + cells, flush=True)


def svg(width, height, title, parts, names=()):
    """Names get the classes s0, s1 and so on, in a colour for light and for dark surroundings."""
    pairs = [COLOURS.get(name, PALETTE[i % len(PALETTE)]) for i, name in enumerate(names)]
    light, dark = (''.join(f' .l{i} {{ stroke: {pair[k]} }} .f{i} {{ fill: {pair[k]} }}' for i, pair in enumerate(pairs))
                   for k in (0, 1))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
            f'font-family="sans-serif" font-size="11"><title>{title}</title>\n<style>text {{ fill: #1f2328 }} .ground {{ fill: #fff }} '
            f'.grid {{ stroke: #d8dde3 }}{light}\n@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} '
            f'.ground {{ fill: #0d1117 }} .grid {{ stroke: #343b44 }}{dark} }}</style>\n'
            f'<rect class="ground" width="100%" height="100%"/><text x="8" y="18" font-size="14">{title}</text>\n'
            + '\n'.join(parts) + '</svg>\n')


def bars(path, title, groups):
    """Groups of horizontal bars: {heading: {name: value}}."""
    parts, y = [], 40
    names = list(dict.fromkeys(name for by_name in groups.values() for name in by_name))
    most = max(value for by_name in groups.values() for value in by_name.values())
    for heading, by_name in groups.items():
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{heading}</text>')
        y += 6
        for name, value in by_name.items():
            length = 480 * value / most
            parts.append(f'<text x="8" y="{y + 10}">{name}</text><rect x="130" y="{y}" width="{length:.0f}" height="12" '
                         f'class="f{names.index(name)}"/><text x="{136 + length:.0f}" y="{y + 10}">{value:.1f}</text>')
            y += 15
        y += 20
    with open(path, 'w') as f:
        f.write(svg(680, y, title, parts, names))


def steps(least, most, is_log):
    """Where the lines of a scale are, from below up."""
    if is_log:
        return [10 ** n for n in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)]
    size = 10 ** math.floor(math.log10(most / 4))
    size *= next(n for n in (1, 2, 2.5, 5, 10) if n * size >= most / 5)
    return [size * n for n in range(math.ceil(most / size - 1e-9) + 1)]


def apart(heights, lowest):
    """Where names stand whose lines end at these heights, from above down: none in another's place, none too low."""
    placed = []
    for height in heights:
        placed.append(max(height, placed[-1] + 13) if placed else height)
    for i in range(len(placed) - 1, -1, -1):
        lowest = placed[i] = min(placed[i], lowest)
        lowest -= 13
    return placed


def lines(path, title, charts, logs=()):
    """Charts below each other: {heading: {name: [(x, y), …]}}, x by its places; y is logarithmic where the heading is in logs."""
    parts, top = [], 30
    names = list(dict.fromkeys(name for by_name in charts.values() for name in by_name))
    left, width, height = 60, 470, 150
    for heading, by_name in charts.items():
        xs = [x for x, _ in next(iter(by_name.values()))]
        is_log = heading in logs
        values = [y for points in by_name.values() for _, y in points]
        marks = steps(min(y for y in values if y > 0), max(values), is_log)
        parts.append(f'<text x="8" y="{top + 14}" font-weight="bold">{heading}</text>')
        bottom = top + height + 34

        def at(i, y):
            share = (math.log10(max(y, marks[0]) / marks[0]) / math.log10(marks[-1] / marks[0])) if is_log else y / marks[-1]
            return left + width * i / max(1, len(xs) - 1), bottom - height * share
        for mark in marks:
            _, y = at(0, mark)
            parts.append(f'<line x1="{left}" y1="{y:.0f}" x2="{left + width}" y2="{y:.0f}" class="grid"/>'
                         f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{mark:g}</text>')
        for i, x in enumerate(xs):
            anchor = 'end' if i and i == len(xs) - 1 else 'middle'
            parts.append(f'<text x="{at(i, 0)[0]:.0f}" y="{bottom + 14}" text-anchor="{anchor}">{x}</text>')
        in_order = sorted(by_name.items(), key=lambda each: -each[1][-1][1])
        labels = apart([at(0, points[-1][1])[1] + 4 for _, points in in_order], bottom + 4)
        for (name, points), label in zip(in_order, labels):
            n = names.index(name)
            on_chart = ' '.join('%.0f,%.0f' % at(i, y) for i, (_, y) in enumerate(points))
            parts.append(f'<polyline points="{on_chart}" fill="none" class="l{n}" stroke-width="2" '
                         f'stroke-dasharray="{DASHES[n % len(DASHES)]}"/>'
                         f'<text x="{left + width + 8}" y="{label:.0f}" class="f{n}">{name}</text>')
        top = bottom + 26
    with open(path, 'w') as f:
        f.write(svg(720, top + 10, title, parts, names))
