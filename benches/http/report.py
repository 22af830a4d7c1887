"""The report: results in, tables in Markdown and a plot out."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benches.http.jobs import CURVES, JOBS, TARGETS, Target
from benches.http.run import Figures, Footprint, Results

__all__ = ["plot", "tables"]

OURS = "jetbridge"


def tables(results: Results, footprints: Mapping[str, Footprint]) -> str:
    """One table for each job, one for memory and start, and one for what was aimed at."""
    parts: list[str] = []
    for job in JOBS:
        if job in results:
            at_once = "one connection" if job.connections == 1 else f"{job.connections} connections"
            parts += [f"### {job.title} ({at_once})", _job_table(results[job])]
    parts += ["### Start and memory", _footprint_table(footprints)]
    parts += ["### What was aimed at", _target_table(results, footprints)]
    return "\n\n".join(parts) + "\n"


def _job_table(figures: Mapping[str, Figures]) -> str:
    ours = figures[OURS].medians()
    lines = [
        "| | requests/s | p50 µs | p99 µs | server CPU µs | ours ÷ in throughput | ours ÷ in CPU |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, one in figures.items():
        throughput, p50, p99, cpu = one.medians()
        lines.append(
            f"| {name} | {throughput:,.0f} | {p50 * 1e6:,.0f} | {p99 * 1e6:,.0f} | {cpu * 1e6:,.0f} "
            f"| {ours[0] / throughput:.2f} | {ours[3] / cpu:.2f} |"
        )
    return "\n".join(lines)


def _footprint_table(footprints: Mapping[str, Footprint]) -> str:
    lines = [
        "| | start → first answer, ms | PSS idle, MiB | PSS after load, MiB |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {median(one.starts) * 1e3:,.0f} | {one.idle / 2**20:.0f} | {one.loaded / 2**20:.0f} |"
        for name, one in footprints.items()
    ]
    return "\n".join(lines)


def _target_table(results: Results, footprints: Mapping[str, Footprint]) -> str:
    lines = ["| | ours ÷ | aimed at | reached |", "|---|---|---:|---:|"]
    for target in TARGETS:
        ratio = _ratio(target, results, footprints)
        if ratio is None:
            continue
        what = target.measure if target.job is None else f"{target.job.title}, {target.measure}"
        sign = "≥" if target.measure == "throughput" else "≤"
        missed = "" if target.is_met(ratio) else " ✗"
        lines.append(f"| {what} | {target.other} | {sign} {target.bound:g} | {ratio:.2f}{missed} |")
    return "\n".join(lines)


def _ratio(target: Target, results: Results, footprints: Mapping[str, Footprint]) -> float | None:
    if target.other not in footprints:
        return None
    match target.measure:
        case "memory":
            return footprints[OURS].loaded / footprints[target.other].loaded
        case "start":
            return median(footprints[OURS].starts) / median(footprints[target.other].starts)
        case measure:
            assert target.job is not None
            ours, others = (results[target.job][name].medians() for name in (OURS, target.other))
            index = 0 if measure == "throughput" else 3
            return ours[index] / others[index]


_COLORS = {
    "jetbridge": "#c2185b",
    "raw ASGI": "#777777",
    "raw ASGI, access log": "#bbbbbb",
    "Starlette": "#9c6ade",
    "FastAPI": "#00897b",
    "React on Node": "#1976d2",
    "Next.js": "#ef6c00",
}


def plot(results: Results, file: Path) -> None:
    """CPU time of the server for one request against what varies, as a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(CURVES), figsize=(4 * len(CURVES), 3.6), layout="constrained")
    for axis, (varies, jobs) in zip(axes, CURVES.items(), strict=True):
        measured = [job for job in jobs if job in results]
        for name in dict.fromkeys(name for job in measured for name in results[job]):
            points = [job for job in measured if name in results[job]]
            axis.loglog(
                [job.size or job.connections for job in points],
                [results[job][name].medians()[3] * 1e6 for job in points],
                marker="o",
                markersize=3,
                linewidth=2.2 if name == OURS else 1.2,
                color=_COLORS[name],
                label=name,
            )
        axis.set_xlabel(varies)
        axis.grid(visible=True, which="major", alpha=0.3)
    axes[0].set_ylabel("server CPU, µs a request")
    lines = {line.get_label(): line for axis in axes for line in axis.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc="outside upper center", ncols=len(lines), frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    plt.close(figure)
