"""Which servers nginx and Hopyard choose, with real processes and requests."""
import collections, http.client, os, shutil, tempfile

from fronts import ROOT, Process, fail, free_port

SIZES = (3, 10, 50)
REQUESTS = 2000
# what has to be the same, request by request; chance is not
METHODS = {'round robin': '', 'weights': '', 'least_conn': 'least_conn;', 'hash': 'hash $arg_k;',
           'hash consistent': 'hash $arg_k consistent;', 'ip_hash': 'ip_hash;', 'random': 'random;',
           'random two': 'random two;', 'random two, weights': 'random two;'}
MAX_FAILS = (0, 1, 3)
BY_CHANCE = ('random', 'random two', 'random two, weights')


def address(number):
    return f'127.9.0.{number + 1}'


def server(method, number, port):
    """With weights, each third server has three times the weight of the others."""
    return f'server {address(number)}:{port}{" weight=3" if "weights" in method and number % 3 == 0 else ""};'


def groups(port):
    """By name: a group of each method and size, and the same without the server in the middle."""
    found = {}
    for place, (method, line) in enumerate(METHODS.items()):
        for size in SIZES:
            for left in (False, True):
                numbers = [n for n in range(size) if not left or n != size // 2]
                servers = ' '.join(server(method, n, port) for n in numbers)
                found[method, size, left] = f'g{place}_{size}_{left:d}', f'{line} {servers} keepalive 64;'
    return found


def start_servers(work):
    port = free_port()
    conf = os.path.join(work, 'servers.conf')
    listens = ' '.join(f'listen {address(n)}:{port};' for n in range(max(SIZES)))
    with open(conf, 'w', encoding='utf-8') as file:
        file.write(f'worker_processes 1; pid {work}/servers.pid; error_log stderr crit; events {{ worker_connections 4096; }}\n'
                   f'http {{ access_log off; keepalive_requests 1000000; split_clients $request_id $fails {{ 5% 1; * 0; }}\n'
                   f'server {{ listen 127.0.0.1:{port}; {listens}\n'
                   f'location / {{ return 200 $server_addr; }}\n'
                   f'location /failing {{ if ($fails) {{ return 503; }} return 200 $server_addr; }} }} }}\n')
    return Process(['nginx', '-p', work, '-c', conf, '-g', 'daemon off;'], port)


def failing(port, max_fails):
    return ' '.join(f'server {address(n)}:{port} max_fails={max_fails};' for n in range(10))


def start_front(name, work, app):
    port = free_port()
    conf = os.path.join(work, name + '.conf')
    all_groups = groups(app).values()
    with open(conf, 'w', encoding='utf-8') as file:
        file.write(f'worker_processes 1; pid {work}/{name}.pid; error_log {work}/{name}.log error;\n'
                   f'{"user root;" if os.geteuid() == 0 else ""} events {{ worker_connections 4096; }}\n'
                   f'http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {work}/{name}-b;\n'
                   f'proxy_temp_path {work}/{name}-p; proxy_http_version 1.1; proxy_set_header Connection "";\n'
                   f'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;\n'
                   + '\n'.join(f'upstream {group} {{ {body} }}' for group, body in all_groups)
                   + ''.join(f'\nupstream failing-{most} {{ {failing(app, most)} keepalive 64; }}' for most in MAX_FAILS)
                   + f'\nserver {{ listen 127.0.0.1:{port}; location / {{ return 200 ok; }}\n'
                   f'proxy_next_upstream error timeout http_503; proxy_next_upstream_tries 3;\n'
                   + ''.join(f'location /failing-{most} {{ proxy_pass http://failing-{most}/failing; }}\n' for most in MAX_FAILS)
                   + '\n'.join(f'location /{group} {{ proxy_pass http://{group}; }}' for group, _ in all_groups) + '} }\n')
    program = 'nginx' if name == 'nginx' else os.path.join(ROOT, 'proxy/bin/hopyard')
    return Process([program, '-p', work, '-c', conf, '-g', 'daemon off;'], port)


def answers(front, path):
    """Status and content of each answer; each request has a user and comes from an address of its own."""
    connection = http.client.HTTPConnection('127.0.0.1', front.port, timeout=10)
    found = []
    for i in range(REQUESTS):
        client = f'{i * 7 % 223 + 1}.{i * 13 % 256}.{i * 29 % 256}.{i % 256}'
        connection.request('GET', f'/{path}?k=user-{i}', headers={'X-Forwarded-For': client})
        response = connection.getresponse()
        found.append((response.status, response.read().decode()))
    connection.close()
    return found


def choices(front, group):
    """The server of each request."""
    found = answers(front, group)
    wrong = [status for status, _ in found if status != 200]
    if wrong:
        fail(f'{group}: {wrong[0]}')
    return [body for _, body in found]


def share(places):
    return f'{100 * sum(places) / REQUESTS:.1f} %'


def fullest(chosen, size):
    return max(collections.Counter(chosen).values()) * size / REQUESTS


def compare():
    """Prints the table; returns 1 if the same requests went to other servers where they must not."""
    if not shutil.which('nginx'):
        fail('nginx is not installed: apt-get install nginx')
    differs = False
    print('| method | servers | the same choice | fullest: nginx | Hopyard | one leaves, moved: nginx | Hopyard |')
    print('|---|--:|--:|--:|--:|--:|--:|')
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        app = start_servers(work)
        fronts = []
        try:
            fronts += [start_front(name, work, app.port) for name in ('nginx', 'hopyard')]
            for (method, size, left), (group, _) in groups(app.port).items():
                if left:
                    continue
                nginx, ours = (choices(front, group) for front in fronts)
                nginx_left, ours_left = (choices(front, group[:-1] + '1') for front in fronts)
                same = [a == b for a, b in zip(nginx + nginx_left, ours + ours_left)]
                differs |= method not in BY_CHANCE and not all(same)
                has_key = 'hash' in method
                moved = [share([a != b for a, b in zip(*pair)]) if has_key else ''
                         for pair in ((nginx, nginx_left), (ours, ours_left))]
                print(f'| {method} | {size} | {"by chance" if method in BY_CHANCE else f"{100 * sum(same) / len(same):.1f} %"} '
                      f'| {fullest(nginx, size):.2f} | {fullest(ours, size):.2f} | {moved[0]} | {moved[1]} |', flush=True)
            print('\n| 5 % of attempts fail, 10 servers | errors for clients: nginx | Hopyard |\n|---|--:|--:|')
            for most in MAX_FAILS:
                nginx, ours = (share([status != 200 for status, _ in answers(front, f'failing-{most}')]) for front in fronts)
                print(f'| `max_fails={most}` | {nginx} | {ours} |', flush=True)
        finally:
            for process in fronts + [app]:
                process.stop()
    return 1 if differs else 0
