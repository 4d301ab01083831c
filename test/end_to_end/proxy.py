"""A local HTTP proxy and a local TLS end, as may stand between a bot and its exchange."""

import asyncio
import base64
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# A name that nobody but the proxies here can find: what goes past them goes nowhere.
HOST = "exchange.invalid"
USER, PASSWORD = "proxy-user", "pa55word-of-a-proxy"
_CHUNK_BYTES = 65536


@dataclass
class Proxy:
    """Passes everything on to one port of this machine, whatever host is asked for.

    It takes both ways of asking: CONNECT (TLS) and a request with its whole URL (plain HTTP, websockets included).

    :ivar target: the port
    :ivar asked: the first line of each request, without its version
    """

    target: int
    password: str = PASSWORD
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """With its login."""
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
            method, address, _ = first.split(" ")
            self.asked.append(f"{method} {address}")
            if not self._is_let_in(lines):
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            onward = await asyncio.open_connection("127.0.0.1", self.target)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                onward[1].write(_origin_form(method, address, lines))
            await join((reader, writer), onward)
        except (asyncio.IncompleteReadError, OSError):
            pass  # whoever left
        finally:
            writer.close()

    def _is_let_in(self, lines: list[str]) -> bool:
        login = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        return f"proxy-authorization: basic {login}".lower() in (line.lower() for line in lines)


def _origin_form(method: str, address: str, lines: list[str]) -> bytes:
    """The request as its server expects it; one a connection, so that nobody else's follows on it unseen."""
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    kept = [line for line in lines if not line.lower().startswith("proxy-")]
    if not any(line.lower().startswith("upgrade:") for line in kept):
        kept = [line for line in kept if not line.lower().startswith("connection:")] + ["Connection: close"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""]).encode("latin-1")


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def join(one: Ends, other: Ends) -> None:
    """Copies both ways until one side ends."""
    copies = [asyncio.ensure_future(_copy(a[0], b[1])) for a, b in ((one, other), (other, one))]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        other[1].close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # whoever left


@asynccontextmanager
async def running_proxy(target: int, password: str = PASSWORD) -> AsyncIterator[Proxy]:
    """A proxy on a free port.

    :param password: what it asks for; another than `PASSWORD` refuses everybody
    """
    proxy = Proxy(target, password)
    async with _serving(proxy.serve) as proxy.port:
        yield proxy


@asynccontextmanager
async def tls_end(target: int, certificate: Path) -> AsyncIterator[int]:
    """The port at which what listens at port `target` speaks TLS."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await join((reader, writer), await asyncio.open_connection("127.0.0.1", target))
        except OSError:
            pass  # whoever left
        finally:
            writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with _serving(serve, context) as port:
        yield port


@asynccontextmanager
async def _serving(serve: object, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[None]] = set()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))  # type: ignore[operator]
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(start, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def self_signed(folder: Path, days: int = 60) -> Path:
    """A certificate for this machine and `HOST`, signed by itself, with its key in the same file.

    :param days: how long it is good; it has been so for two days
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "exchange of a test")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.DNSName(HOST)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
