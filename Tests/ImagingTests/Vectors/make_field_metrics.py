"""Makes field_metrics.h5: metrics of the low-dose CT literature, by implementations that are not ours.

    pip install numpy scikit-image sewar h5py && python make_field_metrics.py

Made with Python 3.11, numpy 2.4.6, scikit-image 0.26.0, sewar 0.4.10, h5py 3.16.0.

Windowed PSNR and SSIM follow ldct-benchmark (Eulig et al., Med. Phys. 51(12), 2024; ldctbench/evaluate/utils.py): both images are
windowed to [0, 1], then scikit-image with its defaults (SSIM: uniform 7x7 window, sample covariance) and data range 1. VIF is the pixel-domain
one of Sheikh and Bovik with sigma_n^2 = 2, on values clipped to [0, 2924] after adding 1024, by sewar; ldct-benchmark passes the
label as the distorted image and the prediction as the reference, and so do we ("vif"); "vif.usual" is the other way round. The noise power spectrum is numpy's FFT of
the difference image without its mean, averaged over rings of one frequency step.
"""

import pathlib

import h5py
import numpy as np
from sewar.full_ref import vifp
from skimage.metrics import mean_squared_error, structural_similarity

from make_metrics import scene

FOLDER = pathlib.Path(__file__).parent
WINDOWS = {"chest": (-600, 1500), "abdomen": (50, 400), "neuro": (40, 80)}


def windowed(image, center, width):
    return np.clip((image.astype(np.float64) - (center - width / 2)) / width, 0, 1)


def head(rng, size):
    """Soft tissue with structure inside all windows, bone and air, and noise."""
    y, x = np.mgrid[0:size, 0:size]
    image = 40 + 25 * np.sin(x / 5.0) * np.cos(y / 7.0)
    image = np.where(x + y < size / 3, -1000, image)
    image = np.where((x - size / 2) ** 2 + (y - size / 2) ** 2 < (size / 7) ** 2, 900, image)
    return image.astype(np.float32), np.round(image + 20 * rng.standard_normal(image.shape)).astype(np.float32)


def spectrum(noise):
    """Frequencies [1/pixel] and power [HU^2 pixel^2] of rings one step wide, up to Nyquist; square images only."""
    size = noise.shape[0]
    power = np.abs(np.fft.fft2(noise - noise.mean())) ** 2 / noise.size
    frequency = np.fft.fftfreq(size)
    ring = np.rint(np.hypot(*np.meshgrid(frequency, frequency, indexing="ij")) * size).astype(int)
    steps = np.arange(1, size // 2 + 1)
    return steps / size, np.array([power[ring == step].mean() for step in steps])


def main():
    rng = np.random.default_rng(20251125)
    with h5py.File(FOLDER / "field_metrics.h5", "w") as file:
        cases = [head(rng, 41), head(rng, 64), head(rng, 96), scene(rng, 64, 64, 30), scene(rng, 48, 64, 60)]
        for index, (label, image) in enumerate(cases):
            group = file.create_group(f"case{index}")
            group.create_dataset("label", data=label, compression="gzip", track_times=False)
            group.create_dataset("image", data=image, compression="gzip", track_times=False)
            for name, (center, width) in WINDOWS.items():
                a, b = windowed(label, center, width), windowed(image, center, width)
                mse = mean_squared_error(a, b)
                group.attrs[f"psnr.{name}"] = 10 * np.log10(1 / mse) if mse > 0 else np.inf
                group.attrs[f"ssim.{name}"] = structural_similarity(a, b, data_range=1.0)
            a, b = (np.clip(v.astype(np.float64) + 1024, 0, 2924) for v in (label, image))
            group.attrs["vif"] = vifp(b, a, sigma_nsq=2.0)
            group.attrs["vif.usual"] = vifp(a, b, sigma_nsq=2.0)
            if label.shape[0] == label.shape[1]:
                frequency, power = spectrum(image.astype(np.float64) - label.astype(np.float64))
                group.create_dataset("nps.frequency", data=frequency)
                group.create_dataset("nps.power", data=power)
                group.attrs["nps.mean_frequency"] = (frequency * power).sum() / power.sum()


main()
