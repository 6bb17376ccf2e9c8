/**
 * Finds objects with OpenCV, in a worker of its own that is started when it is first needed.
 *
 * OpenCV is 10 MB, so only workers who use the assistant load it. Nothing about the image leaves the browser.
 */
import opencvUrl from "@techstark/opencv-js/dist/opencv.js?url";
import { t } from "../../language/index.js";
import type { FindObject } from "../../tools/masks/assistant.js";
import type { AssistantAnswer, AssistantRequest } from "./assistant_worker.js";
import AssistantWorker from "./assistant_worker.js?worker&inline";

/** Loading OpenCV over a slow line may take long; the search itself takes less than a second. */
const NO_ANSWER_AFTER_MS = 60_000;

let worker: Worker | null = null;
let lastNumber = 0;

export const findObject: FindObject = ({ pixels, box, hints }) => {
  worker ??= new AssistantWorker();
  const running = worker;
  lastNumber += 1;
  const number = lastNumber;
  const request: AssistantRequest = { number, opencvUrl, width: pixels.size.width, height: pixels.size.height, data: pixels.data, box, hints };
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      running.removeEventListener("message", receive);
      running.removeEventListener("error", fail);
    };
    const receive = ({ data }: MessageEvent<AssistantAnswer>): void => {
      if (data.number !== number) return;
      end();
      if (data.mask === undefined) reject(new Error(data.problem));
      else resolve(data.mask);
    };
    const fail = (event: ErrorEvent): void => {
      end();
      worker = null;
      running.terminate();
      reject(new Error(event.message || t("The assistant could not be loaded.")));
    };
    const timer = setTimeout(() => fail(new ErrorEvent("error", { message: "no answer in time" })), NO_ANSWER_AFTER_MS);
    running.addEventListener("message", receive);
    running.addEventListener("error", fail);
    running.postMessage(request);
  });
};
