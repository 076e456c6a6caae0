"""Compares cpt-host's training step with PyTorch's in one interleaved run, and its fits with SciPy's.

Each measurement is a process of its own. For every model the rounds follow one another, and in each
round every mode has its turn, so that what changes on the machine meanwhile meets all of them alike.
"""

import argparse
import ctypes.util
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

from process_facts import OthersShare

FOLDER = pathlib.Path(__file__).parent
MODELS = [f"{size}-{words}" for words in ("8k", "32k") for size in ("tiny", "small", "medium")]
OURS = "cpt-host"
MODES = ["eager", "tuned", "compile"]


class Comparison:
    def __init__(self, options):
        self.options = options
        self.failures = {}

    def run(self):
        machine = json.loads(self._output([self.options.bench, "machine", *self._threads()]))
        fit = self._fit()
        models = [self._compared(name, machine) for name in self.options.models]
        ratios = [model["ratioToBest"] for model in models if model["ratioToBest"]]
        return {
            "format": 1,
            "machine": machine,
            "models": models,
            "fit": fit,
            "geometricMeanRatio": geometric_mean(ratios),
            "failures": self.failures,
        }

    def _fit(self):
        """Some minutes of SciPy, in this process and on one thread."""
        print("law fit", file=sys.stderr)
        try:
            import fit_scipy

            return fit_scipy.compare(self.options.bench, fit_scipy.made_up_rows())
        except (ImportError, OSError, ValueError, subprocess.SubprocessError) as error:
            self.failures["law fit"] = str(error)
            return None

    def _compared(self, name, machine):
        shape, rounds = None, []
        for turn in range(self.options.rounds):
            print(f"{name}, round {turn + 1} of {self.options.rounds}", file=sys.stderr)
            results = {OURS: self._measure(name, OURS, lambda: self._ours(name))}
            shape = shape or results[OURS].get("model")
            for mode in self.options.modes if shape else []:
                results[mode] = self._measure(name, mode, lambda: self._peer(shape, mode))
            rounds.append(results)
        return summary(name, rounds, [OURS, *self.options.modes], machine)

    def _threads(self):
        return ["--threads", str(self.options.threads)]

    def _limits(self):
        seconds, repetitions = str(self.options.seconds), str(self.options.repetitions)
        return [*self._threads(), "--seconds", seconds, "--repetitions", repetitions]

    def _ours(self, name):
        return json.loads(self._output([self.options.bench, "training", name, *self._limits()]))

    def _peer(self, shape, mode):
        script = str(FOLDER / "train_step.py")
        command = [sys.executable, script, json.dumps(shape), *self._limits()]
        environment = {}
        if mode == "compile":
            command.append("--compile")
        if mode != "eager":
            environment["LD_PRELOAD"] = allocator()
            environment["THP_MEM_ALLOC_ENABLE"] = "1"
            environment["GOMP_CPU_AFFINITY"] = f"0-{self.options.threads - 1}"
        return json.loads(self._output(command, environment))

    def _output(self, command, environment={}):
        """Runs a process in a session of its own, so that all are scheduled alike."""
        finished = subprocess.run(
            command,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=self.options.timeout,
            start_new_session=True,
        )
        if finished.returncode != 0:
            last = " / ".join(finished.stderr.strip().splitlines()[-3:])
            raise RuntimeError(f"status {finished.returncode}: {last or 'no message'}")
        return finished.stdout.strip().splitlines()[-1]

    def _measure(self, name, mode, measurement):
        """A failure is a result as well: it is kept, and shown in the table."""
        try:
            return measurement()
        except subprocess.TimeoutExpired:
            reason = f"no end within {self.options.timeout:.0f} s"
        except (RuntimeError, OSError, ValueError, IndexError) as error:
            reason = str(error)
        self.failures[f"{name}, {mode}"] = reason
        print(f"{name}, {mode} failed: {reason}", file=sys.stderr)
        return {"failure": reason}


def summary(name, rounds, modes, machine):
    """The medians of a model's rounds; a mode without a sound round has none."""
    medians = {}
    for mode in modes:
        sound = [turn[mode] for turn in rounds if mode in turn and "failure" not in turn[mode]]
        if sound:
            medians[mode] = {
                "tokensPerSecond": statistics.median(r["tokensPerSecond"]["median"] for r in sound),
                "peakMemory": statistics.median(r["peakMemory"] for r in sound),
                "disturbedRounds": sum(r["othersShare"] > OthersShare.LIMIT for r in sound),
                "rounds": len(sound),
            }
    ours, eager = medians.get(OURS), medians.get("eager")
    peers = [medians[mode]["tokensPerSecond"] for mode in medians if mode != OURS]
    if ours:
        one = next(turn[OURS] for turn in rounds if "failure" not in turn[OURS])
        operations = one["matrixFLOPsPerSecond"] / one["tokensPerSecond"]["median"]
        peak = machine["peakFLOPsOfOneThread" if one["threads"] == 1 else "peakFLOPs"]
        for median in medians.values():
            median["shareOfPeak"] = median["tokensPerSecond"] * operations / peak
    return {
        "name": name,
        "modes": medians,
        "ratioToBest": ours["tokensPerSecond"] / max(peers) if ours and peers else None,
        "memoryToEager": ours["peakMemory"] / eager["peakMemory"] if ours and eager else None,
        "rounds": [
            {mode: {k: v for k, v in r.items() if k != "parts"} for mode, r in turn.items()}
            for turn in rounds
        ],
    }


def allocator():
    """The file name of tcmalloc, which the dynamic loader finds."""
    name = ctypes.util.find_library("tcmalloc_minimal")
    if not name:
        raise RuntimeError("tcmalloc is missing: install what Benchmarks/Peers/packages lists")
    return name


def geometric_mean(ratios):
    return math.exp(statistics.mean(map(math.log, ratios))) if ratios else None


def table(results, modes):
    """The ratios as text: tokens a second with the share of the measured peak."""
    heads = ["tokens/s (of peak)", OURS, *modes, "to the best"]
    rows = [[*heads, f"{OURS}, MiB", "eager, MiB", "to eager"]]
    for model in results["models"]:
        medians = model["modes"]
        cells = [model["name"], *[speed(medians.get(mode)) for mode in [OURS, *modes]]]
        cells.append(ratio(model["ratioToBest"]))
        cells += [mebibytes(medians.get(mode)) for mode in (OURS, "eager")]
        rows.append([*cells, ratio(model["memoryToEager"])])
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *[c.rjust(w) for c, w in zip(row[1:], widths[1:])]])
        for row in rows
    ]
    lines.append(f"geometric mean to the best: {ratio(results['geometricMeanRatio'])}")
    if results["fit"]:
        from fit_scipy import sentence

        lines.append(sentence(results["fit"]))
    if any("!" in line for line in lines):
        lines.append(
            f"! other processes took more than {OthersShare.LIMIT:.0%} of the machine in a round"
        )
    lines += [f"failed: {which}: {why}" for which, why in results["failures"].items()]
    return "\n".join(lines)


def speed(median):
    if not median:
        return "failed"
    share = f" ({median['shareOfPeak']:.0%})" if "shareOfPeak" in median else ""
    return f"{median['tokensPerSecond']:.0f}{share}{' !' if median['disturbedRounds'] else ''}"


def mebibytes(median):
    return f"{median['peakMemory'] / 2**20:.0f}" if median else "-"


def ratio(value):
    return f"{value:.2f}" if value else "-"


def parsed_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, help="the program cpt-bench")
    parser.add_argument("--json", type=pathlib.Path, help="the file for the JSON")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--modes", nargs="+", default=MODES, choices=MODES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6, help="for each measurement")
    parser.add_argument("--repetitions", type=int, default=3, help="the least of a measurement")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each process")
    options = parser.parse_args()
    options.bench = str(pathlib.Path(options.bench).resolve())
    return options


def main():
    options = parsed_options()
    results = Comparison(options).run()
    print(table(results, options.modes))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
        print(f"JSON: {options.json}")
    return 1 if any(OURS not in model["modes"] for model in results["models"]) else 0


if __name__ == "__main__":
    sys.exit(main())
