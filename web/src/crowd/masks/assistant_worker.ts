/** Runs OpenCV's GrabCut: it learns the colours of the object and of the background, and cuts where they differ most. */
import type { Rect } from "../../core/shapes.js";

export interface AssistantRequest {
  readonly number: number;
  readonly opencvUrl: string;
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel. */
  readonly data: Uint8ClampedArray;
  readonly box: Rect;
  /** 1 for pixels of the object, 2 for pixels that are not of it, 0 for all others. */
  readonly hints: Uint8Array;
}

export interface AssistantAnswer {
  readonly number: number;
  /** 1 for each pixel of the object; undefined when something went wrong. */
  readonly mask?: Uint8Array;
  readonly problem?: string;
}

/** The part of OpenCV that is used here. */
interface Mat {
  readonly data: Uint8Array;
  readonly data32S: Int32Array;
  delete(): void;
}

interface OpenCv {
  readonly Mat: { new (): Mat; new (rows: number, columns: number, type: number): Mat };
  readonly Rect: new (x: number, y: number, width: number, height: number) => object;
  readonly CV_8UC1: number;
  readonly CV_8UC4: number;
  readonly COLOR_RGBA2RGB: number;
  readonly GC_INIT_WITH_MASK: number;
  readonly CC_STAT_AREA: number;
  cvtColor(from: Mat, to: Mat, code: number): void;
  grabCut(image: Mat, mask: Mat, rect: object, background: Mat, foreground: Mat, rounds: number, mode: number): void;
  connectedComponentsWithStats(image: Mat, labels: Mat, stats: Mat, centroids: Mat): number;
}

/** GrabCut's marks of pixels. */
const BACKGROUND = 0;
const OBJECT = 1;
const PROBABLY_OBJECT = 3;
/** More make hardly a difference. */
const ROUNDS = 3;
/** Parts of the object that are smaller than this share of its largest part are specks. */
const SMALLEST_PART = 0.05;

const scope = self as unknown as {
  cv?: OpenCv & { then(ready: () => void): void };
  importScripts(url: string): void;
  postMessage(answer: AssistantAnswer, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<AssistantRequest>) => void;
};

let loading: Promise<OpenCv> | null = null;

scope.onmessage = ({ data: request }) => void answer(request);

async function answer(request: AssistantRequest): Promise<void> {
  const { number } = request;
  try {
    loading ??= load(request.opencvUrl);
    const mask = find(await loading, request);
    scope.postMessage({ number, mask }, [mask.buffer as ArrayBuffer]);
  } catch (problem) {
    loading = null;
    scope.postMessage({ number, problem: problem instanceof Error ? problem.message : String(problem) });
  }
}

/** OpenCV is ready when it calls back. It has a `then`, so a promise of it would be awaited again and again. */
async function load(url: string): Promise<OpenCv> {
  scope.importScripts(url);
  const { cv } = scope;
  if (cv === undefined) throw new Error(`${url} has no OpenCV`);
  await new Promise<void>((done) => cv.then(() => done()));
  const { Mat, Rect, CV_8UC1, CV_8UC4, COLOR_RGBA2RGB, GC_INIT_WITH_MASK, CC_STAT_AREA, cvtColor, grabCut, connectedComponentsWithStats } = cv;
  return { Mat, Rect, CV_8UC1, CV_8UC4, COLOR_RGBA2RGB, GC_INIT_WITH_MASK, CC_STAT_AREA, cvtColor, grabCut, connectedComponentsWithStats };
}

function find(cv: OpenCv, { width, height, data, box, hints }: AssistantRequest): Uint8Array {
  const mats = [new cv.Mat(height, width, cv.CV_8UC4), new cv.Mat(), new cv.Mat(height, width, cv.CV_8UC1), new cv.Mat(), new cv.Mat()] as const;
  const [rgba, rgb, mask, background, foreground] = mats;
  try {
    rgba.data.set(data);
    cv.cvtColor(rgba, rgb, cv.COLOR_RGBA2RGB);
    mask.data.set(marks(width, height, box, hints));
    cv.grabCut(rgb, mask, new cv.Rect(0, 0, 1, 1), background, foreground, ROUNDS, cv.GC_INIT_WITH_MASK);
    const found = mask.data.map((mark) => mark & 1); // OBJECT and PROBABLY_OBJECT
    return withoutSpecks(cv, found, width, height, hints);
  } finally {
    for (const mat of mats) mat.delete();
  }
}

function marks(width: number, height: number, box: Rect, hints: Uint8Array): Uint8Array {
  const marked = new Uint8Array(width * height).fill(BACKGROUND);
  for (let y = box.top; y < box.top + box.height; y += 1) {
    marked.fill(PROBABLY_OBJECT, y * width + box.left, y * width + box.left + box.width);
  }
  hints.forEach((hint, at) => {
    if (hint !== 0) marked[at] = hint === 1 ? OBJECT : BACKGROUND;
  });
  return marked;
}

/** The largest part, others of some size, and those that the worker has pointed at. */
function withoutSpecks(cv: OpenCv, found: Uint8Array, width: number, height: number, hints: Uint8Array): Uint8Array {
  const mats = [new cv.Mat(height, width, cv.CV_8UC1), new cv.Mat(), new cv.Mat(), new cv.Mat()] as const;
  const [image, labels, stats, centroids] = mats;
  try {
    image.data.set(found);
    const count = cv.connectedComponentsWithStats(image, labels, stats, centroids);
    const parts = labels.data32S;
    const columns = stats.data32S.length / count;
    const areas = Array.from({ length: count }, (_, part) => (part === 0 ? 0 : (stats.data32S[part * columns + cv.CC_STAT_AREA] as number)));
    const smallest = Math.max(...areas) * SMALLEST_PART;
    const kept = areas.map((area, part) => part > 0 && area >= smallest);
    hints.forEach((hint, at) => {
      if (hint === 1) kept[parts[at] as number] ||= parts[at] !== 0;
    });
    return found.map((_, at) => Number(kept[parts[at] as number]));
  } finally {
    for (const mat of mats) mat.delete();
  }
}
