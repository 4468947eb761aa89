"""Mininet classes for our switch and controller, and a namespace lab that needs no Mininet."""
