/** Gives a size to an SVG file that has only a viewBox: such a drawing fits any place, but shapes need pixels. */
import type { Size } from "../../core/geometry.js";

/** Larger drawings are not read. */
const MOST_BYTES = 50_000_000;

/**
 * The address of a copy whose size is that of the viewBox, in pixels; null when the file is no SVG, or has no viewBox. It
 * is to be revoked.
 *
 * Decision: one unit of the viewBox is one pixel, as in the editors that write such files.
 */
export async function sizedSvg(src: string): Promise<string | null> {
  const file = await (await fetch(src)).blob();
  if (file.size > MOST_BYTES) return null;
  const { documentElement: root } = new DOMParser().parseFromString(await file.text(), "image/svg+xml");
  const size = viewBoxSize(root.getAttribute("viewBox") ?? "");
  if (root.localName !== "svg" || size === null) return null;
  root.setAttribute("width", String(size.width));
  root.setAttribute("height", String(size.height));
  return URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(root)], { type: "image/svg+xml" }));
}

/** In whole pixels, at least one; null where the value is none. */
export function viewBoxSize(viewBox: string): Size | null {
  const numbers = viewBox.trim().split(/[\s,]+/).map(Number);
  const [, , width = Number.NaN, height = Number.NaN] = numbers;
  const isValid = numbers.length === 4 && numbers.every(Number.isFinite) && width > 0 && height > 0;
  return isValid ? { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) } : null;
}
