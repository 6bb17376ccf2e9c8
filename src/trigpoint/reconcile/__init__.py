"""Advancing long-lived resources one step at a time: the due list and the loop that works it off."""

from trigpoint.reconcile.loop import Queue, Reconciler

__all__ = ["Queue", "Reconciler"]
