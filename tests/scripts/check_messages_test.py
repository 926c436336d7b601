#!/usr/bin/env python3
"""scripts/check_messages finds the texts that the page of messages lacks."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).resolve().parents[2] / "scripts/check_messages"


def missing(source, page):
    """What is found to be missing when the launcher is this source."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in (("launcher/new_file.cpp", source), ("docs/start-up-messages.md", page)):
            path = Path(directory, name)
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8")
        result = subprocess.run([sys.executable, CHECK, directory], capture_output=True, text=True, check=False)
        lines = result.stdout.splitlines()
        assert (result.returncode != 0) == bool(lines), result
        return [line.partition("launcher/new_file.cpp: ")[2] for line in lines]


class CheckMessages(unittest.TestCase):
    def test_a_text_that_the_page_lacks_is_found(self):
        self.assertEqual(missing('return failure("the host has gone " + name);', "nothing"), ["the host has gone"])

    def test_a_text_that_the_page_has_is_not(self):
        self.assertEqual(missing('say("scoop-run: the host has gone: " + name);', "| `the host has gone: NAME` |"), [])

    def test_neighbouring_literals_are_one_text(self):
        self.assertEqual(missing('say("the host has "\n    "gone away");', "the host has\ngone away"), [])
        self.assertEqual(missing('say("the host has "\n    "gone away");', "the host has"), ["the host has gone away"])

    def test_short_texts_comments_and_quotes_are_no_messages(self):
        source = '#include "a b c"\n// "what we once said"\nsay("host", \'"\' + name + \'"\');'
        self.assertEqual(missing(source, ""), [])


if __name__ == "__main__":
    unittest.main()
