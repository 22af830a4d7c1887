"""`python -m benches.wire`: the codecs and the HTML printer against React and the usual libraries, as ratios.

All in one run: contenders take turns, CPU time only, medians. `--short` is for a look while working.
"""

import argparse

from benches.document import machine, put, versions
from benches.wire.cases import cases
from benches.wire.measure import Effort, Result, measure
from benches.wire.react import React

LIBRARIES = ("jetbridge", "pydantic", "orjson", "msgspec", "markupsafe", "jinja2", "htpy", "python-fasthtml")


def main() -> None:
    """Measure and print one table, in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benches.wire", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of the time, for a rough idea")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases whose name has this in it")
    parser.add_argument("--times", action="store_true", help="our own CPU time too, which no other machine will repeat")
    parser.add_argument("--write", action="store_true", help="the table into docs/performance.md")
    options = parser.parse_args()
    effort = Effort(rounds=3, seconds=0.03) if options.short else Effort(rounds=9, seconds=0.1)

    with React() as react:
        lines = [
            f"{versions(*LIBRARIES, **react.versions())}; {machine()}.",
            "",
            "| case | ours ÷ | ratio | target |" + (" ours µs |" if options.times else ""),
            "|---|---|---:|---:|" + ("---:|" if options.times else ""),
        ]
        print("\n".join(lines))
        for case in cases(react):
            if options.only in case.name:
                for result in measure(case, effort):
                    lines.append(_line(result, options.times))
                    print(lines[-1], flush=True)
    if options.write:
        put("wire", "\n".join(lines))


def _line(result: Result, times: bool) -> str:
    target = "" if result.most is None else f"≤ {result.most:g}" + ("" if result.ratio <= result.most else " ✗")
    ours = f" {result.ours * 1e6:.1f} |" if times else ""
    return f"| {result.case} | {result.other} | {result.ratio:.2f} | {target} |{ours}"


if __name__ == "__main__":
    main()
