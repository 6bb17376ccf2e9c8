/** What the worker can switch on and off while drawing paths. */
import { t } from "../language/index.js";
import type { PathRules } from "./path_rules.js";
import type { ToolOption } from "./tool.js";

export class PathSwitches {
  /** A drag sets many points. */
  freehand = false;
  snaps = true;
  /** After a key point comes the next label. Decision: off at first, because labels may occur several times. */
  advances = false;

  constructor(private readonly rules: PathRules) {
    // A key point marks a place in the image, which no other shape knows better.
    if (rules.mostPoints === 1) this.snaps = false;
  }

  get options(): readonly ToolOption[] {
    const { mostPoints } = this.rules;
    if (mostPoints === 1) return [this.nextLabel()];
    return mostPoints === 2 ? [this.snap()] : [this.byHand(), this.snap()];
  }

  private nextLabel(): ToolOption {
    const label = t("Go on to the next label after each point");
    return { id: "next-label", icon: "next", label, key: "A", on: this.advances, set: (on) => (this.advances = on) };
  }

  private snap(): ToolOption {
    const label = t("Snap to shapes and to the edges of the image");
    return { id: "snap", icon: "snap", label, key: "M", on: this.snaps, set: (on) => (this.snaps = on) };
  }

  private byHand(): ToolOption {
    const label = t("Draw by hand: a drag sets many points");
    return { id: "freehand", icon: "freehand", label, key: "B", on: this.freehand, set: (on) => (this.freehand = on) };
  }
}
