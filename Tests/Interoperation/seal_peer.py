"""Microsoft SEAL beside the lattice kernel, both driven from here: SEAL through its wheel, our C kernel through ctypes.

  seal_peer.py KERNEL.so check             SEAL transforms as we do, and decrypts what we encrypted and computed
  seal_peer.py KERNEL.so vectors FOLDER    the same, and stores what SEAL said as test vectors
  seal_peer.py KERNEL.so time [LAYERS]     one layer of 96 to 96 channels on both, in turns; JSON on standard output

Needs seal-python 4.4.0 and numpy. SEAL's serialised keys and ciphertexts are made by itself and their words replaced.
"""

import ctypes
import hashlib
import json
import sys
import time

import numpy as np
import seal

N = 4096
SETS = {"F": (562949953216513, 562854457712641), "P": (140670446559233, 40961)}
SPECIAL = 1152921504606830593  # SEAL keeps one more prime for key switching; nothing here uses it
RULES = ("zeros", "ones", "largest", "index", "powers")


class Kernel:
    """CLatticeKernel, on the fastest path or a given one."""

    def __init__(self, library, primes, path):
        self.c = ctypes.CDLL(library)
        for name in ("context", "secret", "public", "workspace", "factor", "wide_workspace"):
            getattr(self.c, f"lk_{name}_words").restype = ctypes.c_size_t
        self.c.lk_packed_bytes.restype = ctypes.c_size_t
        self.c.lk_answer_bytes.restype = ctypes.c_size_t
        self.c.lk_tap_count.restype = ctypes.c_size_t
        self.c.lk_product_workspace_words.restype = ctypes.c_size_t
        self.primes = primes
        self.context = self.words(self.c.lk_context_words())
        assert self.c.lk_context_init(self.context, path, (ctypes.c_uint64 * 2)(*primes))
        self.workspace = self.words(self.c.lk_workspace_words())

    @staticmethod
    def words(count):
        """Zeroed words, aligned to 64 bytes; the array keeps its memory alive."""
        block = np.zeros(count + 8, dtype=np.uint64)
        start = -block.ctypes.data % 64 // 8
        return Words(block[start : start + count])

    def available(self, path):
        return self.c.lk_available(path)


class Words:
    def __init__(self, array):
        self.array = array
        self._as_parameter_ = ctypes.c_void_p(array.ctypes.data)


class Kernels(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("outputs", "channels", "rows", "columns", "share", "share_rows")]


class Format(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("plaintext_bits", "flood_bits", "adds_zero", "dropped_bits")]


class Run(ctypes.Structure):
    _fields_ = [("start", ctypes.c_uint32), ("count", ctypes.c_uint32)]


def seed(number):
    return (ctypes.c_uint8 * 32)(*hashlib.sha256(f"ldct lattice {number}".encode()).digest())


def polynomial(rule, p):
    if rule == "zeros":
        return [0] * N
    if rule == "ones":
        return [1] * N
    if rule == "largest":
        return [p - 1] * N
    if rule == "index":
        return list(range(N))
    return [pow(3, n, p) for n in range(N)]


def mixed(count):
    """Numbers that look random and that any program makes again."""
    return np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)


def natural(values):
    """Transform order to bit-reversed order."""
    n = np.arange(N)
    return values[n // 64 * 64 + n % 8 * 8 + n // 8 % 8]


class SEAL:
    def __init__(self, primes, plaintext_bits=33):
        parameters = seal.EncryptionParameters(seal.scheme_type.bfv)
        parameters.set_poly_modulus_degree(N)
        parameters.set_coeff_modulus([seal.Modulus(p) for p in (*primes, SPECIAL)])
        parameters.set_plain_modulus(seal.Modulus(1 << plaintext_bits if primes[1] > 1 << 16 else 65537))
        self.context = seal.SEALContext(parameters, True, seal.sec_level_type.none)
        assert self.context.parameters_set(), self.context.parameter_error_message()
        self.primes = primes
        self.generator = seal.KeyGenerator(self.context)
        self.encryptor = seal.Encryptor(self.context, self.generator.create_public_key())
        self.evaluator = seal.Evaluator(self.context)
        template = self.encryptor.encrypt(seal.Plaintext("1")).to_string(seal.compr_mode_type.none)
        self.head = template[: len(template) - 4 * N * 8]

    def ciphertext(self, residues):
        """residues: [c0 | c1][prime][N]"""
        data = self.head + np.ascontiguousarray(residues, dtype=np.uint64).tobytes()
        result = seal.Ciphertext(self.context)
        result.load_bytes(self.context, data)
        return result

    @staticmethod
    def residues(ciphertext):
        data = ciphertext.to_string(seal.compr_mode_type.none)
        return np.frombuffer(data[len(data) - 4 * N * 8 :], dtype=np.uint64).reshape(2, 2, N)

    def transformed(self, residues):
        ciphertext = self.ciphertext(residues)
        self.evaluator.transform_to_ntt_inplace(ciphertext)
        return self.residues(ciphertext)

    def decryptor(self, secret, folder):
        """A decryptor for our secret, given in the transform domain in SEAL's order for all three primes."""
        path = f"{folder}/secret"
        key = self.generator.secret_key()
        key.save(path)
        with open(path, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(data[: len(data) - 3 * N * 8] + np.ascontiguousarray(secret, dtype=np.uint64).tobytes())
        key.load(self.context, path)
        return seal.Decryptor(self.context, key)


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<u8").tobytes()).hexdigest()


def check_transforms(library, vectors):
    for name, primes in SETS.items():
        other = SEAL(primes)
        for rule in RULES:
            # SEAL takes no ciphertext whose second half is zero.
            residues = np.array([[polynomial(r, p) for p in primes] for r in (rule, "index")], dtype=np.uint64)
            expected = other.transformed(residues)
            for path in (0, 1):
                ours = Kernel(library, primes, path)
                if not ours.available(path):
                    continue
                for i, p in enumerate(primes):
                    block = ours.words(N)
                    block.array[:] = residues[0, i]
                    ours.c.lk_forward(ours.context, i, block)
                    wrong = int((natural(block.array) != expected[0, i]).sum())
                    assert wrong == 0, f"{rule} modulo {p}: {wrong} of {N} values differ from SEAL's"
            for i, p in enumerate(primes):
                vectors.append(
                    {"prime": p, "root": 0, "input": rule, "digest": digest(expected[0, i]),
                     "first": [int(v) for v in expected[0, i][:8]]})
    return len(vectors) * N


def secret_of(ours):
    """Our secret modulo SEAL's three primes, in its order: coefficients from the residues modulo p1."""
    words = ours.words(ours.c.lk_secret_words())
    redraws = 0
    while ours.c.lk_secret_init(ours.context, words, seed("secret"), ctypes.c_uint64(redraws), ours.workspace) > 2900:
        redraws += 1
    block = ours.words(N)
    block.array[:] = words.array[:N]
    ours.c.lk_inverse(ours.context, 0, block)
    small = np.where(block.array > 1, -1, block.array.astype(np.int64))
    return words, small


def layer_of(ours, secret, flood_bits, channels=20, outputs=5, bits=33):
    """What we encrypt and compute for one layer: images, weights, and (c0, c1) of each output with a zero, unswitched."""
    images = (mixed(channels * 3600) % 4096).astype(np.int64).reshape(channels, 60, 60)
    weights = (mixed(outputs * channels * 25) % 1023).astype(np.int32).reshape(outputs, channels, 5, 5) - 511
    packed = ours.c.lk_packed_bytes(ours.context)
    inputs, sums = ours.words(channels * 4 * N), ours.words(outputs * 4 * N)
    upload = ours.words((packed + 7) // 8)
    for channel in range(channels):
        square = np.zeros((64, 64), dtype=np.int64)
        square[:60, :60] = images[channel]
        ours.c.lk_encrypt(
            ours.context, secret, bits, ctypes.c_void_p(square.ctypes.data), seed("error"), seed("mask"),
            ctypes.c_uint64(channel), upload, ours.workspace)
        assert ours.c.lk_receive(
            ours.context, inputs, ctypes.c_size_t(channels), ctypes.c_size_t(channel), upload, seed("mask"),
            ctypes.c_uint64(channel), ours.workspace)
    multiply(ours, inputs, sums, weights, channels, outputs)
    public, b = ours.words(ours.c.lk_public_words()), ours.words((packed + 7) // 8)
    ours.c.lk_public_make(ours.context, secret, b, seed("key error"), seed("key mask"), ours.workspace)
    assert ours.c.lk_public_init(ours.context, public, b, seed("key mask"), ours.workspace)
    pairs = []
    for output in range(outputs):
        pair = ours.words(4 * N)
        ours.c.lk_unprotected(
            ours.context, public, ctypes.byref(Format(bits, flood_bits, 1, 1)), sums, ctypes.c_size_t(outputs),
            ctypes.c_size_t(output), seed("zero"), ctypes.c_uint64(output), pair, ours.workspace)
        # [c0 p1][c1 p1][c0 p2][c1 p2] to [c0 | c1][prime]
        pairs.append(pair.array.reshape(2, 2, N).transpose(1, 0, 2).copy())
    return images, weights, pairs


def multiply(ours, inputs, sums, weights, channels, outputs):
    kernels = Kernels(outputs, channels, 5, 5, 1, 0)
    taps = np.zeros(ours.c.lk_tap_count(ctypes.byref(kernels)), dtype=np.int16)
    ours.c.lk_taps(ctypes.byref(kernels), ctypes.c_void_p(taps.ctypes.data), ctypes.c_void_p(weights.ctypes.data))
    factor = ours.words(ours.c.lk_factor_words())
    ours.c.lk_monomial(ours.context, factor, 64 * 4 + 4)
    scratch = ours.words(ours.c.lk_product_workspace_words(ctypes.byref(kernels)))
    pointers = [(ctypes.c_void_p * 1)(w._as_parameter_) for w in (inputs, sums)]
    for job in range(16):
        ours.c.lk_products(
            ours.context, ctypes.byref(kernels), ctypes.c_void_p(taps.ctypes.data), factor, ctypes.c_size_t(job),
            pointers[0], pointers[1], ctypes.c_size_t(1), scratch)


def correlation(images, weights):
    size = images.shape[1] - 4
    windows = np.lib.stride_tricks.sliding_window_view(images, (5, 5), axis=(1, 2))
    return np.einsum("crxij,ocij->orx", windows[:, :size, :size], weights.astype(np.int64))


def values_of(plaintext, bits):
    """Coefficients of a SEAL plaintext, centred modulo 2^bits."""
    result = np.zeros(N, dtype=np.int64)
    for term in plaintext.to_string().split(" + "):
        if "x^" in term:
            value, exponent = term.split("x^")
            result[int(exponent)] = int(value, 16)
        else:
            result[0] = int(term, 16)
    return np.where(result >= 1 << (bits - 1), result - (1 << bits), result)


def check_decryption(library, folder):
    primes = SETS["F"]
    other = SEAL(primes)
    stored = None
    for path in (0, 1):
        ours = Kernel(library, primes, path)
        if not ours.available(path):
            continue
        secret, small = secret_of(ours)
        lifted = np.array([[int(v) % p for v in small] for p in primes], dtype=np.uint64)
        transformed = np.zeros((3, N), dtype=np.uint64)
        transformed[:2] = other.transformed(np.array([lifted, lifted]))[0]
        decryptor = other.decryptor(transformed, folder)
        digests, wrong = [], 0
        for flood_bits in (63, 0):
            images, weights, pairs = layer_of(ours, secret, flood_bits)
            expected = correlation(images, weights)
            for output, pair in enumerate(pairs):
                ciphertext = other.ciphertext(pair)
                found = values_of(decryptor.decrypt(ciphertext), 33).reshape(64, 64)[:56, :56]
                wrong += int((found != expected[output]).sum())
                digests.append(digest(pair))
        # Flooding leaves less than a bit; without it:
        budget = decryptor.invariant_noise_budget(ciphertext)
        assert wrong == 0, f"SEAL decrypts {wrong} values wrongly"
        assert budget > 40, budget
        one = {"digests": digests, "values": digest(expected.astype(np.uint64)), "noise_budget_bits": budget,
               "checked": 2 * expected.size}
        assert stored in (None, one), "paths differ"
        stored = one
    return stored


def time_layer(library, repetitions):
    """CPU seconds of one 96 to 96 layer: products with every kernel, in the transform domain, one thread."""
    primes, channels = SETS["F"], 96
    generator = np.random.default_rng(96)
    weights = generator.integers(-511, 512, (channels, channels, 5, 5)).astype(np.int32)
    ours = Kernel(library, primes, 0)
    if not ours.available(0):
        ours = Kernel(library, primes, 1)
    inputs, sums = ours.words(channels * 4 * N), ours.words(channels * 4 * N)
    inputs.array[:] = generator.integers(0, min(primes), inputs.array.size, dtype=np.uint64)
    other = SEAL(primes)
    uploads = [other.encryptor.encrypt(seal.Plaintext("1x^9 + 7")) for _ in range(channels)]
    for upload in uploads:
        other.evaluator.transform_to_ntt_inplace(upload)
    texts = {}
    outputs = 4  # of 96: SEAL's time is the same for each

    def plaintext(kernel):
        terms = [(64 * (4 - i) + 4 - j, int(kernel[i, j]) % (1 << 33)) for i in range(5) for j in range(5)]
        return seal.Plaintext(" + ".join(f"{w:X}x^{e}" if e else f"{w:X}" for e, w in sorted(terms, reverse=True) if w))

    for output in range(outputs):
        for channel in range(channels):
            texts[output, channel] = plaintext(weights[output, channel])
    rows = []
    for _ in range(repetitions):
        start = time.process_time()
        multiply(ours, inputs, sums, weights, channels, channels)
        own = time.process_time() - start
        start = time.process_time()
        for output in range(outputs):
            total = None
            for channel in range(channels):
                kernel = other.evaluator.transform_to_ntt(texts[output, channel], other.context.first_parms_id())
                product = other.evaluator.multiply_plain(uploads[channel], kernel)
                total = product if total is None else other.evaluator.add(total, product)
        rows.append((own, (time.process_time() - start) * channels / outputs))
    own, theirs = (np.array(column) for column in zip(*rows))
    return {
        "layer": "96 -> 96, 5x5, N 4096, log q 98, products alone", "runs": repetitions, "threads": 1,
        "ours_seconds_min": own.min(), "ours_seconds_median": float(np.median(own)),
        "seal_seconds_min": theirs.min(), "seal_seconds_median": float(np.median(theirs)),
        "seal": "seal-python 4.4.0 (no HEXL), 4 of 96 outputs timed, scaled", "ratio_min": theirs.min() / own.min(),
    }


def main():
    import tempfile

    library, command = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        if command == "time":
            print(json.dumps(time_layer(library, int(sys.argv[3]) if len(sys.argv) > 3 else 3), indent=2))
            return
        transforms = []
        count = check_transforms(library, transforms)
        decrypted = check_decryption(library, folder)
        print(
            f"SEAL: {count} values of transforms agree; it decrypts {decrypted['checked']} values of a layer that we "
            f"encrypted and computed, none wrong, {decrypted['noise_budget_bits']} bits of budget left without flooding", file=sys.stderr)
        if command == "vectors":
            program = "SEAL 4.4.0 through seal-python, made by Tests/Interoperation/seal_peer.py"
            for name, content in (("transforms", {"transforms": transforms}), ("decryption", decrypted)):
                with open(f"{sys.argv[3]}/{name}.json", "w") as file:
                    json.dump({"program": program, **content}, file, indent=1)
                    file.write("\n")


main()
