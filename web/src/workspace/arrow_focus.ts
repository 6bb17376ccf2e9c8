/** The arrows move the focus in a list that is one stop of the Tab key. */

type Steps = Readonly<Record<string, 1 | -1>>;

export const UP_AND_DOWN: Steps = { ArrowDown: 1, ArrowUp: -1 };
export const ALL_ARROWS: Steps = { ...UP_AND_DOWN, ArrowRight: 1, ArrowLeft: -1 };

/** Moves the focus to the next or previous entry that the selector finds, and from the last one to the first. */
export function moveFocus(event: KeyboardEvent, selector: string, steps: Steps): void {
  const step = steps[event.key];
  const all = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>(selector)];
  const at = all.indexOf(event.target as HTMLElement);
  if (step === undefined || at === -1) return;
  all[(at + step + all.length) % all.length]?.focus();
  event.preventDefault();
}
