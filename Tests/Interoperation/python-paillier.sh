#!/usr/bin/env bash
# python-paillier reads our keys and ciphertexts, and we read its: both ways, several values.
#
# Installs phe from PyPI into a virtual environment that is thrown away; skips itself with a message where that is not
# possible. LDCT names the program (default: .build/release/ldct of this repository).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Tests/Peers/python.sh
source Tests/Peers/python.sh

ldct="$(realpath "${LDCT:-.build/release/ldct}")"
[[ -x "$ldct" ]] || { echo "python-paillier: $ldct is missing; build it first: swift build -c release" >&2; exit 2; }
python_environment python-paillier phe==1.5.0

cd "$folder"
values=(0 1 -1 2.5 -1234567.125 3.141592653589793 -2.0e-7)
"$ldct" keygen --private ours.private.json --public ours.public.json >/dev/null
"$ldct" encrypt --key ours.public.json --output ours.json -- "${values[@]}"

venv/bin/python - "${values[@]}" <<'PYTHON'
import json
import sys

import phe
from phe.util import base64_to_int, int_to_base64

values = [float(value) for value in sys.argv[1:]]


def public_key(jwk):
    assert jwk["kty"] == "DAJ" and jwk["alg"] == "PAI-GN1", jwk.keys()
    return phe.PaillierPublicKey(n=base64_to_int(jwk["n"]))


# Ours, read by phe: the public key file, the private key file, the ciphertexts.
with open("ours.private.json") as file:
    jwk = json.load(file)
key = public_key(jwk["pub"])
private = phe.PaillierPrivateKey(key, base64_to_int(jwk["p"]), base64_to_int(jwk["q"]))
with open("ours.public.json") as file:
    assert public_key(json.load(file)) == key
with open("ours.json") as file:
    numbers = json.load(file)
found = [private.decrypt(phe.EncryptedNumber(key, int(number["v"]), number["e"])) for number in numbers]
assert found == values, (found, values)
# A sum and a product by a constant, computed by phe on our ciphertexts.
first, last = (phe.EncryptedNumber(key, int(numbers[i]["v"]), numbers[i]["e"]) for i in (3, 4))
assert private.decrypt(first + last) == values[3] + values[4]
assert private.decrypt(first * -3) == values[3] * -3


def encrypted(key):
    # The same constant exponent as ours; the second file has phe's own, one per value.
    constant = [key.encrypt(phe.EncodedNumber.encode(key, value, max_exponent=-32)) for value in values]
    free = [key.encrypt(value) for value in values]
    return [[{"v": str(n.ciphertext()), "e": n.exponent} for n in numbers] for numbers in (constant, free)]


def write(name, content):
    with open(name, "w") as file:
        json.dump(content, file)


# phe's, to be read by ours: ciphertexts under our key, and a key pair of its own with ciphertexts.
write("theirs.under-ours.json", encrypted(key)[0])
write("theirs.free.under-ours.json", encrypted(key)[1])
key, private = phe.generate_paillier_keypair(n_length=2048)
pub = {"kty": "DAJ", "alg": "PAI-GN1", "key_ops": ["encrypt"], "n": int_to_base64(key.n), "kid": "phe"}
write("theirs.public.json", pub)
write(
    "theirs.private.json",
    {
        "kty": "DAJ",
        "key_ops": ["decrypt"],
        "p": int_to_base64(private.p),
        "q": int_to_base64(private.q),
        "pub": pub,
        "kid": "phe",
    },
)
write("theirs.json", encrypted(key)[0])
PYTHON

# Prints numbers one a line, each in one form, so that 1 and 1.0 are the same text.
canonical() { venv/bin/python -c 'import sys; print("\n".join(repr(float(v)) for v in sys.argv[1:]))' "$@"; }
expected="$(canonical "${values[@]}")"
agree() {
    local key="$1" file="$2" found
    mapfile -t found < <("$ldct" decrypt --key "$key" "$file")
    [[ "$(canonical "${found[@]}")" == "$expected" ]] || {
        echo "python-paillier: FAILED: $file under $key decrypts to ${found[*]}; expected ${values[*]}" >&2
        exit 1
    }
}
agree ours.private.json ours.json
agree ours.private.json theirs.under-ours.json
agree ours.private.json theirs.free.under-ours.json
agree theirs.private.json theirs.json
# A key without h: encryption takes full r^n randomness.
"$ldct" encrypt --key theirs.public.json --output ours.under-theirs.json -- "${values[@]}"
agree theirs.private.json ours.under-theirs.json

# python-paillier's own program, where its version of click lets it start.
if venv/bin/pip install --quiet --disable-pip-version-check click >/dev/null 2>&1 &&
    venv/bin/pheutil genpkey --keysize 2048 pheutil.private.json >/dev/null 2>&1; then
    venv/bin/pheutil extract pheutil.private.json pheutil.public.json >/dev/null 2>&1
    "$ldct" encrypt --key pheutil.public.json --output one.json -- -2.5
    number="$(venv/bin/pheutil decrypt pheutil.private.json one.json 2>/dev/null)"
    [[ "$number" == -2.5 ]] || { echo "python-paillier: FAILED: pheutil decrypts to '$number'; expected -2.5" >&2; exit 1; }
    venv/bin/pheutil encrypt --output two.json pheutil.public.json -- 7.25 >/dev/null 2>&1
    number="$("$ldct" decrypt --key pheutil.private.json two.json)"
    [[ "$number" == 7.25 ]] || { echo "python-paillier: FAILED: pheutil's 7.25 decrypts to '$number'" >&2; exit 1; }
else
    echo "python-paillier: its program pheutil does not start here; keys and numbers of the library were checked" >&2
fi
echo "python-paillier: keys and ciphertexts agree both ways, ${#values[@]} values" >&2
