"""The options that make a controller one of the replicas of a cluster."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from click.core import ParameterSource

from controller.settings import Cluster
from controller.shared.words import NAME_MOST

Command = Callable[..., Any]

_OPTIONS = (
    click.option("--cluster", metavar="NAME", help="Be one of the replicas of this cluster."),
    click.option(
        "--join",
        multiple=True,
        metavar="HOST[:PORT]",
        help="Where another replica is; may be repeated.",
    ),
    click.option(
        "--cluster-bind",
        default="0.0.0.0:7946",
        show_default=True,
        metavar="HOST[:PORT]",
        help="Where the other replicas reach this one, by UDP and TCP.",
    ),
    click.option(
        "--replica-name",
        metavar="NAME",
        help="What this replica is called; each has a name of its own. [default: the host's name]",
    ),
    click.option(
        "--preset",
        type=click.Choice(("fast", "local", "lan", "wan")),
        default="fast",
        show_default=True,
        help="How soon a replica's crash is noticed: in a second with fast, on a quiet network.",
    ),
    click.option(
        "--key",
        default="",
        envvar="OFSWITCH_CLUSTER_KEY",
        metavar="BASE64",
        help="Encrypt what the replicas tell each other. [env: OFSWITCH_CLUSTER_KEY]",
    ),
    click.option(
        "--coordinator",
        default="",
        metavar="etcd://HOST:PORT,...",
        help="Keep in etcd which replica is the master of which switch; else the replicas see to it.",
    ),
)


def cluster_options(command: Command) -> Command:
    """Have a command take these options, and be called with `cluster`: Cluster, or None."""

    @wraps(command)
    def with_cluster(
        *,
        cluster: str | None,
        join: tuple[str, ...],
        cluster_bind: str,
        replica_name: str | None,
        preset: str,
        key: str,
        coordinator: str,
        **others: Any,
    ) -> Any:
        if cluster is None:
            _none_given()
            return command(cluster=None, **others)
        if not 0 < len(cluster.encode()) <= NAME_MOST:
            raise click.UsageError(f"a cluster's name has 1 to {NAME_MOST} bytes")
        name = replica_name or socket.gethostname()
        found = Cluster(cluster, name, cluster_bind, join, preset, key, coordinator)
        return command(cluster=found, **others)

    for option in reversed(_OPTIONS):
        with_cluster = option(with_cluster)
    return with_cluster


def _none_given() -> None:
    """Raises UsageError for an option that says nothing without --cluster."""
    context = click.get_current_context()
    for name in ("join", "cluster_bind", "replica_name", "preset", "key", "coordinator"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} needs --cluster, the name of the cluster")
