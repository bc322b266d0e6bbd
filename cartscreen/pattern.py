"""Regular expressions that are compiled when they are first used.

The program has eighty, and judging a patient takes a dozen of them: a start that compiled all would
take a fifth of the time of `import typer` for it.
"""

import re
from functools import cached_property
from typing import Any, AnyStr, cast


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives. A fault in the expression shows when it is used, not before."""
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    def __init__(self, text: str | bytes, flags: int) -> None:
        self._given = text, flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(*self._given)

    def __getattr__(self, name: str) -> Any:
        """A method of the compiled expression, kept here: later calls are as quick as its own."""
        found = self.__dict__[name] = getattr(self._compiled, name)
        return found
