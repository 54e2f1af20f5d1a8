"""The picture of the layers: which room imports which, read off the code, as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Mapping

import grimp

PACKAGES = ("flows", "expectations", "transforms", "warehouse")
#: drawn as one box: its rooms are one layer, and each uses the settings, the lock and the errors beside them
UNDIVIDED = "flows"
#: its modules outside of rooms are in different layers, so that each has a box of its own
DIVIDED = "expectations"

Graph = Mapping[str, frozenset[str]]


def picture() -> str:
    """The flowchart: a box a room, an arrow from a room to each that it imports, but for those that other arrows imply.

    Rooms that import each other, directly or round a corner, are joined by lines with two heads, and share their other arrows.
    """
    imports = imports_of_rooms()
    lines = ["```mermaid", "flowchart TD"]
    for package in PACKAGES:
        rooms = [room for room in sorted(imports) if room.partition(".")[0] == package]
        if rooms == [package]:
            lines.append(f'    {package}["{package}"]')
            continue
        boxes = [f'        {_id(room)}["{_label(room)}"]' for room in rooms]
        lines += [f'    subgraph {package}_ ["{package}"]', *boxes, "    end"]
    for room, other, is_mutual in sorted(_arrows(imports)):
        lines.append(f"    {_id(room)} {'<-->' if is_mutual else '-->'} {_id(other)}")
    return "\n".join([*lines, "```"])


def imports_of_rooms() -> Graph:
    """For each room the other rooms that its modules import; imports inside functions count."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        room = _room(graph, module)
        imported = {_room(graph, other) for other in graph.find_modules_directly_imported_by(module)}
        found.setdefault(room, set()).update(imported - {room})
    # a package with nothing in it but the sentence on what it owns is no room
    return {room: frozenset(others) for room, others in found.items() if "." in room or others}


def _room(graph: grimp.ImportGraph, module: str) -> str:
    package, _, rest = module.partition(".")
    first = f"{package}.{rest.partition('.')[0]}"
    if package == UNDIVIDED or not rest:
        return package
    return first if package == DIVIDED or graph.find_children(first) else package


def _arrows(imports: Graph) -> set[tuple[str, str, bool]]:
    """What is drawn: from, to, and whether the two reach each other."""
    reached = {room: _reached(imports, room) for room in imports}
    circle = {room: min({room, *(other for other in reached[room] if room in reached[other])}) for room in imports}
    mutual = {(a, b, True) for a in imports for b in imports[a] if circle[a] == circle[b] and a < b}
    between: dict[str, dict[str, tuple[str, str]]] = {room: {} for room in circle.values()}
    for room in sorted(imports):
        for other in sorted(imports[room]):
            if circle[room] != circle[other]:
                between[circle[room]].setdefault(circle[other], (room, other))
    return mutual | {
        (*arrow, False)
        for targets in between.values()
        for target, arrow in targets.items()
        if not any(target in reached[step] for step in targets if step != target)
    }


def _reached(imports: Graph, room: str) -> set[str]:
    """The rooms to which imports lead from one; itself only by way of another."""
    found: set[str] = set()
    todo = list(imports[room])
    while todo:
        other = todo.pop()
        if other not in found:
            found.add(other)
            todo.extend(imports[other])
    return found


def _id(room: str) -> str:
    return room.replace(".", "_")


def _label(room: str) -> str:
    package, _, name = room.partition(".")
    return name or f"modules of {package}"
