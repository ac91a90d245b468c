#!/usr/bin/env python3
"""Makes weights_activations.json: PyTorch's activations, layer by layer, for the weights in Experiments/weights.

Needs PyTorch (CPU) and h5py:
    python3 -m venv venv && venv/bin/pip install torch h5py && venv/bin/python make_weights_activations.py
Run it again whenever those weights change: the digest of the weights is stored with the values and the test compares it.
Computed in float64 from the float32 weights and stored as float32, as make_activations.py does.
"""
import json
import pathlib

import h5py
import torch

from make_activations import forward, values

here = pathlib.Path(__file__).parent
cases = []
for path in sorted((here / "../../../Experiments/weights").glob("*.h5")):
    with h5py.File(path) as file:
        layers = json.loads(file.attrs["architecture"])["layers"]
        digest = file.attrs["content_sha256"]
        weights = {name: torch.from_numpy(file[name][()]).double() for name in file}
    generator = torch.Generator().manual_seed(7)
    # Between air and soft tissue, with an edge through the middle: 11 x 13, so that rows and columns cannot be confused.
    x = torch.rand((1, 1, 11, 13), generator=generator) * 0.05
    x[..., 6:] += 0.25
    activations = forward(layers, weights, x.double())
    cases.append(dict(file=path.name, digest=str(digest), inputShape=list(x.shape), input=values(x),
                      activations=[dict(shape=list(a.shape), values=values(a)) for a in activations]))
out = here / "weights_activations.json"
out.write_text(json.dumps(dict(torch=torch.__version__, cases=cases), separators=(",", ":")) + "\n")
print(out.name, out.stat().st_size, "bytes")
