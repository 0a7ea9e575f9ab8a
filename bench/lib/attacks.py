"""What clients do to have a server hold as much as they can: attacks.py PORT NAME SECONDS.

An attack is a function of a port that does its worst at once, and returns the sockets that it goes on holding. It is known by its
function's name; ATTACKS says which door it goes to. It is run in a process of its own.
"""
import os, socket, struct, sys, time

import console_attacks, tls_attacks

HEAD = 'GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n'


def connect(port):
    s = socket.socket()
    s.settimeout(10)
    s.connect(('127.0.0.1', port))
    return s


def ask(port, target):
    s = connect(port)
    s.sendall(HEAD.format(target).encode())
    return s


def many(count, one):
    """So many of them, without those that are turned away."""
    held = []
    for i in range(count):
        try:
            held.append(one(i))
        except OSError:
            pass  # turned away
    return held


def leaving(port, count, target):
    """So many requests whose clients are gone at once, one half of them by a reset."""
    for i in range(count):
        try:
            s = ask(port, target)
            if i % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            s.close()
        except OSError:
            pass  # turned away
    return []


# ---- the app

def frames(port):
    """64 WebSockets, each with all but the end of a frame of 1 MB."""
    def one(_):
        s = connect(port)
        s.sendall(b'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                  b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
        s.recv(4096)
        s.settimeout(0.5)  # whoever answers meanwhile does not read all of it
        s.sendall(b'\x82\xff' + struct.pack('>Q', 1 << 20) + b'mask' + bytes((1 << 20) - 1))
        return s
    return many(64, one)


def delays(port):
    """2,000 requests for /delay/300 that leave at once."""
    return leaving(port, 2000, '/delay/300')


def drips(port):
    """260 requests for /drip that take five minutes to begin, and leave after 1.5 s."""
    held = many(260, lambda _: ask(port, '/drip?delay=300&duration=300'))
    time.sleep(1.5)
    for s in held:
        s.close()
    return []


def half_closed(port):
    """2,000 requests for /delay/300 whose clients have said that they will send no more, and stay."""
    def one(_):
        s = ask(port, '/delay/300')
        s.shutdown(socket.SHUT_WR)
        return s
    return many(2000, one)


def events(port):
    """200 event streams that stay."""
    return many(200, lambda _: ask(port, '/sse?count=10000&interval=1'))


def waiting(port):
    """3,000 requests for /fail/hang that stay."""
    return many(3000, lambda _: ask(port, '/fail/hang'))


def readers(port):
    """500 requests for 4 GB, of which nothing is read."""
    return many(500, lambda _: ask(port, '/bytes/4294967296'))


def bodies(port):
    """500 requests with 2 MB to be echoed, of which the last byte is missing."""
    def one(_):
        s = connect(port)
        s.settimeout(0.5)
        s.sendall(b'POST /anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n' + bytes(1_999_999))
        return s
    return many(500, one)


def idle(port):
    """5,000 connections that say nothing."""
    return many(5000, lambda _: connect(port))


def heads(port):
    """3,000 heads of 24 KB that do not end, in pieces."""
    def one(_):
        s = connect(port)
        s.settimeout(0.5)
        for piece in (b'GET / HTTP/1.1\r\nHost: localhost\r\n', *3 * (b'X: ' + b'x' * 8000 + b'\r\n',)):
            s.sendall(piece)
            time.sleep(0.0005)
        return s
    return many(3000, one)


def ahead(port):
    """1,400 requests for /delay/300, each with 15 KB of other requests behind it."""
    other = HEAD.format('/whoami').encode() * 340
    def one(_):
        s = connect(port)
        s.settimeout(0.5)
        s.sendall(HEAD.format('/delay/300').encode())
        time.sleep(0.001)
        s.sendall(other[:15_000])
        return s
    return many(1400, one)


def static_files(port):
    """600 requests for a file of 400 KB, of which nothing is read."""
    return many(600, lambda _: ask(port, '/static/large'))


def strangers(port):
    """300 requests with content that does not end, for paths that want none."""
    def one(i):
        s = connect(port)
        s.settimeout(0.2)
        s.sendall(f'POST {("/nothing", "/status/200", "/delay/300")[i % 3]} HTTP/1.1\r\nHost: localhost\r\n'
                  'Transfer-Encoding: chunked\r\n\r\n'.encode() + b'ffff\r\n' + bytes(0xffff) + b'\r\nffffff\r\n')
        try:
            for _ in range(8):
                s.sendall(bytes(65536))
        except OSError:
            pass
        return s
    return many(300, one)


APP, PROXY, HTTPS = 'app', 'proxy', 'https'
ATTACKS = {frames: APP, delays: APP, drips: APP, half_closed: APP, events: APP, waiting: APP, readers: APP, bodies: APP,
           idle: APP, heads: APP, ahead: APP, static_files: APP, strangers: APP}
ATTACKS.update({attack: PROXY for attack in console_attacks.ATTACKS})
ATTACKS.update({attack: HTTPS for attack in tls_attacks.ATTACKS})


def main():
    port, name, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    attack = next(a for a in ATTACKS if a.__name__ == name)
    held = attack(port)
    print(f'{len(held)} held', flush=True)
    time.sleep(seconds)
    for s in held:
        s.close()


if __name__ == '__main__':
    main()
