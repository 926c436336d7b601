"""What scripts/demo builds is all that `cmake --install` needs, which is what a user does next.

usage: demo_test.py BUILD_DIRECTORY (of Ninja)
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop(1))
DEMO = Path(__file__).resolve().parents[2] / "scripts" / "demo"


class Demo(unittest.TestCase):
    def test_what_is_installed_is_built(self):
        installed = set()
        for script in BUILD.rglob("cmake_install.cmake"):
            for path in re.findall(r'TYPE (?:STATIC_LIBRARY|EXECUTABLE) FILES "([^"]+)"', script.read_text()):
                installed.add(str(Path(path).relative_to(BUILD)))
        self.assertIn("bin/scoop-run", installed)
        targets = re.search(r"--target (.+)", DEMO.read_text()).group(1).split()
        commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", *targets], capture_output=True, text=True,
                                  check=True).stdout
        self.assertEqual([path for path in installed if path not in commands], [])


if __name__ == "__main__":
    unittest.main()
