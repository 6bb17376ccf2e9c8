/** Which dialogs are open, also those inside of elements, where a selector of the document finds none. */

const open = new Set<HTMLDialogElement>();

export function noteOpen(dialog: HTMLDialogElement): void {
  open.add(dialog);
}

export function noteClosed(dialog: HTMLDialogElement): void {
  open.delete(dialog);
}

/** Whether a dialog of ours or of the template is open, so that keys belong to it. */
export function isDialogOpen(): boolean {
  return [...open].some((dialog) => dialog.isConnected && dialog.open) || document.querySelector("dialog[open]") !== null;
}
