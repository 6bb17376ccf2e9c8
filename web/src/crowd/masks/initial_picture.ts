/** Loads the picture of a mask, and sorts its pixels into regions. */
import type { Size } from "../../core/geometry.js";
import { type InitialMask, MaskReader } from "../../formats/initial_mask.js";
import { canvasContext } from "../../workspace/stage/painting.js";

/** Rows that are read at a time, which bounds the memory of a large mask. */
const ROWS = 256;

/** Rejects with a sentence when the picture cannot be loaded, or is not of the image's size. */
export async function readInitialPicture({ src, colours }: InitialMask, size: Size): Promise<MaskReader> {
  const picture = await loadPicture(src);
  const { width, height } = picture;
  if (width !== size.width || height !== size.height) {
    picture.close();
    throw new Error(`the mask has ${width} x ${height} pixels, the image ${size.width} x ${size.height}`);
  }
  const reader = new MaskReader(size, colours);
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = Math.min(ROWS, size.height);
  const context = canvasContext(canvas);
  for (let top = 0; top < size.height; top += ROWS) {
    const rows = Math.min(ROWS, size.height - top);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, top, size.width, rows, 0, 0, size.width, rows);
    reader.readRows(context.getImageData(0, 0, size.width, rows).data, top);
    // The page reacts between two strips.
    await new Promise((done) => setTimeout(done));
  }
  picture.close();
  return reader;
}

/** Its colours must be those of the file: no colour profile changes them. */
async function loadPicture(src: string): Promise<ImageBitmap> {
  const response = await fetch(src, { mode: "cors", credentials: "omit" }).catch(() => null);
  if (response === null || !response.ok) throw new Error(`the mask cannot be loaded (${response === null ? "no answer that may be read" : response.status})`);
  try {
    return await createImageBitmap(await response.blob(), { imageOrientation: "none", colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Error("the mask is not a picture");
  }
}
