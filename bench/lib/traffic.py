"""Kinds of requests as a proxy meets them, good and bad, each with what may come of it.

A kind is a function of (port, n): it does its exchange, with id=n in each target, and returns what came of it in a word or two.
KINDS says how often one is for every thousand, and what is right to come of it; all else is for the caller to explain.
"""
import base64, hashlib, http.client, io, json, os, random, socket, struct, threading, time

TIMEOUT = 20
BLOCK = os.urandom(1 << 20)


class Cut(Exception):
    """The other side has closed before its response was all there."""


class IdleClose(Exception):
    """The other side has closed an idle connection just as it was used again; a client then asks anew (RFC 9112 §9.5)."""


class Reader(io.BufferedReader):
    """Outlives a response, because the next one may be in its buffer."""

    def close(self):
        pass


class Client:
    """A connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.socket.makefile('rb', buffering=0))
        self.used = False

    def makefile(self, mode):
        return self.reader

    def send(self, *parts):
        self.socket.sendall(b''.join(p if isinstance(p, bytes) else p.encode() for p in parts))

    def response(self, method='GET', slowly=False):
        """The next response: (status, content, whether the connection stays)."""
        response = http.client.HTTPResponse(self, method=method)
        try:
            response.begin()
            if slowly:
                content = bytearray()
                while piece := response.read(16 << 10):
                    content += piece
                    time.sleep(0.01)
                if response.length:
                    raise Cut
            else:
                content = response.read()
        except http.client.RemoteDisconnected as e:
            raise (IdleClose if self.used else Cut) from e
        except http.client.IncompleteRead as e:
            raise Cut from e
        except ConnectionError as e:
            raise (IdleClose if self.used and response.status == http.client._UNKNOWN else Cut) from e
        self.used = True
        return response.status, bytes(content), not response.will_close

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()


def head(method, target, n, *lines):
    mark = '&' if '?' in target else '?'
    return ''.join(line + '\r\n' for line in (f'{method} {target}{mark}id={n} HTTP/1.1', 'Host: localhost', *lines, ''))


def ask(port, request, method='GET', slowly=False):
    with Client(port) as client:
        client.send(*request)
        return client.response(method, slowly)


def get(port, n):
    return str(ask(port, [head('GET', '/whoami', n, 'Connection: close')])[0])


def head_only(port, n):
    status, content, _ = ask(port, [head('HEAD', '/bytes/5000', n)], method='HEAD')
    return str(status) if not content else 'content with HEAD'


def pipelined(port, n):
    with Client(port) as client:
        client.send(*(head('GET', f'/anything?i={i}', n) for i in range(5)))
        for i in range(5):
            status, content, _ = client.response()
            if status != 200:
                return str(status)
            if json.loads(content)['args']['i'] != str(i):
                return 'wrong order'
    return '200'


def post(port, n):
    text = f'body of {n}'
    status, content, _ = ask(port, [head('POST', '/anything', n, f'Content-Length: {len(text)}'), text])
    return str(status) if status != 200 or json.loads(content)['data'] == text else 'wrong content'


def chunked(where):
    def kind(port, n):
        size = random.randrange(1, 600_000)
        body, at, pieces = BLOCK[:size], 0, []
        while at < size:
            step = random.randrange(1, 70_000)
            piece = body[at:at + step]
            pieces.append(b'%x;n=v\r\n%s\r\n' % (len(piece), piece))
            at += step
        status, content, _ = ask(port, [head('POST', where, n, 'Transfer-Encoding: chunked'), *pieces, '0\r\nX-T: t\r\n\r\n'])
        right = status != 200 or json.loads(content)['sha256'] == hashlib.sha256(body).hexdigest()
        return str(status) if right else 'wrong content'
    return kind


def expecting(port, n):
    with Client(port) as client:
        client.send(head('PUT', '/upload', n, 'Content-Length: 1000', 'Expect: 100-continue'))
        line = client.reader.readline()
        if not line:
            raise Cut
        if b' 100 ' not in line:
            return line.split()[1].decode()
        client.reader.readline()
        client.send(BLOCK[:1000])
        return str(client.response()[0])


def download(target, slowly=False):
    def kind(port, n):
        status, content, _ = ask(port, [head('GET', target, n)], slowly=slowly)
        return str(status) if status != 200 or len(content) == int(target.split('/')[-1]) else 'wrong length'
    return kind


def compressed(port, n):
    return str(ask(port, [head('GET', '/anything', n, 'Accept-Encoding: gzip')])[0])


def ranged(port, n):
    status, content, _ = ask(port, [head('GET', f'/cached/bytes/3000{random.randrange(20)}', n, 'Range: bytes=10-19')])
    return str(status) if status != 206 or len(content) == 10 else 'wrong length'


def answer(target, *lines):
    def kind(port, n):
        return str(ask(port, [head('GET', target, n, *lines)])[0])
    return kind


def too_large(port, n):
    return str(ask(port, [head('POST', '/small', n, 'Content-Length: 5000000'), BLOCK[:1000]])[0])


def cut_in_head(port, n):
    with Client(port) as client:
        client.send(head('GET', '/whoami', n)[:-random.randrange(1, 30)])
    return 'left'


def cut_in_body(port, n):
    with Client(port) as client:
        client.send(head('POST', random.choice(('/upload', '/streamed/upload')), n, 'Content-Length: 100000'), BLOCK[:5000])
        time.sleep(0.1)
    return 'left'


def cut_in_response(port, n):
    with Client(port) as client:
        client.send(head('GET', random.choice(('/bytes/5000000', '/streamed/bytes/5000000')), n))
        if not client.socket.recv(100):
            raise Cut
    return 'left'


def reset_while_waiting(port, n):
    with Client(port) as client:
        client.send(head('GET', '/delay/0.3', n))
        time.sleep(0.1)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    return 'left'


def slow_head(port, n):
    with Client(port) as client:
        client.send(head('GET', '/whoami', n)[:-2])
        for _ in range(20):
            time.sleep(0.3)
            try:
                client.send('X-A: b\r\n')
            except ConnectionError:
                return 'sent away'
        return 'may be slow for ever'


def web_socket(port, n):
    with Client(port) as client:
        client.send(head('GET', '/ws', n, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
                         'Sec-WebSocket-Key: ' + base64.b64encode(os.urandom(16)).decode()))
        line = client.reader.readline()
        if not line:
            raise Cut
        if b' 101 ' not in line:
            return line.split()[1].decode()
        while client.reader.readline().strip():
            pass
        for size in (1, 100, 60_000):
            text, mask = os.urandom(size).hex().encode()[:size], os.urandom(4)
            length = bytes([0x80 | size]) if size < 126 else bytes([0xfe]) + struct.pack('>H', size)
            masked = bytes(b ^ mask[i % 4] for i, b in enumerate(text))
            client.send(b'\x81', length, mask, masked)
            expected = b'\x81' + (bytes([size]) if size < 126 else bytes([126]) + struct.pack('>H', size)) + text
            back = client.reader.read(len(expected))
            if len(back) < len(expected):
                raise Cut
            if back != expected:
                return 'wrong message'
    return '101'


OWN = threading.local()


def kept(port, n):
    """On the thread's own connection, which it uses for as long as it may."""
    client = getattr(OWN, 'client', None) or Client(port)
    OWN.client = None
    try:
        client.send(head('GET', '/whoami', n))
        status, _, stays = client.response()
    except Exception as e:
        client.close()
        # one that was closed while it lay idle may say so already when it is written to
        raise IdleClose if client.used and isinstance(e, ConnectionError) else e
    if stays:
        OWN.client = client
    else:
        client.close()
    return str(status)


# (how many in a thousand, name, what it does, what is right to come of it)
KINDS = (
    (350, 'on a kept connection', kept, '200'),
    (130, 'on a new connection', get, '200'),
    (30, 'HEAD', head_only, '200'),
    (40, 'pipelined', pipelined, '200'),
    (90, 'POST', post, '200'),
    (40, 'upload in chunks', chunked('/upload'), '200'),
    (30, 'unbuffered upload in chunks', chunked('/streamed/upload'), '200'),
    (20, 'Expect', expecting, '200'),
    (25, 'download', download('/bytes/2000000'), '200'),
    (25, 'unbuffered download', download('/streamed/bytes/2000000'), '200'),
    (6, 'slow download', download('/bytes/3000000', slowly=True), '200'),
    (6, 'slow unbuffered download', download('/streamed/bytes/1000000', slowly=True), '200'),
    (30, 'gzip', compressed, '200'),
    (30, 'range from the cache', ranged, '206'),
    (20, 'WebSocket', web_socket, '101'),
    (15, 'not there', answer('/no/such/thing'), '404'),
    (10, 'two hosts', answer('/whoami', 'Host: two'), '400'),
    (10, 'two lengths', answer('/whoami', 'Transfer-Encoding: chunked', 'Content-Length: 3'), '400'),
    (10, 'large head', answer('/whoami', *(f'X-{i}: {"x" * 4000}' for i in range(12))), '431'),
    (10, 'large body', too_large, '413'),
    (10, 'app resets', answer('/fail/reset'), '502'),
    (10, 'app closes', answer('/fail/close'), '502'),
    (10, 'app sends garbage', answer('/fail/garbage'), '502'),
    (10, 'app stops in its response', answer('/fail/truncate'), 'cut'),
    (4, 'app hangs', answer('/fail/hang'), '504'),
    (10, 'left in the head', cut_in_head, 'left'),
    (10, 'left in the body', cut_in_body, 'left'),
    (10, 'left in the response', cut_in_response, 'left'),
    (10, 'reset while waiting', reset_while_waiting, 'left'),
    (2, 'slow head', slow_head, 'sent away'),
)
PIPELINED = {'pipelined': 5}  # requests of an exchange, where they are not one
MAYBE_REQUESTS = {'left in the head', 'slow head'}  # what ends before its head does need not be one
