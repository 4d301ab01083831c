"""Request parameters: how Peatio reads them and which codes it answers when it dislikes them.

Peatio checks every parameter and answers all codes together, in the order of declaration, so a :class:`Params`
collects codes and :meth:`Params.finish` raises them. The combinations are the recorded ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from peatio_sandbox.exchange.decimals import ZERO

_INTEGER = re.compile(r"\s*[+-]?\d+\s*")
_DECIMAL = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")

FORM_TYPE = "application/x-www-form-urlencoded"
MULTIPART_TYPE = "multipart/form-data"
JSON_TYPE = "application/json"
#: Key of ``request`` under which a dialect leaves what makes its parameters those of the core.
PARAMS_READER = "params_reader"
#: Numbers beyond these fail like any other that is too big or too small; no arithmetic need bear them.
_HUGE, _TINY = Decimal("1e40"), Decimal("1e-40")


class ApiError(Exception):
    """An answer with error codes."""

    def __init__(self, status: int, *codes: str) -> None:
        super().__init__(status, *codes)
        self.status = status
        self.codes = codes

    def body(self) -> object:
        """Return the JSON body."""
        return {"errors": list(self.codes)}


class PlainApiError(ApiError):
    """An answer whose ``errors`` is one string, as 400 and 405 have it."""

    def body(self) -> object:
        """Return the JSON body."""
        return {"errors": self.codes[0]}


class UnsupportedContentTypeError(ApiError):
    """415: the only answer with ``error`` instead of ``errors``."""

    def __init__(self, content_type: str) -> None:
        super().__init__(415)
        self.content_type = content_type

    def body(self) -> object:
        """Return the JSON body."""
        return {"error": f"The provided content-type '{self.content_type}' is not supported."}


async def read_params(request: web.Request) -> Params:
    """Merge query string, body and path of a request into one set of parameters, later ones winning.

    Raises:
        ApiError: the body is not JSON (400) or of a type Peatio does not read (415).
    """
    values = _fold(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True))
    if request.body_exists:
        values.update(await _read_body(request))
    values.update(request.match_info)
    translate: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = request.get(PARAMS_READER)
    return Params(values if translate is None else translate(values))


async def _read_body(request: web.Request) -> Mapping[str, Any]:
    if request.content_type == MULTIPART_TYPE:
        return _fold((name, str(value)) for name, value in (await request.post()).items())
    body = await request.read()
    if not body:
        return {}
    if request.content_type == JSON_TYPE:
        try:
            values = json.loads(body)
        except ValueError:
            raise PlainApiError(400, "server.method.invalid_message_body") from None
        return values if isinstance(values, dict) else {}
    if request.content_type == FORM_TYPE:
        return _fold(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    raise UnsupportedContentTypeError(request.content_type)


def _fold(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Fold pairs as Rack does: ``a[]`` gathers a list, a repeated plain name keeps its last value."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            gathered = values.setdefault(name[:-2], [])
            if isinstance(gathered, list):
                gathered.append(value)
        else:
            values[name] = value
    return values


class Params:
    """The parameters of one request and the codes gathered while reading them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.codes: list[str] = []

    def __contains__(self, name: str) -> bool:
        """Return whether the parameter was given, null included."""
        return name in self._values

    def raw(self, name: str) -> Any:
        """Return a parameter as it came, None when absent."""
        return self._values.get(name)

    def fail(self, code: str) -> None:
        """Note an error code."""
        if code not in self.codes:
            self.codes.append(code)

    def finish(self) -> None:
        """Raise the codes noted so far as one 422, if there are any."""
        if self.codes:
            raise ApiError(422, *self.codes)

    def integer(
        self, name: str, default: int, *, non_integer: str, invalid: str | None = None, low: int = 0, high: int = 0
    ) -> int:
        """Return a whole number; with ``invalid`` it has to lie between ``low`` and ``high``."""
        raw = self.raw(name)
        if raw is None:
            return default
        value = self._to_integer(raw)
        if value is None:
            self.fail(non_integer)
            if invalid is not None:
                self.fail(invalid)
            return default
        if invalid is not None and not low <= value <= high:
            self.fail(invalid)
        return value

    def choice(self, name: str, allowed: Container[str], code: str) -> str | None:
        """Return one of the allowed words, None when absent."""
        raw = self.raw(name)
        if raw is None:
            return None
        if not isinstance(raw, str) or raw not in allowed:
            self.fail(code)
            return None
        return raw

    def choices(self, name: str, allowed: Container[str], code: str) -> list[str] | None:
        """Return a list of allowed words from ``name=a`` or ``name[]=a&name[]=b``, None when absent."""
        raw = self.raw(name)
        if raw is None:
            return None
        words = raw if isinstance(raw, list) else [raw]
        if not all(isinstance(word, str) and word in allowed for word in words):
            self.fail(code)
            return None
        return words

    def epoch(self, name: str, *, non_integer: str, empty: str) -> int | None:
        """Return a time in epoch seconds, None when absent."""
        raw = self.raw(name)
        if raw is None:
            return None
        if isinstance(raw, str) and not raw.strip():
            self.fail(empty)
            return None
        value = self._to_integer(raw)
        if value is None:
            self.fail(non_integer)
        return value

    def positive_decimal(self, name: str, *, non_decimal: str, non_positive: str) -> Decimal | None:
        """Return a decimal above zero; None when it is absent, null or wrong."""
        raw = self.raw(name)
        if raw is None:
            return None
        if isinstance(raw, str) and not raw.strip():
            self.fail(non_positive)
            return None
        value = _to_decimal(raw)
        if value is None:
            self.fail(non_decimal)
        if value is None or value <= ZERO:
            self.fail(non_positive)
            return None
        return value

    @staticmethod
    def _to_integer(raw: Any) -> int | None:
        if isinstance(raw, bool):
            return None
        if isinstance(raw, int):
            return raw
        return int(raw) if isinstance(raw, str) and _INTEGER.fullmatch(raw) else None


def _to_decimal(raw: Any) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return _bounded(Decimal(raw))
    if isinstance(raw, float) and isfinite(raw):
        # Peatio reads a JSON number through a double and keeps its 15 sure digits: 0.30000000000000004 is 0.3.
        return _bounded(Decimal(format(raw, ".15g")))
    if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
        try:
            return _bounded(Decimal(raw.strip()))
        except InvalidOperation:
            return None
    return None


def _bounded(value: Decimal) -> Decimal:
    if value == ZERO:
        return ZERO
    size = min(max(value.copy_abs(), _TINY), _HUGE)
    return size if value > ZERO else -size
