"""Clients that take their time, in one process that costs next to nothing: slow.py PORT COUNT head|body|read.

Each sends a part of a request at once and then a few bytes every three seconds, or asks for /large and then reads a few bytes
every three seconds, on a connection that it keeps open. Whoever is sent away connects again.
"""
import socket, sys, time

PERIOD = 3
BEGINNINGS = {'head': (b'GET / HTTP/1.1\r\nHost: slow\r\n', b'X-A: b\r\n'),
              'body': (b'POST / HTTP/1.1\r\nHost: slow\r\nContent-Length: 8192\r\n\r\n', b'x'),
              'read': (b'GET /large HTTP/1.1\r\nHost: slow\r\n\r\n', None)}


def main():
    port, count, kind = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    beginning, more = BEGINNINGS[kind]
    clients = [None] * count
    while True:
        for i in range(count):
            started = time.time()
            try:
                if clients[i] is None:
                    clients[i] = socket.socket()
                    clients[i].settimeout(5)
                    if more is None:
                        clients[i].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    clients[i].connect(('127.0.0.1', port))
                    clients[i].sendall(beginning)
                elif more is not None:
                    clients[i].sendall(more)
                elif not clients[i].recv(100):
                    raise ConnectionResetError
            except OSError:
                # refused, or sent away: it comes back in its next turn
                if clients[i] is not None:
                    clients[i].close()
                    clients[i] = None
            time.sleep(max(0, PERIOD / count - (time.time() - started)))


main()
