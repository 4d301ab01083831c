"""Which module imports which, and which of these imports the architecture forbids.

Imports inside functions count. Those under `if TYPE_CHECKING:` do not: they are gone at run time.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

CONNECTOR = "hummingbot.connector.exchange.peatio"

Imports = Mapping[str, set[str]]


def imports_of(root: Path, packages: Iterable[str]) -> dict[str, set[str]]:
    """Module → the modules and packages that it imports, by their full names.

    :param packages: folders below `root`
    """
    paths = [path for package in packages for path in (root / package).rglob("*.py")]
    names = {_name(path.relative_to(root)): path for path in paths}
    return {name: set(_imported(ast.parse(path.read_text(encoding="utf-8")), names)) for name, path in names.items()}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(node: ast.AST, known: Iterable[str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names)
        case ast.ImportFrom(module=module, names=names):
            for each in names:
                full = f"{module}.{each.name}"
                yield full if full in known else str(module)
        case ast.If(test=test, orelse=otherwise) if ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for statement in otherwise:
                yield from _imported(statement, known)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imported(child, known)


def circles(imports: Imports) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others."""
    reach = {name: _reachable(name, imports) for name in imports}
    found = {frozenset(other for other in reach[name] if name in reach[other]) for name in imports}
    return sorted(sorted(group) for group in found if group)


def _reachable(start: str, imports: Imports) -> set[str]:
    """The modules that `start` imports, directly or through others; itself only where it is in a circle."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        new = (imports[todo.pop()] & imports.keys()) - seen
        seen |= new
        todo.extend(new)
    return seen


def layer_of(module: str, layers: Iterable[str]) -> str:
    """The layer of a module of the connector: the longest of `layers` that it is or is in; "" for every other."""
    name = module.removeprefix(CONNECTOR).removeprefix(".")
    return max((layer for layer in layers if f"{name}.".startswith(f"{layer}.")), key=len, default="")


def upward_imports(imports: Imports, allowed: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """The imports within the connector from one layer to another that the layer does not allow.

    :param allowed: layer (a folder, or a file at the top) → the layers that its modules may import; modules in none of
        them may import everything
    :return: importing and imported module, without the connector's own package name
    """
    found = set()
    for module, targets in imports.items():
        if not f"{module}.".startswith(f"{CONNECTOR}."):
            continue
        layer = layer_of(module, allowed)
        for target in targets:
            if f"{target}.".startswith(f"{CONNECTOR}.") and layer:
                other = layer_of(target, allowed)
                if other not in {layer, *allowed[layer]}:
                    found.add((_short(module), _short(target)))
    return found


def foreign_imports(
    imports: Imports, package: str, allowed: Iterable[str], ours: Iterable[str]
) -> set[tuple[str, str]]:
    """The imports of `package` from another of `ours` that is not `allowed`; importing and imported module."""
    return {
        (module, target)
        for module, targets in imports.items()
        if module.split(".")[0] == package
        for target in targets
        if target.split(".")[0] in set(ours) - {package, *allowed}
    }


def _short(module: str) -> str:
    return module.removeprefix(f"{CONNECTOR}.")
