"""Many processes that share the listening port, for more switches than one processor serves.

    parent   accepts connections, gives each to the worker that has the fewest, starts workers again that die
    worker   a controller that runs the scripts; it knows its own switches only

`ofcontroller run --workers N` is all that users see of it. Parent and worker talk over a pair of sockets, in messages
that `controller.workers.words` defines; connections are handed over as descriptors.
"""
