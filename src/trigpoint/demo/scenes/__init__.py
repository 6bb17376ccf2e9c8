"""Street scenes drawn for the demo, with the exact boxes of the cars, vans and people in them."""

from trigpoint.demo.scenes.scene import Scene, SceneBox, draw_scene

LABELS = ("car", "van", "person")

__all__ = ["LABELS", "Scene", "SceneBox", "draw_scene"]
