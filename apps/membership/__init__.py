"""Membership: who is in the network, behind which port, and who has failed: SWIM members, and hosts without an agent."""
