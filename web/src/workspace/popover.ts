/** Menus that open over the image: where they are, and what Escape does in them. */

const GAP = 6;

/** Handles the `toggle` event of a menu: places it next to its button, which is before it, inside the window. */
export function placePopover(event: Event): void {
  const menu = event.currentTarget as HTMLElement;
  const button = menu.previousElementSibling;
  if (button === null || (event as ToggleEvent).newState !== "open") return;
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = bottom + GAP;
  const y = below + height <= window.innerHeight ? below : Math.max(GAP, top - GAP - height);
  const x = Math.min(Math.max(GAP, (left + right - width) / 2), Math.max(GAP, window.innerWidth - width - GAP));
  menu.style.inset = `${y}px auto auto ${x}px`;
}

/** Escape closes the menu and must not end what the worker does on the image. */
export function keepEscape(event: KeyboardEvent): void {
  if (event.key === "Escape") event.stopPropagation();
}
