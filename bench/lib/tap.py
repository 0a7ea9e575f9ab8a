"""One file of a test suite in Perl, run by itself: what it says in the Test Anything Protocol, and what that comes to."""
import glob, os, re, signal, subprocess, tempfile

IS_ALONE = subprocess.run(['unshare', '--net', '--pid', '--fork', '--mount-proc', 'true'], capture_output=True).returncode == 0
# what ends with its parent, and with it all that it has started, daemons too
NAMESPACES = ['unshare', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', 'ip link set lo up; "$@"', 'sh']
ASSERTION = re.compile(r'^(not )?ok (\d+)(?: -)?[ \t]*([^#\n]*?)(?:[ \t]*# *(todo|skip)\b.*)?$', re.I | re.M)


class Result:
    """How a file went: why it was skipped, if it was, else how many assertions it has, and the names of those that failed."""

    def __init__(self, said, seconds_are_over):
        self.said = said
        skipped = re.search(r'^1\.\.0 # skip(?:ped:?)?[ \t]*(.*)', said, re.I | re.M)
        self.skipped = (skipped[1] or 'without a reason') if skipped else None
        self.failed, seen = {}, 0
        for no, number, name, kind in ASSERTION.findall(said):
            seen += 1
            if no and kind.lower() != 'todo':
                self.failed[int(number)] = name.strip() or f'number {number}'
        plan = re.search(r'^1\.\.([1-9]\d*)', said, re.M)
        self.planned = int(plan[1]) if plan else seen
        if not self.skipped and (seen < self.planned or not plan):
            self.planned = max(self.planned, seen + 1)
            why = 'takes too long' if seconds_are_over else 'ends early'
            for number in range(seen + 1, self.planned + 1):
                self.failed[number] = f'{why} ({self.last_words()})' if number == seen + 1 else 'not reached'

    def last_words(self):
        lines = [line for line in self.said.splitlines() if line and not re.match(r'(not )?ok |1\.\.|#', line)]
        return lines[-1].strip()[:200] if lines else 'says nothing'

    @property
    def passed(self):
        return 0 if self.skipped else self.planned - len(self.failed)

    @property
    def passes(self):
        return not self.skipped and not self.failed

    def key(self):
        """What two runs must have in common to count as the same."""
        return self.skipped, self.planned, tuple(self.failed)


def oracle(program, work):
    """The nginx to run, and where its modules are: a script if it names modules that are packages of their own, and not installed."""
    said = subprocess.run([program, '-V'], capture_output=True, text=True).stderr
    path = re.search(r'--modules-path=(\S+)', said)
    modules = path[1] if path else os.path.dirname(program)
    dynamic = re.findall(r' --with-(\S+?)(?:_module)?=dynamic', said)
    missing = [name for name in dynamic if not glob.glob(f'{modules}/ngx_{name}*.so')]
    if not missing:
        return program, modules
    for name in missing:
        said = re.sub(rf' --with-{name}(_module)?=dynamic', '', said)
    version, script = os.path.join(work, 'version'), os.path.join(work, 'nginx')
    with open(version, 'w', encoding='utf-8') as file:
        file.write(said)
    with open(script, 'w', encoding='utf-8') as file:
        file.write(f'#!/bin/sh\ncase $1 in -V) cat {version} >&2 ;; *) exec {program} "$@" ;; esac\n')
    os.chmod(script, 0o755)
    return script, modules


def run(directory, file, program, modules, seconds):
    """Runs a file for so many seconds at most, with network, processes and temporary files of its own; none of them is left."""
    with tempfile.TemporaryDirectory() as temporary, tempfile.TemporaryFile() as output:
        os.chmod(temporary, 0o755)
        env = dict(os.environ, TEST_NGINX_BINARY=program, TMPDIR=temporary, TEST_NGINX_MODULES=modules)
        if os.geteuid() == 0:
            # else workers give root's rights up, and may not read what the test makes
            env['TEST_NGINX_GLOBALS'] = 'user root; ' + env.get('TEST_NGINX_GLOBALS', '')
        process = subprocess.Popen([*(NAMESPACES if IS_ALONE else []), 'perl', file], cwd=directory, env=env,
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            process.wait(seconds)
            is_over = False
        except subprocess.TimeoutExpired:
            is_over = True
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended, and all that it has started
            process.wait()
        output.seek(0)
        return Result(output.read().decode('utf-8', 'replace'), is_over)
