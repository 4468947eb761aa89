"""Run os-ken applications: its releases no longer bring a command for that.

python -m benchmarks.controller.run_osken PORT benchmarks.controller.osken_simple_switch
"""

from __future__ import annotations

import sys


def main(port: str, *applications: str) -> None:
    """Listen on a port of loopback with these applications, until killed."""
    from os_ken.lib import hub  # the first import of os-ken: it patches the standard library

    hub.patch()
    from os_ken import cfg
    from os_ken.base.app_manager import AppManager
    from os_ken.controller import controller

    del controller  # imported for the options that it registers
    cfg.CONF(
        args=["--ofp-listen-host", "127.0.0.1", "--ofp-tcp-listen-port", port], project="os_ken"
    )
    AppManager.run_apps(["os_ken.controller.ofp_handler", *applications])


if __name__ == "__main__":
    main(*sys.argv[1:])
