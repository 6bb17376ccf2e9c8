/** The reason why an image could not be loaded, in words for the worker. */
import { t } from "../../language/index.js";

/** Loads the image again without the right to read its pixels, to distinguish a missing image from a missing CORS header. */
export async function reasonOfFailure(src: string): Promise<string> {
  if (!navigator.onLine) return t("Your device is offline.");
  const probe = new Image();
  return new Promise((resolve) => {
    probe.onload = () => resolve(t("Its server does not allow labeling pages to read it (no CORS header)."));
    probe.onerror = () => resolve(t("It is missing, damaged, or in a format that browsers cannot show."));
    probe.src = src;
  });
}
