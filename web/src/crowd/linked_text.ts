/** Reads a text from its address, and never more of it than allowed. */

/** Why there is no text. `mayWork`: the same request may succeed later. */
export class TextUnavailable extends Error {
  constructor(
    message: string,
    readonly mayWork: boolean,
  ) {
    super(message);
  }
}

/** The UTF-8 text at the address. Throws TextUnavailable when it cannot be read, is larger or takes longer. */
export async function readLinkedText(link: string, mostBytes: number, limitMs: number): Promise<string> {
  const stopping = new AbortController();
  const timer = setTimeout(() => stopping.abort(), limitMs);
  try {
    const response = await fetch(link, { signal: stopping.signal, credentials: "omit" });
    if (!response.ok) throw new TextUnavailable(`status ${response.status}`, response.status >= 500 || response.status === 429);
    return await bodyOf(response, mostBytes);
  } catch (failure) {
    if (failure instanceof TextUnavailable) throw failure;
    throw new TextUnavailable(failure instanceof Error ? failure.message : String(failure), true);
  } finally {
    clearTimeout(timer);
    stopping.abort(); // of a body that is too large, the rest is not wanted
  }
}

/** Counts what arrives: the length in the header may be missing, or that of the compressed bytes. */
async function bodyOf(response: Response, mostBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length;
    if (bytes > mostBytes) throw new TextUnavailable(`it is larger than ${mostBytes} bytes`, false);
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}
