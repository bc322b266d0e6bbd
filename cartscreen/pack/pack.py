"""The pack that comes with cartscreen, and those of folders.

What reads TOML is imported where TOML is read: the bundled pack is kept compiled.
"""

from functools import cache
from pathlib import Path

from cartscreen.pack.files import bundled_files, files_in, kept_of_bundled
from cartscreen.pack.model import Pack


@cache
def bundled_pack() -> Pack:
    """The five trials that come with cartscreen, kept compiled where they are of these files."""
    found: Pack | None = kept_of_bundled(KEPT_PACK)
    if found is None:
        from cartscreen.pack.read import pack_of

        found = pack_of(bundled_files(), "criteria/")
    return found


KEPT_PACK = "pack"


def load_pack(directory: Path) -> Pack:
    """The trials of a directory; its own facts and drugs are added to the bundled ones.

    Raises CriteriaError.
    """
    from cartscreen.pack.read import pack_of

    return pack_of(files_in(directory), f"{directory}/", bundled_pack())
