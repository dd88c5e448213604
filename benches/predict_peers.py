"""The peers of benches/predict_peers.rs: numpy's least squares and scikit-learn's random forest.

    python benches/predict_peers.py make DIR      writes ols.f64 (1,000,000 x 21) and forest.f64 (100,000 x 21)
    python benches/predict_peers.py ols DIR       times numpy.linalg.lstsq, three times
    python benches/predict_peers.py forest DIR    times a forest of 200 trees with 2 jobs

Rows of 20 columns and the target, little-endian doubles. Run it and `cargo bench --bench predict_peers` in turn, in
one go, on the same machine, and quote the ratio of medians.
"""
import json
import pathlib
import sys
import time

import numpy as np

ROWS = {"ols": 1_000_000, "forest": 100_000}


def make(folder):
    for name, rows in ROWS.items():
        rng = np.random.default_rng(7)
        x = rng.normal(size=(rows, 20))
        if name == "ols":
            y = x @ np.linspace(-1, 1, 20) + 3 + rng.normal(size=rows)
        else:
            odds = x[:, 0] * 1.5 + x[:, 1] * x[:, 2] - np.abs(x[:, 3]) + 0.5 * x[:, 4]
            y = (rng.uniform(size=rows) < 1 / (1 + np.exp(-odds))).astype(float)
        np.column_stack([x, y]).astype("<f8").tofile(folder / f"{name}.f64")


def main():
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if what == "make":
        return make(folder)
    table = np.fromfile(folder / f"{what}.f64", "<f8").reshape(ROWS[what], 21)
    x, y = np.ascontiguousarray(table[:, :20]), table[:, 20].copy()
    for _ in range(3 if what == "ols" else 1):
        if what == "ols":
            design = np.column_stack([np.ones(len(x)), x])
            began = time.perf_counter()
            found = np.linalg.lstsq(design, y, rcond=None)[0]
            told = {"first": float(found[1])}
        else:
            from sklearn.ensemble import RandomForestClassifier

            began = time.perf_counter()
            model = RandomForestClassifier(n_estimators=200, n_jobs=2, random_state=1, **settings()).fit(x, y)
            told = {"leaves": sum(t.get_n_leaves() for t in model.estimators_) / 200}
        print(json.dumps({"peer": what, "seconds": round(time.perf_counter() - began, 3), **told}))


def settings():
    """As the Rust side's usual forest: leaves of three rows or more, 24 deep at most, four columns tried."""
    return {"min_samples_leaf": 3, "max_depth": 24, "max_features": "sqrt"}


if __name__ == "__main__":
    main()
