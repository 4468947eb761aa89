"""The data network, for a member that has no interface in it: frames leave by packet-outs, and come by packet-ins.

    network      which packet-ins are for us, and how much is taken      limits    of each port, and of all
    reception    what is done with them                                  places    where hosts are
    delivery     packets to hosts, once it is known where they are       wire      the ports by which they leave
    flows        what switches send up                                   meters    how much of it
    frames       bytes and values                                        station   our addresses

The app has one `Network`, is told of signs of life and of UDP and TCP, and sends by its `delivery`.
"""
