/** The text with its search bar: mouse, touch and keys on it, and what the worker chose for reading it. */
import { html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import type { IndexedText } from "../../core/indexed_text.js";
import type { Point } from "../../core/geometry.js";
import { t } from "../../language/index.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { isDialogOpen } from "../../ui/dialog/open.js";
import { Announcements } from "../announcements.js";
import { isControl, takesText } from "../keyboard.js";
import { Finder } from "./finder.js";
import { type KeyChoices, readKeyChoices } from "../keys.js";
import { Shortcuts } from "../shortcuts.js";
import type { TextCommand, TextKeys } from "./keys.js";
import { type GestureTarget, MarkingGestures } from "./marking_gestures.js";
import { SpanEditor } from "./span_editor.js";
import type { SpanScreen } from "./span_screen.js";
import { runTextCommand } from "./text_commands.js";
import { DEFAULT_TEXT_SIZE, TEXT_SIZES, type TextChoices } from "./text_preferences.js";
import { textShortcuts } from "./text_shortcuts.js";
import { TextSurface } from "./text_surface.js";
import { turn } from "../turn.js";

/** The element whose shadow root holds the text. */
export interface TextStageHost extends LitElement {
  /** The task in one sentence. */
  readonly header: string;
  /** Why the task cannot be worked on at all; null for a task in order. */
  readonly setupProblem: string | null;
  submit(): void;
}

/** What is around the text. */
export interface Surroundings {
  /** The selected span is another one. */
  selectionChanged(): void;
  /** The worker chose the label of the next span; "" for none. */
  labelChosen(label: string): void;
  /** The worker chose something that is kept for the next tasks. */
  keep(choice: TextChoices): void;
  /** The worker chose other keys. */
  keepKeys(keys: KeyChoices): void;
  /** Moves the focus to the search for labels. Returns false when there is none. */
  findLabel?(): boolean;
}

export class TextStage implements ReactiveController {
  readonly editor: SpanEditor;
  readonly announcements: Announcements;
  private readonly finder: Finder;
  private readonly surface: TextSurface;
  private readonly gestures: MarkingGestures;
  private readonly shortcuts: Shortcuts<TextCommand, TextKeys>;
  private hasTakenFocus = false;
  private stopTaking = (): void => {};

  constructor(
    private readonly host: TextStageHost,
    private readonly surroundings: Surroundings,
    /** Commands that have no meaning in this task. */
    without: ReadonlySet<TextCommand["kind"]> = new Set(),
  ) {
    host.addController(this);
    this.announcements = new Announcements(host);
    const source = textShortcuts(without);
    this.shortcuts = new Shortcuts(host, () => source, (keys) => surroundings.keepKeys(keys));
    this.editor = new SpanEditor(this.screen());
    this.surface = new TextSurface(() => host.renderRoot, this.editor, () => this.finder);
    this.finder = new Finder(host, this.editor, {
      reveal: (extent) => this.surface.reveal(extent),
      focusText: () => this.focus(),
    });
    this.gestures = new MarkingGestures(this.gestureTarget());
  }

  hostConnected(): void {
    document.addEventListener("keydown", this.keyPressed);
    this.stopTaking = turn.onFocus(this.takeFreeFocus);
    this.surface.connect();
  }

  hostDisconnected(): void {
    document.removeEventListener("keydown", this.keyPressed);
    this.stopTaking();
    this.surface.disconnect();
  }

  hostUpdated(): void {
    if (this.surface.element === null) return;
    this.surface.draw();
    this.surface.highlightFound();
    if (this.hasTakenFocus) return;
    this.hasTakenFocus = true;
    turn.once(this.takeFreeFocus);
  }

  show(text: IndexedText): void {
    this.surface.showsMarks = true;
    this.finder.reset();
    this.editor.text = text;
  }

  focus(): void {
    this.surface.focus();
  }

  /** The keys in force. */
  get keys(): TextKeys {
    return this.shortcuts.keys;
  }

  /** Takes over the keys that the worker chose, in any job. */
  restoreKeys(saved: unknown): void {
    this.shortcuts.restore(readKeyChoices(saved));
  }

  get isFinding(): boolean {
    return this.finder.isOpen;
  }

  /** Pixels. */
  get textSize(): number {
    return this.surface.textSize;
  }

  canResizeText(step: 1 | -1): boolean {
    return this.sizeAfter(step) !== undefined;
  }

  /** Applies what the worker chose in earlier tasks. */
  restore({ wholeWords, textSize, showsTags }: TextChoices): void {
    this.surface.showsTags = showsTags ?? true;
    if (wholeWords !== undefined) this.editor.wholeWords = wholeWords;
    this.surface.textSize = textSize ?? DEFAULT_TEXT_SIZE;
    this.host.requestUpdate();
  }

  render(): TemplateResult {
    const { gestures } = this;
    return html`<div class="text-stage">
      ${this.finder.isOpen ? this.finder.render() : nothing}
      <div class="surface scroll ${gestures.isMarking ? "marking" : ""}" tabindex="0" role="application"
        aria-label="${t("Text to label.")} ${this.host.header}" aria-description=${t("The arrow keys move the caret; question mark shows all keys.")}
        @pointerdown=${this.pressed} @pointermove=${this.moved} @pointerup=${gestures.up} @pointercancel=${gestures.cancelled}
        @pointerleave=${() => this.hover(null)} @dblclick=${gestures.doubleClicked} @contextmenu=${gestures.menu}
        @touchmove=${{ handleEvent: gestures.touchMoved, passive: false }} @scroll=${() => this.surface.scrolled()} @copy=${this.copied}>
        ${this.surface.render()}</div>
      ${this.announcements.renderToast()}
    </div>`;
  }

  renderShortcuts(): TemplateResult {
    return html`<tp-dialog class="shortcuts-dialog" header=${t("Keyboard and mouse")}>${this.shortcuts.render()}</tp-dialog>`;
  }

  hover(id: string | null): void {
    if (this.surface.hoverId === id) return;
    this.surface.hoverId = id;
    this.surface.drawSoon();
  }

  toggleWholeWords(): void {
    const wholeWords = !this.editor.wholeWords;
    this.editor.wholeWords = wholeWords;
    this.surroundings.keep({ wholeWords });
    this.announcements.speak(wholeWords ? t("Whole words are marked") : t("Single characters are marked"));
    this.host.requestUpdate();
  }

  private toggleTags(): void {
    const showsTags = !this.surface.showsTags;
    this.surface.showsTags = showsTags;
    this.surroundings.keep({ showsTags });
    this.announcements.speak(showsTags ? t("Tags shown") : t("Tags hidden"));
    this.host.requestUpdate();
  }

  /** Not kept for the next task, whose marks nobody would miss. */
  private toggleMarks(): void {
    this.surface.showsMarks = !this.surface.showsMarks;
    const said = this.surface.showsMarks ? t("All entities are shown") : t("Only the selected entity is shown");
    this.announcements.show(said);
    this.announcements.speak(said);
    this.host.requestUpdate();
  }

  toggleFind(): void {
    if (this.finder.isOpen) this.finder.close();
    else this.finder.open();
  }

  resizeText(step: 1 | -1): void {
    const textSize = this.sizeAfter(step);
    if (textSize === undefined) return;
    this.surface.textSize = textSize;
    this.surroundings.keep({ textSize });
    this.host.requestUpdate();
  }

  showShortcuts(): void {
    this.host.renderRoot.querySelector<TrigpointDialog>(".shortcuts-dialog")?.show();
  }

  /** A click on a pane must not take the keyboard focus away from the text. */
  readonly keepFocus = (event: MouseEvent): void => {
    if (takesText(event.composedPath()[0])) return;
    event.preventDefault();
    this.focus();
  };

  private sizeAfter(step: 1 | -1): number | undefined {
    return TEXT_SIZES[TEXT_SIZES.findIndex((size) => size === this.surface.textSize) + step];
  }

  private screen(): SpanScreen {
    return {
      update: () => this.host.requestUpdate(),
      reveal: (extent) => this.surface.reveal(extent),
      selectionChanged: () => {
        this.host.requestUpdate();
        this.surroundings.selectionChanged();
      },
      labelChosen: (label) => this.surroundings.labelChosen(label),
      announce: (text) => this.announcements.speak(text),
      warn: (text) => this.announcements.show(text),
      offerUndo: (text) => this.announcements.show(text, () => this.editor.undo()),
    };
  }

  private gestureTarget(): GestureTarget {
    const { editor, surface } = this;
    return {
      click: (point, spanId) => this.click(point, spanId),
      doubleClick: (point) => {
        const word = editor.text.wordAt(surface.offsetAt(point));
        if (word === null || surface.spansAt(point).length > 0) return;
        editor.mark(word);
        editor.labelMarked();
      },
      beginMark: (point, byWord) => {
        const offset = surface.offsetAt(point);
        const word = byWord ? editor.text.wordAt(offset) : null;
        if (word !== null) editor.mark(word);
        else editor.moveCaret(offset, false);
      },
      extendMark: (point) => editor.moveCaret(surface.offsetAt(point), true),
      finishMark: () => void editor.labelMarked(),
      moveEnd: (side, point) => {
        const span = editor.selection.shape;
        if (span !== undefined) editor.previewEnd(span, side, surface.offsetAt(point));
      },
      finishMove: () => editor.finishChange(),
      cancel: () => void editor.cancel(),
      scrollAt: (point) => surface.scrollAt(point),
      changed: () => this.host.requestUpdate(),
    };
  }

  private click(point: Point, spanId: string | null): void {
    const { editor } = this;
    const tagged = editor.store.get(spanId);
    const spans = tagged === undefined ? this.surface.spansAt(point) : [tagged];
    if (spans.length > 0) editor.pickAmong(spans);
    else editor.moveCaret(this.surface.offsetAt(point), false);
  }

  private readonly pressed = (event: PointerEvent): void => {
    const surface = event.currentTarget as HTMLElement;
    const onScrollBar = event.target === surface && event.offsetX >= surface.clientWidth;
    if (!onScrollBar) this.gestures.down(event);
  };

  private readonly moved = (event: PointerEvent): void => {
    this.gestures.move(event);
    if (event.pointerType === "mouse" && event.buttons === 0) {
      this.hover(this.surface.spansAt({ x: event.clientX, y: event.clientY })[0]?.id ?? null);
    }
  };

  private readonly copied = (event: ClipboardEvent): void => {
    const extent = this.editor.marked ?? this.editor.selection.shape;
    if (extent === undefined || event.clipboardData === null) return;
    event.clipboardData.setData("text/plain", this.editor.text.text.slice(extent.start, extent.end));
    event.preventDefault();
  };

  private readonly keyPressed = (event: KeyboardEvent): void => {
    const path = event.composedPath();
    const [target] = path;
    const isOurs = path.includes(this.host) || target === document.body;
    if (!isOurs || event.defaultPrevented || this.host.setupProblem !== null || takesText(target)) return;
    if (isDialogOpen()) return;
    const command = this.keys.commandOf(event, this.editor.selection.id !== null);
    if (command === null) return;
    const inText = target === document.body || (target instanceof Element && target.matches(".surface"));
    if (!inText && (["move", "cycle", "mark", "select-all"].includes(command.kind) || (command.kind === "submit" && isControl(target)))) return;
    const done = runTextCommand(command, {
      editor: this.editor,
      surface: this.surface,
      announce: (text) => this.announcements.speak(text),
      submit: () => this.host.submit(),
      showShortcuts: () => this.showShortcuts(),
      toggleWholeWords: () => this.toggleWholeWords(),
      toggleTags: () => this.toggleTags(),
      toggleMarks: () => this.toggleMarks(),
      find: () => this.finder.open(),
      findLabel: () => this.surroundings.findLabel?.() ?? false,
      resizeText: (step) => this.resizeText(step),
    });
    if (done) event.preventDefault();
  };

  /** When the page around the frame gives it the focus, no element has it. The text takes it: the work is there. */
  private readonly takeFreeFocus = (): void => {
    if (document.activeElement === null || document.activeElement === document.body) this.focus();
  };
}
