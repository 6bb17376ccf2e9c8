import { afterEach, expect, test, vi } from "vitest";
import { readLinkedText, type TextUnavailable } from "./linked_text.js";

const MOST = 10_000;

/** The next answer: a real one, with a body that arrives in parts and says nothing of its length. */
function answerWith(status: number, parts: readonly string[], end: "closes" | "breaks" | "hangs" = "closes"): void {
  let place = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts[place++];
      if (part !== undefined) controller.enqueue(Uint8Array.from(part, (character) => character.charCodeAt(0)));
      else if (end === "closes") controller.close();
      else if (end === "breaks") controller.error(new TypeError("the connection was closed"));
    },
  });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status })));
}

const failure = (address = "https://host/text"): Promise<TextUnavailable> =>
  readLinkedText(address, MOST, 200).then(() => Promise.reject(new Error("it was read")), (problem: TextUnavailable) => problem);

afterEach(() => vi.unstubAllGlobals());

test("a text is read in whole characters, and as large as allowed", async () => {
  expect(await readLinkedText("data:text/plain,Zo%C3%AB", MOST, 1000)).toBe("Zoë");
  answerWith(200, ["Zo\xc3", "\xab reads"]);
  expect(await readLinkedText("https://host/text", MOST, 1000)).toBe("Zoë reads");
  answerWith(200, ["x".repeat(MOST / 2), "x".repeat(MOST / 2)]);
  expect((await readLinkedText("https://host/text", MOST, 1000)).length).toBe(MOST);
});

test("no more is read than allowed, although no header says how much there is", async () => {
  answerWith(200, ["x".repeat(MOST), "x"], "hangs");
  expect(await failure()).toMatchObject({ message: "it is larger than 10000 bytes", mayWork: false });
});

test.each([[403, false], [404, false], [429, true], [503, true]])("after status %i it may work later: %s", async (status, mayWork) => {
  answerWith(status, []);
  expect(await failure()).toMatchObject({ message: `status ${status}`, mayWork });
});

test("a connection that breaks, or a server that is away, may work later", async () => {
  answerWith(200, ["x"], "breaks");
  expect((await failure()).mayWork).toBe(true);
  vi.unstubAllGlobals();
  expect((await failure("http://127.0.0.1:1/text")).mayWork).toBe(true);
});
