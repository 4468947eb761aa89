"""TLS on the OpenFlow channel (OpenFlow 1.3.5, 6.3.3), for both of its ends.

    credentials   the files that one end is given
    options       how they are named on a command line
    contexts      what Python's `ssl` makes of them, made again when a file has changed
    layer         a connection: a protocol for the socket's transport, a transport for the protocol `inside`
    reasons       what `ssl` says, in words for people

Both ends show a certificate, and each checks that the other's is signed by its CA. Names of hosts are not checked:
switches and controllers are known by the CA that signed for them, as with Open vSwitch. TLS 1.2 and 1.3 are spoken,
with Python's choice of ciphers.
"""
