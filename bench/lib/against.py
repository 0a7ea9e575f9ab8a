"""This version beside the one before: both started anew for each round, measured by turns."""
import statistics

from fronts import BEFORE, Front
from load import CASES, by_turns, medians, warm_up, wrk
from report import table

WARM_UP_SECONDS = 15
KINDS = ('hopyard', 'hopyard-console')
MEASURED = ('get-64', 'get-256', 'post-4k', 'new')


def one(backends, kind, cases):
    """Figures by case of the two versions, which have just been started."""
    fronts = []
    try:
        fronts += [Front(name, backends, 1) for name in (kind + BEFORE, kind)]
        for front in fronts:
            warm_up(front, backends.work, WARM_UP_SECONDS)
        figures = {}
        for case in cases:
            for front in fronts:
                wrk(front, case, 2, backends.work)
            figures[case] = by_turns(fronts, 4, lambda front: wrk(front, case, 2, backends.work))
        return figures
    finally:
        for front in fronts:
            front.stop()


def measure(backends, rounds, figures, cases=None):
    """Medians of so many starts, and the ratio to the version before of each of them."""
    result = {}
    for kind in KINDS:
        names = [kind + BEFORE, kind]
        runs = [one(backends, kind, cases or MEASURED) for _ in range(rounds)]
        for case in runs[0]:
            result[f'{kind}, {case}'] = {n: [run[case][n] for run in runs] for n in names}
            middle = {n: medians([run[case][n] for run in runs]) for n in names}
            table(CASES[case][2], [(label, {n: middle[n][key] for n in names}) for label, key in figures], names)
            for label, key in figures:
                ratios = sorted(run[case][kind][key] / run[case][kind + BEFORE][key] for run in runs)
                print(f'{label}: {statistics.median(ratios):.3f} x before ({ratios[0]:.2f} to {ratios[-1]:.2f})', flush=True)
    return result
