"""Pages of HTML: each can be read and printed without a network, and runs no script.

A template writes values only as text: each is made visible, then escaped. The policy of a page lets
the browser load nothing, and apply no style but the one whose hash it names. A page is ASCII, so
that it is the same page in every encoding of the terminal.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from cartscreen import NOTICE, __version__
from cartscreen.render.text import MARKS, VERDICTS
from cartscreen.text import visible

TONES = {"eligible": "matched", "undetermined": "unknown", "ineligible": "failed"}
"""Verdicts are coloured as the statuses that bring them about."""


def page(template: str, **values: object) -> str:
    """The page that a template of this folder makes of the values.

    With `begins` or `ends` false, a piece of it: without what stands before the body, or after it.
    """
    text = _environment().get_template(template).render(values)
    return text.encode("ascii", "xmlcharrefreplace").decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        finalize=_as_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["hash"] = lambda text: b64encode(sha256(text.encode()).digest()).decode()
    environment.globals.update(
        MARKS=MARKS,
        TONES=TONES,
        VERDICTS=VERDICTS,
        notice=NOTICE,
        version=__version__,
        begins=True,
        ends=True,
    )
    return environment


def _source(template: str) -> str:
    return files("cartscreen.render").joinpath(template).read_text("utf-8")


def _as_text(value: object) -> object:
    """What `{{ }}` prints: a text with its control characters visible, unless a macro made it."""
    made = hasattr(value, "__html__")
    return visible(value) if isinstance(value, str) and not made else value
