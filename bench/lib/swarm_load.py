"""Clients of a site that has several addresses, as DNS gives them. A process of its own, for a network of its own:

swarm_load.py ADDRESS[,ADDRESS…] FROM[,FROM…]

Each line on standard input names the phase that begins; when the input ends, what came of all is printed as JSON.

They do what RFC 9110, 9112 and 9113 have a client do, and no more: an address that refuses or is silent for a second is passed
over for the next one; a connection is kept until the server says "Connection: close", sends a GOAWAY or closes it; what the
server closed before the request was sent costs nothing. A GET that meets a connection being closed is repeated once (RFC 9110
§9.2.2), which is counted by itself; a POST is lost then. Whoever has no answer within PATIENCE has lost the request.
"""
import collections, http.client, itertools, json, select, socket, ssl, struct, sys, threading, time

PATIENCE = 10
CONNECT = 1
PAUSE = 0.04
REQUESTS = 25  # on a connection; then the next address has its turn, as with clients that come and go


class Lost(Exception):
    """There will be no answer."""


class Repeat(Exception):
    """The server has not looked at the request, or it may be repeated."""


class Http1:
    """A connection of HTTP/1.1 that is kept."""

    def __init__(self, sock, method, path):
        self.sock, self.method, self.path, self.used, self.is_over = sock, method, path, False, False
        host = sock.getpeername()[0]
        self.request = f'{method} {path} HTTP/1.1\r\nHost: {host}\r\n'.encode() + (b'Content-Length: 1\r\n\r\nx' if method == 'POST' else b'\r\n')

    def ask(self):
        is_heard = False
        try:
            self.sock.sendall(self.request)
            response = http.client.HTTPResponse(self.sock, method=self.method)
            response.begin()
            is_heard = True
            content = response.read()
        except TimeoutError:
            raise Lost('no answer in time') from None
        except (http.client.HTTPException, OSError) as e:
            if not is_heard and self.used and self.method == 'GET' and isinstance(e, (ConnectionError, http.client.RemoteDisconnected)):
                raise Repeat(type(e).__name__) from None
            raise Lost(type(e).__name__ + (' in the response' if is_heard else '')) from None
        self.used = True
        self.is_over = response.will_close
        if response.status != 200:
            raise Lost(str(response.status))
        return content.decode('latin-1')

    def is_open(self):
        return not self.is_over and not select.select([self.sock], [], [], 0)[0]


class Http2:
    """A connection of HTTP/2 over TLS, with one stream at a time."""

    DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
    TLS = ssl.create_default_context()
    TLS.check_hostname = False
    TLS.verify_mode = ssl.CERT_NONE
    TLS.set_alpn_protocols(['h2'])

    def __init__(self, sock, path):
        host = sock.getpeername()[0].encode()
        self.sock = self.TLS.wrap_socket(sock)
        self.stream, self.last, self.pending = -1, None, b''
        # indexed GET and https; path and authority as literals that are not kept (RFC 7541 §6.2.2)
        self.block = b'\x82\x87' + b''.join(bytes([name, len(value)]) + value for name, value in ((4, path.encode()), (1, host)))
        self.sock.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + self.frame(self.SETTINGS, 0, 0, b''))

    @staticmethod
    def frame(kind, flags, stream, payload):
        return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload

    def read(self):
        """The next frame that is about the stream; the others are seen to."""
        while True:
            while len(self.pending) < 9 or len(self.pending) < 9 + (length := int.from_bytes(self.pending[:3], 'big')):
                more = self.sock.recv(65536)
                if not more:
                    raise ConnectionError('closed')
                self.pending += more
            kind, flags, stream = struct.unpack('>BBI', self.pending[3:9])
            payload, self.pending = self.pending[9:9 + length], self.pending[9 + length:]
            if kind == self.SETTINGS and not flags & 1:
                self.sock.sendall(self.frame(self.SETTINGS, 1, 0, b''))
            elif kind == self.PING and not flags & 1:
                self.sock.sendall(self.frame(self.PING, 1, 0, payload))
            elif kind == self.GOAWAY:
                self.last = int.from_bytes(payload[:4], 'big')
                if self.last < self.stream:
                    raise Repeat('GOAWAY')
                return kind, flags, payload
            elif stream == self.stream:
                return kind, flags, payload

    def ask(self):
        self.stream += 2
        content = b''
        is_heard = False
        try:
            self.sock.sendall(self.frame(self.HEADERS, 5, self.stream, self.block))
            while True:
                kind, flags, payload = self.read()
                if kind == self.RST_STREAM:
                    raise Repeat('REFUSED_STREAM') if payload[3] == 7 else Lost(f'RST_STREAM {payload[3]}')
                if kind == self.HEADERS and not is_heard:
                    is_heard = True
                    if payload[0] != 0x88:  # ":status: 200", as RFC 7541 has it in its table
                        raise Lost(f'not 200: {payload[:6].hex()}')
                elif kind == self.DATA:
                    content += payload
                    if payload:
                        self.sock.sendall(self.frame(self.WINDOW_UPDATE, 0, 0, struct.pack('>I', len(payload))))
                if kind in (self.HEADERS, self.DATA) and flags & 1:
                    return content.decode('latin-1')
        except TimeoutError:
            raise Lost('no answer in time') from None
        except OSError as e:
            raise Lost(f'{type(e).__name__} over HTTP/2') from None

    def is_open(self):
        while self.last is None and (self.pending or self.sock.pending() or select.select([self.sock], [], [], 0)[0]):
            try:
                self.read()
            except OSError:
                return False
        return self.last is None


class Load:
    """All clients, and what came of their requests."""

    def __init__(self, addresses, sources):
        self.addresses, self.phase, self.ends = addresses, 'start', False
        self.lock = threading.Lock()
        self.counts, self.apps, self.proxies = (collections.defaultdict(collections.Counter) for _ in range(3))
        self.events, self.slowest = [], {}
        kinds = [('GET', 80, '/whoami')] * 8 + [('GET', 80, '/delay/0.5')] * 2 + [('POST', 80, '/whoami')] * 2 + [('HTTP/2', 443, '/whoami')] * 4
        self.threads = [threading.Thread(target=self.client, args=(i, sources[i % len(sources)], *kind)) for i, kind in enumerate(kinds)]
        for thread in self.threads:
            thread.start()

    def connect(self, order, source, port):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            address = self.addresses[next(order) % len(self.addresses)]
            try:
                sock = socket.create_connection((address, port), CONNECT, (source, 0))
            except OSError as e:
                with self.lock:
                    self.counts[self.phase][f'passed over: {type(e).__name__}'] += 1
                time.sleep(0.02)
                continue
            sock.settimeout(PATIENCE)
            return address, sock
        raise Lost('no address answers')

    def client(self, number, source, kind, port, path):
        order = itertools.count(number)  # DNS gives everybody another order
        connection = address = None
        asked = 0
        while not self.ends:
            phase, began, repeats = self.phase, time.monotonic(), 0
            outcome = None
            while outcome is None:
                try:
                    if connection is None or asked >= REQUESTS or not connection.is_open():
                        if connection:
                            connection.sock.close()
                        connection, asked = None, 0
                        address, sock = self.connect(order, source, port)
                        connection = Http2(sock, path) if kind == 'HTTP/2' else Http1(sock, kind, path)
                    asked += 1
                    content = connection.ask()
                    outcome = 'ok'
                except Repeat as e:
                    connection.sock.close()
                    connection, repeats = None, repeats + 1
                    outcome = f'{e}, {repeats} times' if repeats > 1 else None
                    self.note(phase, began, f'{kind} repeated: {e}', address)
                except (Lost, OSError) as e:
                    if connection:
                        connection.sock.close()
                    connection = None
                    outcome = str(e) if isinstance(e, Lost) else f'{type(e).__name__} while connecting'
            self.over(phase, began, f'{kind} {path}', outcome, address, content if outcome == 'ok' else '', source)
            time.sleep(PAUSE)

    def note(self, phase, began, what, address):
        with self.lock:
            self.counts[phase][what] += 1
            self.events.append((phase, began, time.monotonic(), what, address))

    def over(self, phase, began, what, outcome, address, content, source):
        now = time.monotonic()
        if outcome != 'ok':
            self.note(phase, began, f'{what} lost: {outcome}', address)
            return
        with self.lock:
            self.counts[phase][f'{what} ok'] += 1
            self.slowest[phase] = max(self.slowest.get(phase, 0), now - began)
            self.proxies[phase][address] += 1
            if path_tells(what):
                fields = dict(line.split(': ', 1) for line in content.splitlines() if ': ' in line)
                self.apps[phase][fields.get('Hostname')] += 1
                self.counts[phase]['client address true' if fields.get('X-Real-IP') == source else f'client address {fields.get("X-Real-IP")}'] += 1

    def stop(self):
        self.ends = True
        for thread in self.threads:
            thread.join()
        return {'counts': self.counts, 'apps': self.apps, 'proxies': self.proxies, 'events': self.events, 'slowest': self.slowest}


def path_tells(what):
    return what.endswith('/whoami')


def main():
    load = Load(sys.argv[1].split(','), sys.argv[2].split(','))
    for line in sys.stdin:
        load.phase = line.strip()
    json.dump(load.stop(), sys.stdout)


main()
