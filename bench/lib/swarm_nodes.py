"""Machines that are none: each has a network, a host name and processes of its own, and runs a Docker engine."""
import glob, os, shutil, signal, subprocess, tempfile, time

NETWORK = '192.168.97'


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=more.pop('timeout', 120), **more)
    if done.returncode:
        raise SystemExit(f'{" ".join(command)}\n{done.stdout}')
    return done.stdout.strip()


class Site:
    """A switch with cables to machines; everything of it is gone after close()."""

    def __init__(self):
        self.name = f'hopyard-swarm-{os.getpid()}'
        self.work = tempfile.mkdtemp(prefix='hopyard-swarm.', dir='/var/tmp')
        self.namespaces, self.nodes = [], []
        self.switch = self.namespace('switch')
        run('ip', '-n', self.switch, 'link', 'add', 'switch', 'type', 'bridge')
        run('ip', '-n', self.switch, 'link', 'set', 'switch', 'up')

    def namespace(self, name):
        whole = f'{self.name}-{name}'
        run('ip', 'netns', 'add', whole)
        self.namespaces.append(whole)
        run('ip', '-n', whole, 'link', 'set', 'lo', 'up')
        return whole

    def plug(self, name, numbers):
        """A network with a cable to the switch."""
        namespace = self.namespace(name)
        run('ip', 'link', 'add', 'eth0', 'netns', namespace, 'type', 'veth', 'peer', 'name', name, 'netns', self.switch)
        for number in numbers:
            run('ip', '-n', namespace, 'addr', 'add', f'{NETWORK}.{number}/24', 'dev', 'eth0')
        run('ip', '-n', namespace, 'link', 'set', 'eth0', 'up')
        run('ip', '-n', self.switch, 'link', 'set', name, 'master', 'switch', 'up')
        return namespace

    def pull(self, name):
        """Pulls the cable: from now on nothing is refused there, and nothing answers."""
        run('ip', '-n', self.switch, 'link', 'set', name, 'down')

    def node(self, number):
        self.nodes.append(Node(self, number))
        return self.nodes[-1]

    def close(self):
        for node in self.nodes:
            node.kill()
        for namespace in self.namespaces:
            subprocess.run(['ip', 'netns', 'del', namespace], stderr=subprocess.DEVNULL)
        for cgroup in glob.glob(f'/sys/fs/cgroup/**/{self.name}', recursive=True):
            for directory, _, _ in os.walk(cgroup, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    pass  # its last process is not quite gone
        shutil.rmtree(self.work, ignore_errors=True)


class Node:
    """A machine: a dockerd that is process 1 of its own tree, so all that it has started ends with it."""

    def __init__(self, site, number):
        self.name, self.address = f'node-{number}', f'{NETWORK}.{number}'
        self.namespace = site.plug(self.name, [number])
        self.directory = os.path.join(site.work, self.name)
        os.mkdir(self.directory)
        self.socket = f'unix://{self.directory}/docker.sock'
        self.log = os.path.join(self.directory, 'dockerd.log')
        # what others have in /run, other engines' sockets above all, is not there
        script = f'hostname {self.name} && mount -t tmpfs tmpfs /run && exec dockerd "$@"'
        command = ['nsenter', f'--net=/run/netns/{self.namespace}', 'unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc',
                   'sh', '-c', script, 'sh', '--data-root', f'{self.directory}/data', '-H', self.socket, '--cgroup-parent', f'/{site.name}']
        with open(self.log, 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def docker(self, *arguments, **more):
        return run('docker', '-H', self.socket, *arguments, **more)

    def is_up(self):
        if self.process.poll() is not None:
            raise SystemExit(f'{self.name}: dockerd has ended\n' + open(self.log, encoding='utf-8').read()[-2000:])
        return subprocess.run(['docker', '-H', self.socket, 'info'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def kill(self):
        """Ends all processes of the machine at once, as a power cut does."""
        if self.process.poll() is not None:
            return
        pid = self.process.pid
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
            first = children.read().split()
        # unshare ends, the kernel then ends its child, which is process 1 there, and so all others
        os.kill(pid, signal.SIGKILL)
        self.process.wait()
        eventually(f'{self.name} is dead', lambda: not any(os.path.exists(f'/proc/{each}') for each in first))


def eventually(what, condition, seconds=60):
    """Waits until the condition holds; returns what it returned."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.25)
    raise SystemExit(f'in {seconds} s it has not come true: {what}')
