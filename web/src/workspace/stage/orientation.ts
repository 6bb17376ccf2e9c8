/**
 * Finds the part of an image file that says how viewers turn the image. No DOM.
 *
 * Browsers turn each image that they decode for a canvas, and no option prevents it. Without this part they do not.
 */

/** Where a part of a file begins and ends, in bytes. */
export type Span = readonly [start: number, end: number];

/** The beginning of a file that is looked at, in bytes. */
export const HEAD_BYTES = 1_048_576;

/**
 * The parts to leave out of a JPEG or PNG, given its first bytes. Null for other formats, and where the pixels do not
 * begin within these bytes.
 */
export function orientationSpans(head: Uint8Array): readonly Span[] | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const type = imageType(head);
  return type === "image/jpeg" ? jpegSpans(head, view) : type === "image/png" ? pngSpans(head, view) : null;
}

/** The formats in which the part can be found. */
export type ImageType = "image/jpeg" | "image/png";

/** Whatever the server says: many files have no type there, or a wrong one. Null for other formats. */
export function imageType(head: Uint8Array): ImageType | null {
  if (startsWith(head, 0, [0xff, 0xd8])) return "image/jpeg";
  return startsWith(head, 0, [0x89, 0x50, 0x4e, 0x47]) ? "image/png" : null;
}

/** A JPEG is a row of segments; EXIF data is in an APP1 segment before the pixels. */
function jpegSpans(head: Uint8Array, view: DataView): readonly Span[] | null {
  const found: Span[] = [];
  let at = 2;
  while (at + 4 <= head.length && head[at] === 0xff) {
    const marker = head[at + 1];
    if (marker === 0xda) return found;
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1 && startsWith(head, at + 4, [...ascii("Exif"), 0])) found.push([at, end]);
    at = end;
  }
  return null;
}

/** A PNG is a row of chunks: length, type, data, checksum. */
function pngSpans(head: Uint8Array, view: DataView): readonly Span[] | null {
  const found: Span[] = [];
  let at = 8;
  while (at + 8 <= head.length) {
    const end = at + 12 + view.getUint32(at);
    if (startsWith(head, at + 4, ascii("IDAT"))) return found;
    if (startsWith(head, at + 4, ascii("eXIf"))) found.push([at, end]);
    at = end;
  }
  return null;
}

/** The parts of a file of this size that are left. */
export function withoutSpans(spans: readonly Span[], size: number): Span[] {
  const starts = [0, ...spans.map(([, end]) => end)];
  const ends = [...spans.map(([start]) => start), size];
  return starts.map((start, index): Span => [start, ends[index] ?? size]);
}

function startsWith(bytes: Uint8Array, at: number, expected: readonly number[]): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte);
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
