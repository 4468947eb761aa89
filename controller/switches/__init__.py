"""The switches' side: from a connection to a switch that apps can ask.

roster      who is connected                     session   one connection, and the switch at its other end
duplicates  two with one datapath id             line      what goes out on it
presence    what joining and leaving show        handshake how a switch introduces itself
standby     switches that another has            faults    what a switch does wrong
claims      datapath ids among workers           asks      requests that wait for their reply
switch      a switch, for apps                   port      its ports
turn        when output goes out                 requests  what a request can end in
"""
