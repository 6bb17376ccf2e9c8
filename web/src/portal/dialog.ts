/** Asks a person before an action that cannot be undone. */

export interface Question {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  /** Without it the dialog can only be confirmed. */
  cancel?: string;
}

/** Whether the person confirmed. Escape and Cancel mean no; the focus is first on the harmless button. */
export function ask(question: Question): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  const title = element("h2", question.title);
  title.id = "dialog-title";
  const buttons = element("div", "", "dialog-buttons");
  const no = question.cancel === undefined ? null : button(question.cancel, "button", dialog, "no");
  const yes = button(question.confirm, `button button-primary${question.danger ? " button-danger" : ""}`, dialog, "yes");
  if (no !== null) buttons.append(no);
  buttons.append(yes);
  dialog.append(title, element("p", question.text), buttons);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("cancel", (event) => {
      if (no === null) event.preventDefault();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
    (no ?? yes).focus();
  });
}

export function element(tag: string, text = "", className = ""): HTMLElement {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text: string, className: string, dialog: HTMLDialogElement, answer: string): HTMLElement {
  const made = element("button", text, className);
  made.setAttribute("type", "button");
  made.addEventListener("click", () => dialog.close(answer));
  return made;
}
