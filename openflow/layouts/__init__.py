"""The language in which classes say what their bytes look like, and the engine in Python that runs it.

A layout is a text (`openflow.layouts.language`). Compiled once, it is steps (`openflow.layouts.steps`), which
`openflow.layouts.engine` runs, and a plan (`openflow.layouts.plans`), which the native engine does. What the language
has no words for is in `openflow.forms`.
"""
