/**
 * Trying an endpoint (`form[data-try]`): an image that is dropped anywhere on the page is sent at once, and the answer comes into
 * the page. The slider hides boxes below a score. Without a script the form is sent, and the answer is a page.
 */
export function activateTry(root: Document): void {
  // The form is looked up at each event: it comes with the endpoint's being in service, while the page is open.
  const form = (): HTMLFormElement | null => root.querySelector<HTMLFormElement>("form[data-try]");
  const mark = (isOver: boolean): void => void form()?.querySelector(".drop")?.classList.toggle("is-over", isOver);
  root.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches("[data-threshold]")) showFrom(root, event.target);
  });
  root.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement) || event.target !== form()) return;
    event.preventDefault();
    void send(root, event.target);
  });
  root.addEventListener("change", (event) => {
    const file = event.target;
    const around = form();
    if (!(file instanceof HTMLInputElement) || around === null || file !== fileOf(around)) return;
    if (file.files !== null && file.files.length > 0) void send(root, around);
  });
  for (const name of ["dragenter", "dragover"]) {
    root.addEventListener(name, (event) => {
      if (form() === null) return;
      event.preventDefault();
      mark(true);
    });
  }
  root.addEventListener("dragleave", (event) => {
    if ((event as DragEvent).relatedTarget === null) mark(false);
  });
  root.addEventListener("drop", (event) => {
    const target = form();
    if (target === null) return;
    event.preventDefault();
    mark(false);
    const file = fileOf(target);
    const dropped = (event as DragEvent).dataTransfer?.files;
    if (file === null || dropped === undefined || dropped.length === 0) return;
    file.files = dropped;
    void send(root, target);
  });
}

const fileOf = (form: HTMLFormElement): HTMLInputElement | null => form.querySelector<HTMLInputElement>("input[type=file]");

async function send(root: Document, form: HTMLFormElement): Promise<void> {
  const place = root.querySelector<HTMLElement>("[data-try-answer]");
  const button = form.querySelector<HTMLElement>("button[type=submit]");
  if (place === null) return;
  button?.classList.add("is-busy");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-try-answer]") ?? page.querySelector("main");
    if (fresh === null) return;
    const slider = place.querySelector<HTMLInputElement>("[data-threshold]")?.value;
    place.replaceChildren(...fresh.childNodes);
    const next = place.querySelector<HTMLInputElement>("[data-threshold]");
    if (next !== null && slider !== undefined) {
      next.value = slider;
      showFrom(root, next);
    }
    place.scrollIntoView({ block: "nearest" });
  } catch {
    form.submit();
  } finally {
    button?.classList.remove("is-busy");
    const file = fileOf(form);
    if (file !== null) file.value = ""; // so that the same image can be sent again
  }
}

function showFrom(root: Document, slider: HTMLInputElement): void {
  const least = Number(slider.value) / 100;
  for (const each of root.querySelectorAll<HTMLElement>("[data-try-answer] [data-score]")) {
    each.classList.toggle("is-below", Number(each.dataset["score"] ?? "0") < least);
  }
  const output = slider.parentElement?.querySelector("output");
  if (output !== null && output !== undefined) output.textContent = least.toFixed(2);
}
