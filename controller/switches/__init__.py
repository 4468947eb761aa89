"""The switches' side: from a connection to a switch that apps can ask.

roster     who is connected, and the turns          session   one connection
handshake  how a switch introduces itself           asks      requests that wait for their reply
switch     a connected switch, as apps hold it      requests  what a request can end in
standby    switches that another controller has     claims    datapath ids among workers
"""
