/** Notices between the tabs of this browser: which object has a newer draft, and which is submitted. */

interface Notice {
  readonly worker: string;
  readonly key: string;
  /** The version of the newer draft; null when the answer was submitted. */
  readonly version: string | null;
}

export class DraftChannel {
  private readonly channel = new BroadcastChannel("trigpoint.drafts");

  constructor(
    private readonly workerId: string,
    receive: (key: string, version: string | null) => void,
  ) {
    this.channel.addEventListener("message", (event: MessageEvent<Notice>) => {
      if (event.data.worker === workerId) receive(event.data.key, event.data.version);
    });
  }

  changed(key: string, version: string): void {
    this.send({ worker: this.workerId, key, version });
  }

  submitted(key: string): void {
    this.send({ worker: this.workerId, key, version: null });
  }

  private send(notice: Notice): void {
    this.channel.postMessage(notice);
  }
}
