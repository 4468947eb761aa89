"""Clusters that are simulated: many members in one process, in a network that is as bad as one likes, from one seed.

    faults      what the network and the machines do to members, as data
    network     which datagrams arrive, and when; who cannot reach whom
    host        a member, its clock, and whether its process runs
    crowd       members, the heap of what is to come, and the time
    world       the same for members that speak our protocol
    checks      what must never happen, and what must come about once all is well
    scenario    a history of crashes, cuts and comings as data, and how it is lived through

Whoever wants to know how a configuration fares among a thousand members, with a twentieth of the datagrams lost, makes
a `World` of it. There is no clock and no chance in it but the random generator that it is given.
"""

from apps.swim.simulation.faults import Faults as Faults
from apps.swim.simulation.faults import Slow as Slow
from apps.swim.simulation.world import World as World
