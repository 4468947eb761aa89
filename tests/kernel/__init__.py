"""What system tests need of the kernel and of other programs: namespaces, Open vSwitch, Mininet."""
