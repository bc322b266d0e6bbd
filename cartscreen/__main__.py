"""`python -m cartscreen` is `cartscreen`, and this is where both begin.

An interrupt ends the program without a traceback from here to its end: while modules are imported
and after its last word, the system itself ends it; in between it is an error like others. So
nothing is imported above but what is built into Python.

When all is written the system ends the program, too: Python would first take apart, one by one, all
objects that there are, which takes a thirtieth of a check. (mypy ends so as well.)
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
    from os import _exit

    from cartscreen.cli.main import main as program

    code = 1
    try:
        if is_awaited:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        program()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        if is_awaited:
            _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _exit(code)


if __name__ == "__main__":
    main()
