"""What makes two interpreters alike: on another machine, where no file is the same one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PYTHON = "Python"


def versions(modules: Iterable[str]) -> dict[str, str]:
    """Of Python, of the packages that have modules of these names, and of all that those depend on."""
    import importlib.metadata as metadata

    found = _of_python()
    owners: Mapping[str, list[str]] = getattr(metadata, "packages_distributions", dict)()
    # Before Python 3.10, most packages have the name of their module.
    waiting = [owner for name in modules for owner in owners.get(name.partition(".")[0], [name])]
    while waiting:
        name = waiting.pop()
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if _plain(name) not in found:
            found[_plain(name)] = package.version
            waiting += [_name_of(one) for one in package.requires or [] if "extra ==" not in one]
    return found


def differences(expected: dict[str, str]) -> list[str]:
    """In words, for what `versions` gave on another machine."""
    here = _of_python() if expected else {}
    missing = sorted(expected.keys() - here.keys())
    if missing:
        import importlib.metadata as metadata
    for name in missing:
        try:
            here[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            here[name] = "is not there"
    return [f"{name} {here[name]}, not {version}" for name, version in sorted(expected.items()) if here[name] != version]


def _of_python() -> dict[str, str]:
    import platform

    return {_PYTHON: f"{platform.python_implementation()} {platform.python_version()}"}


def _name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]


def _plain(name: str) -> str:
    """As PEP 503 compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()
