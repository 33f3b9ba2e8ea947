#!/usr/bin/python3
"""How pages are read and outputs compared."""

import unittest

import page

TEXT = """# Page

```console
$ echo one \\
    two
one two
app$ true
```

```ini file=/etc/x.conf
[a]
b=c
```

    $ not run

```text
$ not run either
```
"""


class ReadPageTest(unittest.TestCase):
    def test_commands_files_and_nothing_else(self):
        steps = page.read_page(TEXT)
        self.assertEqual([(s.place, s.text, s.output, s.path) for s in steps], [
            ("device", "echo one \\\n    two", ["one two"], ""),
            ("app", "true", [], ""),
            ("file", "[a]\nb=c\n", [], "/etc/x.conf"),
        ])
        self.assertEqual([s.line for s in steps], [4, 7, 10])

    def test_a_quotation_goes_on(self):
        steps = page.read_page("```console\n$ echo '{\n  $ 1\n}'\n{\n```\n")
        self.assertEqual([(s.text, s.output) for s in steps], [("echo '{\n  $ 1\n}'", ["{"])])

    def test_a_block_must_end(self):
        with self.assertRaises(ValueError):
            page.read_page("```console\n$ true\n")

    def test_output_needs_a_command(self):
        with self.assertRaises(ValueError):
            page.read_page("```console\nwhat is this\n```\n")


class OutputTest(unittest.TestCase):
    def test_the_same_and_not_the_same(self):
        self.assertTrue(page.output_matches(["a  b", ""], ["a b"]))
        self.assertFalse(page.output_matches(["a"], ["b"]))
        self.assertFalse(page.output_matches(["a"], ["a", "b"]))
        self.assertFalse(page.output_matches(["a", "b"], ["a"]))

    def test_dots_stand_for_lines(self):
        self.assertTrue(page.output_matches(["a", "...", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(page.output_matches(["a", "..."], ["a"]))
        self.assertTrue(page.output_matches(["...", "d", "e"], ["d", "d", "e"]))
        self.assertFalse(page.output_matches(["a", "...", "d"], ["a", "b"]))

    def test_an_ellipsis_stands_for_text(self):
        self.assertTrue(page.output_matches(["a … c"], ["a bb c"]))
        self.assertFalse(page.output_matches(["a … c"], ["a bb d"]))

    def test_what_varies(self):
        self.assertTrue(page.output_matches(
            ["ba8f35a4-d374-4234-93cc-d43c9eda8578 at 2026-01-01T00:00:00.1Z took 1.5ms, 7.9 MiB/s from fe80::1"],
            ["0820442f-6b64-447f-988b-ba70a7ff552e at 2026-02-02T01:02:03Z took 20s, 12 B/s from fe80::aa:2"]))
        self.assertFalse(page.output_matches(["10.1.0.5 of 64.0 MiB"], ["10.1.0.6 of 64.0 MiB"]))
        self.assertFalse(page.output_matches(["64.0 MiB"], ["65.0 MiB"]))


if __name__ == "__main__":
    unittest.main()
