#!/usr/bin/env python3
"""Makes redcnn.safetensors, a RED-CNN's state_dict as anybody's PyTorch writes it, and redcnn.json, what it gives.

    python3 -m venv venv && venv/bin/pip install torch safetensors && venv/bin/python make_state_dict.py

The class has the modules of the published RED-CNN implementations; two channels instead of 96. Everything is computed in float64
and stored rounded to float32.
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn


class RED_CNN(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv1 = nn.Conv2d(1, ch, 5)
        self.conv2, self.conv3, self.conv4, self.conv5 = (nn.Conv2d(ch, ch, 5) for _ in range(4))
        self.tconv1, self.tconv2, self.tconv3, self.tconv4 = (nn.ConvTranspose2d(ch, ch, 5) for _ in range(4))
        self.tconv5 = nn.ConvTranspose2d(ch, 1, 5)
        self.relu = nn.ReLU()

    def forward(self, x):
        first = self.relu(self.conv1(x))
        second = self.relu(self.conv2(first))
        fourth = self.relu(self.conv4(self.relu(self.conv3(second))))
        out = self.relu(self.tconv1(self.relu(self.conv5(fourth))) + fourth)
        out = self.relu(self.tconv3(self.relu(self.tconv2(out))) + second)
        return self.relu(self.tconv5(self.relu(self.tconv4(out))) + x)


torch.manual_seed(5)
here = pathlib.Path(__file__).parent
network = RED_CNN(2)
# Two channels are few: without a push some layer's ReLUs would all be shut.
for name, parameter in network.named_parameters():
    if name.endswith("bias"):
        nn.init.constant_(parameter, 0.1)
save_file(network.state_dict(), here / "redcnn.safetensors")
x = torch.rand(1, 1, 24, 25)
y = network.double()(x.double()).detach()
round9 = lambda t: [float(f"{v:.9g}") for v in t.flatten().tolist()]
(here / "redcnn.json").write_text(
    json.dumps(dict(torch=torch.__version__, height=24, width=25, input=round9(x), output=round9(y)), separators=(",", ":")) + "\n")
