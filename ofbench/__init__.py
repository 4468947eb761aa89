"""Loads for OpenFlow programs: fake switches for a controller, streams of messages for a switch.

`ofbench controller ADDRESS` is the cbench of today, for any controller; `ofbench switch ADDRESS` measures any switch.
What the messages say is made here by the codec (`vocabulary`); a native module sends, counts and times them
(`native`), so that the load is never what limits the rate. Nothing here knows our own controller or switch.
"""
