"""XML-RPC as Halo speaks it: large integers as ``<i8>``, no DTD, no entities.

`xmlrpc.client` reads ``<i8>`` but refuses to send an integer of 2**31 or more, which is 21.5 coins in satoshi; so both
ends need a marshaller of their own for these (seen with Python 3.12).
"""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

LARGEST_INT = 2**31 - 1
#: What an ``<i8>`` holds.
LARGEST_I8 = 2**63 - 1


class WireError(Exception):
    """A body is not an XML-RPC message that this end accepts; the text says why."""


class _Marshaller(xmlrpc.client.Marshaller):
    dispatch = dict(xmlrpc.client.Marshaller.dispatch)

    def dump_integer(self, value: int, write: Callable[[str], object]) -> None:
        """Write an integer: ``<int>`` where 32 bits hold it, else ``<i8>``."""
        if not -LARGEST_I8 - 1 <= value <= LARGEST_I8:
            raise OverflowError(f"{value} needs more than 64 bits")
        name = "int" if -LARGEST_INT - 1 <= value <= LARGEST_INT else "i8"
        write(f"<value><{name}>{value}</{name}></value>\n")

    dispatch[int] = dump_integer  # type: ignore[assignment]


def dump_call(method: str, parameters: tuple[Any, ...]) -> bytes:
    """Return a method call's body.

    Raises:
        TypeError: a parameter has a type that XML-RPC cannot send, None for one.
        OverflowError: an integer needs more than 64 bits.
    """
    text = _Marshaller("utf-8", False).dumps(parameters)
    return f"<?xml version='1.0'?>\n<methodCall>\n<methodName>{method}</methodName>\n{text}</methodCall>\n".encode()


def dump_answer(result: object) -> bytes:
    """Return an answer's body; `xmlrpc.client.Fault` becomes a fault."""
    values: Any = result if isinstance(result, xmlrpc.client.Fault) else (result,)
    text = _Marshaller("utf-8", False).dumps(values)
    return f"<?xml version='1.0'?>\n<methodResponse>\n{text}</methodResponse>\n".encode()


def load_call(body: bytes) -> tuple[str, tuple[Any, ...]]:
    """Return method and parameters of a call.

    Raises:
        WireError: the body is none.
    """
    unmarshaller = _parsed(body)
    method = unmarshaller.getmethodname()
    if method is None:
        raise WireError("the body is no method call")
    return method, _values(unmarshaller)


def load_answer(body: bytes) -> Any:
    """Return what an answer holds.

    Raises:
        WireError: the body is none.
        xmlrpc.client.Fault: the other end answered with one.
    """
    values = _values(_parsed(body))
    if len(values) != 1:
        raise WireError(f"the answer has {len(values)} values, not one")
    return values[0]


def _values(unmarshaller: xmlrpc.client.Unmarshaller) -> tuple[Any, ...]:
    try:
        return tuple(unmarshaller.close())
    except xmlrpc.client.ResponseError as error:
        raise WireError("the body is not complete") from error


def _parsed(body: bytes) -> xmlrpc.client.Unmarshaller:
    unmarshaller = xmlrpc.client.Unmarshaller()
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise WireError("a document type has no place in XML-RPC")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = unmarshaller.start
    parser.EndElementHandler = unmarshaller.end
    parser.CharacterDataHandler = unmarshaller.data
    unmarshaller.xml(None, None)  # type: ignore[arg-type] # as xmlrpc.client itself: expat has decoded
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise WireError(f"the body is not XML: {error}") from error
    except (xmlrpc.client.Error, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise WireError(f"the body is not XML-RPC: {error!r}") from error
    return unmarshaller
