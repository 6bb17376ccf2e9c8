/** The `overlay` attribute: what the requester wants to be verified over an image. */
import type { BoxShape, PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { boundingBoxFormat } from "./bounding_box.js";
import { keypointFormat } from "./keypoint.js";
import { isColour, type LabelledColour } from "./labelled_colours.js";
import { lineFormat } from "./line.js";
import { isObject } from "./plain_object.js";
import { polygonFormat } from "./polygon.js";
import { polylineFormat } from "./polyline.js";
import { labelsFrom, type Parsed, parseRelaxedJson } from "./relaxed_json.js";
import type { ReadShapes } from "./shape_format.js";

export type PathName = "polygon" | "polyline" | "line" | "keypoint";

export interface VerifiedBoxes {
  readonly kind: "boundingBox";
  readonly labels: readonly string[];
  readonly shapes: readonly BoxShape[];
}

export interface VerifiedPaths {
  readonly kind: PathName;
  readonly labels: readonly string[];
  readonly shapes: readonly PathShape[];
}

/** A mask whose colours mean labels. */
export interface VerifiedMask {
  readonly kind: "mask";
  readonly src: string;
  readonly colours: readonly LabelledColour[];
}

export type Verified = VerifiedBoxes | VerifiedPaths | VerifiedMask;

const PATHS = { polygon: polygonFormat, polyline: polylineFormat, line: lineFormat, keypoint: keypointFormat } as const;
const PATH_NAMES = Object.keys(PATHS) as PathName[];

/**
 * The value of an `overlay` attribute.
 *
 * Decision: AWS documents boxes and masks. Polygons, polylines, lines and key points are read in the same manner: the name
 * of the element without `crowd-`, with `labels` and a `value` as in the element's `initial-value`.
 */
export function parseOverlay(text: string): Parsed<Verified> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const found = isObject(parsed.value) ? parsed.value : {};
  const { boundingBox, semanticSegmentation, instanceSegmentation } = found;
  if (isObject(boundingBox)) return shapesFrom(boundingBox, boundingBoxFormat.readShapes, (labels, shapes) => ({ kind: "boundingBox", labels, shapes }));
  if (isObject(semanticSegmentation)) return maskFrom(semanticSegmentation, mappedColours(semanticSegmentation["labelMappings"]));
  if (isObject(instanceSegmentation)) return maskFrom(instanceSegmentation, instanceColours(instanceSegmentation["instances"]));
  for (const name of PATH_NAMES) {
    const paths = found[name];
    if (isObject(paths)) return shapesFrom(paths, PATHS[name].readShapes, (labels, shapes) => ({ kind: name, labels, shapes }));
  }
  return { ok: false, problem: t("without boundingBox, semanticSegmentation, instanceSegmentation, {{names}}", { names: PATH_NAMES.join(", ") }) };
}

function shapesFrom<S>(
  { labels, value }: Record<string, unknown>,
  read: (value: unknown, labels: readonly string[]) => ReadShapes<S & { id: string; label: string }>,
  verified: (labels: readonly string[], shapes: readonly S[]) => Verified,
): Parsed<Verified> {
  const list = Array.isArray(value) ? value : null;
  if (list === null) return { ok: false, problem: t("without a list of shapes as its value") };
  const named = labelsFrom(labels);
  const used = list.map((entry) => (isObject(entry) ? entry["label"] : undefined)).filter((label) => typeof label === "string");
  const all = [...new Set([...(named.ok ? named.value : []), ...used])];
  const { shapes, failures } = read(list, all);
  const [failure] = failures;
  return failure === undefined ? { ok: true, value: verified(all, shapes) } : { ok: false, problem: t("not complete: {{problem}}", { problem: failure }) };
}

function maskFrom({ src }: Record<string, unknown>, colours: readonly LabelledColour[]): Parsed<Verified> {
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

function colourFrom(label: string, entry: unknown): LabelledColour[] {
  const colour = isObject(entry) ? entry["color"] : undefined;
  return isColour(colour) ? [{ label, colour }] : [];
}
