/** The reason why an image could not be loaded, in words for the worker. */

/** Loads the image again without the right to read its pixels, to distinguish a missing image from a missing CORS header. */
export async function reasonOfFailure(src: string): Promise<string> {
  const probe = new Image();
  return new Promise((resolve) => {
    probe.onload = () => resolve("Its server does not allow labeling pages to read it (no CORS header).");
    probe.onerror = () => resolve("It is missing, damaged, or in a format that browsers cannot show.");
    probe.src = src;
  });
}
