#!/usr/bin/env bash
# kubernetes-validate 1.37.0
#
# Guess: a manifest that it finds valid is one that a cluster takes; `strict=True` only makes it stricter about style.
# What happens: by default it accepts misspelled fields (`replica` for `replicas`); `strict=True` is what finds them.
# Quantities are plain strings to it, strict or not: a memory limit of "512Mb" passes, though no such unit exists.
#
# Observed:
#   replica, default: valid
#   replica, strict: Additional properties are not allowed ('replica' was unexpected)
#   512Mb, default: valid
#   512Mb, strict: valid
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --constraint "$pins" kubernetes-validate==1.37.0

"$python" -I - <<'PYTHON' | check_observed
import kubernetes_validate

KUBERNETES = "1.31"


def deployment(memory: str, **fields: int) -> dict:
    container = {"name": "bot", "image": "bot:1", "resources": {"limits": {"memory": memory}}}
    template = {"metadata": {"labels": {"app": "bot"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": "bot"}}, "template": template, **fields}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "bot"}, "spec": spec}


for name, manifest in (("replica", deployment("512Mi", replica=1)), ("512Mb", deployment("512Mb", replicas=1))):
    for mode in ("default", "strict"):
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=mode == "strict")
            print(f"{name}, {mode}: valid")
        except kubernetes_validate.ValidationError as error:
            print(f"{name}, {mode}: {error.message}")
PYTHON
