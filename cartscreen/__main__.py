"""`python -m cartscreen` is `cartscreen`, and this is where both begin.

An interrupt ends the program without a traceback from here to its end: while modules are imported
and while Python ends, the system itself ends it; in between it is an error like others. So nothing
is imported above but what is built into Python.
"""

import _signal  # type: ignore[import-not-found]  # signal itself first imports enum
import gc
import sys


def main() -> None:
    """Run the program to its exit code."""
    gc.disable()  # until a batch goes on (see collect_seldom): what is imported lives to the end
    is_awaited = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
    if is_awaited:  # and not ignored, as it is in the background of a shell
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    sys.unraisablehook = lambda _: None  # an interrupt of what Python tidies up, say
    from cartscreen.cli.main import main as program

    try:
        if is_awaited:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        program()
    finally:
        if is_awaited:
            _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


if __name__ == "__main__":
    main()
