"""The scripts of docs/batch.md, which the tests run as they stand there."""

import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "batch.md")


def script_for(system):
    """The first script in the section of a batch system."""
    with open(PATH, encoding="utf-8") as file:
        section = file.read().split(f"\n## {system}\n")[1]
    return section.split("```sh\n")[1].split("```")[0]
