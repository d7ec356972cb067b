"""A clock that stands still, so that ages, dates of messages and "is it over" come out the same.

``python clock.py INSTANT ARGUMENT…`` runs the command line of the program by such a clock.
"""

from __future__ import annotations

import datetime as datetime_module
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PACKAGE = "utm_pipeline"
_real = datetime_module.datetime


def freeze(instant: datetime_module.datetime) -> None:
    """Lets ``datetime.now`` give ``instant`` to modules of the program that are imported later.

    Libraries keep the clock, and so do clocks that measure, such as ``time.monotonic``.

    Raises:
        RuntimeError: the program is imported already.
    """
    if PACKAGE in sys.modules:
        raise RuntimeError(f"{PACKAGE} goes by the clock already")
    sys.meta_path.insert(0, _Finder(_stopped(instant)))


class _Kind(type):
    """Makes the stopped class pass for the real one: every value stays a real datetime."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _real)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, _real)

    def __eq__(cls, other: object) -> bool:
        return other is _real or other is cls

    def __hash__(cls) -> int:
        return hash(_real)


def _stopped(instant: datetime_module.datetime) -> type:
    class Stopped(_real, metaclass=_Kind):
        def __new__(cls, *given: Any, **named: Any) -> Any:
            return _real(*given, **named)

        @classmethod
        def now(cls, tz: datetime_module.tzinfo | None = None) -> Any:
            return instant.astimezone(tz) if tz else instant.astimezone().replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(datetime_module.UTC).replace(tzinfo=None)

    return Stopped


class _Finder(MetaPathFinder):
    """Finds modules of the program as ever, and gives each the stopped class when it is loaded."""

    def __init__(self, stopped: type) -> None:
        self._module = ModuleType("datetime")
        self._module.__dict__.update(vars(datetime_module), datetime=stopped)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._module)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Loader, datetimes: ModuleType) -> None:
        self._loader = loader
        self._datetimes = datetimes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        for name, value in list(vars(module).items()):
            if value is _real:
                setattr(module, name, self._datetimes.datetime)
            elif value is datetime_module:
                setattr(module, name, self._datetimes)


def _main() -> int:
    freeze(_real.fromisoformat(sys.argv[1]))
    # Not by its `-m`: that would run it before it is found.
    from utm_pipeline.cli import main

    return main(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(_main())
