"""The switch: OpenFlow agent, datapath, ports, configuration, command line."""
