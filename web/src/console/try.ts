/**
 * Trying an endpoint (`form[data-try]`): an image that is dropped anywhere on the page is sent at once, and the answer comes into
 * the page. The slider hides boxes below a score. Without a script the form is sent, and the answer is a page.
 */
export function activateTry(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-try]");
  if (form === null) return;
  const file = form.querySelector<HTMLInputElement>("input[type=file]");
  const drop = form.querySelector<HTMLElement>(".drop");
  root.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches("[data-threshold]")) showFrom(root, event.target);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(root, form);
  });
  file?.addEventListener("change", () => {
    if (file.files !== null && file.files.length > 0) void send(root, form);
  });
  for (const name of ["dragenter", "dragover"]) {
    root.addEventListener(name, (event) => {
      event.preventDefault();
      drop?.classList.add("is-over");
    });
  }
  root.addEventListener("dragleave", (event) => {
    if ((event as DragEvent).relatedTarget === null) drop?.classList.remove("is-over");
  });
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    drop?.classList.remove("is-over");
    const dropped = (event as DragEvent).dataTransfer?.files;
    if (file === null || dropped === undefined || dropped.length === 0) return;
    file.files = dropped;
    void send(root, form);
  });
}

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
    const file = form.querySelector<HTMLInputElement>("input[type=file]");
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
