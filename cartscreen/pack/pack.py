"""The pack that comes with cartscreen, and those of folders.

What reads TOML is imported where TOML is read: the bundled pack is kept compiled.
"""

from functools import cache
from pathlib import Path

from cartscreen.build import kept
from cartscreen.pack.files import bundled_files, files_in, key_of
from cartscreen.pack.model import Pack


@cache
def bundled_pack() -> Pack:
    """The five trials that come with cartscreen, kept compiled where they are of these files."""
    contents = bundled_files()
    found: Pack | None = kept(kept_pack(key_of(contents)))
    if found is None:
        from cartscreen.pack.read import pack_of

        found = pack_of(contents, "criteria/")
    return found


def kept_pack(key: str) -> str:
    """The name under which the bundled pack is kept."""
    return f"pack {key}"


def load_pack(directory: Path) -> Pack:
    """The trials of a directory; its own facts and drugs are added to the bundled ones.

    Raises CriteriaError.
    """
    from cartscreen.pack.read import pack_of

    return pack_of(files_in(directory), f"{directory}/", bundled_pack())
