#!/usr/bin/env python3
"""scripts/check_layers finds every kind of breach, at its line, and nothing in a tree that keeps the rules."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).resolve().parents[2] / "scripts/check_layers"
HEAD = "// What this is. One thread.\n#pragma once\n"


def check(files):
    """Runs the check on a project of these files; returns its status and its lines."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for name in ("docs", "hostfile", "launcher", "runtime/src", "scripts", "tests", ".ci"):
            (root / name).mkdir(parents=True)
        for name in ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
                     ".clang-format", ".clang-tidy", ".gitignore"):
            (root / name).touch()
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        result = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()


class CheckLayers(unittest.TestCase):
    def test_a_tree_that_keeps_the_rules_passes(self):
        status, _ = check({
            "runtime/src/base/ids.hpp": HEAD + "#include <cstdint>\n",
            "runtime/src/protocol/messages.hpp": HEAD + '#include "base/ids.hpp"\n',
            "runtime/src/transport/zmq_socket.cpp": "// ZeroMQ.\n#include <zmq.hpp>\n",
            "runtime/src/broker/broker_core.cpp": '// Core.\n#include "broker/broker_core.hpp"\n',
            "runtime/src/api/run.cpp": '// Run.\n#include "node/node.hpp"\n#include "worker/worker.hpp"\n',
            "runtime/src/node/node.hpp": HEAD,
            "runtime/src/worker/fiber.cpp": "// Fibers.\n#include <boost/context/detail/fcontext.hpp>\n",
            "runtime/include/scoop/future.hpp": HEAD + "#include <memory>\n#include <cereal/cereal.hpp>\n",
            "launcher/plan.cpp": '// Plan.\n#include "hostfile/host.hpp"\n#include "base/ids.hpp"\n',
        })
        self.assertEqual(status, 0)

    def test_every_kind_of_breach_is_found_at_its_line(self):
        for path, include in [
            ("runtime/src/base/log.cpp", '"protocol/messages.hpp"'),
            ("runtime/src/protocol/codec.cpp", '"transport/socket.hpp"'),
            ("runtime/src/broker/broker_thread.cpp", '"worker/deque.hpp"'),
            ("runtime/src/broker/broker_core.cpp", '"transport/socket.hpp"'),
            ("runtime/src/broker/broker_core.cpp", '"broker/broker_thread.hpp"'),
            ("runtime/src/node/spawn.cpp", '"hostfile/host.hpp"'),
            ("runtime/src/api/run.cpp", '"launcher/plan.hpp"'),
            ("hostfile/hostlist.cpp", '"protocol/messages.hpp"'),
            ("hostfile/hostfile.cpp", "<fstream>"),
            ("runtime/src/broker/broker_core.cpp", "<iostream>"),
            ("launcher/job_core.hpp", "<fstream>"),
            ("launcher/job_loop.cpp", '"node/node.hpp"'),
            ("launcher/job_loop.cpp", "<zmq.hpp>"),
            ("launcher/job_loop.cpp", "<libssh/libssh.h>"),
            ("launcher/main.cpp", "<boost/program_options.hpp>"),
            ("runtime/src/worker/deque.cpp", "<boost/context/fiber.hpp>"),
            ("runtime/src/worker/deque.cpp", "<doctest/doctest.h>"),
            ("runtime/src/worker/deque.cpp", '"../base/ids.hpp"'),
        ]:
            with self.subTest(path=path, include=include):
                opening = "// A file.\n#pragma once" if path.endswith(".hpp") else "// A file.\n#include <vector>"
                status, lines = check({path: f"{opening}\n#include {include}\n"})
                self.assertEqual(status, 1)
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith(f"{path}:3: "), lines)
                self.assertIn(include.strip('<>"'), lines[0])

    def test_who_may_include_a_wrapped_header_is_told_in_words(self):
        _, lines = check({"launcher/main.cpp": "// Main.\n#include <zmq.hpp>\n"})
        self.assertEqual(lines, ["launcher/main.cpp:2: `launcher/main.cpp` may not include `zmq.hpp`: only "
                                 "runtime/src/transport/* and tests/benchmarks/peer_zmq_path.* may"])

    def test_a_public_header_is_for_every_user(self):
        for include in ("<zmq.hpp>", "<tl/expected.hpp>", '"base/ids.hpp"', "<nlohmann/json.hpp>"):
            with self.subTest(include=include):
                status, lines = check({"runtime/include/scoop/run.hpp": HEAD + f"#include {include}\n"})
                self.assertEqual((status, len(lines)), (1, 1), lines)

    def test_a_header_opens_with_a_comment_and_is_included_once(self):
        self.assertEqual(check({"hostfile/a.hpp": "#pragma once\n"})[0], 1)
        self.assertEqual(check({"hostfile/a.hpp": "// A thing.\nstruct A {};\n"})[0], 1)

    def test_the_top_level_is_as_given(self):
        self.assertEqual(check({"notes.txt": ""}), (1, ["notes.txt:1: not an entry of the top level"]))
        self.assertEqual(check({"build/x": "", ".git/x": ""})[0], 0)

    def test_a_new_layer_must_be_given_its_arrows(self):
        self.assertEqual(check({"runtime/src/magic/wand.cpp": "// A wand.\n"})[0], 1)


if __name__ == "__main__":
    unittest.main()
