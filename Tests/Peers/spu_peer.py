"""SPU's CHEETAH (two parties in one process) beside the records of a run of mode shared.

  spu_peer.py all|relu RECORDS.jsonl

Seconds are CPU seconds of both parties together. SPU's ReLU neither rounds nor clamps; ours does.
"""

import json
import sys
import time

import numpy as np
import jax
import jax.numpy as jnp
import spu
import spu.utils.simulation as simulation

RELUS = 96 * 60 * 60
# Half gates (Zahur, Rosulek, Evans 2015): two ciphertexts of 16 bytes an AND gate; 84 gates for ReLU, round, shift and clamp of
# 33 bits, one label of 16 bytes and one transferred label of 16 bytes an input bit, a bit an output bit.
GATES, BITS, RESULT = 84, 33, 12


class Patient(simulation.libspu.link.Desc):
    """A link that waits: on two cores one party packs its answers for longer than the usual 30 seconds."""

    def __init__(self):
        super().__init__()
        self.recv_timeout_ms = 3_600_000


simulation.libspu.link.Desc = Patient


def timed(function, *arguments):
    simulator = simulation.Simulator(
        2, spu.RuntimeConfig(protocol=spu.ProtocolKind.CHEETAH, field=spu.FieldType.FM64)
    )
    run = simulation.sim_jax(simulator, function)
    start = time.process_time()
    result = run(*arguments)
    return np.asarray(result), time.process_time() - start


def ours(path, layer):
    """Seconds and bytes of all messages of a layer of our run."""
    seconds = size = mismatches = 0
    for line in open(path):
        record = json.loads(line)
        if record.get("metric") == "mismatched_values":
            mismatches += record["value"]
        if record.get("layer") != layer or record.get("method") != "encrypted":
            continue
        if record["metric"] in ("seconds.client", "seconds.server"):
            seconds += record["value"]
        if record["metric"] in ("bytes.up", "bytes.down"):
            size += record["value"]
    return seconds, size, mismatches


def main(what, path):
    values = np.random.default_rng(1).normal(0, 100, RELUS).astype(np.float32)
    rectify = lambda x: jnp.maximum(x, 0)
    _, start = timed(rectify, values[:16])
    result, seconds = timed(rectify, values)
    error = np.abs(result - np.maximum(values, 0)).max()
    mine, size, mismatches = ours(path, "conv1")
    print("| what | CPU [s] | MB | differs by |")
    print("| :-- | --: | --: | --: |")
    print(f"| SPU CHEETAH, start of a session with 16 values, in every row of it | {start:.2f} | - | - |")
    print(f"| SPU CHEETAH, ReLU of {RELUS} values | {seconds:.2f} | - | {error:.1e} |")
    print(f"| half gates, counted | - | {RELUS * (32 * GATES + 32 * BITS + RESULT / 8) / 1e6:.0f} | 0 |")
    print(f"| shared, layer conv1 whole: 1 to 96 channels, ReLU, rounding, clamp of {RELUS} values | {mine:.2f} | {size / 1e6:.1f} | {mismatches:.0f} values |")
    if what == "relu":
        return
    weights = np.random.default_rng(2).normal(0, 0.1, (96, 96, 5, 5)).astype(np.float32)
    image = np.random.default_rng(3).uniform(0, 1, (1, 96, 60, 60)).astype(np.float32)
    convolve = lambda x, w: jax.lax.conv(x, w, (1, 1), "VALID")
    result, seconds = timed(convolve, image, weights)
    error = np.abs(result - np.asarray(convolve(image, weights))).max()
    mine, size, mismatches = ours(path, "conv2")
    print(f"| SPU CHEETAH, 96 to 96 channels of 5x5, 60x60 in | {seconds:.2f} | - | {error:.1e} |")
    print(f"| shared, layer conv2 whole: the same, ReLU, rounding and clamp | {mine:.2f} | {size / 1e6:.1f} | {mismatches:.0f} values |")


main(sys.argv[1], sys.argv[2])
