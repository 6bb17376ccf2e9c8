/** Asks the operator's model for a mask, through the page around the frame: only the page may talk to the server. */
import { readProposedMask } from "../../formats/proposed_mask.js";
import type { AskModel } from "../../tools/masks/assistant.js";
import { listenToPage, type PageMessage, sendToPage } from "../frame_link.js";

/** A little longer than the page waits for the server. */
const NO_ANSWER_AFTER_MS = 25_000;

let lastNumber = 0;

export const askModel: AskModel = ({ box, outline, hints }) => {
  lastNumber += 1;
  const number = lastNumber;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      stop();
    };
    const stop = listenToPage((message: PageMessage) => {
      if (message.type !== "proposal" || message.number !== number) return;
      end();
      const found = readProposedMask(message.proposal);
      if (found === null) reject(new Error("the page has no proposal"));
      else resolve(found);
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error("no answer in time"));
    }, NO_ANSWER_AFTER_MS);
    sendToPage({
      type: "propose",
      number,
      pointing: {
        box: [box.left, box.top, box.left + box.width, box.top + box.height],
        outline: outline.map(({ x, y }) => [x, y]),
        hints: hints.map(({ at, isObject }) => [at.x, at.y, isObject ? 1 : 0]),
      },
    });
  });
};
