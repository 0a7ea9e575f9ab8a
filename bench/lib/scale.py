"""The document of bench/scale: its tables and its charts."""
import os, re

from fronts import fail
from report import lines

TABLE = re.compile(r'<!-- ([a-z-]+) -->\n\n((?:\|.*\n)+)')


def cells(line):
    return [cell.strip() for cell in line.strip().strip('|').split('|')]


def number(cell):
    """The first number of a cell: 1,234 or 5.6 % or 1.07 ± 0.02."""
    return float(re.match(r'[\d,.]+', cell).group().replace(',', ''))


def tables(text):
    """By name: the headings, and the rows."""
    found = {}
    for name, body in TABLE.findall(text):
        head, _, *rows = body.splitlines()
        found[name] = (cells(head), [cells(row) for row in rows])
    return found


def series(table, columns, skip=0):
    """What columns have, by the first column: {name: [(x, y), …]}. Columns are {name: place}."""
    _, rows = table
    return {name: [(row[0], number(row[place])) for row in rows[skip:]] for name, place in columns.items()}


def charts(found, docs):
    lines(os.path.join(docs, 'scale-spread.svg'), 'Many servers (simulated)', {
        'requests of the fullest server, 1 = the mean, by servers': series(found['evenness'], {
            'round robin, least_conn': 1, 'random two': 3, 'random': 4, 'hash': 5, 'hash … consistent': 6, 'ip_hash': 7}),
        'keys that move when a server leaves, %, by servers': series(found['moved'], {
            'hash': 5, 'ip_hash': 8, 'hash … consistent': 2, 'ideal': 1}),
        'requests that open a connection, %, by servers': series(found['reuse'], {
            'keepalive 8': 1, 'keepalive 32': 3, 'keepalive 128': 5, 'keepalive 1024': 7})})
    lines(os.path.join(docs, 'scale-herds.svg'), 'Many proxies (simulated)', {
        'requests that a server takes that fails at once, %, by proxies': series(found['quick-failures'], {
            'least_conn': 2, 'random two': 3, 'random': 4, 'round robin': 1}),
        'requests under way at a new, slow server, 1 = its share': series(found['newcomer'], {
            'round robin': 2, 'least_conn': 4, 'random two': 6}),
        'requests that find an answer in the cache, %, by proxies': series(found['caches'], {'hits': 1})})
    log = 'attempts at the apps for one request, by how many fail'
    lines(os.path.join(docs, 'scale-retries.svg'), 'Proxies behind each other (simulated)', {log: series(found['retries'], {
        '3 tries, 3 proxies': 6, '3 tries, 2 proxies': 5, '2 tries, 3 proxies': 3, '3 tries, 1 proxy': 4,
        '2 tries, 1 proxy': 1}),
        'clients that get an error, %, by how many attempts fail (1 proxy, 3 tries)': series(found['taken-out'], {
            'max_fails=1': 2, 'max_fails=3': 3, 'max_fails=10': 4, 'max_fails=0': 1})}, (log,))


def write(printed, docs):
    """Puts each table in the place of the one of that name, and draws the charts."""
    path = os.path.join(docs, 'scale.md')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for name, body in TABLE.findall(printed):
        text, count = re.subn(rf'<!-- {name} -->\n\n(\|.*\n)*\n*', lambda _: f'<!-- {name} -->\n\n{body}\n', text)
        if count != 1:
            fail(f'docs/scale.md has {count} places for the table {name}, a line <!-- {name} --> and an empty one')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    charts(tables(printed), docs)
