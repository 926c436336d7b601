#!/usr/bin/env python3
"""What scripts/bench makes of samples: verdicts, tables and the picture."""
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
from benchmarks import plot, tables  # noqa: E402
from benchmarks.cases import Case, cases_here, rate_of_tree  # noqa: E402
from benchmarks.figures import Figure, best_peer, readable  # noqa: E402
from benchmarks.lab_hosts import lab_cases  # noqa: E402
from benchmarks.running import run, run_all  # noqa: E402
from benchmarks.targets import TARGETS, Base, Target, judge  # noqa: E402

MAP = Figure("W1", "10 M elements", 2, "tasks/s")
START = Figure("W8", "start and end of an empty program", 32, "s")
SAMPLES = {
    MAP: {"scoop": [90e6, 100e6, 300e6], "oneTBB": [5e6], "Open MPI": [50e6]},
    START: {"scoop": [0.8], "MPICH": [1.6], "Open MPI": [0.4]},
}


def case(code, **rest):
    return Case(("W1",), "scoop", 2, (sys.executable, "-c", code), **rest)


class Verdicts(unittest.TestCase):
    def words(self, *target, samples=None):
        return judge(samples or SAMPLES, Target(*target)).words()

    def test_of_an_absolute_target(self):
        self.assertEqual(self.words(*MAP[:3], 50e6), "reached, 2 × better")
        self.assertEqual(self.words(*MAP[:3], 100e6), "reached, 1 × better")
        self.assertEqual(self.words(*MAP[:3], 250e6), "**missed, 2.5 × short**")

    def test_where_less_is_better(self):
        self.assertEqual(self.words(*START[:3], 1), "reached, 1.25 × better")
        self.assertEqual(self.words(*START[:3], 0.4), "**missed, 2 × short**")

    def test_of_a_multiple_of_another_system_in_the_same_run(self):
        self.assertEqual(self.words(*MAP[:3], 2, Base("oneTBB")), "reached, 10 × better")
        self.assertEqual(self.words(*MAP[:3], 3, Base("Open MPI")), "**missed, 1.5 × short**")
        verdict = judge(SAMPLES, Target(*MAP[:3], 2, Base("oneTBB")))
        self.assertEqual(verdict.limit_words(), "10 M/s (2 × that of oneTBB)")

    def test_of_a_multiple_of_what_one_worker_does(self):
        samples = {Figure("uts", "T1", workers, "nodes/s"): {"scoop": [rate]} for workers, rate in ((1, 2e6), (2, 3e6))}
        target = Target("uts", "T1", 2, 1.8, Base("scoop", workers=1))
        self.assertEqual(judge(samples, target).words(), "**missed, 1.2 × short**")
        self.assertEqual(judge(samples, target).limit_words(), "3.6 M/s (1.8 × that with 1 worker)")

    def test_without_a_measurement(self):
        self.assertEqual(self.words("W9", "memory", 4, 2), "not measured")
        self.assertEqual(self.words(*MAP[:3], 2, Base("bare ZeroMQ")), "open: bare ZeroMQ was not measured")
        self.assertEqual(self.words(*MAP[:3], 2, samples={MAP: {"oneTBB": [1]}}), "not measured")

    def test_every_target_belongs_to_a_case(self):
        measured = {(workload, one.workers) for one in (*cases_here(Path("build")), *lab_cases())
                    for workload in one.workloads if one.system == "scoop"}
        self.assertEqual({(target.workload, target.workers) for target in TARGETS} - measured, set())


class Tables(unittest.TestCase):
    def test_the_best_of_the_others_is_the_fastest_or_the_cheapest(self):
        self.assertEqual(best_peer(SAMPLES, MAP), ("Open MPI", 50e6))
        self.assertEqual(best_peer(SAMPLES, START), ("Open MPI", 0.4))
        self.assertIsNone(best_peer({MAP: {"scoop": [1]}}, MAP))

    def test_figures_stand_beside_the_others(self):
        head, _, first, second = tables.figures_table(SAMPLES).splitlines()
        self.assertEqual(head,
                         "|  | figure | workers | scoop | to the best of the others | MPICH | Open MPI | oneTBB |")
        self.assertEqual(first, "| W1 | 10 M elements | 2 | **100 M/s** (90 M/s – 300 M/s) | 2 × Open MPI | – | "
                                "50 M/s (50 M/s – 50 M/s) | 5 M/s (5 M/s – 5 M/s) |")
        self.assertIn("| 0.5 × Open MPI |", second)

    def test_the_page_names_targets_figures_and_failures(self):
        verdicts = [judge(SAMPLES, target) for target in (Target(*MAP[:3], 50e6), Target("W9", "memory", 4, 2))]
        page = tables.page(SAMPLES, verdicts, ["W9 scoop: failed"], {"cores": 2}, 3)
        for part in ("cores: 2.\nRuns: 3;", "1 of 2 targets are reached.", "| W9 | memory | 4 | – | – | not measured |",
                     "| W1 | 10 M elements | 2 | **100 M/s** | 50 M/s | reached, 2 × better |", "- W9 scoop: failed\n"):
            self.assertIn(part, page)

    def test_readme_shows_what_is_most_telling(self):
        self.assertEqual(tables.readme_table(SAMPLES).splitlines()[2:],
                         ["| 10 M elements, 2 workers | 100 M/s | Open MPI: 50 M/s | 2 × Open MPI |",
                          "| start and end of an empty program, 32 workers | 800 ms | Open MPI: 400 ms "
                          "| 0.5 × Open MPI |"])
        self.assertEqual(tables.readme_table({}), "")

    def test_only_what_stands_between_the_markers_is_replaced(self):
        self.assertEqual(tables.put_between_markers("a\n<b>\nold\n<e>\nz\n", "<b>\n", "<e>\n", "new\n"),
                         "a\n<b>\n\nnew\n\n<e>\nz\n")
        for text in ("a\n<b>\n", "a\n<e>\n", "a\n<e>\n<b>\n"):
            with self.assertRaises(ValueError):
                tables.put_between_markers(text, "<b>\n", "<e>\n", "new\n")

    def test_the_documents_have_the_markers(self):
        for name in ("docs/benchmarks.md", "README.md"):
            text = (ROOT / name).read_text(encoding="utf-8")
            self.assertEqual(text.count("<!-- scripts/bench --write begins here -->\n"), 1, name)
            self.assertEqual(text.count("<!-- and ends here -->\n"), 1, name)

    def test_numbers_have_readable_units(self):
        values = ((2.5e-5, "s"), (1500, "us"), (2.21e9, "B/s"), (12.34, "% busy"))
        self.assertEqual([readable(*value) for value in values],
                         ["25 µs", "1.5 ms", "2.21 GB/s", "12.3 % busy"])


class Picture(unittest.TestCase):
    SVG = "{http://www.w3.org/2000/svg}"

    def bars(self, samples):
        """Of each bar: what it shows, where it begins and where it ends."""
        picture = ElementTree.fromstring(plot.draw(samples))
        rectangles = [one for one in picture.iter(f"{self.SVG}rect") if one.get("class") in ("ours", "other")]
        names = [one.text for one in picture.iter(f"{self.SVG}text") if one.get("class") == "name"]
        return [(name, float(bar.get("x")), float(bar.get("x")) + float(bar.get("width")))
                for name, bar in zip(names, rectangles)]

    def test_what_is_better_than_all_others_lies_to_the_right_of_them(self):
        (ours, ours_begin, ours_end), (best, best_begin, best_end), (worst, worst_begin, worst_end) = \
            self.bars({MAP: SAMPLES[MAP]})
        self.assertEqual((ours, best, worst), ("scoop", "Open MPI", "oneTBB"))
        self.assertEqual((ours_begin, worst_end), (best_begin, best_end))
        self.assertGreater(ours_end, best_end)
        self.assertLess(worst_begin, best_begin)

    def test_the_axis_is_logarithmic(self):
        axis = plot.Axis([0.02, 2])
        self.assertAlmostEqual(axis.place(0.1) - axis.place(0.01), axis.place(1) - axis.place(0.1))
        self.assertEqual([label for _, label in axis.gridlines()], ["1/100", "0.1 ×", "1 ×", "10 ×"])

    def test_factors_have_no_exponents(self):
        self.assertEqual([plot.factor_words(factor) for factor in (7.1e-7, 0.00034, 0.47, 12.34, 1234)],
                         ["1/1,400,000", "1/2,900", "0.47 ×", "12 ×", "1,234 ×"])

    def test_figures_without_others_or_with_one_worker_are_not_in_it(self):
        self.assertEqual(plot.draw({MAP: {"scoop": [1]}, START: {"MPICH": [1]}}), "")
        self.assertEqual(plot.draw({MAP._replace(workers=1): SAMPLES[MAP]}), "")

    def test_names_are_escaped(self):
        picture = plot.draw({MAP._replace(what="a < b & c"): SAMPLES[MAP]})
        self.assertIn("a < b & c", "".join(ElementTree.fromstring(picture).itertext()))


class Runs(unittest.TestCase):
    LINE = 'print(\'{"what": "10 M elements", "value": 3, "unit": "tasks/s"}\')'

    def test_samples_are_collected_by_figure_and_system(self):
        other = Case(("W1", "W3"), "oneTBB", 2, case(self.LINE).command)
        samples, failures = run_all([case(self.LINE), other], 2)
        self.assertEqual(samples, {MAP: {"scoop": [3, 3], "oneTBB": [3, 3]}})
        self.assertEqual(failures, [])

    def test_programs_that_fail_are_named_once(self):
        only = case(self.LINE, figures=("another",))
        fails = case("import sys; sys.exit('no\\nmemory')")
        samples, failures = run_all([only, fails, case("print('hello')"), case("pass")], 2)
        self.assertEqual(samples, {})
        self.assertIn("printed none of its figures", failures[0])
        self.assertEqual(failures[1], "W1 scoop, 2 workers: failed in 2 of 2 runs, at last: status 1: memory")
        self.assertIn("printed something else than figures", failures[2])
        self.assertIn("printed none of its figures", failures[3])

    def test_a_program_that_is_missing_is_named(self):
        _, failures = run_all([case("pass", needs=("/nowhere/peer",))], 1)
        self.assertEqual(failures, ["W1 scoop, 2 workers: failed in 1 of 1 runs, at last: /nowhere/peer is not there"])

    def test_without_its_lab_a_case_is_named(self):
        _, failures = run_all(lab_cases()[:1], 1)
        self.assertRegex(failures[0], "W8 scoop, 32 workers: failed .* status 1: lab: (there is no lab|needs root)")

    def test_a_tree_with_other_nodes_is_no_figure(self):
        tree = "print('7 nodes, depth 2, 4 leaves\\n0.5 s, 1.5e-05 million nodes a second')"
        self.assertEqual(run(case(tree, read=rate_of_tree("T1", 7))), [("T1", 15, "nodes/s")])
        with self.assertRaisesRegex(RuntimeError, "7 nodes instead of 8"):
            run(case(tree, read=rate_of_tree("T1", 8)))

    def test_nothing_is_measured_of_an_unknown_workload(self):
        done = subprocess.run([sys.executable, ROOT / "scripts/bench", "--only", "W99"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing measures W99", done.stderr)


if __name__ == "__main__":
    unittest.main()
