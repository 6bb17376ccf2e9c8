"""Drawn street scenes for the demo, for trying the console and for tests, with the exact boxes of the cars, vans and people in them."""

from trigpoint.scenes.scene import Scene, SceneBox, draw_scene

LABELS = ("car", "van", "person")

__all__ = ["LABELS", "Scene", "SceneBox", "draw_scene"]
