"""What a start anew changes: where a process's memory lies, and what a JVM's compiler has made of it, differs each time."""
from fronts import Front
from load import CASES, by_turns, medians, warm_up, wrk
from report import table

WARM_UP_SECONDS = 15
TRACING = ('hopyard-off', 'hopyard-console')


def one(backends, threads):
    """Figures by case and front of processes that have just been started."""
    names = ['nginx', 'hopyard'] + list(TRACING if threads == 1 else ())
    fronts = []
    try:
        fronts += [Front(name, backends, threads) for name in names]
        for front in fronts:
            warm_up(front, backends.work, 1 if front.name == 'nginx' else WARM_UP_SECONDS)
        figures = {}
        for case in ('get-64', 'get-256'):
            measured = [f for f in fronts if case == 'get-64' or f.name not in TRACING]
            for front in measured:
                wrk(front, case, 1, backends.work)
            figures[case] = by_turns(measured, 3, lambda front: wrk(front, case, 2, backends.work))
        return figures
    finally:
        for front in fronts:
            front.stop()


def measure(backends, rounds, figures):
    """Medians of so many starts of each front."""
    result = {}
    for threads in (1, 2):
        print(f'\n=== fronts with {threads} thread{"s" if threads > 1 else ""}, medians of {rounds} starts, ratio to nginx')
        runs = [one(backends, threads) for _ in range(rounds)]
        for case in runs[0]:
            names = list(runs[0][case])
            result[f'{threads} threads, {case}'] = {n: [run[case][n] for run in runs] for n in names}
            middle = {n: medians([run[case][n] for run in runs]) for n in names}
            rows = [(label, {n: middle[n][key] for n in names}) for label, key in figures]
            table(CASES[case][2], rows, names)
            for name in names[1:]:
                ratios = sorted(run[case][name]['cpu'] / run[case]['nginx']['cpu'] for run in runs)
                print(f'{name}: CPU from {ratios[0]:.2f} to {ratios[-1]:.2f} x nginx', flush=True)
    return result
