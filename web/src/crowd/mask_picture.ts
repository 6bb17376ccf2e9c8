/** A mask as a picture to lay over an image: its background is transparent, its colours are half transparent. */

const OPACITY = 150;
/** Rows that are changed at a time, which bounds the memory of a large mask. */
const ROWS = 256;

export class MaskPicture {
  private constructor(
    private readonly source: HTMLImageElement,
    readonly canvas: HTMLCanvasElement,
  ) {}

  /** Rejects when the mask cannot be loaded. Its server must allow cross-origin reading, as that of the image. */
  static async load(src: string): Promise<MaskPicture> {
    const image = new Image();
    image.crossOrigin = "anonymous";
    image.src = src;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const mask = new MaskPicture(image, canvas);
    mask.hide(new Set());
    return mask;
  }

  /** Shows all colours but these, which are written as `#rrggbb`. */
  hide(colours: ReadonlySet<string>): void {
    const { canvas, source } = this;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("the mask is too large for a canvas");
    const hidden = new Set([...colours].map((colour) => Number.parseInt(colour.slice(1), 16)));
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(source, 0, 0);
    for (let top = 0; top < canvas.height; top += ROWS) makeTransparent(context, top, Math.min(ROWS, canvas.height - top), hidden);
  }
}

/** White is the background of masks that Ground Truth writes. */
function makeTransparent(context: CanvasRenderingContext2D, top: number, rows: number, hidden: ReadonlySet<number>): void {
  const strip = context.getImageData(0, top, context.canvas.width, rows);
  const { data } = strip;
  const WHITE = 0xffffff;
  for (let at = 0; at < data.length; at += 4) {
    const colour = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    data[at + 3] = data[at + 3] === 0 || colour === WHITE || hidden.has(colour) ? 0 : OPACITY;
  }
  context.putImageData(strip, 0, top);
}
