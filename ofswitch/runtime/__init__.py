"""The switch on asyncio: the only part of it that knows sockets, descriptors and the time."""

from ofswitch.runtime.switch import Switch as Switch
