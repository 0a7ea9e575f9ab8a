"""What TLS costs: Hopyard beside nginx with the same certificates and settings."""
import os, re, subprocess

from fronts import Front, fail, free_port
from load import by_turns, wrk
from report import table

FRONTS = ('nginx', 'hopyard')
SECONDS = 3
WARM_UPS = 5
VERSIONS = {'': '-tls1_3', ', TLS 1.2': '-tls1_2'}
# Both alike: without a word nginx has TLS 1.3 since 1.23.4 only, and a handshake of TLS 1.2 that takes up a session computes
# no keys of groups, so it is far cheaper for either.
SETTINGS = 'ssl_protocols TLSv1.2 TLSv1.3;'
STREAMED = {'HTTP/2, 16 x 4, proxied': '/', 'HTTP/2, 16 x 4, return 204': '/hand'}


def certificates(work):
    """One with an ECDSA key, one with an RSA key, both for localhost."""
    for name, key in (('ecdsa', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']), ('rsa', ['-newkey', 'rsa:2048'])):
        subprocess.run(['openssl', 'req', '-x509', '-nodes', *key, '-days', '2', '-subj', '/CN=localhost', '-addext',
                        'subjectAltName=DNS:localhost', '-keyout', f'{work}/{name}.key', '-out', f'{work}/{name}.pem'],
                       check=True, stderr=subprocess.DEVNULL)


def servers(work, ports, tls):
    return ''.join(f'''
  server {{ listen 127.0.0.1:{ports[name]} ssl http2 backlog=16384; {tls}
    ssl_certificate {work}/{name}.pem; ssl_certificate_key {work}/{name}.key;
    location / {{ proxy_pass http://app; }} location = /hand {{ return 204; }} }}''' for name in ports)


class TlsFront(Front):
    def __init__(self, name, backends, threads):
        self.tls = {'ecdsa': free_port(), 'rsa': free_port()}
        super().__init__(name, backends, threads, servers(backends.work, self.tls, SETTINGS))


def keep_alive(front, work, seconds=SECONDS):
    return wrk(front, 'get-64', seconds, work, front.tls['ecdsa'], 'https')


def shake_hands(front, key, resumed, seconds=SECONDS, version=''):
    """CPU per connection with one small request on it. The client speaks one version, and whether it takes up sessions is checked."""
    before = front.cpu()
    out = subprocess.run(['openssl', 's_time', '-connect', f'127.0.0.1:{front.tls[key]}', '-www', '/hand', '-time', str(seconds),
                          VERSIONS[version], '-reuse' if resumed else '-new'], capture_output=True, text=True).stdout
    used = front.cpu() - before
    connections = re.findall(r'(\d+) connections in \d+ real seconds', out)
    count = int(connections[-1]) if connections else 0
    marks = re.search(r'^[rt*]+$', out, re.M)
    reused = marks.group().count('r') if marks else 0
    if count == 0 or (reused > count / 2) != resumed:
        fail(f'{front.name}: {reused} of {count} sessions were taken up again\n{out}')
    return {'cpu': used / count, 'rps': count / seconds}


def streams(front, path, seconds=SECONDS):
    """CPU per request over HTTP/2: 16 connections with 4 streams each."""
    before = front.cpu()
    out = subprocess.run(['h2load', '-t1', '-c16', '-m4', '-D', str(seconds), f'https://127.0.0.1:{front.tls["ecdsa"]}{path}'],
                         capture_output=True, text=True).stdout
    used = front.cpu() - before
    counted = re.search(r'(\d+) succeeded, (\d+) failed, (\d+) errored', out)
    if 'Application protocol: h2' not in out or not counted or int(counted[1]) == 0 or int(counted[2]) > 0:
        fail(f'{front.name} and h2load\n{out}')
    return {'cpu': used / int(counted[1]), 'rps': int(counted[1]) / seconds}


def warm_up(front, work):
    """
    A JVM compiles what it has seen ten thousand times, which takes time and memory that it gives back later. wrk is quicker; it
    takes sessions up again.
    """
    for _ in range(WARM_UPS if front.name == 'hopyard' else 1):
        keep_alive(front, work)
        for key in front.tls:
            case = (16, ['-H', 'Connection: close', '/hand'], 'a connection for each request')
            wrk(front, case, SECONDS, work, front.tls[key], 'https')
            for version in VERSIONS:
                shake_hands(front, key, False, version=version)
        for version in VERSIONS:
            shake_hands(front, 'ecdsa', True, version=version)
        for path in STREAMED.values():
            streams(front, path)
    for _ in range(2):
        download(front)


def download(front):
    before = front.cpu()
    subprocess.run(['curl', '-sfk', '--http1.1', '-o', os.devnull, f'https://127.0.0.1:{front.tls["ecdsa"]}/stream/1g'], check=True)
    return {'cpu': (front.cpu() - before) / 1e6, 'memory': front.memory(), 'peak': front.memory('VmHWM')}


def measure(backends, rounds, threads=1):
    """Prints and returns the figures: medians of the rounds."""
    certificates(backends.work)
    fronts, result = [], {}
    try:
        fronts += [TlsFront(name, backends, threads) for name in FRONTS]
        work = backends.work
        kinds = {'full handshake, ECDSA': ('ecdsa', False), 'full handshake, RSA 2048': ('rsa', False),
                 'resumed handshake, ECDSA': ('ecdsa', True)}
        for front in fronts:
            warm_up(front, work)
        rows = []
        get = result['keep-alive'] = by_turns(fronts, rounds, lambda front: keep_alive(front, work))
        rows += [('GET, kept, CPU us', {n: f['cpu'] for n, f in get.items()}),
                 ('GET, kept, p99 us', {n: f['p99'] for n, f in get.items()})]
        for version in VERSIONS:
            for kind, (key, resumed) in kinds.items():
                label = kind + version
                its = result[label] = by_turns(fronts, rounds, lambda front: shake_hands(front, key, resumed, version=version))
                rows += [(f'{label}, us', {n: f['cpu'] for n, f in its.items()})]
        for label, path in STREAMED.items():
            its = result[label] = by_turns(fronts, rounds, lambda front: streams(front, path))
            rows += [(f'{label}, CPU us', {n: f['cpu'] for n, f in its.items()})]
        gib = result['download'] = by_turns(fronts, rounds, download)
        rows += [('download, CPU s per GiB', {n: f['cpu'] for n, f in gib.items()}),
                 ('memory after all, MiB', {n: f['memory'] for n, f in gib.items()}),
                 ('memory at most, MiB', {n: f['peak'] for n, f in gib.items()})]
        table(f'TLS, {threads} thread, medians of {rounds}, ratio to nginx', rows, [f.name for f in fronts])
        return result
    finally:
        for front in fronts:
            front.stop()
