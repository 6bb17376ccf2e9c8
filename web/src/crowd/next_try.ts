const AGAIN_MS = 5000;

/** Resolves some seconds later, or as soon as the browser has a network again. */
export function nextTry(): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, AGAIN_MS);
    window.addEventListener("online", go);
  });
}
