#!/usr/bin/env python3
"""PyTorch's side of `ldct bench training`: answers every line of standard input with one Adam step of a RED-CNN.

    pytorch-step.py valid|same CHANNELS DEPTH SIZE BATCH THREADS

Needs PyTorch only; any Python that can import it will do. First line of the output: PyTorch's version.
"""
import sys

import torch
import torch.nn.functional as F

decoder = sys.argv[1]
channels, depth, size, batch, threads = map(int, sys.argv[2:])
torch.set_num_threads(threads)
torch.manual_seed(1)

encoder = 5 if depth == 10 else 2
skips = {6: 4, 8: 2, 10: 0} if depth == 10 else {3: 0}
layers = torch.nn.ModuleList()
for i in range(1, depth + 1):
    ends = (1 if i == 1 else channels, 1 if i == depth else channels)
    padding = 2 if decoder == "same" or (depth == 3 and i == 2) else 0
    kind = torch.nn.ConvTranspose2d if decoder == "valid" and i > encoder else torch.nn.Conv2d
    layers.append(kind(*ends, 5, padding=padding))


def forward(x):
    activations = [x]
    for i, layer in enumerate(layers, 1):
        y = layer(activations[-1])
        activations.append(F.relu(y + activations[skips[i]] if i in skips else y))
    return activations[-1]


x, target = torch.rand(batch, 1, size, size), torch.rand(batch, 1, size, size)
optimiser = torch.optim.Adam(layers.parameters(), lr=2e-4)
print(torch.__version__, flush=True)
for _ in sys.stdin:
    optimiser.zero_grad()
    F.mse_loss(forward(x), target).backward()
    optimiser.step()
    print("done", flush=True)
