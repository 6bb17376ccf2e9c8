/**
 * Decodes a large image as it is stored, in a worker that ends with it.
 *
 * What decoding takes besides the pixels, such as the compressed file, is given back with the worker. In the page it would
 * stay until the browser next looks for garbage, which can take minutes.
 */
import type { Decoded } from "./decoding_worker.js";
import DecodingWorker from "./decoding_worker.js?worker&inline";

/** Rejects when the browser cannot load or decode the image, or only as viewers turn it. */
export async function decodeStored(src: string): Promise<ImageBitmap> {
  const worker = new DecodingWorker();
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Decoded>) => ("bitmap" in data ? resolve(data.bitmap) : reject(new Error(data.problem)));
      worker.onerror = ({ message }) => reject(new Error(message));
      // A worker has another base for relative addresses.
      worker.postMessage(new URL(src, document.baseURI).href);
    });
  } finally {
    worker.terminate();
  }
}
