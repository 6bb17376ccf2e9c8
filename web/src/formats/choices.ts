/** The choice of classes: the exclusion category, what is shown over a verified image, and the saved state. */
import type { Rect } from "../core/shapes.js";
import { t } from "../language/index.js";
import { isObject } from "./plain_object.js";
import { labelsFrom, type Parsed, parseRelaxedJson } from "./relaxed_json.js";

export interface LabelledRect extends Rect {
  readonly label: string;
}

export interface LabelledColour {
  readonly label: string;
  readonly colour: string;
}

/** What the requester wants to be verified: boxes, or a mask whose colours mean labels. */
export type Overlay =
  | { readonly kind: "boxes"; readonly labels: readonly string[]; readonly boxes: readonly LabelledRect[] }
  | { readonly kind: "mask"; readonly src: string; readonly colours: readonly LabelledColour[] };

export interface Choice {
  readonly chosen: readonly string[];
  /** The worker said that none of the labels fits. */
  readonly none: boolean;
  readonly comment: string;
}

export const NO_CHOICE: Choice = { chosen: [], none: false, comment: "" };

/** The text of an exclusion category, `{ text: 'None of these' }`, or the text alone. */
export function parseExclusion(text: string): Parsed<string> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const found = isObject(parsed.value) ? parsed.value["text"] : parsed.value;
  return typeof found === "string" && found.trim() !== "" ? { ok: true, value: found } : { ok: false, problem: t("without a text") };
}

/** The labels that are left of a choice after the list of labels has changed. */
export function choiceAmong(choice: Choice, labels: readonly string[]): Choice {
  const chosen = choice.chosen.filter((label) => labels.includes(label));
  return chosen.length === choice.chosen.length ? choice : { ...choice, chosen };
}

/** A saved state. Anything else is no choice. */
export function readChoice(saved: unknown): Choice {
  if (!isObject(saved)) return NO_CHOICE;
  const { chosen, none, comment } = saved;
  const labels = Array.isArray(chosen) ? chosen.filter((label): label is string => typeof label === "string") : [];
  return { chosen: labels, none: none === true, comment: typeof comment === "string" ? comment : "" };
}

/** The value of an `overlay` attribute. */
export function parseOverlay(text: string): Parsed<Overlay> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const found = isObject(parsed.value) ? parsed.value : {};
  const { boundingBox, semanticSegmentation, instanceSegmentation } = found;
  if (isObject(boundingBox)) return boxesFrom(boundingBox);
  if (isObject(semanticSegmentation)) return maskFrom(semanticSegmentation, mappedColours(semanticSegmentation["labelMappings"]));
  if (isObject(instanceSegmentation)) return maskFrom(instanceSegmentation, instanceColours(instanceSegmentation["instances"]));
  return { ok: false, problem: t("without boundingBox, semanticSegmentation or instanceSegmentation") };
}

function boxesFrom({ labels, value }: Record<string, unknown>): Parsed<Overlay> {
  if (!Array.isArray(value)) return { ok: false, problem: t("without a list of boxes") };
  const boxes: LabelledRect[] = [];
  for (const [index, entry] of value.entries()) {
    const box = boxFrom(entry);
    if (box === null) return { ok: false, problem: t("not complete: box {{number}} needs label, left, top, width and height", { number: index + 1 }) };
    boxes.push(box);
  }
  const named = labelsFrom(labels);
  const all = new Set([...(named.ok ? named.value : []), ...boxes.map((box) => box.label)]);
  return { ok: true, value: { kind: "boxes", labels: [...all], boxes } };
}

function boxFrom(entry: unknown): LabelledRect | null {
  if (!isObject(entry) || typeof entry["label"] !== "string") return null;
  const [left, top, width, height] = ["left", "top", "width", "height"].map((side) => entry[side]);
  if (![left, top, width, height].every((side) => typeof side === "number" && Number.isFinite(side))) return null;
  return { label: entry["label"], left, top, width, height } as LabelledRect;
}

function maskFrom({ src }: Record<string, unknown>, colours: readonly LabelledColour[]): Parsed<Overlay> {
  if (typeof src !== "string" || src === "") return { ok: false, problem: t("without the src of the mask") };
  return { ok: true, value: { kind: "mask", src, colours } };
}

function mappedColours(mappings: unknown): LabelledColour[] {
  if (!isObject(mappings)) return [];
  return Object.entries(mappings).flatMap(([label, entry]) => colourFrom(label, entry));
}

/** Instances of one label have different colours; each is listed. */
function instanceColours(instances: unknown): LabelledColour[] {
  if (!Array.isArray(instances)) return [];
  return instances.flatMap((entry) => (isObject(entry) && typeof entry["label"] === "string" ? colourFrom(entry["label"], entry) : []));
}

/** Only hexadecimal colours: the text becomes part of a style. */
function colourFrom(label: string, entry: unknown): LabelledColour[] {
  const colour = isObject(entry) ? entry["color"] : undefined;
  return typeof colour === "string" && /^#[0-9a-f]{6}$/i.test(colour) ? [{ label, colour }] : [];
}
