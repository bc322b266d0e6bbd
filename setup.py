"""What pyproject.toml cannot say: an installation keeps the pack compiled (cartscreen/build.py)."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


class BuildPy(build_py):
    """As setuptools does it, and then the compiled pack beside the modules.

    An editable installation has it in the checkout, where it is not used after the next edit.
    """

    def run(self) -> None:
        super().run()
        sys.path.insert(0, str(ROOT))
        from cartscreen.pack.compile import compile_into

        package = ROOT if self.editable_mode else Path(self.build_lib)
        compile_into(package / "cartscreen", ROOT / "criteria")


setup(cmdclass={"build_py": BuildPy})
