"""The command line of the benchmark."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from benchmarks import shell
from benchmarks.failover import report
from benchmarks.failover.lab import ETCD_OPTIONS, running
from benchmarks.failover.measure import FAULTS, Outcome, fail


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@shell.runs_option
@click.option(
    "--fault",
    "faults",
    type=click.Choice(list(FAULTS)),
    multiple=True,
    help="What happens to a replica; may be repeated. [default: kill, pause and oneway]",
)
@click.option(
    "--coordinator",
    type=click.Choice(("gossip", "etcd")),
    default="gossip",
    show_default=True,
    help="Who decides about mastership.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/failover"),
    show_default=True,
    help="Where to write table.md and measurements.json.",
)
def main(runs: int, faults: tuple[str, ...], coordinator: str, output: Path) -> None:
    """Measure how long new flows fail when a replica does, and whether established ones lose a packet."""
    if os.geteuid():
        raise click.ClickException("this needs root, for its network namespaces")
    console = shell.console(120)
    outcomes: list[Outcome] = []
    with (
        shell.interruptible(console),
        tempfile.TemporaryDirectory(prefix="failover-") as folder,
        running(Path(folder), ETCD_OPTIONS if coordinator == "etcd" else ()) as lab,
        shell.progress(console) as progress,
    ):
        for name in progress.track((faults or ("kill", "pause", "oneway")) * runs):
            outcomes.append(fail(lab, FAULTS[name]))
            progress.print(f"{name}: {outcomes[-1].outage_s:.2f} s")
    if outcomes:
        findings = report.Findings(coordinator, outcomes)
        output.mkdir(parents=True, exist_ok=True)
        for table in report.tables(findings):
            console.print(table.rich())
        (output / "table.md").write_text(report.markdown(findings), encoding="utf-8")
        (output / "measurements.json").write_text(report.as_json(findings), encoding="utf-8")


if __name__ == "__main__":
    main()
