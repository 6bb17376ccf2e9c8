/** The frame in which the task's template runs, and the messages between it and the page. */
import { t } from "../language/index.js";
import type { Json } from "./api.js";
import { Traffic } from "./traffic.js";

export interface FrameEvents {
  ready(frame: TaskFrame): void;
  /** It cannot load all of the task at the moment, and shows a notice instead. */
  incomplete(): void;
  /** Its document, or the script with the elements, could not be loaded. */
  failed(): void;
  /** It asks the operator's model for a mask. Resolves with null when there is none. */
  propose?(pointing: Json): Promise<Json>;
  submit(answer: Json): void;
  /** `text`: the state as JSON. */
  state(state: Json, text: string): void;
  /** The worker chose something that a field keeps for the next tasks of the job. */
  preferences(field: string, chosen: Json): void;
  /** It sent more than the page can take, and was closed. */
  flooded(): void;
}

const SOURCE = "trigpoint";
/** The server sends the same rules with the frame, for a browser that opens it outside of this page. */
const SANDBOX =
  "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads";
const STATE_ANSWER_MS = 1000;
/** A template without crowd elements never reports that it is ready. It is shown this long after it has loaded. */
const SILENT_TEMPLATE_MS = 1500;
/** A document that has not begun to arrive is given up. */
const NO_DOCUMENT_MS = 30_000;

export class TaskFrame {
  readonly element: HTMLIFrameElement;
  private readonly hasOwnOrigin: boolean;
  private readonly origin: string;
  private ready = false;
  /** It has crowd elements, which report when they are ready. Before that a draft would find no fields. */
  private reports = false;
  /** Its document has reported itself: a browser's own page of an error does not. */
  private arrived = false;
  private hasFailed = false;
  private isHidden = false;
  private isProposing = false;
  private readonly patience: number;
  private waiting: ((state: Json) => void)[] = [];
  private lastState: Json = null;
  private readonly traffic = new Traffic();
  private readonly onMessage = (event: MessageEvent): void => this.take(event);

  /** Creates a new element for each task: a new source for an old one would add an entry to the browser's history. */
  constructor(
    url: string,
    title: string,
    private readonly events: FrameEvents,
  ) {
    this.element = document.createElement("iframe");
    // On a host of its own (TRIGPOINT_FRAME_URL) the browser already keeps it apart, and no sandbox blocks its players.
    const { origin } = new URL(url, window.location.href);
    this.hasOwnOrigin = origin !== window.location.origin;
    this.origin = this.hasOwnOrigin ? origin : "null";
    if (!this.hasOwnOrigin) this.element.setAttribute("sandbox", SANDBOX);
    this.element.title = title;
    this.element.src = url;
    this.element.addEventListener("load", () => window.setTimeout(() => this.acceptSilence(), SILENT_TEMPLATE_MS));
    this.patience = window.setTimeout(() => this.needDocument(), NO_DOCUMENT_MS);
    window.addEventListener("message", this.onMessage);
  }

  /** It can be shown. */
  get isReady(): boolean {
    return this.ready;
  }

  /**
   * `loading`: not seen, until it is ready. `ahead`: painted behind the shown frame, so that its image is decoded. `shown`:
   * the worker works in it. `aside`: not seen, until the server has its answer, or while the worker looks at an earlier
   * one. Only a frame that is loading or shown can take the focus. The others are `inert`, and their elements are told
   * to leave the focus alone.
   */
  place(where: "loading" | "ahead" | "shown" | "aside"): void {
    this.element.classList.toggle("is-loading", where !== "shown");
    this.element.classList.toggle("is-ahead", where === "ahead");
    this.isHidden = where === "ahead" || where === "aside";
    this.element.inert = this.isHidden;
    if (this.ready) this.send(where === "shown" ? "shown" : "hidden");
  }

  send(type: string, content: Record<string, Json> = {}): void {
    // An opaque origin cannot be named.
    this.element.contentWindow?.postMessage({ source: SOURCE, type, ...content }, this.hasOwnOrigin ? this.origin : "*");
  }

  /** The worker's unfinished work; the last known state when the frame does not answer. */
  currentState(): Promise<Json> {
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => this.answerWaiting(this.lastState), STATE_ANSWER_MS);
      this.waiting.push((state) => {
        window.clearTimeout(timer);
        resolve(state);
      });
      this.send("request-state");
    });
  }

  /** Sets the last known state, before the frame has sent one. */
  assumeState(state: Json): void {
    this.lastState = state;
  }

  close(): void {
    window.clearTimeout(this.patience);
    this.hasFailed = true; // nothing that is still on its way matters
    window.removeEventListener("message", this.onMessage);
    this.element.remove();
  }

  private take(event: MessageEvent): void {
    if (event.source === null || event.source !== this.element.contentWindow) return;
    const fromMs = performance.now();
    if (event.origin === this.origin) this.receiveAnything(event);
    if (!this.traffic.handled(fromMs, performance.now()) || !this.element.isConnected) return;
    this.close();
    this.events.flooded();
  }

  /** A template can send what is no JSON, such as an object that contains itself. That is no message. */
  private receiveAnything(event: MessageEvent): void {
    try {
      this.receive(event);
    } catch (problem) {
      console.warn("a message of the task's template cannot be read", problem);
    }
  }

  private receive(event: MessageEvent): void {
    const message = event.data as { source?: unknown; type?: unknown; answer?: Json; state?: Json; field?: unknown; preferences?: Json; number?: Json; pointing?: Json } | null;
    if (message?.source !== SOURCE) return;
    if (message.type === "loading" || message.type === "hello") this.send("page", { proposesMasks: this.events.propose !== undefined, isAhead: this.isHidden });
    if (message.type === "propose") void this.propose(message.number ?? null, message.pointing ?? null);
    if (message.type === "document") this.arrived = true;
    else if (message.type === "broken") this.fail();
    else if (message.type === "loading") this.reports = true;
    else if (message.type === "incomplete") this.events.incomplete();
    else if (message.type === "ready") this.becomeReady();
    else if (message.type === "submit") this.submit(message.answer ?? {});
    else if (message.type === "change") this.note(message.state ?? null);
    else if (message.type === "state") this.hear(message.state ?? null);
    else if (message.type === "preferences") this.events.preferences(String(message.field), message.preferences ?? null);
  }

  private async propose(number: Json, pointing: Json): Promise<void> {
    let proposal: Json = null;
    if (!this.isProposing && isJson(pointing)) {
      this.isProposing = true; // one at a time, however many a template asks for
      proposal = (await this.events.propose?.(pointing)) ?? null;
      this.isProposing = false;
    }
    this.send("proposal", { number, proposal });
  }

  private acceptSilence(): void {
    this.needDocument();
    if (!this.reports) this.becomeReady();
  }

  private needDocument(): void {
    if (!this.arrived) this.fail();
  }

  private fail(): void {
    if (this.ready || this.hasFailed) return;
    this.hasFailed = true;
    this.events.failed();
  }

  private becomeReady(): void {
    if (this.ready || this.hasFailed) return;
    this.ready = true;
    this.events.ready(this);
  }

  private submit(answer: Json): void {
    if (isJson(answer)) this.events.submit(answer);
    else this.send("error", { message: t("The template of this task has made an answer that cannot be sent. Please report this to the person who runs the job.") });
  }

  private note(state: Json): void {
    const text = JSON.stringify(state); // fails before anything has taken a state that cannot be kept
    this.lastState = state;
    this.events.state(state, text);
  }

  private hear(state: Json): void {
    this.note(state);
    this.answerWaiting(state);
  }

  private answerWaiting(state: Json): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve(state);
  }
}

/**
 * Whether it can be sent to the server. What a frame sends may also be a big number, an object that contains itself, or
 * lists in lists without an end.
 */
function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
