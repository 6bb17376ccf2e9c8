/** Loads one image and decodes it as it is stored. */
import { bitmapOf, type UprightFile, uprightFile } from "./upright_file.js";

export type Decoded = { readonly bitmap: ImageBitmap } | { readonly problem: string };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<string>) => void;
  postMessage(answer: Decoded, transfer?: Transferable[]): void;
};

scope.onmessage = ({ data: src }) =>
  void uprightFile(src)
    .then(decode)
    .then(
      (bitmap) => scope.postMessage({ bitmap }, [bitmap]),
      (problem) => scope.postMessage({ problem: String(problem) }),
    );

/**
 * A blob of the file would be one more copy of it, in the browser's main process: 130 MB for a PNG of 100 megapixels. The
 * decoder needs none, but not all browsers have it, and none on pages of plain HTTP. From a JPEG it makes YUV, which takes more
 * memory to turn into a bitmap than the small file.
 */
async function decode(file: UprightFile): Promise<ImageBitmap> {
  if (file.type !== "image/png" || typeof ImageDecoder === "undefined") return bitmapOf(file);
  const decoder = new ImageDecoder({ type: file.type, data: file.bytes, transfer: [file.bytes.buffer], preferAnimation: false });
  const { image } = await decoder.decode();
  decoder.close();
  const bitmap = await createImageBitmap(image);
  image.close();
  return bitmap;
}
