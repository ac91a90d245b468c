#!/usr/bin/env bash
# Makes submission/build/<stage> for every stage: a program of one line each that calls `ldct stage`.
#
#   bash scripts/build_task.sh          LDCT names the program (default: ldct of the PATH, or .build/release/ldct of the repository)
#                                       SUBMISSION names the experiment (default: submission/experiment.yaml)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

repository="$(realpath ../..)"
ldct="${LDCT:-$(command -v ldct || echo "$repository/.build/release/ldct")}"
[[ -x "$ldct" ]] || { echo "build_task: $ldct is missing; build it first: swift build -c release" >&2; exit 2; }
experiment="$(realpath "${SUBMISSION:-submission/experiment.yaml}")"
root="$PWD"
mkdir -p submission/build
for stage in client_key_generation server_preprocess_model client_preprocess_input client_encode_encrypt_input \
    server_encrypted_compute client_decrypt_decode client_postprocess harness_generate_input; do
    # Paths of an experiment are relative to the repository.
    cat >"submission/build/$stage" <<STAGE
#!/usr/bin/env bash
cd '$repository' && exec '$(realpath "$ldct")' stage $stage "\${1:-0}" --experiment '$experiment' --root '${SUITE_ROOT:-$root}'
STAGE
    chmod +x "submission/build/$stage"
done
