"""Fits Chinchilla's law as Hoffmann et al. do, with SciPy, and compares with cpt-host.

Hoffmann et al. (arXiv 2203.15556, section D.3) minimise Huber's loss of the log residual by L-BFGS from
each place of a grid of 4,500. Here the loss is summed and the tolerances are tight, since a mean with
the usual ones stops early (Besiroglu et al., arXiv 2404.10102); the gradient is exact.
"""

import argparse
import csv
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import numpy
from scipy.optimize import minimize
from scipy.special import logsumexp

THRESHOLD = 1e-3
ROWS = 240
# The parameters that arXiv 2203.15556 prints, over the ranges of its runs.
PRINTED = dict(E=1.69, A=406.4, alpha=0.34, B=410.7, beta=0.28)
SIZES, TOKENS, NOISE = (4e7, 1.6e10), (1e9, 5e11), 0.005


def made_up_rows(seed=5):
    """Rows with noise around the printed parameters."""
    source = random.Random(seed)
    rows = []
    for _ in range(ROWS):
        size, tokens = (
            low * (high / low) ** source.random() for low, high in (SIZES, TOKENS)
        )
        loss = (
            PRINTED["E"]
            + PRINTED["A"] / size ** PRINTED["alpha"]
            + PRINTED["B"] / tokens ** PRINTED["beta"]
        )
        rows.append((size, tokens, loss * math.exp(source.gauss(0, NOISE))))
    return rows


def read_rows(path):
    with open(path, newline="") as file:
        return [tuple(float(row[name]) for name in ("N", "D", "loss")) for row in csv.DictReader(file)]


def grid():
    """The 4,500 starts: a, b, e, alpha, beta, where A = exp a, B = exp b, E = exp e."""
    coefficients, constants = range(0, 30, 5), (-1, -0.5, 0, 0.5, 1)
    exponents = (0, 0.5, 1, 1.5, 2)
    return list(itertools.product(coefficients, coefficients, constants, exponents, exponents))


class Objective:
    """The sum of Huber's loss, with its gradient, counted."""

    def __init__(self, rows):
        sizes, tokens, losses = (numpy.log(column) for column in zip(*rows))
        self.sizes, self.tokens, self.losses = sizes, tokens, losses
        self.evaluations = 0

    def __call__(self, place):
        self.evaluations += 1
        a, b, e, alpha, beta = place
        parts = numpy.stack(
            [a - alpha * self.sizes, b - beta * self.tokens, numpy.full_like(self.sizes, e)]
        )
        total = logsumexp(parts, axis=0)
        shares = numpy.exp(parts - total)
        residual = total - self.losses
        size = numpy.abs(residual)
        values = numpy.where(
            size <= THRESHOLD, residual**2 / 2, THRESHOLD * (size - THRESHOLD / 2)
        )
        pull = numpy.clip(residual, -THRESHOLD, THRESHOLD)
        gradient = [
            pull @ shares[0],
            pull @ shares[1],
            pull @ shares[2],
            -pull @ (shares[0] * self.sizes),
            -pull @ (shares[1] * self.tokens),
        ]
        return values.sum(), numpy.array(gradient)


def fit(rows, starts):
    """The best end of all starts."""
    objective = Objective(rows)
    options = dict(ftol=1e-14, gtol=1e-12, maxiter=1000)
    began = time.perf_counter()
    ends = [
        minimize(objective, start, jac=True, method="L-BFGS-B", options=options) for start in starts
    ]
    seconds = time.perf_counter() - began
    best = min(ends, key=lambda end: end.fun if math.isfinite(end.fun) else math.inf)
    return {
        "objective": float(best.fun),
        "evaluations": objective.evaluations,
        "seconds": seconds,
        "starts": len(starts),
    }


def compare(bench, rows):
    """Both fits of the same rows, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "rows.csv"
        lines = ["N,D,loss", *(",".join(map(repr, row)) for row in rows)]
        table.write_text("\n".join(lines) + "\n")
        output = subprocess.run(
            [bench, "fit", str(table)], capture_output=True, text=True, check=True
        ).stdout
    ours, peer = json.loads(output), fit(rows, grid())
    return {
        "rows": len(rows),
        "cpt-host": ours,
        "scipy": peer,
        "objectiveExcess": ours["objective"] / peer["objective"] - 1,
        "timesFewerEvaluations": peer["evaluations"] / ours["evaluations"],
        "timesFaster": peer["seconds"] / ours["medianSeconds"],
    }


def sentence(result):
    ours, peer = result["cpt-host"], result["scipy"]
    return (
        f"law fit, {result['rows']} rows: {1e3 * ours['medianSeconds']:.1f} ms and "
        f"{ours['evaluations']} evaluations; SciPy from {peer['starts']} starts "
        f"{peer['seconds']:.1f} s and {peer['evaluations']}: {result['timesFaster']:.0f} times faster, "
        f"{result['timesFewerEvaluations']:.0f} times fewer, objective {ours['objective']:.10g} "
        f"({result['objectiveExcess']:+.1e} of SciPy's)"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, help="the program cpt-bench")
    parser.add_argument("--table", help="a CSV file with columns N, D and loss, for made-up rows")
    options = parser.parse_args()
    rows = read_rows(options.table) if options.table else made_up_rows()
    result = compare(str(pathlib.Path(options.bench).resolve()), rows)
    print(sentence(result), file=sys.stderr)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
