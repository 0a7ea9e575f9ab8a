"""How the cost of a request grows: with connections, with locations, with header fields."""
import statistics

from fronts import Front, free_port
from load import warm_up, wrk
from report import lines, table

CONNECTIONS = [1, 10, 100, 1000, 10_000]
LOCATIONS = [1, 10, 100, 500]
FIELDS = [1, 10, 30, 100]
KINDS = {'exact': '= /l{}', 'prefix': '/l{}/', 'regex': '~ ^/l{}/x'}
PATHS = {'exact': '/l{}', 'prefix': '/l{}/x', 'regex': '/l{}/x'}


def locations(kind, count):
    """Of that many, the last one is asked for: nginx tries regular expressions in their order."""
    return ''.join(f'location {KINDS[kind].format(i)} {{ proxy_pass http://app; }} ' for i in range(count))


def measure(backends, rounds, out):
    fronts = []
    try:
        for name in ('nginx', 'hopyard'):
            ports = {(kind, count): free_port() for kind in KINDS for count in LOCATIONS}
            servers = ''.join(f'server {{ listen 127.0.0.1:{port} backlog=4096; {locations(kind, count)} }}\n'
                              for (kind, count), port in ports.items())
            fronts.append(Front(name, backends, 1, servers))
            fronts[-1].locations = ports
            warm_up(fronts[-1], backends.work, 3 if name == 'nginx' else 24)
        charts = {}

        def chart(heading, points):
            """Points are (x, wrk's case, which location's port or None for the usual one)."""
            figures = {front.name: [] for front in fronts}
            for x, case, location in points:
                runs = {front.name: [] for front in fronts}
                for _ in range(rounds):
                    for front in fronts:
                        port = location and front.locations[location]
                        runs[front.name].append(wrk(front, case, 2, backends.work, port)['cpu'])
                for name, values in runs.items():
                    figures[name].append((x, statistics.median(values)))
            charts[heading] = figures
            table(heading, [(str(x), {n: dict(figures[n])[x] for n in figures}) for x, _, _ in points], list(figures))

        chart('CPU us per request, by connections', [(n, (n, [], ''), None) for n in CONNECTIONS])
        chart('CPU us per request, by header fields of the request', [
            (n, (64, sum((['-H', f'X-Field-{i}: some value of a usual length'] for i in range(n)), []), ''), None)
            for n in FIELDS])
        for kind in KINDS:
            chart(f'CPU us per request, by {kind} locations', [
                (n, (64, [PATHS[kind].format(n - 1)], ''), (kind, n))
                for n in LOCATIONS])
        lines(f'{out}/growth.svg', 'Cost of a proxied request, one thread', charts)
        return charts
    finally:
        for front in fronts:
            front.stop()
