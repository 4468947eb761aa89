"""Messages that are made again and again with other numbers in them, sent from bytes that are kept.

`openflow.templates.template` is what `openflow.template` does. It traces a function with placeholders
(`openflow.templates.placeholder`), finds in a message's bytes where arguments go (`openflow.templates.pattern`), and
gives messages that nobody has touched yet (`openflow.templates.untouched`), which `openflow.codec` sends from these.
"""
