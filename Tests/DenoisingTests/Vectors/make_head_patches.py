#!/usr/bin/env python3
"""Makes head_patches.h5: six held-out patches of the head CT, and how well the linear filter does on them.

Needs numpy and h5py, and the patch file of Experiments/prepare-data.sh:
    python3 -m venv venv && venv/bin/pip install numpy h5py && venv/bin/python make_head_patches.py ../../../Data/head.h5

The filter is the 13 x 13 least-squares filter with bias of Sources/Imaging/Filtering, fitted here independently, by numpy,
to every pixel of the training split; PSNR has a range of 4096 after clipping to [-1024, 3071] HU.
"""
import pathlib
import sys

import h5py
import numpy as np

LOW, RANGE, SIDE, COUNT = -1024.0, 4095.0, 13, 6


def normalised(images):
    return (np.clip(images.astype(np.float64), LOW, LOW + RANGE) - LOW) / RANGE


def neighbourhoods(image):
    """Every pixel's 13 x 13 surroundings, zeros outside, and a one for the bias."""
    padded = np.pad(image, SIDE // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE)).reshape(image.size, -1)
    return np.hstack([windows, np.ones((image.size, 1))])


def psnr(image, label):
    """Both normalised."""
    return 10 * np.log10((RANGE + 1) ** 2 / np.mean(((np.clip(image, 0, 1) - label) * RANGE) ** 2))


with h5py.File(sys.argv[1]) as data:
    matrix, right = np.zeros((SIDE**2 + 1,) * 2), np.zeros(SIDE**2 + 1)
    for low, normal in zip(normalised(data["train/low_dose"][()]), normalised(data["train/normal_dose"][()])):
        x = neighbourhoods(low)
        matrix += x.T @ x
        right += x.T @ normal.ravel()
    weights = np.linalg.solve(matrix, right)
    index = np.arange(COUNT) * len(data["test/low_dose"]) // COUNT
    low, normal = data["test/low_dose"][index], data["test/normal_dose"][index]
    source = data.attrs["source"]

out = pathlib.Path(__file__).parent / "head_patches.h5"
pairs = list(zip(normalised(low), normalised(normal)))
with h5py.File(out, "w") as file:
    file.attrs["source"] = source
    for name, values in [
        ("low_dose", low),
        ("normal_dose", normal),
        ("psnr_low_dose", np.array([psnr(x, y) for x, y in pairs])),
        ("psnr_linear_filter", np.array([psnr((neighbourhoods(x) @ weights).reshape(x.shape), y) for x, y in pairs])),
    ]:
        options = dict(compression="gzip", compression_opts=9, shuffle=True) if values.ndim == 3 else {}
        file.create_dataset(name, data=values, track_times=False, **options)
        if values.ndim == 1:
            print(name, values.round(3), "mean", values.mean().round(3))
print(out.name, out.stat().st_size, "bytes")
