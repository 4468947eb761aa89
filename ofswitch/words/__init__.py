"""What a user types about packets and flow entries, in our words and in those of ovs-ofctl."""
