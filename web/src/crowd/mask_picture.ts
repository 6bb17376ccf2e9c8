/** A mask as a picture to lay over an image: its background is transparent, its colours are half transparent. */

const OPACITY = 150;
/** Rows that are changed at a time, which bounds the memory of a large mask. */
const ROWS = 256;

/** Rejects when the mask cannot be loaded. Its server must allow cross-origin reading, as that of the image. */
export async function loadMask(src: string): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = src;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("the mask is too large for a canvas");
  context.drawImage(image, 0, 0);
  for (let top = 0; top < canvas.height; top += ROWS) makeTransparent(context, top, Math.min(ROWS, canvas.height - top));
  return canvas;
}

/** White is the background of masks that Ground Truth writes. */
function makeTransparent(context: CanvasRenderingContext2D, top: number, rows: number): void {
  const strip = context.getImageData(0, top, context.canvas.width, rows);
  const { data } = strip;
  for (let at = 0; at < data.length; at += 4) {
    const isBackground = data[at + 3] === 0 || (data[at] === 255 && data[at + 1] === 255 && data[at + 2] === 255);
    data[at + 3] = isBackground ? 0 : OPACITY;
  }
  context.putImageData(strip, 0, top);
}
