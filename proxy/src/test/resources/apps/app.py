"""What a request has come to, as text; ?do= does something else."""
import hashlib
import os
import signal
import time
from urllib.parse import parse_qs

NAMES = ['REQUEST_METHOD', 'REQUEST_URI', 'QUERY_STRING', 'SCRIPT_NAME', 'PATH_INFO', 'CONTENT_TYPE', 'CONTENT_LENGTH',
         'SERVER_PROTOCOL', 'HTTPS', 'REMOTE_ADDR', 'HTTP_HOST', 'HTTP_X_MINE', 'HTTP_COOKIE', 'HTTP_PROXY',
         'wsgi.url_scheme']


def application(environ, start_response):
    query = parse_qs(environ.get('QUERY_STRING', ''))
    do = query.get('do', ['show'])[0]
    text = [('Content-Type', 'text/plain')]
    if do == 'show':
        start_response('200 OK', text)
        yield ''.join(f'{name}={environ.get(name, "(none)")}\n' for name in NAMES).encode('latin-1')
        if environ['REQUEST_METHOD'] == 'POST':
            yield environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    elif do == 'sum':
        left = int(environ.get('CONTENT_LENGTH') or 0)
        total, sums = 0, hashlib.md5()
        while total < left:
            piece = environ['wsgi.input'].read(min(65536, left - total))
            if not piece:
                break
            total += len(piece)
            sums.update(piece)
        start_response('200 OK', text)
        yield f'{total} {sums.hexdigest()}\n'.encode()
    elif do == 'status':
        start_response(query['code'][0] + ' Said', text + [('X-Twice', '1'), ('X-Twice', '2'), ('Set-Cookie', 'a=1')])
        yield b'status\n'
    elif do == 'redirect':
        start_response('302 Found', [('Location', '/elsewhere')])
        yield b''
    elif do == 'accel':
        start_response('200 OK', [('X-Accel-Redirect', '/protected/file.txt')])
        yield b''
    elif do == 'large':
        start_response('200 OK', text + [('Content-Length', '4000000')])
        for _ in range(4000):
            yield b'0123456789' * 100
    elif do == 'stream':
        start_response('200 OK', text)
        yield b'first\n'
        # goes on when it is told to
        while not os.path.exists(query['until'][0]):
            time.sleep(0.01)
        yield b'last\n'
    elif do == 'fatal':
        raise ValueError('on purpose')
    elif do == 'kill':
        os.kill(os.getpid(), signal.SIGKILL)
    elif do == 'killlater':
        start_response('200 OK', text + [('Content-Length', '100')])
        yield b'some'
        # what has been sent is on its way by then
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    elif do == 'sleep':
        time.sleep(int(query['ms'][0]) / 1000)
        start_response('200 OK', text)
        yield b'slept\n'
    else:
        start_response('404 Not Found', text)
        yield b'nothing to do\n'
