/** The menu of a task's actions in a small window: a touch in the task, which no page sees, closes it. */
export function activateTaskMenu(root: Document): void {
  const menu = root.querySelector<HTMLElement>("#task-actions");
  if (menu === null) return;
  const close = (): void => {
    if (menu.matches(":popover-open")) menu.hidePopover();
  };
  // The window loses the focus to the frame.
  window.addEventListener("blur", close);
  menu.addEventListener("click", close);
}
