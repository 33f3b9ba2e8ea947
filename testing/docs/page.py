"""A page's commands and what it says they print.

A fenced block marked `console` is a recording: a line that begins with `$ ` is a command on the device,
one with `app$ ` a command in the App, each going on after a final backslash and within '...'; the lines up
to the next command are its output. Blocks marked `ini file=PATH` or `nginx file=PATH` are files that are written. All
other blocks are not run.
"""

import re

FENCE = re.compile(r"^```(\S*) ?(.*)$")
PROMPT = re.compile(r"^(app)?\$ (.*)$")


class Command:
    """One command of a page, or one file that it gives."""

    def __init__(self, line, place, text):
        self.line, self.place, self.text = line, place, text
        self.output = []
        self.path = ""  # of a file: `text` is its content

    def __str__(self):
        return "line %d: %s" % (self.line, self.path or self.text.replace("\n", " "))


def read_page(text):
    """The commands and files of a page, in order."""
    steps, language, words = [], None, ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence and language is None:
            language, words = fence.group(1), fence.group(2)
            if words.startswith("file="):
                steps.append(Command(number, "file", ""))
                steps[-1].path = words[len("file="):]
        elif line == "```":
            language, words = None, ""
        elif words.startswith("file="):
            steps[-1].text += line + "\n"
        elif language == "console":
            _read_line(steps, number, line)
    if language is not None:
        raise ValueError("the last block does not end")
    return steps


def _read_line(steps, number, line):
    prompt = PROMPT.match(line)
    if steps and _goes_on(steps[-1]):
        steps[-1].text += "\n" + line
    elif prompt:
        steps.append(Command(number, "app" if prompt.group(1) else "device", prompt.group(2)))
    elif not steps or steps[-1].path:
        raise ValueError("line %d: output without a command" % number)
    else:
        steps[-1].output.append(line)


def _goes_on(step):
    """A backslash at the end, or a quotation that is still open."""
    return not step.path and not step.output and (step.text.endswith("\\") or step.text.count("'") % 2 == 1)


# What differs from run to run, and what stands for it while two outputs are compared.
VARYING = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\bfe80::[0-9a-f:]*[0-9a-f]", "<link-local>"),
    (r'"(bridgeIndex|queriesSent|responsesSeen|bytesPerSecond)": [-+.0-9e]+', r'"\1": <number>'),
    (r'"downloadDirFreeBytes": "\d+"', '"downloadDirFreeBytes": <number>'),
    (r"\d+(\.\d+)? [KMGT]iB free", "<number> free"),
    (r"\d+(\.\d+)? ([KMGT]i)?B/s", "<rate>"),
    (r"\b\d+(\.\d+)?(ms|s|m|h)(\d+s|\d+m)?(?![0-9A-Za-z])", "<duration>"),
    (r"\s+", " "),
]


def without_varying(line):
    for pattern, stands_for in VARYING:
        line = re.sub(pattern, stands_for, line)
    return line.strip()


def _line_matches(wanted, got):
    """`…` within a line of the page stands for anything."""
    parts = [re.escape(part) for part in without_varying(wanted).split("…")]
    return re.fullmatch(".*".join(parts), without_varying(got)) is not None


def output_matches(wanted, got):
    """Whether an output is the page's; there, a line `...` stands for any number of lines."""
    wanted = [line for line in wanted if line.strip()]
    got = [line for line in got if line.strip()]
    reached = {0}  # lines of `got` that what was read of `wanted` can take
    for line in wanted:
        if line.strip() == "...":
            reached = set(range(min(reached), len(got) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(got) and _line_matches(line, got[at])}
        if not reached:
            return False
    return len(got) in reached
