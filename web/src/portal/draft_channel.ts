/** Notices between the tabs of this browser: which object has a newer draft, and which is submitted. */
import type { DraftVersion } from "./drafts.js";

interface Notice {
  readonly worker: string;
  readonly key: string;
  /** The newer draft; null when the answer was submitted. */
  readonly draft: DraftVersion | null;
}

export class DraftChannel {
  private readonly channel = new BroadcastChannel("trigpoint.drafts");

  constructor(
    private readonly workerId: string,
    receive: (key: string, draft: DraftVersion | null) => void,
  ) {
    this.channel.addEventListener("message", (event: MessageEvent<Notice>) => {
      if (event.data.worker === workerId) receive(event.data.key, event.data.draft);
    });
  }

  changed(key: string, { version, basedOn }: DraftVersion): void {
    this.send({ worker: this.workerId, key, draft: { version, basedOn } });
  }

  submitted(key: string): void {
    this.send({ worker: this.workerId, key, draft: null });
  }

  private send(notice: Notice): void {
    this.channel.postMessage(notice);
  }
}
