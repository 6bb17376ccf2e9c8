/** Key-value pairs of a form, as Amazon Textract writes them: blocks of keys, values and words that refer to each other. */
import { isObject } from "./plain_object.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";
import type { Rect } from "../core/shapes.js";
import { t } from "../language/index.js";

type Block = Readonly<Record<string, unknown>>;

export interface Pair {
  /** The id of its key block; of a pair that the worker adds, a new one. */
  readonly id: string;
  readonly key: string;
  readonly value: string;
  /** In shares of the image; null without a place. */
  readonly keyPlace: Rect | null;
  readonly valuePlace: Rect | null;
  /** A key that should be in the document, and that was not found. */
  readonly isMissing: boolean;
}

/** The worker's judgement of a pair. */
export interface Review {
  readonly key: string;
  readonly value: string;
  /** `yes`: it belongs to the answer; `no`: it is no pair, or the document does not have its key. */
  readonly verdict: "yes" | "no" | null;
  readonly isBlank: boolean;
}

export interface WantedKey {
  readonly name: string;
  readonly aliases: readonly string[];
}

const MOST_PAIRS = 1000;

export function parseBlocks(text: string): Parsed<readonly Block[]> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value) || !parsed.value.every(isObject)) return { ok: false, problem: t("not a list of blocks") };
  return { ok: true, value: parsed.value };
}

/** The value of a `keys` attribute: texts, or objects with importantFormKey and importantFormKeyAliases. */
export function parseWantedKeys(text: string): Parsed<readonly WantedKey[]> {
  const parsed = text.trim() === "" ? ({ ok: true, value: [] } as const) : parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return { ok: false, problem: t("not a list of keys") };
  const keys = parsed.value.map((entry: unknown) => (isObject(entry) ? entry : { importantFormKey: entry }));
  const wanted = keys.map((entry) => ({ name: textOf(entry["importantFormKey"]), aliases: textsOf(entry["importantFormKeyAliases"]) }));
  return { ok: true, value: wanted.filter(({ name }) => name !== "").slice(0, MOST_PAIRS) };
}

/** The pairs in the order of the blocks, then one for each wanted key that is not among them. */
export function pairsOf(blocks: readonly Block[], wanted: readonly WantedKey[]): Pair[] {
  const byId = new Map(blocks.map((block) => [textOf(block["id"]), block]));
  const found = blocks.filter((block) => isEntity(block, "KEY")).slice(0, MOST_PAIRS).map((block) => pairOf(block, byId));
  const names = new Set(found.map(({ key }) => comparable(key)));
  const missing = wanted.filter(({ name, aliases }) => ![name, ...aliases].some((each) => names.has(comparable(each))));
  return [...found, ...missing.map(({ name }, index) => missingPair(name, index))];
}

/** How a pair is judged at first. One that was found counts until the worker objects; a missing one is open. */
export function firstReview({ key, value, isMissing }: Pair): Review {
  return { key, value, verdict: isMissing ? null : "yes", isBlank: false };
}

/** The blocks of the pairs that the worker accepted: those of the model with the worker's texts, and new ones. */
export function reviewedBlocks(blocks: readonly Block[], pairs: readonly Pair[], reviews: readonly Review[]): Block[] {
  const byId = new Map(blocks.map((block) => [textOf(block["id"]), block]));
  return pairs.flatMap((pair, index) => {
    const review = reviews[index];
    if (review === undefined || review.verdict !== "yes") return [];
    const value = review.isBlank ? "" : review.value;
    const key = byId.get(pair.id);
    if (key === undefined) return newBlocks(pair.id, review.key, value);
    const values = related(key, "VALUE").map((id) => byId.get(id)).filter((block) => block !== undefined);
    // The first block has the whole text. Blocks after it belong to the same value.
    return [{ ...key, text: review.key }, ...values.map((block, at) => ({ ...block, text: at === 0 ? value : "" }))];
  });
}

function pairOf(key: Block, byId: ReadonlyMap<string, Block>): Pair {
  const values = related(key, "VALUE").map((id) => byId.get(id)).filter((block) => block !== undefined);
  return {
    id: textOf(key["id"]),
    key: wordsOf(key, byId),
    value: values.map((block) => wordsOf(block, byId)).filter((words) => words !== "").join(" "),
    keyPlace: placeOf(key),
    valuePlace: values[0] === undefined ? null : placeOf(values[0]),
    isMissing: false,
  };
}

function missingPair(name: string, index: number): Pair {
  return { id: `missing-${index + 1}`, key: name, value: "", keyPlace: null, valuePlace: null, isMissing: true };
}

function newBlocks(id: string, key: string, value: string): Block[] {
  const valueId = `${id}-value`;
  const block = { blockType: "KEY_VALUE_SET" };
  return [
    { ...block, id, entityTypes: ["KEY"], relationships: [{ type: "VALUE", ids: [valueId] }], text: key },
    { ...block, id: valueId, entityTypes: ["VALUE"], relationships: [], text: value },
  ];
}

/** Its own text, or that of its words. A box to tick has the words SELECTED and NOT_SELECTED. */
function wordsOf(block: Block, byId: ReadonlyMap<string, Block>): string {
  const own = textOf(block["text"]);
  if (own !== "") return own;
  const words = related(block, "CHILD").map((id) => byId.get(id));
  return words.map((word) => textOf(word?.["text"]) || textOf(word?.["selectionStatus"])).filter((word) => word !== "").join(" ");
}

function placeOf(block: Block): Rect | null {
  const { geometry } = block;
  const box = isObject(geometry) ? geometry["boundingBox"] : null;
  if (!isObject(box)) return null;
  const { left, top, width, height } = box;
  const isComplete = [left, top, width, height].every((side) => typeof side === "number" && Number.isFinite(side));
  return isComplete ? ({ left, top, width, height } as Rect) : null;
}

function isEntity(block: Block, kind: string): boolean {
  return block["blockType"] === "KEY_VALUE_SET" && textsOf(block["entityTypes"]).includes(kind);
}

function related(block: Block, kind: string): string[] {
  const { relationships } = block;
  if (!Array.isArray(relationships)) return [];
  return relationships.filter((each) => isObject(each) && each["type"] === kind).flatMap((each) => textsOf((each as Block)["ids"]));
}

/** Without case, and without the colon at the end of many keys. */
function comparable(key: string): string {
  return key.trim().replace(/\s*:$/, "").toLowerCase();
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
