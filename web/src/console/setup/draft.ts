/** Keeps what is typed on the server, a moment after each change, so that a reload loses nothing. */

const PAUSE_MS = 700;

export interface Draft {
  /** The address of the draft. */
  readonly address: string;
  /** Saves now. False if the server has not taken it. */
  save(): Promise<boolean>;
  /** Called after each save. */
  onSaved(listener: () => void): void;
}

export function keepDraft(form: HTMLFormElement): Draft {
  const address = form.dataset["setup"] ?? "";
  const listeners: (() => void)[] = [];
  let timer = 0;
  let last: Promise<boolean> = Promise.resolve(true);
  const send = async (): Promise<boolean> => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      const answer = await fetch(`${address}/save`, { method: "POST", body });
      if (!answer.ok) return false;
    } catch {
      return false; // the network is away; the next change saves again
    }
    stayAt(form, address);
    for (const listener of listeners) listener();
    return true;
  };
  const save = (): Promise<boolean> => {
    window.clearTimeout(timer);
    last = last.then(send); // one after the other, so that the newest is kept
    return last;
  };
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(), PAUSE_MS);
  });
  return { address, save, onSaved: (listener) => listeners.push(listener) };
}

/** The address of an empty form becomes that of its draft. */
function stayAt(form: HTMLFormElement, address: string): void {
  if (window.location.pathname.endsWith("/create") && form.isConnected) window.history.replaceState(null, "", address);
}
