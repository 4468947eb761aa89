"""What connects, waits and measures: `controller` loads one with fake switches, `switch` asks one."""
