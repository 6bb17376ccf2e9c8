/**
 * crowd-html-elements.js, the classic script that templates load: it loads the elements as modules.
 *
 * While the document is parsed, it writes a module script into it. Such a script runs before DOMContentLoaded, so that
 * the template's handlers of that event find the form. Loaded later, it imports the module.
 */

/** The files of the entry, relative to this script: itself first, then what it imports. The build sets them. */
declare const MODULES_OF_THE_ENTRY: readonly string[];

function load(): void {
  const script = document.currentScript as HTMLScriptElement | null;
  const base = script?.src ?? document.querySelector<HTMLScriptElement>('script[src*="crowd-html-elements"]')?.src ?? document.baseURI;
  const [entry, ...imported] = MODULES_OF_THE_ENTRY.map((file) => new URL(file, base).href);
  if (entry === undefined) return;
  const isParsed = document.readyState !== "loading" || script === null || script.async || script.defer;
  if (isParsed) {
    void import(/* @vite-ignore */ entry);
    return;
  }
  const links = imported.map((file) => `<link rel="modulepreload" crossorigin href="${file}">`);
  document.write(`${links.join("")}<script type="module" crossorigin src="${entry}"></script>`);
}

load();
