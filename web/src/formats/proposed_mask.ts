/** A mask that a model has proposed, as it comes from the server: a part of the image, and lengths of runs of pixels. */
import type { Part } from "../core/raster/grid.js";

export interface ProposedMask {
  readonly mask: Uint8Array;
  readonly part: Part;
}

/** The server sends at most this many pixels; the image has at least the pixels of the part. */
const LONGEST_SIDE = 1024;

/** Null when it is not such a mask. The runs are in reading order, the first one outside of the object. */
export function readProposedMask(proposal: unknown): ProposedMask | null {
  const { rect, size, runs } = (typeof proposal === "object" && proposal !== null ? proposal : {}) as Record<string, unknown>;
  const { left, top, width, height } = wholeNumbers(rect, ["left", "top", "width", "height"]);
  const sent = wholeNumbers(size, ["width", "height"]);
  if (left === undefined || top === undefined || !width || !height || !sent["width"] || !sent["height"]) return null;
  if (sent["width"] > LONGEST_SIDE || sent["height"] > LONGEST_SIDE || !Array.isArray(runs)) return null;
  const mask = new Uint8Array(sent["width"] * sent["height"]);
  let place = 0;
  for (const [number, length] of runs.entries()) {
    if (!isCount(length) || place + length > mask.length) return null;
    if (number % 2 === 1) mask.fill(1, place, place + length);
    place += length;
  }
  if (place !== mask.length) return null;
  return { mask, part: { rect: { left, top, width, height }, size: { width: sent["width"], height: sent["height"] } } };
}

function wholeNumbers(value: unknown, names: readonly string[]): Record<string, number | undefined> {
  const found = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, isCount(found[name]) ? found[name] : undefined]));
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
