#!/usr/bin/env python3
"""Drives the stages of the workload `denoising` as the harness of the FHE Benchmarking Suite drives those of its workloads.

    python3 harness/run_submission.py SIZE [--num_runs N]      SIZE: 0 single, 1 small, 2 medium, 3 large

Written for this repository after the published form of the suite (see README.md): the suite has no workload with images as output, so
that there is no harness of theirs to run. Every stage is a process; the time of a stage is that of its process, start and files included.
Keys are made once; runs repeat everything after it. Exit status 1 if a result is not what the integer network gives in the clear.
"""

import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys
import time

SIZES = ("single", "small", "medium", "large")
# HU after clipping to the window of 12 bits.
LOW, HIGH = -1024.0, 3071.0


def human_readable(size):
    for unit in "BKMGT":
        if size < 1024:
            return f"{size:.1f}{unit}"
        size /= 1024
    return f"{size:.1f}P"


def folder_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def numbers(path):
    return [float(line) for line in path.read_text().split()]


def psnr(images, truth):
    clipped = [(min(max(a, LOW), HIGH), min(max(b, LOW), HIGH)) for a, b in zip(images, truth)]
    error = sum((a - b) ** 2 for a, b in clipped) / len(clipped)
    return 10 * math.log10((HIGH - LOW + 1) ** 2 / error)


class Run:
    def __init__(self, root, size):
        self.root, self.size, self.timing = root, size, {}
        self.programs = root / "submission" / "build"

    def stage(self, program, name):
        start = time.monotonic()
        subprocess.run([self.programs / program, str(self.size)], check=True)
        self.timing[name] = time.monotonic() - start
        print(f"[harness] {name}: {self.timing[name]:.4f} s", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size", type=int, choices=range(len(SIZES)))
    parser.add_argument("--num_runs", type=int, default=1)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    root, name = arguments.root, SIZES[arguments.size]
    io, data = root / "io" / name, root / "datasets" / name
    shutil.rmtree(io, ignore_errors=True)
    io.mkdir(parents=True)

    once = Run(root, arguments.size)
    once.stage("client_key_generation", "Key Generation")
    once.stage("server_preprocess_model", "Encrypted model preprocessing")
    good = True
    for number in range(1, arguments.num_runs + 1):
        run = Run(root, arguments.size)
        run.timing.update(once.timing)
        run.stage("harness_generate_input", "Input generation")
        run.stage("client_preprocess_input", "Input preprocessing")
        run.stage("client_encode_encrypt_input", "Input encryption")
        run.stage("server_encrypted_compute", "Encrypted computation")
        run.stage("client_decrypt_decode", "Result decryption")
        run.stage("client_postprocess", "Result postprocessing")
        differing = sum(a != b for a, b in zip(numbers(io / "intermediate/output.txt"), numbers(data / "expected.txt")))
        good = good and differing == 0
        truth = numbers(data / "normal_dose.txt")
        timing = {stage: f"{round(seconds, 4)}s" for stage, seconds in run.timing.items()}
        timing["Total"] = f"{round(sum(run.timing.values()), 4)}s"
        result = {
            "model_name": "RED-CNN, 3 layers, linear, folded",
            "dataset_name": "head CT, simulated low dose",
            "Timing": timing,
            "Bandwidth": {
                "Public and evaluation keys": human_readable(folder_bytes(io / "public_keys")),
                "Encrypted input": human_readable(folder_bytes(io / "ciphertexts_upload")),
                "Encrypted results": human_readable(folder_bytes(io / "ciphertexts_download")),
            },
            "Server Reported": {},
            "Denoising quality": {
                "Values that differ from the integer network": differing,
                "PSNR low dose [dB]": round(psnr(numbers(data / "low_dose.txt"), truth), 4),
                "PSNR denoised [dB]": round(psnr(numbers(io / "denoised.txt"), truth), 4),
            },
        }
        path = root / "measurements" / name / f"results-{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n")
        print(path)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
