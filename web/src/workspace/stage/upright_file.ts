/** The file of an image that browsers decode as it is stored. */
import { HEAD_BYTES, type ImageType, imageType, orientationSpans, withoutSpans } from "./orientation.js";

export interface UprightFile {
  readonly type: ImageType;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The file without what says how viewers turn the image. The browser often has it in its cache. Rejects for a format in
 * which that cannot be found.
 */
export async function uprightFile(src: string): Promise<UprightFile> {
  const file = new Uint8Array(await (await fetch(src)).arrayBuffer());
  const head = file.subarray(0, HEAD_BYTES);
  const [type, spans] = [imageType(head), orientationSpans(head)];
  if (type === null || spans === null) throw new Error("The format of the image is not known.");
  // In place: a copy of a large file would be a hundred megabytes.
  let length = 0;
  for (const [start, end] of withoutSpans(spans, file.length)) {
    file.copyWithin(length, start, end);
    length += end - start;
  }
  return { type, bytes: file.subarray(0, length) };
}

/** An image bitmap of the file, or of a part of it. */
export function bitmapOf({ type, bytes }: UprightFile, ...part: [] | [left: number, top: number, width: number, height: number]): Promise<ImageBitmap> {
  const blob = new Blob([bytes], { type });
  return part.length === 0 ? createImageBitmap(blob) : createImageBitmap(blob, ...part);
}
