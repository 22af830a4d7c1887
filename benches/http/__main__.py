"""`python -m benches.http`: calls, forms and tables over HTTP beside bare ASGI, Starlette, FastAPI, React and Next.js.

All in one run on the loopback interface: each server alone on its port, one at a time under load. `--write` puts the
tables into docs/performance.md and draws docs/images/cost.png.
"""

import argparse
from pathlib import Path

from benches.document import machine, put, versions
from benches.http.contenders import CONTENDERS, next_contender
from benches.http.load import LOADER
from benches.http.report import plot, tables
from benches.http.run import Effort, measure_all

PLOT = Path("docs/images/cost.png")
_IMAGE = "![Server CPU for a request against rows, characters in the body, and connections](images/cost.png)"


def main() -> None:
    """Measure, print, and write where that is wanted."""
    parser = argparse.ArgumentParser(prog="python -m benches.http", description=__doc__)
    parser.add_argument("--short", action="store_true", help="some minutes, for a rough idea")
    parser.add_argument("--next", type=Path, metavar="DIRECTORY", help="with Next.js, installed and built there")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md and docs/images")
    options = parser.parse_args()
    effort = Effort(2, 1, 1, 3, 1) if options.short else Effort(4, rounds=1, curve_rounds=1, starts=7, seconds=2)
    contenders = [*CONTENDERS]
    if options.next is not None:
        contenders.append(next_contender(options.next.absolute()))

    results, footprints = measure_all(contenders, effort)
    about = versions("jetbridge", "uvicorn", "uvloop", "starlette", "fastapi", "pydantic", "orjson", "msgspec")
    nexts = "" if options.next is None else ", next 16.4.6"
    text = f"{about}{nexts}; load by {LOADER}; {machine()}.\n\n{tables(results, footprints)}"
    print(text)
    if options.write:
        plot(results, PLOT)
        put("http", f"{_IMAGE}\n\n{text}")


if __name__ == "__main__":
    main()
