"""The datapath in Rust, behind the same contract as the reference: `datapath.NativeDatapath`.

`programs` and `matches` say in octets and numbers what messages say, and need no engine; all other modules import the
compiled one, and cannot be imported where `ofswitch.native.AVAILABLE` is false.
"""
