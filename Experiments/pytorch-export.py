#!/usr/bin/env python3
"""Turns what PyTorch saved of a RED-CNN into a safetensors file that `ldct weights convert` reads.

    python3 Experiments/pytorch-export.py net.pth net.safetensors
    python3 Experiments/pytorch-export.py checkpoint.pth net.safetensors --key generator
    python3 Experiments/pytorch-export.py module.pth net.safetensors --trust

Reads state_dicts, checkpoints that hold one (model_state_dict, state_dict, model, ...), and, with --trust, whole modules. Tensors come
out contiguous and apart from each other, in their own number type. Needs torch alone; the output never replaces a file.

A pickle can run any code when it is read: --trust is for files of your own. Without it torch reads tensors only.
"""
import argparse
import json
import os
import struct
import sys

# Where training scripts keep the state_dict of the network, the likeliest first.
KEYS = ["model_state_dict", "state_dict", "model", "net", "network", "generator", "netG", "params_ema", "params", "ema", "module"]
NAMES = {
    "torch.float64": "F64", "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16",
    "torch.int64": "I64", "torch.int32": "I32", "torch.int16": "I16", "torch.int8": "I8", "torch.uint8": "U8", "torch.bool": "BOOL",
}


def fail(text):
    sys.exit(f"pytorch-export: {text}")


def load(torch, path, trust):
    if not os.path.isfile(path):
        fail(f"{path}: no such file")
    try:
        return torch.load(path, map_location="cpu", weights_only=not trust)
    except Exception as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        hint = "" if trust else "; a whole module, or objects of a training script? --trust reads those of files of your own"
        fail(f"{path}: PyTorch cannot read it ({first}){hint}")


def is_state_dict(torch, value):
    return isinstance(value, dict) and bool(value) and all(isinstance(tensor, torch.Tensor) for tensor in value.values())


def state_dict(torch, value, key, path):
    if key is not None:
        if not isinstance(value, dict) or key not in value:
            found = ", ".join(map(str, value)) if isinstance(value, dict) else type(value).__name__
            fail(f"{path}: no '{key}'; it holds {found}")
        value = value[key]
    if isinstance(value, torch.nn.Module):
        return value.state_dict()
    if is_state_dict(torch, value):
        return value
    if isinstance(value, dict):
        for name in KEYS:
            if name in value:
                inner = value[name]
                if isinstance(inner, torch.nn.Module):
                    return inner.state_dict()
                if is_state_dict(torch, inner):
                    print(f"state_dict under '{name}'")
                    return inner
        fail(f"{path}: no state_dict among {', '.join(map(str, value))}; --key names one")
    fail(f"{path}: holds a {type(value).__name__}, no state_dict and no module")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--key", help="where in a checkpoint the state_dict is")
    parser.add_argument("--trust", action="store_true", help="read whole modules: runs the file's code")
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        fail("needs PyTorch: pip install torch")
    if not arguments.output.endswith(".safetensors"):
        fail(f"{arguments.output}: expected a name that ends in .safetensors")
    tensors = state_dict(torch, load(torch, arguments.input, arguments.trust), arguments.key, arguments.input)
    header, parts, end = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        if str(tensor.dtype) not in NAMES:
            fail(f"{name} is of type {tensor.dtype}")
        data = bytes(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).tolist()) if tensor.numel() else b""
        header[name] = {"dtype": NAMES[str(tensor.dtype)], "shape": list(tensor.shape), "data_offsets": [end, end + len(data)]}
        parts.append(data)
        end += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    try:
        with open(arguments.output, "xb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for data in parts:
                file.write(data)
    except FileExistsError:
        fail(f"{arguments.output}: exists; expected a new name")
    except OSError as error:
        fail(f"{arguments.output}: {error.strerror}")
    print(f"{arguments.output}: {len(parts)} tensors")


if __name__ == "__main__":
    main()
