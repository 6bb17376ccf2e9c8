/** What a worker chose in the workspace and wants again in the next tasks of the job. The page around the frame keeps it. */

import { readViewSettings, type ViewSettings } from "./stage/view_settings.js";

/** An absent choice was never made. */
export interface WorkspacePreferences {
  readonly label?: string;
  readonly showsInstructions?: boolean;
  /** What is switched on and off in the tool. */
  readonly toolOptions?: Readonly<Record<string, boolean>>;
  /** How the worker sees images. */
  readonly view?: ViewSettings;
  /** What an element keeps for its tool besides. */
  readonly toolSettings?: unknown;
  /** Of the drawn shapes, 0.2 to 1. */
  readonly opacity?: number;
  readonly showsTags?: boolean;
}

export class Preferences {
  private chosen: WorkspacePreferences = {};

  constructor(private readonly changed: (preferences: WorkspacePreferences) => void) {}

  /** Adds a choice of the worker. */
  add(choice: WorkspacePreferences): void {
    this.chosen = { ...this.chosen, ...choice };
    this.changed(this.chosen);
  }

  /** Takes over and returns the choices of earlier tasks, as far as they can be read. */
  restore(saved: unknown): WorkspacePreferences {
    const { label, showsInstructions, toolOptions, opacity, showsTags, view } = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
    const restored = {
      ...(typeof label === "string" ? { label } : {}),
      ...(typeof showsInstructions === "boolean" ? { showsInstructions } : {}),
      ...(typeof opacity === "number" && Number.isFinite(opacity) ? { opacity } : {}),
      ...(typeof showsTags === "boolean" ? { showsTags } : {}),
      ...(isSwitches(toolOptions) ? { toolOptions } : {}),
      ...(view === undefined ? {} : { view: readViewSettings(view) }),
    };
    this.chosen = { ...this.chosen, ...restored };
    return restored;
  }
}

function isSwitches(value: unknown): value is Record<string, boolean> {
  return typeof value === "object" && value !== null && Object.values(value).every((on) => typeof on === "boolean");
}
