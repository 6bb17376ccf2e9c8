/** The text workspace: the editor of labelled parts of a text, put together from its panes. */
import { type CSSResultGroup, html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import type { IndexedText } from "../../core/indexed_text.js";
import type { Point } from "../../core/geometry.js";
import type { Origin } from "../../core/store.js";
import { t } from "../../language/index.js";
import { base, buttons, fields } from "../../ui/controls.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { Announcements, toastStyles } from "../announcements.js";
import { Instructions, instructionStyles } from "../instructions.js";
import { isControl, takesText } from "../keyboard.js";
import { labelListStyles, renderLabelList, showChosenLabel } from "../label_list.js";
import { layoutStyles } from "../layout.js";
import { shapeListStyles } from "../shape_list.js";
import { shortcutStyles } from "../shortcuts.js";
import { SmallWindow } from "../small_window.js";
import { toolBarStyles } from "../tool_bar.js";
import { EntityList, entityListStyles } from "./entity_list.js";
import { Finder } from "./finder.js";
import { textCommandOf } from "./keys.js";
import { type GestureTarget, MarkingGestures } from "./marking_gestures.js";
import { SpanDrafts } from "./span_drafts.js";
import { SpanEditor, type SpanScreen } from "./span_editor.js";
import { textStyles } from "./styles.js";
import { renderTextBar } from "./text_bar.js";
import { runTextCommand } from "./text_commands.js";
import { DEFAULT_TEXT_SIZE, readTextChoices, TEXT_SIZES, type TextChoices } from "./text_preferences.js";
import { renderTextShortcuts } from "./text_shortcuts.js";
import { TextSurface } from "./text_surface.js";

/** The element whose shadow root holds the workspace. */
export interface TextWorkspaceHost extends LitElement {
  /** The task in one sentence. */
  readonly header: string;
  /** Why the task cannot be worked on at all; null for a task in order. */
  readonly setupProblem: string | null;
  /** The element whose children are the instructions. */
  readonly instructionsSource: HTMLElement;
  /** The worker changed the answer. */
  answerChanged(): void;
  /** The worker chose something that is kept for the next tasks. */
  preferencesChanged(choices: TextChoices): void;
  submit(): void;
}

export const textWorkspaceStyles: CSSResultGroup = [
  base, buttons, fields, layoutStyles, toolBarStyles, instructionStyles, labelListStyles, shapeListStyles, toastStyles, shortcutStyles,
  textStyles, entityListStyles,
];

export class TextWorkspace implements ReactiveController {
  readonly editor: SpanEditor;
  readonly drafts: SpanDrafts;
  private readonly announcements: Announcements;
  private readonly smallWindow: SmallWindow;
  private readonly instructions: Instructions;
  private readonly list: EntityList;
  private readonly finder: Finder;
  private readonly surface: TextSurface;
  private readonly gestures: MarkingGestures;
  private choices: TextChoices = {};
  private labelFilter = "";
  private asked = false;
  private hasTakenFocus = false;

  constructor(private readonly host: TextWorkspaceHost) {
    host.addController(this);
    this.announcements = new Announcements(host);
    this.smallWindow = new SmallWindow(host);
    this.instructions = new Instructions(host, this.smallWindow, (shown) => this.keep({ showsInstructions: shown }), host.instructionsSource);
    this.editor = new SpanEditor(this.screen());
    this.drafts = new SpanDrafts(this.editor);
    this.list = new EntityList(host, this.editor, this.smallWindow);
    this.surface = new TextSurface(() => host.renderRoot, this.editor, () => this.finder);
    this.finder = new Finder(host, this.editor, {
      reveal: (extent) => this.surface.reveal(extent),
      focusText: () => this.focus(),
      announce: (text) => this.announcements.speak(text),
    });
    this.gestures = new MarkingGestures(this.gestureTarget());
    this.editor.store.subscribe(({ origin }) => this.storeChanged(origin));
  }

  hostConnected(): void {
    document.addEventListener("keydown", this.keyPressed);
    window.addEventListener("focus", this.takeFreeFocus);
    this.surface.connect();
  }

  hostDisconnected(): void {
    document.removeEventListener("keydown", this.keyPressed);
    window.removeEventListener("focus", this.takeFreeFocus);
    this.surface.disconnect();
  }

  hostUpdated(): void {
    if (this.surface.element === null) return;
    this.surface.draw();
    this.surface.highlightFound();
    if (this.hasTakenFocus) return;
    this.hasTakenFocus = true;
    this.takeFreeFocus();
  }

  show(text: IndexedText): void {
    this.finder.reset();
    this.editor.text = text;
  }

  /** Why the answer cannot be submitted, in words for the worker; null when it can. */
  get problem(): string | null {
    const { store } = this.editor;
    if (store.shapes.length > 0 || store.nothingToLabel) return null;
    return t("Mark at least one part of the text, or tick “Nothing to label”.");
  }

  /** Highlights what is missing for an answer, and moves the focus to the text. */
  showProblem(): void {
    this.asked = this.problem !== null;
    if (this.asked) this.smallWindow.open("shapes");
    this.host.requestUpdate();
    this.focus();
  }

  focus(): void {
    this.surface.focus();
  }

  /** Says which entries of the initial value are missing. */
  reportFailures(): void {
    const { failures } = this.drafts;
    if (failures.length === 0) return;
    console.warn(`${this.host.localName}: initial-value:`, ...failures);
    this.announcements.show(t("{{count}} entities of the initial value cannot be shown", { count: failures.length }));
  }

  /** Applies what the worker chose in earlier tasks. */
  restorePreferences(saved: unknown): void {
    const { label, showsInstructions, wholeWords, textSize } = (this.choices = { ...this.choices, ...readTextChoices(saved) });
    if (label !== undefined) this.editor.preferLabel(label);
    if (showsInstructions !== undefined) this.instructions.show(showsInstructions);
    if (wholeWords !== undefined) this.editor.wholeWords = wholeWords;
    this.surface.textSize = textSize ?? DEFAULT_TEXT_SIZE;
    this.host.requestUpdate();
  }

  render(): TemplateResult {
    return html`${this.renderBar()}
      ${this.instructions.renderPane()}
      <div class="text-stage">
        ${this.finder.isOpen ? this.finder.render() : nothing}
        <div class="surface scroll ${this.gestures.isMarking ? "marking" : ""}" tabindex="0" role="application"
          aria-label="${t("Text to label.")} ${this.host.header}" aria-description=${t("The arrow keys move the caret; question mark shows all keys.")}
          @pointerdown=${this.pressed} @pointermove=${this.moved} @pointerup=${this.gestures.up} @pointercancel=${this.gestures.cancelled}
          @pointerleave=${() => this.hover(null)} @dblclick=${this.gestures.doubleClicked} @contextmenu=${this.gestures.menu}
          @touchmove=${{ handleEvent: this.gestures.touchMoved, passive: false }} @scroll=${() => this.surface.drawSoon()} @copy=${this.copied}>
          ${this.surface.render()}</div>
        ${this.announcements.renderToast()}
      </div>
      <aside class="right" aria-label=${t("Labels and entities")} @mousedown=${this.keepFocus}>
        ${this.renderLabels()}
        ${this.list.render({ asked: this.asked, focusText: () => this.focus(), hover: (id) => this.hover(id) })}</aside>
      ${this.instructions.renderDialog()}
      <tp-dialog class="shortcuts-dialog" header=${t("Keyboard and mouse")}>${renderTextShortcuts()}</tp-dialog>
      ${this.announcements.renderLiveRegion()}`;
  }

  private renderBar(): TemplateResult {
    const at = TEXT_SIZES.findIndex((size) => size === this.surface.textSize);
    return renderTextBar({
      header: this.host.header,
      editor: this.editor,
      smallWindow: this.smallWindow,
      instructionsButton: this.instructions.renderButton(),
      isFinding: this.finder.isOpen,
      textSize: this.surface.textSize,
      canShrink: at > 0,
      canGrow: at < TEXT_SIZES.length - 1,
      toggleWholeWords: () => this.toggleWholeWords(),
      toggleFind: () => this.toggleFind(),
      resizeText: (step) => this.resizeText(step),
      showShortcuts: () => this.showShortcuts(),
      keepFocus: this.keepFocus,
    });
  }

  private renderLabels(): TemplateResult {
    const { editor, smallWindow } = this;
    const tallies = new Map<string, number>();
    for (const { label } of editor.store.shapes) tallies.set(label, (tallies.get(label) ?? 0) + 1);
    return renderLabelList({
      labels: editor.labels.map(({ label }) => label),
      nameOf: (label) => editor.nameOf(label),
      styleOf: (label) => editor.styleOf(label),
      chosen: editor.chosenLabel,
      filter: smallWindow.showsStrip ? "" : this.labelFilter,
      tallyOf: (label) => tallies.get(label) ?? 0,
      choose: (label) => {
        if (smallWindow.isOpen("labels")) smallWindow.open(null);
        editor.toggleLabel(label);
      },
      setFilter: (filter) => {
        this.labelFilter = filter;
        this.host.requestUpdate();
      },
      isOpen: smallWindow.isOpen("labels"),
      toggle: () => smallWindow.toggle("labels"),
    });
  }

  private screen(): SpanScreen {
    return {
      update: () => this.host.requestUpdate(),
      reveal: (extent) => this.surface.reveal(extent),
      selectionChanged: () => {
        this.host.requestUpdate();
        this.list.showSelection();
      },
      labelChosen: (label) => {
        this.keep({ label });
        void this.host.updateComplete.then(() => showChosenLabel(this.host.renderRoot));
      },
      announce: (text) => this.announcements.speak(text),
      warn: (text) => {
        this.announcements.show(text);
        this.announcements.speak(text);
      },
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

  private toggleWholeWords(): void {
    this.editor.wholeWords = !this.editor.wholeWords;
    this.keep({ wholeWords: this.editor.wholeWords });
    this.announcements.speak(this.editor.wholeWords ? t("Whole words are marked") : t("Single characters are marked"));
    this.host.requestUpdate();
  }

  private toggleFind(): void {
    if (this.finder.isOpen) this.finder.close();
    else this.finder.open();
  }

  private resizeText(step: 1 | -1): void {
    const at = TEXT_SIZES.findIndex((size) => size === this.surface.textSize);
    const textSize = TEXT_SIZES[at + step];
    if (textSize === undefined) return;
    this.surface.textSize = textSize;
    this.keep({ textSize });
    this.host.requestUpdate();
  }

  private showShortcuts(): void {
    this.host.renderRoot.querySelector<TrigpointDialog>(".shortcuts-dialog")?.show();
  }

  private keep(choice: TextChoices): void {
    this.choices = { ...this.choices, ...choice };
    this.host.preferencesChanged(this.choices);
  }

  private hover(id: string | null): void {
    if (this.surface.hoverId === id) return;
    this.surface.hoverId = id;
    this.surface.drawSoon();
  }

  private storeChanged(origin: Origin): void {
    this.host.requestUpdate();
    if (origin === "pre-annotation") return;
    if (this.asked) this.smallWindow.open(null);
    this.asked = false;
    this.announcements.dismiss();
    this.host.answerChanged();
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
    if (document.querySelector("dialog[open]") !== null) return;
    const command = textCommandOf(event, this.editor.selection.id !== null);
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
      find: () => this.finder.open(),
      resizeText: (step) => this.resizeText(step),
    });
    if (done) event.preventDefault();
  };

  /** When the page around the frame gives it the focus, no element has it. The text takes it: the work is there. */
  private readonly takeFreeFocus = (): void => {
    if (document.activeElement === null || document.activeElement === document.body) this.focus();
  };

  /** A click on a pane must not take the keyboard focus away from the text. */
  private readonly keepFocus = (event: MouseEvent): void => {
    if (takesText(event.composedPath()[0])) return;
    event.preventDefault();
    this.focus();
  };
}
