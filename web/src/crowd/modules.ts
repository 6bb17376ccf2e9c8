/** Imports modules of the folder next to crowd-html-elements.js. The build writes the calls and their file names. */

declare global {
  /** What the script gives to its modules: the exports of its source files. */
  var TrigpointCrowd: { shared?: readonly object[] };
}

globalThis.TrigpointCrowd ??= {};

/** The address of the script. It is known only while the script runs. */
const base = (document.currentScript as HTMLScriptElement | null)?.src ?? scriptInDocument() ?? document.baseURI;

/** Imports all files at once, so that none waits for another, and returns the first. */
export async function importAll(files: readonly string[]): Promise<unknown> {
  const [first] = await Promise.all(files.map((file) => import(/* @vite-ignore */ new URL(file, base).href) as Promise<unknown>));
  return first;
}

function scriptInDocument(): string | undefined {
  return document.querySelector<HTMLScriptElement>('script[src*="crowd-html-elements"]')?.src;
}
