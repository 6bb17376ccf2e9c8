/** Defines the crowd-* elements that the document uses, also those that scripts add later. */
import { ELEMENTS_ON_DEMAND } from "./elements_on_demand.js";
import { loadWithNotice } from "./missing_part.js";
import { UnavailableElement } from "./unavailable/component.js";

const loads = new Map<string, Promise<void>>();

export function defineAll(elements: Readonly<Record<string, CustomElementConstructor>>): void {
  for (const [tag, element] of Object.entries(elements)) define(tag, element);
}

/** Defines the elements in a root; resolves when all of them are defined. */
export async function defineUsed(root: ParentNode): Promise<void> {
  const tags = new Set([...root.querySelectorAll(":not(:defined)")].map((element) => element.localName));
  await Promise.all([...tags].map(defineUsedTag));
}

function defineUsedTag(tag: string): Promise<void> | void {
  if (tag in ELEMENTS_ON_DEMAND) return load(tag);
  if (!tag.startsWith("crowd-")) return;
  // It may have an output, and an answer without that output would be incomplete.
  define(tag, class extends UnavailableElement {});
}

function load(tag: string): Promise<void> {
  const running = loads.get(tag) ?? loadAndDefine(tag);
  loads.set(tag, running);
  return running;
}

async function loadAndDefine(tag: string): Promise<void> {
  const lazy = ELEMENTS_ON_DEMAND[tag];
  if (lazy === undefined) return;
  const [element] = await Promise.all([loadWithNotice(lazy.load), ...(lazy.needs ?? []).map(load)]);
  define(tag, element);
}

function define(tag: string, element: CustomElementConstructor): void {
  if (customElements.get(tag) === undefined) customElements.define(tag, element);
}
