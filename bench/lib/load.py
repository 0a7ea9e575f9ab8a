"""What is measured of a front."""
import os, re, shutil, signal, socket, statistics, subprocess, time

from fronts import FILES, fail

CASES = {  # name: (connections, wrk's other arguments, what it is)
    'get-64': (64, [], 'GET, 200 bytes, 64 connections'),
    'get-1': (1, [], 'GET, 200 bytes, one connection'),
    'get-256': (256, [], 'GET, 200 bytes, 256 connections'),
    'new': (64, ['-H', 'Connection: close'], 'a new connection for each request'),
    'post-4k': (64, ['-s', 'post.lua'], 'POST of 4 KiB, 64 connections'),
    'get-100k': (64, ['/100k'], 'GET, 100 KiB, 64 connections'),
}
IDLE = 10_000


def medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def by_turns(fronts, rounds, measure):
    """Medians by front; in every round each front has its turn, and every other round goes the other way round."""
    runs = {front.name: [] for front in fronts}
    for i in range(rounds):
        for front in fronts if i % 2 == 0 else fronts[::-1]:
            runs[front.name].append(measure(front))
    return {name: medians(values) for name, values in runs.items()}


def told(out):
    """What wrk --latency has printed: requests, p50 and p99 in µs, and how many failed."""
    unit = {'us': 1, 'ms': 1e3, 's': 1e6}

    def latency(percent):
        value, suffix = re.search(rf'{percent}%\s+([\d.]+)(us|ms|s)', out).groups()
        return float(value) * unit[suffix]
    errors = re.search(r'Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)', out)
    other = re.search(r'Non-2xx or 3xx responses: (\d+)', out)
    return {'requests': int(re.search(r'(\d+) requests in', out).group(1)), 'p50': latency(50), 'p99': latency(99),
            'failed': sum(map(int, errors.groups() if errors else ())) + (int(other[1]) if other else 0)}


def wrk(front, case, seconds, work, port=None, scheme='http'):
    connections, extra, _ = CASES[case] if isinstance(case, str) else case
    path = next((a for a in extra if a.startswith('/')), '/')
    arguments = [os.path.join(work, a) if a.endswith('.lua') else a for a in extra if not a.startswith('/')]
    before = front.cpu()
    started = time.time()
    out = subprocess.run(['wrk', '-t1', f'-c{connections}', f'-d{seconds}s', '--latency', *arguments,
                          f'{scheme}://127.0.0.1:{port or front.port}{path}'], capture_output=True, text=True).stdout
    used, elapsed = front.cpu() - before, time.time() - started
    if 'Non-2xx' in out:  # an error is cheaper than an answer
        fail(f'{front.name} answered with errors\n{out}')
    said = told(out)
    return {'cpu': used / max(1, said['requests']), 'rps': said['requests'] / min(seconds, elapsed), 'p50': said['p50'],
            'p99': said['p99']}


def warm_up(front, work, seconds):
    """In several runs, because a JVM compiles anew what a run's end has shown it."""
    for _ in range(max(1, seconds // 3)):
        wrk(front, 'get-64', 3, work)


def transfer(front, arguments):
    """Seconds of CPU and of time for a GiB, and the resident memory after it."""
    before, started = front.cpu(), time.time()
    subprocess.run(['curl', '-s', '-f', '-o', os.devnull, *arguments], check=True)
    return {'cpu': (front.cpu() - before) / 1e6, 'seconds': time.time() - started, 'memory': front.memory()}


def download(front, work):
    return transfer(front, [f'http://127.0.0.1:{front.port}/stream/1g'])


def upload(front, work):
    return transfer(front, ['-T', os.path.join(work, 'stream/1g'), '-H', 'Expect:',
                            f'http://127.0.0.1:{front.port}/sink'])


def web_socket(front, backends, seconds):
    """CPU per message that goes to the backend and comes back, 64 connections with one message each under way."""
    before = front.cpu()
    out = subprocess.run(backends.java('Echo', 'drive', str(front.port), '64', str(seconds)), capture_output=True,
                         text=True)
    if out.returncode != 0:
        fail(f'{front.name} and WebSockets: {out.stderr}')
    messages = int(out.stdout)
    return {'cpu': (front.cpu() - before) / max(1, messages), 'rps': messages / seconds}


def idle(front):
    """Resident bytes for each connection that has had its answer and stays."""
    if front.name == 'haproxy' and FILES < 2 * IDLE + 1000:
        return None  # it sets aside two files for each connection that it may have
    request = b'GET / HTTP/1.1\r\nHost: bench\r\n\r\n'
    before = front.memory()
    sockets = []
    try:
        for i in range(IDLE):
            s = socket.socket()
            # one address has not enough ports for all
            s.bind((f'127.0.0.{2 + i % 8}', 0))
            s.connect(('127.0.0.1', front.port))
            s.sendall(request)
            sockets.append(s)
            if not s.recv(4096).startswith(b'HTTP/1.1 200'):
                fail(f'{front.name} does not answer on connection {i}')
        return (front.memory() - before) * (1 << 20) / IDLE
    finally:
        for s in sockets:
            s.close()


def system_calls(front):
    """
    System calls of all the front's threads for each request, by perf at full speed, or else by strace, which slows the
    front down; None if neither works.
    """
    pids = [str(p) for p in front.pids()]
    if shutil.which('perf'):
        counter = ['perf', 'stat', '-e', 'raw_syscalls:sys_enter', '-p', ','.join(pids)]
    elif shutil.which('strace'):
        counter = ['strace', '-f', '-c', *sum((['-p', pid] for pid in pids), [])]
    else:
        return None
    trace = subprocess.Popen(counter, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    time.sleep(1)
    out = subprocess.run(['wrk', '-t1', '-c64', '-d3s', f'http://127.0.0.1:{front.port}/'], capture_output=True,
                         text=True).stdout
    trace.send_signal(signal.SIGINT)
    summary = trace.communicate()[1]
    total = re.search(r'([\d,]+)\s+raw_syscalls', summary) or re.search(r'(\d+)(?:\s+\d+)?\s+total', summary)
    return int(total.group(1).replace(',', '')) / int(re.search(r'(\d+) requests in', out).group(1)) if total else None
