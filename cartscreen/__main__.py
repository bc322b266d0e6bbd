"""`python -m cartscreen` is `cartscreen`, and this is where both begin.

An interrupt ends the program without a traceback from the first line here to the last: while
modules are imported and while Python ends, the system itself ends it; in between it is an error
like others. So nothing is imported above but what is built into Python.
"""

import _signal  # type: ignore[import-not-found]  # signal itself first imports enum
import sys

IS_AWAITED = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
"""Interrupts are not ignored, as they are in the background of a shell."""

if IS_AWAITED:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> None:
    """Run the program to its exit code."""
    sys.unraisablehook = lambda _: None  # an interrupt of what Python tidies up, say
    from cartscreen.cli.main import main as program

    try:
        if IS_AWAITED:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        program()
    finally:
        if IS_AWAITED:
            _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


if __name__ == "__main__":
    main()
