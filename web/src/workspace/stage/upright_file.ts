/** The file of an image that browsers decode as it is stored. */
import { HEAD_BYTES, orientationSpans, withoutSpans } from "./orientation.js";

/**
 * The file without what says how viewers turn the image. The browser has it in its cache, because it has shown the image.
 * Rejects for a format in which that cannot be found.
 */
export async function uprightFile(src: string): Promise<Blob> {
  const file = await (await fetch(src)).blob();
  const spans = orientationSpans(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (spans === null) throw new Error("The format of the image is not known.");
  return new Blob(withoutSpans(spans, file.size).map(([start, end]) => file.slice(start, end)), { type: file.type });
}
