#!/usr/bin/env python3
"""Makes activations.json: PyTorch's activations, gradients and one Adam step for small seeded networks.

Needs only PyTorch (CPU):
    python3 -m venv venv && venv/bin/pip install torch && venv/bin/python make_activations.py
Everything is computed in float64 and stored rounded to float32, so that the stored values are exact to half a unit in the
last place and the tests' tolerance is the error of our own float32 arithmetic alone. Every case is a list of layers as
Denoising.Layer has them; weights and inputs are float32 values.
"""
import json
import pathlib

import torch
import torch.nn.functional as F


def layer(name, kind, cin, cout, kernel, padding=0, relu=False, skip=None):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    entry = dict(name=name, kind=kind, inputChannels=cin, outputChannels=cout, kernelHeight=kh, kernelWidth=kw,
                 padding=padding, relu=relu)
    if skip is not None:
        entry["skip"] = skip
    return entry


def red_cnn(depth, channels, kernel, relu, decoder):
    """Written after the reference's classes, not after Network+REDCNN.swift."""
    layers = []
    encoder = 5 if depth == 10 else 2
    skips = {6: 4, 8: 2, 10: 0} if depth == 10 else {3: 0}
    for i in range(1, depth + 1):
        inside = i <= encoder
        transposed = decoder == "valid" and not inside
        padded = decoder == "same" or (depth == 3 and i == 2)
        layers.append(layer(
            f"conv{i}" if inside else f"tconv{i - encoder}",
            "transposed_convolution" if transposed else "convolution",
            1 if i == 1 else channels, 1 if i == depth else channels, kernel, kernel // 2 if padded else 0,
            relu == "all" or (relu == "last" and i == depth), skips.get(i)))
    return layers


def shape(l):
    io = (l["outputChannels"], l["inputChannels"])
    k = (l["kernelHeight"], l["kernelWidth"])
    if l["kind"] == "dense":
        return (io[0], io[1] * k[0] * k[1])
    return (*(io[::-1] if l["kind"] == "transposed_convolution" else io), *k)


def forward(layers, weights, x):
    activations = [x]
    for l in layers:
        w, b = weights[l["name"] + ".weight"], weights[l["name"] + ".bias"]
        y = activations[-1]
        if l["kind"] == "convolution":
            y = F.conv2d(y, w, b, padding=l["padding"])
        elif l["kind"] == "transposed_convolution":
            y = F.conv_transpose2d(y, w, b, padding=l["padding"])
        else:
            y = F.linear(y.flatten(1), w, b)[:, :, None, None]
        if "skip" in l:
            y = y + activations[l["skip"]]
        if l["relu"]:
            y = F.relu(y)
        activations.append(y)
    return activations


def values(t):
    return [float(f"{v:.9g}") for v in t.detach().to(torch.float32).flatten().tolist()]


def case(name, layers, input_shape, seed, gradient):
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for l in layers:
        fan_in = l["inputChannels"] * l["kernelHeight"] * l["kernelWidth"]
        for part, size in (("weight", shape(l)), ("bias", (l["outputChannels"],))):
            # A positive mean keeps enough ReLUs open for the comparison to see every layer.
            draw = (torch.rand(size, generator=generator) * 2 - 0.7) * (1.7 / fan_in ** 0.5 if part == "weight" else 0.1)
            weights[f"{l['name']}.{part}"] = draw.to(torch.float32).double().requires_grad_(gradient)
    x = torch.rand(input_shape, generator=generator).double()
    activations = forward(layers, weights, x)
    entry = dict(name=name, network=dict(layers=layers), inputShape=list(input_shape), input=values(x),
                 weights={k: dict(shape=list(v.shape), values=values(v)) for k, v in weights.items()},
                 activations=[dict(shape=list(a.shape), values=values(a)) for a in activations])
    if gradient:
        target = torch.rand(activations[-1].shape, generator=generator).double()
        loss = F.mse_loss(activations[-1], target)
        optimiser = torch.optim.Adam(weights.values(), lr=0.01)
        loss.backward()
        entry["target"] = values(target)
        entry["loss"] = loss.item()
        entry["gradients"] = {k: values(v.grad) for k, v in weights.items()}
        optimiser.step()
        entry["afterAdam"] = {k: values(v) for k, v in weights.items()}
    return entry



def main():
    cases = [
        case("red-cnn 3 same all", red_cnn(3, 4, 5, "all", "same"), (2, 1, 9, 8), 1, True),
        case("red-cnn 3 valid last", red_cnn(3, 3, 5, "last", "valid"), (1, 1, 8, 9), 2, True),
        case("red-cnn 10 same all", red_cnn(10, 3, 3, "all", "same"), (1, 1, 7, 6), 3, True),
        case("red-cnn 10 valid none", red_cnn(10, 2, 3, "none", "valid"), (1, 1, 12, 11), 4, True),
        case("convolution into dense", [
            layer("conv1", "convolution", 2, 3, (3, 2), 1, True),
            layer("fc1", "dense", 3, 5, (4, 6), 0, True),
            layer("fc2", "dense", 5, 5, 1, 0, False, 2),
            layer("fc3", "dense", 5, 2, 1)], (3, 2, 4, 5), 5, True),
        case("seventeen channels, padded transposition", [
            layer("up", "transposed_convolution", 17, 5, 3, 1, True),
            layer("out", "convolution", 5, 1, 1)], (1, 17, 5, 4), 6, True),
    ]
    path = pathlib.Path(__file__).with_name("activations.json")
    path.write_text(json.dumps(dict(torch=torch.__version__, cases=cases), separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
