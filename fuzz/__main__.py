"""`python -m fuzz <target> <seconds>`: one target under atheris, from its corpus; what is new goes to var/fuzz/."""

import sys
from importlib import import_module
from pathlib import Path

import atheris

HERE = Path(__file__).parent
LONGEST = 16 * 1024  # bytes of an input: enough for every shape, and small enough that a slow one is a finding
SECONDS = 5  # for one input, on a busy machine and instrumented; linear work on the longest takes a tenth


def main() -> None:
    """Fuzz one target; atheris ends the process."""
    name, seconds = sys.argv[1], max(1, int(sys.argv[2]))  # 0 would be for ever
    with atheris.instrument_imports(include=["jetbridge"]):
        target = import_module(f"fuzz.{name}")
    found = HERE.parent / "var" / "fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={SECONDS}",
        "-rss_limit_mb=1024",
        f"-artifact_prefix={found}/failed-",
        f"-dict={HERE / 'tokens.dict'}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([f"fuzz {name}", *options, str(found), str(HERE / "corpus" / name)], target.check)
    atheris.Fuzz()


main()
