"""Installed distributions with all that they depend on, by the digests that their RECORD has of their files."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass, field

from .files import Files, Trace, digest_of
from .search_path import SearchPath

_ENDINGS = (".dist-info", ".egg-info")

# Written by the installer, not by the distribution: another installation of the same one has others.
_OF_INSTALLER = re.compile(r"\.dist-info/(INSTALLER|REQUESTED|RECORD|direct_url\.json|uv_[^/]*|RECORD\.\w+)$|\.pyc$|^\.\..*/(bin|Scripts)/")

# Extras for those who work on the distribution itself.
_OF_DEVELOPERS = re.compile(r"extra\s*==\s*['\"](dev|develop|development|test|tests|testing|doc|docs|lint|typing|types|build|ci)['\"]", re.I)


@dataclass
class Distribution:
    """One installed distribution."""

    name: str
    version: str
    place: str
    """Absolute path of the directory into which it is installed."""
    info: str
    """Absolute path of its metadata."""
    entries: list[tuple[str, str]] = field(default_factory=list)
    """Path relative to the place, and digest as in RECORD; empty without a RECORD."""
    requires: list[str] = field(default_factory=list)


@dataclass
class Closure:
    """What an import of something installed stands for."""

    digest: str
    packages: list[tuple[str, str]]
    trace: Trace


class Distributions:
    """Those of one interpreter, each read once."""

    def __init__(self, path: SearchPath, files: Files) -> None:
        self._path = path
        self._files = files
        self._infos: dict[str, tuple[str, str]] | None = None
        self._read: dict[str, Distribution] = {}
        self._closures: dict[str, Closure] = {}
        self._owners: dict[str, list[str]] | None = None

    def closure(self, module: str) -> Closure:
        """Of the distributions that own a module, by its dotted name; without one, of its files."""
        if module not in self._closures:
            files = self._files.with_own_trace()
            owners = self._owners_of(module, files)
            self._closures[module] = self._close(owners, files) if owners else _tree(module, self._path.sites, files)
        return self._closures[module]

    def metadata(self, name: str) -> Closure:
        """Of a distribution by its own name, or of all of them by `*`."""
        files = self._files.with_own_trace()
        installed = self._installed(files)
        return self._close(list(installed) if name == "*" else [normal(name)], files)

    def owned(self, dotted: str) -> str:
        """Of a dotted name the beginning that distributions are known by: `numpy`, or `google.cloud.storage`."""
        owners = self._owners_by_path(self._files)
        parts = dotted.split(".")
        for length in range(1, len(parts) + 1):
            if len(owners.get("/".join(parts[:length]), [])) == 1:
                return ".".join(parts[:length])
        return parts[0]

    def _owners_of(self, module: str, files: Files) -> list[str]:
        """Names of the distributions that have files of the module, or of the innermost package around it that any has."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            owners = self._owners_by_path(files).get("/".join(parts[:length]))
            if owners:
                return owners
        return []

    def _owners_by_path(self, files: Files) -> dict[str, list[str]]:
        """Path of a package or module, without its ending → names."""
        installed = self._installed(files)
        if self._owners is None:
            self._owners = {}
            for name in installed:
                distribution = self._distribution(name, files)
                for path in {owned for entry, _ in distribution.entries for owned in _modules(entry)} | _top_level(distribution, files):
                    self._owners.setdefault(path, []).append(name)
        return self._owners

    def _installed(self, files: Files) -> dict[str, tuple[str, str]]:
        """Name of a distribution → its place, and the name of its metadata. The first place wins, as for imports."""
        found: dict[str, tuple[str, str]] = {}
        for place in self._path.sites:
            for ending in _ENDINGS:
                # Whatever was installed meanwhile counts for everyone who asks.
                files.trace.note("pattern", f"{place}/*{ending}")
                for name in files.matching(place, ending) if self._infos is None else ():
                    found.setdefault(normal(name[: -len(ending)].split("-")[0]), (place, name))
        if self._infos is None:
            self._infos = found
        return self._infos

    def _distribution(self, name: str, files: Files) -> Distribution:
        if name not in self._read:
            place, directory = self._installed(files)[name]
            self._read[name] = _read(place, directory, files)
        return self._read[name]

    def _close(self, owners: list[str], files: Files) -> Closure:
        reached: dict[str, Distribution] = {}
        queue = list(owners)
        while queue:
            name = queue.pop()
            if name in reached or name not in self._installed(files):
                continue
            reached[name] = self._distribution(name, files)
            queue += reached[name].requires
        texts = []
        for name in sorted(reached):
            distribution = reached[name]
            for path in filter(os.path.isfile, _bookkeeping(distribution.info)):
                files.trace.note("read", path)
            own = distribution.entries or _contents(distribution, files)
            texts.append(repr((name, distribution.version, sorted(entry for entry in own if not _OF_INSTALLER.search(entry[0])))))
        packages = [(one.name, one.version) for _, one in sorted(reached.items())]
        return Closure(digest_of("\n".join(texts)), packages, files.trace)


def normal(name: str) -> str:
    """The one form of a distribution's name, as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _bookkeeping(info: str) -> list[str]:
    if os.path.isfile(info):
        return [info]
    return [os.path.join(info, name) for name in ("RECORD", "METADATA", "PKG-INFO", "top_level.txt", "requires.txt")]


def _read(place: str, directory: str, files: Files) -> Distribution:
    info = os.path.join(place, directory)
    # Looking for the owner of a module reads all of them; only those in a closure decide.
    unseen = files.with_own_trace()
    texts = {os.path.basename(path): unseen.text(path) for path in _bookkeeping(info) if os.path.isfile(path)}
    metadata = texts.get("METADATA") or texts.get("PKG-INFO") or texts.get(directory) or ""
    headers = [line.partition(":") for line in metadata.split("\n\n")[0].replace("\r", "").split("\n")]
    values = [(key.lower(), value.strip()) for key, _, value in headers]
    fields = dict(reversed(values))
    requires = [value for key, value in values if key == "requires-dist"]
    requires += [line for line in texts.get("requires.txt", "").splitlines() if not line.startswith("[")]
    named = [_required(value) for value in requires if not _OF_DEVELOPERS.search(value)]
    entries = [(row[0], row[1]) for row in csv.reader(texts.get("RECORD", "").splitlines()) if len(row) > 1]
    own = directory.rpartition(".")[0].split("-")
    name, version = fields.get("name", own[0]), fields.get("version", own[-1])
    return Distribution(name, version, place, info, entries, [one for one in named if one])


def _required(requirement: str) -> str:
    """The name that a requirement begins with. An optional one counts as well if it is installed: it may then be used."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return normal(found.group(1)) if found else ""


def _modules(entry: str) -> list[str]:
    """Of a file of a distribution: the packages and the module that it is of."""
    if entry.startswith("..") or ".dist-info/" in entry:
        return []
    parts = entry.split("/")
    packages = ["/".join(parts[:length]) for length in range(1, len(parts))]
    return [*packages, "/".join([*parts[:-1], parts[-1].split(".")[0]])] if re.search(r"\.(py|so|pyd)$", entry) else packages


def _top_level(distribution: Distribution, files: Files) -> set[str]:
    if distribution.entries:
        return set()
    path = os.path.join(distribution.info, "top_level.txt")
    named = files.with_own_trace().text(path).split() if os.path.isfile(path) else []
    return set(named) or {distribution.name.replace("-", "_")}


def _contents(distribution: Distribution, files: Files) -> list[tuple[str, str]]:
    """Without a RECORD, as Debian's packages are: its files."""
    found = []
    for name in sorted(_top_level(distribution, files)):
        base = os.path.join(distribution.place, name)
        paths = files.below(base) if os.path.isdir(base) else [base + ".py"]
        found += [(os.path.relpath(path, distribution.place), digest_of(files.bytes(path) or b"")) for path in paths]
    return found


def _tree(module: str, sites: list[str], files: Files) -> Closure:
    """Of something that no distribution owns, such as a directory that was copied there."""
    name = module.split(".", maxsplit=1)[0]
    tops = [os.path.join(place, one) for place in sites for one in files.matching(place, "") if one.split(".")[0] == name]
    paths = [path for top in tops for path in (files.below(top) if os.path.isdir(top) else [top])]
    contents = [(os.path.relpath(path, os.path.dirname(tops[0])), digest_of(files.bytes(path) or b"")) for path in paths]
    return Closure(digest_of(repr(contents)), [(name, "")], files.trace)
