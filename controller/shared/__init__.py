"""State that several controllers share: maps in which the last writer wins.

map      one of them, as apps hold it      telling  what the others are told
state    all of them                       words    the same as bytes
"""
