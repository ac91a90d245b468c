#!/usr/bin/env python3
"""Checks evidence kits without any code of ldct: decrypts every message of ciphertexts and computes every value anew.

    python verify.py FOLDER...        folders of a kit, or of several

Needs numpy and h5py, and for kits of scheme paillier python-paillier (phe). BFV, ChaCha20 and the networks are written here from the
documented formats (the catalogs Lattice and PrivateDenoising/DataFormats, Sources/Experiments/Evidence).

Exit status 0 if all holds, 1 if a kit differs from what it claims, 2 if there is no kit.
"""

import base64
import hashlib
import json
import pathlib
import sys

import h5py
import numpy

DEGREE, SIDE = 4096, 64
PRIMES = (562949953216513, 562854457712641)
LARGEST_ERROR = 21


class Wrong(Exception):
    """What a kit claims and what is so."""


def require(condition, text):
    if not condition:
        raise Wrong(text)


# ---- Files


def check_manifest(folder):
    """SHA256SUMS names every other file with its digest, in order and in no other form."""
    names = sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"
    )
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    require("".join(lines).encode() == (folder / "SHA256SUMS").read_bytes(), "the files are not those of SHA256SUMS")
    return len(names)


def read_json(folder, name):
    return json.loads((folder / name).read_text())


def numbers(folder, name, shape):
    values = [int(line) for line in (folder / name).read_text().splitlines()]
    require(len(values) == numpy.prod(shape), f"{name}: {len(values)} numbers for a tensor of {shape}")
    return numpy.array(values, dtype=object).reshape(shape)


def content_digest(file):
    """The digest that weights files carry: tensors by name, then texts by name."""
    digest = hashlib.sha256()
    for name in sorted(file):
        values = file[name][()].astype("<f4")
        digest.update(name.encode() + b"\0")
        digest.update(numpy.array([values.ndim, *values.shape], dtype="<i8").tobytes() + values.tobytes())
    for name in sorted(file.attrs):
        text = file.attrs[name]
        text = text.decode() if isinstance(text, bytes) else str(text)
        if name != "content_sha256":
            digest.update(name.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()


def check_weights(folder, kit, network):
    """The weights are those whose digest kit.json names, and whole weights are they in steps of a scale a filter."""
    with h5py.File(folder / "weights.h5") as file:
        require(content_digest(file) == kit["weights"]["content_sha256"], "weights.h5: not the weights of kit.json")
        if network["kind"] == "fused":
            return
        kinds = {layer["name"]: layer["kind"] for layer in json.loads(file.attrs["architecture"])["layers"]}
        for layer in network["layers"]:
            values = file[f"{layer['name']}.weight"][()].astype(numpy.float64)
            if "transposed" in kinds[layer["name"]].lower():
                # A transposed convolution is the correlation with the kernel turned round.
                values = values.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
            whole = numpy.array(layer["weights"], dtype=numpy.float64).reshape(values.shape)
            for own, given in zip(whole, values):
                largest = numpy.abs(own).max()
                step = numpy.abs(given).max() / largest if largest else 0
                require(
                    numpy.abs(own * step - given).max() <= 1.5 * step + 1e-12,
                    f"network.json: {layer['name']} is not weights.h5 rounded",
                )


# ---- The integer network


def correlate(values, layer):
    """[image][channel][row][column] of any integers."""
    rows = layer.get("rows")
    if rows:
        return correlate_rows(values, rows)
    (height, width), pad = layer["kernel"], layer["padding"]
    kernels = numpy.array(layer["weights"], dtype=object).reshape(
        layer["output_channels"], layer["input_channels"], height, width
    )
    if pad < 0:
        values = values[:, :, -pad : pad, -pad : pad]
    padded = numpy.zeros(
        (*values.shape[:2], values.shape[2] + 2 * max(pad, 0), values.shape[3] + 2 * max(pad, 0)), dtype=object
    )
    padded[:, :, max(pad, 0) : max(pad, 0) + values.shape[2], max(pad, 0) : max(pad, 0) + values.shape[3]] = values
    rows_out, columns_out = padded.shape[2] - height + 1, padded.shape[3] - width + 1
    result = numpy.zeros((values.shape[0], len(kernels), rows_out, columns_out), dtype=object)
    for row in range(height):
        for column in range(width):
            window = padded[:, :, row : row + rows_out, column : column + columns_out]
            for channel, kernel in enumerate(kernels):
                for source in range(window.shape[1]):
                    result[:, channel] += window[:, source] * kernel[source, row, column]
    return result + numpy.array([int(b) for b in layer["bias"]], dtype=object).reshape(1, -1, 1, 1)


def correlate_rows(values, rows):
    channels, height, width = rows["output"]
    result = numpy.zeros((values.shape[0], channels, height, width), dtype=object)
    for row in range(height):
        for column in range(width):
            number = rows["filter_of"][row * width + column]
            (top, bottom), (left, right) = rows["row_windows"][row], rows["column_windows"][column]
            window = values[:, :, top:bottom, left:right]
            filters = numpy.array(rows["filters"][number], dtype=object).reshape(channels, *window.shape[1:])
            for channel in range(channels):
                result[:, channel, row, column] = (window * filters[channel]).sum(axis=(1, 2, 3)) + int(
                    rows["biases"][number][channel]
                )
    return result


def activate(values, layer, multipliers=True):
    if layer["activation"] == "none":
        return values
    if layer["activation"] == "relu":
        return numpy.maximum(values, 0)
    factors = layer["multipliers"] if multipliers else [1] * len(layer["multipliers"])
    shift, top = layer["shift"], 2 ** layer["activation_bits"] - 1
    half = 2 ** (shift - 1) if shift else 0
    scaled = values * numpy.array(factors, dtype=object).reshape(1, -1, 1, 1) + half
    return numpy.clip(scaled // 2**shift, 0, top)


class Network:
    """Accumulators of every layer, and activations by index: 0 is the input, k what layer k passed on."""

    def __init__(self, description, images):
        self.layers = description["layers"]
        self.accumulators, self.activations = [], [images]
        for layer in self.layers:
            sums = correlate(self.activations[-1], layer)
            skip = layer.get("skip")
            if skip:
                factors = numpy.array([int(m) for m in skip["multipliers"]], dtype=object).reshape(1, -1, 1, 1)
                sums = sums + self.activations[skip["source"]] * factors
            self.accumulators.append(sums)
            self.activations.append(activate(sums, layer))

    def rounds(self):
        """First layer of each round, and its last: a round ends where the client has something to do."""
        ends = [i for i, layer in enumerate(self.layers) if layer["activation"] != "none" or i == len(self.layers) - 1]
        return list(zip([0] + [end + 1 for end in ends[:-1]], ends))


# ---- Paillier and cleartext: several images' values side by side in one long integer


def shape_of(shape):
    return (shape["count"], shape["channels"], shape["height"], shape["width"])


class Slots:
    """`layouts.json` of both schemes."""

    def __init__(self, layout, plaintexts_of):
        self.layout, self.plaintexts_of = layout, plaintexts_of

    def shape(self, role):
        return shape_of(self.layout["input" if role == "input" else "output"])

    def groups(self):
        return -(-self.layout["images"] // self.layout["slots"])

    def ciphertexts(self, role):
        return self.groups() * int(numpy.prod(self.shape(role)[1:]))

    def bytes(self, role):
        size = self.layout.get("ciphertextBytes")
        if size:
            return size * self.ciphertexts(role)
        return 8 * self.words() * int(numpy.prod(self.shape(role)))

    def words(self):
        return max(1, -(-self.layout["slotBits"] // 64))

    def open(self, body, role):
        shape = self.shape(role)
        values = numpy.zeros(shape, dtype=object).reshape(shape[0], -1)
        if not self.layout.get("ciphertextBytes"):
            size = 8 * self.words()
            # The least significant word first, each big-endian.
            parts = [body[i : i + size] for i in range(0, len(body), size)]
            words = [b"".join(part[j : j + 8] for j in range(size - 8, -1, -8)) for part in parts]
            values = numpy.array([int.from_bytes(w, "big", signed=True) for w in words], dtype=object)
            return self.whole(values.reshape(shape), role)
        bits, slots = self.layout["slotBits"], self.layout["slots"]
        plaintexts = self.plaintexts_of(body, self.layout["ciphertextBytes"])
        positions = values.shape[1]
        for number, plaintext in enumerate(plaintexts):
            group, position = divmod(number, positions)
            images = range(group * slots, min(self.layout["images"], (group + 1) * slots))
            # Balanced digits; above those in use there is noise.
            offset = sum(2 ** (bits - 1) << (bits * slot) for slot in range(len(images)))
            for slot, image in enumerate(images):
                digit = (plaintext + offset) >> (bits * slot) & (2**bits - 1)
                values[image, position] = digit - 2 ** (bits - 1)
        return self.whole(values.reshape(shape), role)

    def whole(self, packed, role):
        """Tiles put together to whole images."""
        tiling = self.layout.get("tiling")
        if not tiling:
            return packed
        high, wide, tiles = tiling["height"], tiling["width"], tiling["rows"] * tiling["columns"]
        if role == "input":
            count, channels, height, width = shape_of(self.layout["wholeInput"])
            below = right = -tiling["padding"]
        else:
            count, channels = packed.shape[0] // tiles, packed.shape[1]
            height, width, below, right = tiling["outputHeight"], tiling["outputWidth"], 0, 0
        result = numpy.zeros((count, channels, height, width), dtype=object)
        for number in range(packed.shape[0]):
            image, tile = divmod(number, tiles)
            row, column = divmod(tile, tiling["columns"])
            for y in range(packed.shape[2]):
                for x in range(packed.shape[3]):
                    to_y, to_x = row * high + y + below, column * wide + x + right
                    if 0 <= to_y < height and 0 <= to_x < width:
                        result[image, :, to_y, to_x] = packed[number, :, y, x]
        return result


def paillier_opener(folder):
    import phe
    from phe.util import base64_to_int

    key = read_json(folder, "key.json")
    n = base64_to_int(key["pub"]["n"])
    private = phe.PaillierPrivateKey(phe.PaillierPublicKey(n), base64_to_int(key["p"]), base64_to_int(key["q"]))

    def plaintexts(body, size):
        for start in range(0, len(body), size):
            ciphertext = int.from_bytes(body[start : start + size], "big")
            require(0 < ciphertext < n * n, "a ciphertext out of range")
            residue = private.raw_decrypt(ciphertext)
            yield residue - n if residue > n // 2 else residue

    return plaintexts, format(n, "x")


# ---- BFV


def keystream(seed, purpose, prime, index, blocks):
    """ChaCha20 (RFC 8439) from block 0, all blocks side by side, as bytes."""
    nonce = bytes([purpose, prime, 0, 0]) + index.to_bytes(8, "little")
    words = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *numpy.frombuffer(seed, "<u4"), None]
    words += list(numpy.frombuffer(nonce, "<u4"))
    state = numpy.array([numpy.arange(blocks) if w is None else numpy.full(blocks, w) for w in words], dtype=numpy.uint32)
    x = state.copy()

    def quarter(a, b, c, d):
        for to, plus, turned, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[to] += x[plus]
            x[turned] ^= x[to]
            x[turned] = x[turned] << numpy.uint32(by) | x[turned] >> numpy.uint32(32 - by)

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for column in range(4):
            quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return (x + state).T.astype("<u4").tobytes()


def uniform(seed, purpose, prime, index):
    """Residues in the transform domain: 64-bit words cut to the prime's bits, those below the prime in order."""
    p = PRIMES[prime]
    words = numpy.frombuffer(keystream(seed, purpose, prime, index, 600), "<u8")
    residues = words & numpy.uint64(2 ** p.bit_length() - 1)
    residues = residues[residues < p]
    require(len(residues) >= DEGREE, "too few residues")
    return residues[:DEGREE]


def ternary(seed, purpose, index):
    words = numpy.frombuffer(keystream(seed, purpose, 0, index, DEGREE * 8 // 64), "<u8").astype(object)
    return 3 * words // 2**64 - 1


def unpack(data, count, bits):
    """`count` values of `bits` bits, little-endian one after the other."""
    stream = numpy.unpackbits(numpy.frombuffer(data, numpy.uint8), bitorder="little")[: count * bits].reshape(count, bits)
    weights = 2 ** numpy.arange(bits, dtype=numpy.uint64)
    return (stream.astype(numpy.uint64) * weights).sum(axis=1, dtype=numpy.uint64)


def product(a, b, p):
    """a b modulo p of residues below 2^50, 13 bits of b at a time, so that nothing passes 64 bits."""
    a, b = numpy.asarray(a, dtype=numpy.uint64), numpy.asarray(b, dtype=numpy.uint64)
    result = numpy.zeros(numpy.broadcast(a, b).shape, dtype=numpy.uint64)
    for shift in (39, 26, 13, 0):
        digit = b >> numpy.uint64(shift) & numpy.uint64(2**13 - 1)
        result = (result * numpy.uint64(2**13) + a * digit) % numpy.uint64(p)
    return result


class Transform:
    """Between coefficients modulo a prime and the values at odd powers of psi, in the order of the transform domain."""

    def __init__(self, p):
        self.p = p
        # The smallest primitive 8192-th root of unity: psi^4096 = -1.
        exponent = (p - 1) // (2 * DEGREE)
        root = next(r for r in (pow(g, exponent, p) for g in range(2, 1000)) if pow(r, DEGREE, p) == p - 1)
        self.psi = min(pow(root, odd, p) for odd in range(1, 2 * DEGREE, 2))
        places = numpy.arange(DEGREE)
        k, m, l = places // 64, places // 8 % 8, places % 8
        self.reversed = numpy.array([int(format(n, "012b")[::-1], 2) for n in range(DEGREE)])
        self.order = self.reversed[64 * k + 8 * l + m]
        self.twist, self.untwist = self.powers(self.psi, DEGREE), self.powers(pow(self.psi, -1, p), DEGREE)

    def powers(self, base, count):
        return numpy.array([pow(base, n, self.p) for n in range(count)], dtype=numpy.uint64)

    def fourier(self, values, root):
        """sum_n values[n] root^(n r) for every r, by halves."""
        x, p = values[self.reversed], numpy.uint64(self.p)
        for length in (2**n for n in range(1, 13)):
            half = length // 2
            x = x.reshape(-1, length)
            turned = product(x[:, half:], self.powers(pow(root, DEGREE // length, self.p), half), self.p)
            x = numpy.concatenate([(x[:, :half] + turned) % p, (x[:, :half] + p - turned) % p], axis=1)
        return x.reshape(-1)

    def forward(self, coefficients):
        return self.fourier(product(coefficients, self.twist, self.p), pow(self.psi, 2, self.p))[self.order]

    def inverse(self, values):
        natural = numpy.zeros(DEGREE, dtype=numpy.uint64)
        natural[self.order] = values
        sums = self.fourier(natural, pow(self.psi, -2, self.p))
        return product(product(sums, self.untwist, self.p), pow(DEGREE, -1, self.p), self.p)


class LatticeKey:
    def __init__(self, folder):
        key = read_json(folder, "key.json")
        self.public = base64.b64decode(key["a"]) + base64.b64decode(key["b"])
        secret = ternary(base64.b64decode(key["s"]), 17, key["redraws"])
        self.transforms = [Transform(p) for p in PRIMES]
        self.secret = [t.forward((secret % t.p).astype(numpy.uint64)) for t in self.transforms]
        self.identity = hashlib.sha256(self.public).hexdigest()


class Polynomials:
    """`layouts.json` of scheme lattice, for images that fit a square of 64 with their padding."""

    def __init__(self, layout, key):
        self.key, self.layout = key, layout
        geometry = layout["geometry"]
        self.input, self.output = shape_of(layout["input"]), shape_of(layout["output"])
        require(
            max(self.input[2:]) + geometry["padding"] <= SIDE and max(self.output[2:]) <= SIDE,
            "images that take several polynomials are not read here; expected at most 64 pixels a side with padding",
        )
        self.bits = max(layout["width"], 20)

    def shape(self, role):
        return self.input if role == "input" else self.output

    def ciphertexts(self, role):
        return self.shape(role)[0] * self.shape(role)[1]

    def bytes(self, role):
        if role != "output":
            return 1 + self.ciphertexts(role) * DEGREE // 8 * sum(p.bit_length() for p in PRIMES) + 32
        return None

    def open(self, body, role):
        return self.answer(body) if role == "output" else self.upload(body, role)

    def upload(self, body, role):
        """2^L (c0 + c1 s) = 2^L e - m modulo either prime, as both divide q."""
        require(body[0] == 1, "an upload begins with the byte 1")
        seed, shape, values = body[-32:], self.shape(role), []
        sizes = [DEGREE // 8 * p.bit_length() for p in PRIMES]
        square = numpy.zeros((SIDE, SIDE), dtype=bool)
        square[: shape[2], : shape[3]] = True
        for index in range(self.ciphertexts(role)):
            start, found = 1 + index * sum(sizes), []
            for prime, (p, t) in enumerate(zip(PRIMES, self.key.transforms)):
                c0 = unpack(body[start : start + sizes[prime]], DEGREE, p.bit_length())
                start += sizes[prime]
                require((c0 < p).all(), "a residue that is not below its prime")
                masked = product(uniform(seed, 1, prime, index), self.key.secret[prime], p)
                phase = t.inverse((c0 + masked) % numpy.uint64(p)).astype(object)
                scaled = phase * 2**self.bits % p
                scaled = numpy.where(scaled > p // 2, scaled - p, scaled)
                plain = (-scaled + 2 ** (self.bits - 1)) % 2**self.bits - 2 ** (self.bits - 1)
                error = (scaled + plain) // 2**self.bits
                require(numpy.abs(error).max() <= LARGEST_ERROR, "an upload that is no encryption under this key")
                found.append((plain, error))
            require(all((a == b).all() for a, b in zip(*found)), "the primes of an upload disagree")
            plane = found[0][0].reshape(SIDE, SIDE)
            require((plane[~square] == 0).all(), "an upload with values where none belong")
            values.append(plane[: shape[2], : shape[3]])
        return numpy.array(values, dtype=object).reshape(shape)

    def answer(self, body):
        """Modulo the first prime alone: the value is round(2^L (c0 + c1 s) / p)."""
        require(body[0] == 2, "an answer begins with the byte 2")
        count, p, t = self.ciphertexts("output"), PRIMES[0], self.key.transforms[0]
        needed, width = self.output[2] * self.output[3], self.bits + 5
        low = -(-needed // 8) * width
        size, rest = divmod(len(body) - 1, count)
        kept = (size - low) * 8 // DEGREE
        dropped = p.bit_length() - kept
        require(rest == 0 and size == low + DEGREE // 8 * kept and 0 <= dropped <= 6, "an answer of another size")
        values = []
        for index in range(count):
            start = 1 + index * size
            c0 = unpack(body[start : start + low], -(-needed // 8) * 8, width)
            c1 = unpack(body[start + low : start + size], DEGREE, kept) << numpy.uint64(dropped)
            require((c0[needed:] == 0).all() and (c1 < p).all(), "an answer that no switch of moduli makes")
            masked = t.inverse(product(t.forward(c1), self.key.secret[0], p)).reshape(SIDE, SIDE).astype(object)
            masked = masked[: self.output[2], : self.output[3]].reshape(-1)
            # c0 came in units of p / 2^(L + 5).
            sums = 2 * (c0[:needed].astype(object) * p + masked * 2 ** (self.bits + 5)) + 32 * p
            value = sums // (64 * p) % 2**self.bits
            values.append(numpy.where(value >= 2 ** (self.bits - 1), value - 2**self.bits, value))
        return numpy.array(values, dtype=object).reshape(self.output)


# ---- A run


def planes(body, bits, count):
    """Numbers as bit planes, lowest first, blocks of 512: number q of a block is bit q / 8 of word q % 8."""
    blocks = -(-count // 512)
    words = numpy.frombuffer(body, "<u8")
    require(len(words) == bits * blocks * 8, "bit planes of another length")
    result = []
    for number in range(count):
        block, q = divmod(number, 512)
        column = words.reshape(bits, blocks, 8)[:, block, q % 8]
        result.append(sum((int(word) >> (q // 8) & 1) << bit for bit, word in enumerate(column)))
    return numpy.array(result, dtype=object)


class Kit:
    def __init__(self, folder):
        self.folder = folder
        self.files = check_manifest(folder)
        self.kit = read_json(folder, "kit.json")
        require(self.kit["version"] == 1, f"kit.json: version {self.kit['version']}, 1 expected")
        self.header = read_json(folder, "transcript/header.json")
        self.agreement = self.header["agreement"]
        self.description = read_json(folder, "network.json")
        self.layouts = read_json(folder, "layouts.json")
        self.values = self.differing = 0

    def compare(self, found, expected):
        found, expected = numpy.array(found, dtype=object), numpy.array(expected, dtype=object)
        require(found.shape == expected.shape, f"a tensor of {found.shape} where {expected.shape} was expected")
        self.values += found.size
        self.differing += int((found != expected).sum())

    def messages(self):
        """Bodies, after every header was read."""
        bodies = []
        for index, entry in enumerate(self.header["messages"]):
            name = f"transcript/{index:03d}-{'down' if entry['direction'] else 'up'}.ldct"
            data = (self.folder / name).read_bytes()
            require(hashlib.sha256(data).hexdigest() == entry["hash"], f"{name}: not the digest of header.json")
            require(data[:5] == b"LDCT\2", f"{name}: no header of version 2")
            require(data[5] == entry["direction"] << 7 | entry["kind"], f"{name}: another direction or kind")
            require(int.from_bytes(data[6:8], "big") == index, f"{name}: another step")
            require(int.from_bytes(data[8:16], "big") == len(data) - 16, f"{name}: another length")
            bodies.append(data[16:])
        return bodies

    def opener(self):
        scheme = self.kit["scheme"]
        if scheme == "lattice":
            key = LatticeKey(self.folder)
            require(key.identity == self.header["key"], "key.json: another key than the transcript's")
            return [Polynomials(layout, key) for layout in self.layouts]
        plaintexts = None
        if scheme == "paillier":
            plaintexts, identity = paillier_opener(self.folder)
            require(identity == self.header["key"], "key.json: another key than the transcript's")
        return [Slots(layout, plaintexts) for layout in self.layouts]

    def check(self):
        images = self.agreement["images"]
        shape = shape_of(images)
        network = Network(self.description, numbers(self.folder, "plaintexts/input.txt", shape))
        check_weights(self.folder, self.kit, self.description)
        rounds = network.rounds()
        bodies, openers = self.messages(), self.opener()
        output = numbers(self.folder, "plaintexts/output.txt", network.activations[-1].shape)
        is_shared = self.kit["mode"] == "shared"
        check = SharedRun(self, network, rounds) if is_shared else CoveredRun(self, network, rounds)
        ciphertexts = 0
        for index, entry in enumerate(self.header["messages"]):
            if entry["kind"] != 0:
                continue
            number, direction = entry["round"], "down" if entry["direction"] else "up"
            tensors = self.tensors(bodies[index], openers[number], direction, network, rounds[number], number)
            flat = [value for tensor in tensors for value in tensor.reshape(-1)]
            name = f"plaintexts/{index:03d}-{direction}.txt"
            self.compare(flat, numbers(self.folder, name, (len(flat),)))
            getattr(check, direction)(number, tensors)
            ciphertexts += entry["ciphertexts"]
        self.compare(output, network.activations[-1])
        check.finish(output, bodies)
        return ciphertexts

    def tensors(self, body, opener, direction, network, layers, number):
        if direction == "down":
            return [opener.open(body, "output")]
        roles = ["input"] * (2 if self.kit["mode"] == "sign-pair" and number else 1)
        if self.agreement["layout"] == "tile" and network.layers[layers[1]].get("skip"):
            roles.append("skip")
        tensors, start = [], 0
        for role in roles:
            size = opener.bytes(role)
            tensors.append(opener.open(body[start : start + size], role))
            start += size
        require(start == len(body), "an upload of another length")
        return tensors


class CoveredRun:
    """Modes in which the client sees accumulators, or accumulators times masks."""

    def __init__(self, kit, network, rounds):
        self.kit, self.network, self.rounds = kit, network, rounds
        self.own = [network.activations[0]]

    def up(self, number, tensors):
        """What the client sends is what it makes of what it saw."""
        for tensor, expected in zip(tensors, self.own):
            self.kit.compare(tensor, expected)
        if len(tensors) > len(self.own):
            source = self.network.layers[self.rounds[number][1]]["skip"]["source"]
            self.kit.compare(tensors[-1], self.network.activations[source])

    def down(self, number, tensors):
        """What it sees is the accumulator times the server's mask."""
        last = self.rounds[number][1]
        accumulators, layer = self.network.accumulators[last], self.network.layers[last]
        masks = numbers(self.kit.folder, f"server/{number:03d}-accumulators.txt", accumulators.shape)
        self.check_masks(masks, is_last=number == len(self.rounds) - 1)
        self.kit.compare(tensors[0], accumulators * masks)
        self.own = [activate(tensors[0], layer)]
        if self.kit.kit["mode"] == "sign-pair" and number < len(self.rounds) - 1:
            self.own.append(activate(-tensors[0], layer))

    def check_masks(self, masks, is_last):
        mode = self.kit.kit["mode"]
        if is_last or mode not in ("positive-mask", "signed-mask", "sign-pair"):
            allowed = masks == 1
        else:
            size = self.kit.agreement["mask"]["bits"] if mode != "sign-pair" else 1
            allowed = (abs(masks) >= 1) & (abs(masks) < 2**size)
            if mode == "positive-mask":
                allowed &= masks > 0
        require(allowed.all(), f"masks that mode {mode} does not draw")

    def finish(self, output, bodies):
        self.kit.compare(output, self.own[0])


class SharedRun:
    """Mode shared: the shares of both sides add up, before and after every activation."""

    def __init__(self, kit, network, rounds):
        self.kit, self.network, self.rounds = kit, network, rounds
        self.bits = max(20, *(int(layer["bound"], 16).bit_length() for layer in kit.agreement["layers"]))
        self.sent = {}

    def reduced(self, values, bits=None):
        return values % 2 ** (bits or self.bits)

    def up(self, number, tensors):
        first, last = self.rounds[number]
        indices = [first]
        if len(tensors) > 1:
            indices.append(self.network.layers[last]["skip"]["source"])
        for tensor, index in zip(tensors, indices):
            activation = self.network.activations[index]
            if index == 0:
                # In order `offline` the rest of the images goes in a message of its own: see `finish`.
                self.sent[0] = tensor
                if self.kit.agreement.get("order") != "offline":
                    self.kit.compare(self.reduced(tensor), activation)
                continue
            share = numbers(self.kit.folder, f"server/{index:03d}-activations.txt", activation.shape)
            self.kit.compare(self.reduced(tensor + share), activation)

    def down(self, number, tensors):
        last = self.rounds[number][1]
        layer, accumulators = self.network.layers[last], self.network.accumulators[last]
        factors, half = [1] * layer["output_channels"], 0
        if layer["activation"] == "requantise":
            factors = layer["multipliers"]
            half = 2 ** (layer["shift"] - 1) if layer["shift"] else 0
        share = numbers(self.kit.folder, f"server/{number:03d}-accumulators.txt", accumulators.shape)
        expected = accumulators * numpy.array(factors, dtype=object).reshape(1, -1, 1, 1) + half
        self.kit.compare(self.reduced(tensors[0] + share), self.reduced(expected))

    def finish(self, output, bodies):
        """The last message is the server's share of the output."""
        width = int(self.kit.agreement["layers"][-1]["bound"], 16).bit_length()
        own = numbers(self.kit.folder, "server/client-output-share.txt", output.shape)
        other = planes(bodies[-1], width, output.size).reshape(output.shape)
        self.kit.compare(self.reduced(own + other, width), output)
        if self.kit.agreement.get("order") == "offline":
            images = self.network.activations[0]
            blocks = -(-images.size // 512)
            entries = self.kit.header["messages"]
            number = next(
                i
                for i, entry in enumerate(entries)
                if entry["kind"] == 1 and entry["phase"] == "online" and entry["direction"] == 0
                and entry["bytes"] == 16 + 64 * self.bits * blocks
            )
            rest = planes(bodies[number], self.bits, images.size).reshape(images.shape)
            self.kit.compare(self.reduced(self.sent[0] + rest), images)


def main(arguments):
    folders = []
    for argument in arguments:
        path = pathlib.Path(argument)
        found = [path] if (path / "SHA256SUMS").is_file() else sorted(p.parent for p in path.glob("*/SHA256SUMS"))
        if not found:
            print(f"{argument}: no SHA256SUMS; expected an evidence kit, or a folder of such", file=sys.stderr)
            return 2
        folders += found
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    good = True
    for folder in folders:
        try:
            kit = Kit(folder)
            ciphertexts = kit.check()
            print(
                f"{folder}: {kit.files} files, {len(kit.header['messages'])} messages, {ciphertexts} ciphertexts, "
                f"{kit.values} values, {kit.differing} differ"
            )
            good = good and kit.differing == 0
        except Exception as error:  # Whatever a changed file leads to, it is told in one line.
            print(f"{folder}: {type(error).__name__}: {error}", file=sys.stderr)
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
