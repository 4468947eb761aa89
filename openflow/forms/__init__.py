"""How what layouts have no words for looks on the wire: matches, their fields, statistics, properties that fold.

A form is a pair of functions that read and write it. `openflow.forms.special` knows all of them by the names that
layouts use; `openflow.forms.oxm`, `openflow.forms.oxs` and what reads and writes slots know bytes and values only.
"""
