"""The proxies that are compared, and the servers behind them, as processes."""
import os, re, resource, shutil, signal, socket, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TICK = 1e6 / os.sysconf('SC_CLK_TCK')
BODY = 'x' * 200
HOPYARDS = {'hopyard-off': '', 'hopyard': 'hop_trace on;', 'hopyard-console': 'hop_trace on;'}
BEFORE = '-before'  # ends the name of a front that is another checkout's Hopyard


def raise_file_limit():
    """As many open files as may be, and as 10,000 idle connections with one behind each may need."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 65536), max(hard, 65536)))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


FILES = raise_file_limit()


def fail(text):
    raise SystemExit(f'bench/{os.path.basename(sys.argv[0])}: {text}')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def installed_peers():
    found = ['nginx']
    for peer in ('haproxy', 'caddy'):
        if shutil.which(peer):
            found.append(peer)
        else:
            print(f'{peer} is not installed and left out')
    return found + ['undertow']


class Process:
    """A server and what it has started, in a session of its own."""

    def __init__(self, command, port, request=None, env=None):
        self.started = time.time()
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True, env=env)
        while not self.answers(request):
            if time.time() - self.started > 20 or self.process.poll() is not None:
                fail(f'does not start: {" ".join(command)}')
            time.sleep(0.002)
        self.ready_after = time.time() - self.started

    def answers(self, request):
        try:
            with socket.create_connection(('127.0.0.1', self.port), timeout=5) as s:
                if request is None:
                    return True
                s.sendall(request)
                return s.recv(64).startswith(b'HTTP/1.1 200')
        except OSError:
            return False

    def pids(self):
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            try:
                queue += [int(p) for p in open(f'/proc/{pid}/task/{pid}/children').read().split()]
            except OSError:
                pass  # it has ended
        return found

    def cpu(self):
        """Microseconds of CPU, by the kernel's accounting: user and system."""
        total = 0
        for pid in self.pids():
            try:
                fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass  # it has ended
        return total * TICK

    def memory(self, field='VmRSS'):
        """Resident memory in MiB."""
        kib = 0
        for pid in self.pids():
            try:
                kib += int(re.search(rf'{field}:\s+(\d+)', open(f'/proc/{pid}/status').read()).group(1))
            except (OSError, AttributeError):
                pass  # it has ended
        return kib / 1024

    def stop(self):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        except ProcessLookupError:
            pass  # it has ended


class Backends:
    """nginx answers requests; a server of the bench's own takes uploads and WebSockets."""

    def __init__(self, work):
        self.work = work
        os.makedirs(os.path.join(work, 'stream'))
        with open(os.path.join(work, 'stream/1g'), 'wb') as f:
            f.truncate(1 << 30)
        with open(os.path.join(work, '100k'), 'wb') as f:
            f.write(b'x' * 102400)
        with open(os.path.join(work, 'post.lua'), 'w') as f:
            f.write('wrk.method = "POST"\nwrk.body = string.rep("x", 4096)\n')
        self.classes = os.path.join(work, 'classes')
        sources = [os.path.join(ROOT, 'bench/lib', name) for name in ('StockUndertow.java', 'Echo.java')]
        subprocess.run(['javac', '-d', self.classes, '-cp', os.path.join(ROOT, 'proxy/target/lib/*'), *sources],
                       check=True)
        self.port, self.echo = free_port(), free_port()
        conf = os.path.join(work, 'backend.conf')
        with open(conf, 'w') as f:
            f.write(f'''worker_processes 1; pid {work}/backend.pid; error_log stderr crit; user root;
events {{ worker_connections 32768; }}
http {{ access_log off; keepalive_requests 100000000; client_max_body_size 0; sendfile on; root {work};
  large_client_header_buffers 8 32k;
  server {{ listen 127.0.0.1:{self.port} backlog=16384; location / {{ return 200 "{BODY}"; }}
    location /100k {{ }} location /stream/ {{ }} }} }}''')
        self.processes = [Process(['nginx', '-p', work, '-c', conf, '-g', 'daemon off;'], self.port)]
        self.processes.append(Process(self.java('Echo', 'serve', str(self.echo)), self.echo))

    def java(self, *arguments):
        return ['java', '-XX:+UseSerialGC', '-Xmx96m', '-cp', f'{self.classes}:{ROOT}/proxy/target/lib/*', *arguments]

    def installed_with_aot(self):
        """Where Hopyard is installed as in its image: with an AOT cache that JAVA_25_HOME has made."""
        home = os.path.join(self.work, 'installed')
        if not os.path.exists(home):
            target = os.path.join(ROOT, 'proxy/target')
            shutil.copytree(os.path.join(target, 'lib'), os.path.join(home, 'lib/lib'))
            shutil.copytree(os.path.join(ROOT, 'proxy/conf'), os.path.join(home, 'conf'))
            shutil.copy2(os.path.join(target, 'hopyard-proxy.jar'), os.path.join(home, 'lib'))
            java = os.path.join(os.environ['JAVA_25_HOME'], 'bin/java')
            subprocess.run([java, '-XX:AOTCacheOutput=lib/hopyard.aot', '-XX:+UnlockDiagnosticVMOptions',
                            '-XX:-AOTRecordTraining', '-XX:+UseSerialGC', '-Xmx96m', '-cp', 'lib/hopyard-proxy.jar',
                            'hopyard.proxy.WarmUp'], cwd=home, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        return home

    def stop(self):
        for process in self.processes:
            process.stop()


class Front(Process):
    """A proxy in front of the backends."""

    before = None  # the root of the checkout that stands for the version before

    def __init__(self, name, backends, threads, servers=''):
        self.name = name
        port = free_port()
        env = None
        if name == 'hopyard-aot':
            env = dict(os.environ, JAVA_HOME=os.environ['JAVA_25_HOME'], HOPYARD_HOME=backends.installed_with_aot())
        super().__init__(self.command(name, backends, threads, port, servers), port,
                         b'GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n', env)

    @staticmethod
    def command(name, backends, threads, port, servers):
        conf = os.path.join(backends.work, f'{name}-{port}.conf')
        app, echo = f'127.0.0.1:{backends.port}', f'127.0.0.1:{backends.echo}'
        if name == 'undertow':
            return backends.java('StockUndertow', str(port), str(backends.port), str(backends.echo), str(threads))
        if name == 'haproxy':
            command = ['haproxy', '-db', '-f', conf]
            text = (f'global\n nbthread {threads}\n maxconn {min(16384, FILES // 2 - 100)}\ndefaults\n mode http\n timeout connect 5s\n'
                    f' timeout client 60s\n timeout server 60s\n timeout tunnel 60s\nfrontend f\n'
                    f' bind 127.0.0.1:{port} backlog 16384\n use_backend e if {{ path /sink /ws }}\n default_backend b\n'
                    f'backend b\n http-reuse always\n server s {app}\nbackend e\n server s {echo}\n')
        elif name == 'caddy':
            command = ['caddy', 'run', '--adapter', 'caddyfile', '--config', conf]
            text = (f'{{\n admin off\n}}\nhttp://:{port} {{\n bind 127.0.0.1\n @echo path /sink /ws\n reverse_proxy @echo {echo}\n'
                    f' reverse_proxy {app}\n}}\n')
        else:
            root = Front.before if name.endswith(BEFORE) else ROOT
            kind = name.removesuffix(BEFORE)
            program = 'nginx' if kind == 'nginx' else os.path.join(root, 'proxy/bin/hopyard')
            command = [program, '-p', backends.work, '-c', conf, '-g', 'daemon off;']
            text = nginx_conf(conf, app, echo, threads, port, HOPYARDS.get(kind, ''),
                              'location /_hops/ { hop_console; }' if kind == 'hopyard-console' else '', servers)
        with open(conf, 'w') as f:
            f.write(text)
        return command


def nginx_conf(conf, app, echo, threads, port, hops, console, servers):
    user = 'user root;' if os.geteuid() == 0 else ''
    return f'''worker_processes {threads}; pid {conf}.pid; error_log stderr crit; {user}
events {{ worker_connections 32768; }}
http {{ access_log off; keepalive_requests 100000000; client_max_body_size 0; large_client_header_buffers 8 32k;
  client_body_temp_path {conf}.body; proxy_temp_path {conf}.proxy;
  upstream app {{ server {app}; keepalive 256; keepalive_requests 100000000; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; {hops}
  server {{ listen 127.0.0.1:{port} backlog=16384; {console}
    location / {{ proxy_pass http://app; }}
    location /sink {{ proxy_request_buffering off; proxy_pass http://{echo}; }}
    location /ws {{ proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection Upgrade;
      proxy_pass http://{echo}; }} }}
  {servers} }}'''
