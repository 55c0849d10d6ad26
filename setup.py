"""The wheel's own step: small models go into the package, of large ones the card, by which they are downloaded."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
SMALL = 1_000_000  # bytes of a folder in weights/


class BuildWithWeights(build_py):
    """Copies weights/ into the package zoo, where an installed zoo finds its models."""

    def run(self):
        """Build the packages, and the models beside them unless the source is used in place."""
        super().run()
        if self.editable_mode:
            return
        for card in sorted(ROOT.glob("weights/*/card.json")):
            small = sum(file.stat().st_size for file in card.parent.iterdir()) < SMALL
            target = Path(self.build_lib) / "zoo" / "weights" / card.parent.name
            target.mkdir(parents=True, exist_ok=True)
            for file in card.parent.iterdir() if small else [card]:
                shutil.copyfile(file, target / file.name)


setup(cmdclass={"build_py": BuildWithWeights})
