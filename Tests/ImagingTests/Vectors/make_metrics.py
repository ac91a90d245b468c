"""Makes metrics.h5 and patches.h5, the known answers of ImagingTests.

    pip install numpy scikit-image h5py && python make_metrics.py

Made with Python 3.11, numpy 2.4.6, scikit-image 0.26.0, h5py 3.16.0. The image pairs are smooth blobs plus noise in HU,
some of it outside the window [-1024, 3071], so that clipping matters. patches.h5 is written as a Python user would convert
real data: float32 images, strings of variable length, numpy scalars as attributes.
"""

import pathlib

import h5py
import numpy as np
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

FOLDER = pathlib.Path(__file__).parent
LOW, HIGH, RANGE = -1024.0, 3071.0, 4096.0


def scene(rng, height, width, noise):
    """A normal-dose image and a noisy one."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.full((height, width), -1000.0)
    for _ in range(6):
        cy, cx = rng.uniform(0, height), rng.uniform(0, width)
        radius, value = rng.uniform(3, 0.5 * min(height, width)), rng.uniform(-200, 3400)
        image += value * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * radius**2))
    noisy = np.round(image + noise * rng.standard_normal(image.shape))
    return image.astype(np.float32), noisy.astype(np.float32)


def metrics():
    rng = np.random.default_rng(20231009)
    with h5py.File(FOLDER / "metrics.h5", "w", track_order=False) as file:
        cases = [(11, 11, 5), (16, 16, 25), (17, 40, 60), (64, 64, 30), (64, 64, 400)]
        for index, (height, width, noise) in enumerate(cases):
            label, image = scene(rng, height, width, noise)
            a, b = (np.clip(v.astype(np.float64), LOW, HIGH) for v in (label, image))
            group = file.create_group(f"case{index}")
            group.create_dataset("label", data=label, track_times=False)
            group.create_dataset("image", data=image, track_times=False)
            group.attrs["psnr"] = peak_signal_noise_ratio(a, b, data_range=RANGE)
            group.attrs["ssim"] = structural_similarity(
                a, b, data_range=RANGE, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
            group.attrs["rmse_hu"] = np.sqrt(mean_squared_error(a, b))
            group.attrs["psnr.reference"] = peak_signal_noise_ratio(
                label.astype(np.float64), image.astype(np.float64), data_range=3072)


def linear_filter(low, normal):
    """Least squares over all 13 x 13 windows, by the design matrix itself and numpy's SVD; normalised units."""
    low, normal = ((np.clip(v.astype(np.float64), LOW, HIGH) - LOW) / (HIGH - LOW) for v in (low, normal))
    padded = np.pad(low, ((0, 0), (6, 6), (6, 6)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (13, 13), axis=(1, 2)).reshape(-1, 169)
    design = np.hstack([windows, np.ones((len(windows), 1))])
    solution = np.linalg.lstsq(design, normal.reshape(-1), rcond=None)[0]
    return solution, (design @ solution).reshape(low.shape)


def patches():
    rng = np.random.default_rng(310)
    with h5py.File(FOLDER / "patches.h5", "w") as file:
        file.attrs["schema_version"] = np.int32(1)
        file.attrs["source"] = "blobs of make_metrics.py"
        file.attrs["pixel_spacing_mm"] = np.array([1.5, 0.7, 0.7], np.float32)
        file.attrs["dose_fraction"] = np.float32(0.25)
        for split, count in (("train", 5), ("validation", 1), ("test", 2)):
            pairs = [scene(rng, 24, 28, 40) for _ in range(count)]
            low, normal = (np.stack([pair[i] for pair in pairs]) for i in (1, 0))
            group = file.create_group(split)
            group.create_dataset("low_dose", data=low, compression="gzip", track_times=False)
            group.create_dataset("normal_dose", data=normal, compression="gzip", track_times=False)
            group.create_dataset("patient", data=[f"L{i:03}" for i in range(count)], dtype=h5py.string_dtype())
            group.create_dataset("slice", data=np.arange(count, dtype=np.int64) + 7)
            group.create_dataset("origin", data=np.arange(2 * count, dtype=np.int16).reshape(-1, 2))
            if split == "train":
                solution, fitted = linear_filter(low, normal)
                group.create_dataset("filter", data=solution)
                group.create_dataset("filtered", data=np.clip(fitted * (HIGH - LOW) + LOW, LOW, HIGH))


if __name__ == "__main__":
    metrics()
    patches()
