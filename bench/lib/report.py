"""Tables and charts."""

COLOURS = {'nginx': '#666', 'haproxy': '#c60', 'caddy': '#0a7ea4', 'undertow': '#b08', 'hopyard-off': '#7c6',
           'hopyard': '#283', 'hopyard-console': '#063'}


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


def svg(width, height, title, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
            f'font-size="11"><rect width="100%" height="100%" fill="#fff"/><text x="8" y="16" font-size="13">{title}'
            f'</text>{"".join(parts)}</svg>\n')


def bars(path, title, groups):
    """Groups of horizontal bars: {heading: {name: value}}."""
    parts, y = [], 40
    most = max(value for by_name in groups.values() for value in by_name.values())
    for heading, by_name in groups.items():
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{heading}</text>')
        y += 6
        for name, value in by_name.items():
            length = 480 * value / most
            parts.append(f'<text x="8" y="{y + 10}">{name}</text><rect x="130" y="{y}" width="{length:.0f}" height="12" '
                         f'fill="{COLOURS[name]}"/><text x="{136 + length:.0f}" y="{y + 10}">{value:.1f}</text>')
            y += 15
        y += 20
    with open(path, 'w') as f:
        f.write(svg(680, y, title, parts))


def lines(path, title, charts):
    """Charts below each other: {heading: {name: [(x, y), …]}}, x on a logarithmic scale by its places."""
    parts, top = [], 30
    for heading, by_name in charts.items():
        xs = [x for x, _ in next(iter(by_name.values()))]
        most = max(y for points in by_name.values() for _, y in points) * 1.1
        parts.append(f'<text x="8" y="{top + 14}" font-weight="bold">{heading}</text>')
        left, bottom, width, height = 60, top + 170, 480, 140

        def at(i, y):
            return left + width * i / max(1, len(xs) - 1), bottom - height * y / most
        for step in range(0, 5):
            value = most * step / 4
            _, y = at(0, value)
            parts.append(f'<line x1="{left}" y1="{y:.0f}" x2="{left + width}" y2="{y:.0f}" stroke="#ddd"/>'
                         f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{value:.0f}</text>')
        for i, x in enumerate(xs):
            parts.append(f'<text x="{at(i, 0)[0]:.0f}" y="{bottom + 14}" text-anchor="middle">{x}</text>')
        for n, (name, points) in enumerate(by_name.items()):
            path_points = ' '.join('%.0f,%.0f' % at(i, y) for i, (_, y) in enumerate(points))
            parts.append(f'<polyline points="{path_points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>'
                         f'<text x="{left + width + 8}" y="{at(0, points[-1][1])[1] + 4:.0f}" fill="{COLOURS[name]}">'
                         f'{name}</text>')
        top = bottom + 30
    with open(path, 'w') as f:
        f.write(svg(640, top + 10, title, parts))
