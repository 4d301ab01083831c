"""What the user can do about an error of uv or pip, from what it printed."""

from uv_program import last_error

# Texts in the output when there was no connection to the package index: uv's, then pip's.
_NO_CONNECTION = ("error sending request", "operation timed out", "dns error", "Retrying (Retry(", "ConnectionError",
                  "ConnectTimeoutError", "ProxyError")  # fmt: skip
_BAD_CERTIFICATE = ("invalid peer certificate", "UnknownIssuer", "SSLError", "CERTIFICATE_VERIFY_FAILED")
_REFUSED = ("401 Unauthorized", "403 Forbidden", "HTTP error 401", "HTTP error 403")
_HASHES = ("Hash mismatch", "THESE PACKAGES DO NOT MATCH THE HASHES")
_CACHE = ("Failed to initialize cache",)


def reason_of(output: str, package: str = "") -> str:
    """Returns cause and remedy in one line, without credentials and without a full stop at the end.

    :param package: the one package that was to be installed; "" for the whole lock file
    """
    reason = last_error(output)

    def says(texts: tuple[str, ...]) -> bool:
        return any(text in output for text in texts)

    if says(_BAD_CERTIFICATE):
        return (
            f"the certificate of the Python package index is not trusted ({reason}). Name the file with your"
            " certificates (PIP_CERT), or use the system's (UV_SYSTEM_CERTS=1), and run it again"
        )
    if says(_REFUSED):
        return f"the Python package index refuses the request ({reason}). Check user and password in its address"
    if says(_HASHES):
        return (
            f"a package is not the one that the lock file knows ({reason}). Use an index or mirror with the original"
            " files, and run it again"
        )
    if says(_CACHE):
        return f"uv cannot write its cache ({reason}). Name a folder that can be written (UV_CACHE_DIR)"
    if says(_NO_CONNECTION):
        return (
            "the Python package index cannot be reached. Check the network, or name a proxy (HTTPS_PROXY) or another"
            " index (PIP_INDEX_URL), and run it again"
        )
    if package:
        return (
            f"{package}, which installs everything else, could not be installed ({reason}). The package index must"
            f" offer the version of {package} that requirements.txt pins (`pip config list` shows your index)"
        )
    return f"uv failed ({reason}). Correct that and run it again"
