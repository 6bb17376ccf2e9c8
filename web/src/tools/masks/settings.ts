/** What the worker has chosen in the tools that paint. */
import { clamp } from "../../core/geometry.js";

export const PAINT_TOOLS = ["brush", "eraser", "outline", "box", "fill", "assistant"] as const;
export type PaintToolName = (typeof PAINT_TOOLS)[number];

export const SMALLEST_BRUSH = 1;
export const LARGEST_BRUSH = 1000;
export const MOST_TOLERANCE = 128;

export interface PaintSettings {
  readonly tool: PaintToolName;
  /** Of brush and eraser, in image pixels. */
  readonly diameter: number;
  /** How much the colours of a filled area may differ from that of its first pixel, of 255. */
  readonly tolerance: number;
  /** Pixels that belong to a region already are left to it. */
  readonly onlyEmpty: boolean;
  readonly outlines: boolean;
  /** The operator's model proposes masks, where there is one. */
  readonly useModel: boolean;
  /** The pressure of a pen sets the size of the brush. */
  readonly pressure: boolean;
}

export const FIRST_SETTINGS: PaintSettings = {
  tool: "brush", diameter: 24, tolerance: 24, onlyEmpty: false, outlines: true, useModel: true, pressure: false,
};

/** The next larger or smaller brush: by one pixel for small ones, by a sixth for large ones. */
export function steppedDiameter(diameter: number, step: 1 | -1): number {
  return clampDiameter(diameter + step * Math.max(1, Math.round(diameter / 6)));
}

/** A slightly larger or smaller tolerance. */
export function steppedTolerance(tolerance: number, step: 1 | -1): number {
  return clamp(tolerance + 2 * step, 0, MOST_TOLERANCE);
}

const LIGHTEST = 0.2;

/** The size of a brush under the pressure of a pen, above 0 to 1. Half of the pressure is the chosen size; a light touch a fifth of it. */
export function pressedDiameter(diameter: number, pressure: number): number {
  return clampDiameter(diameter * Math.max(LIGHTEST, 2 * pressure));
}

export function clampDiameter(diameter: number): number {
  return clamp(Math.round(diameter), SMALLEST_BRUSH, LARGEST_BRUSH);
}

/** Settings of an earlier task, as far as they can be read. */
export function readSettings(saved: unknown): PaintSettings {
  const { tool, diameter, tolerance, onlyEmpty, outlines, useModel, pressure } = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
  return {
    tool: PAINT_TOOLS.find((name) => name === tool) ?? FIRST_SETTINGS.tool,
    diameter: typeof diameter === "number" && Number.isFinite(diameter) ? clampDiameter(diameter) : FIRST_SETTINGS.diameter,
    tolerance: typeof tolerance === "number" && Number.isFinite(tolerance) ? clamp(Math.round(tolerance), 0, MOST_TOLERANCE) : FIRST_SETTINGS.tolerance,
    onlyEmpty: onlyEmpty === true,
    outlines: outlines !== false,
    useModel: useModel !== false,
    pressure: pressure === true,
  };
}
