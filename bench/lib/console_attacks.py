"""What those who may ask the console can have the proxy hold, and how full its temporary files get: as attacks.py."""
import socket, sys, time

HEAD = '{} {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n'


def connect(port, buffer=None):
    s = socket.socket()
    if buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    s.settimeout(10)
    s.connect(('127.0.0.1', port))
    return s


def ask(port, target, method='GET', more='', buffer=None):
    s = connect(port, buffer)
    s.sendall(HEAD.format(method, target, more).encode())
    return s


def status(s):
    """The status of a response that is read to its end; 0 if the connection ends first."""
    try:
        data = s.recv(12)
        while s.recv(65536):
            pass
        return int(data[9:12])
    except (OSError, ValueError):
        return 0
    finally:
        s.close()


def announced(port):
    """400 MB announced to the console, 90 bytes of each MB sent."""
    held = []
    for i in range(400):
        path = ('config/test', 'send', 'load', 'config')[i % 4]
        try:
            s = ask(port, '/_hops/' + path, 'POST', 'Content-Length: 1048575\r\n')
            s.sendall(b'{"text": "' + b'x' * 80)
            held.append(s)
        except OSError:
            pass  # turned away
    return held


def many_lines(port):
    """1,000 requests of 800 header lines, then all of them as a HAR and as a list, by four at once."""
    lines = ''.join(f'x{i}: {i}\r\n' for i in range(800))
    s = connect(port)
    for _ in range(1000):
        s.sendall(HEAD.format('GET', '/proxy-says', lines).encode())
        data = b''
        while b'\r\n\r\n' not in data or not data.endswith(b'.\n'):
            piece = s.recv(65536)
            if not piece:
                s = connect(port)  # keepalive_requests
                break
            data += piece
    s.close()
    for target in ('exchanges.har?limit=1000', 'exchanges?limit=1000', 'exchanges.har?limit=1000&format=text'):
        asked = [ask(port, '/_hops/' + target, more='Connection: close\r\n') for _ in range(4)]
        for each in asked:
            each.settimeout(60)
            if status(each) != 200:
                sys.exit(f'{target} was not answered')
    return []


def nesting(port):
    """20 configurations of 120 KB of "a{" to be tested, and 20 of the deepest JSON."""
    asked = []
    for body in (b'{"text": "' + b'a{' * 60000 + b'"}', b'[' * 120000):
        for _ in range(20):
            s = ask(port, '/_hops/config/test', 'POST', f'Connection: close\r\nContent-Length: {len(body)}\r\n')
            s.settimeout(60)
            s.sendall(body)
            asked.append(s)
    answers = [status(s) for s in asked]
    if any(a not in (400, 413, 422, 503) for a in answers):
        sys.exit(f'answered with {sorted(set(answers))}')
    return []


def deaf(port):
    """200 who ask for all exchanges as a HAR, and read nothing of it."""
    for _ in range(200):
        status(ask(port, '/proxy-says', more='Connection: close\r\n' + ''.join(f'x{i}: {i}\r\n' for i in range(300))))
    return [ask(port, '/_hops/exchanges.har?limit=1000', buffer=4096) for _ in range(200)]


def watchers(port):
    """100 watchers that do not read."""
    return [ask(port, '/_hops/live', buffer=4096) for _ in range(100)]


def waits(port):
    """200 who wait for an exchange that never ends, 100 who have a request made of an app that hangs."""
    held = [ask(port, '/_hops/exchanges/none?wait=3000') for _ in range(200)]
    body = b'{"path": "/fail/hang", "via": "both"}'
    for _ in range(100):
        s = ask(port, '/_hops/send', 'POST', f'Content-Length: {len(body)}\r\n')
        s.sendall(body)
        held.append(s)
    return held


def files(port):
    """20 who read nothing of a gigabyte each."""
    return [ask(port, '/bytes/1073741824', buffer=4096) for _ in range(20)]


ATTACKS = (announced, many_lines, nesting, deaf, watchers, waits, files)


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
