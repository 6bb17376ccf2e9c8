/** The pointer's cursor on an image that is turned. No DOM. */

/** The cursors of the eight directions, of which opposite ones are alike, in steps of 45 degrees clockwise. */
const RESIZE = ["ns-resize", "nesw-resize", "ew-resize", "nwse-resize"] as const;

/** The cursor with its arrows turned as the image is. */
export function turnedCursor(cursor: string, rotation: number): string {
  const at = (RESIZE as readonly string[]).indexOf(cursor);
  return at === -1 ? cursor : (RESIZE[(at + Math.round(rotation / 45)) % RESIZE.length] ?? cursor);
}
