/** In a small window there is no room for the instructions and both lists: at most one of them is open at a time. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { NARROW, SMALL } from "../ui/media.js";

export type Sheet = "instructions" | "labels" | "shapes";

export class SmallWindow implements ReactiveController {
  private readonly query = window.matchMedia(SMALL.cssText);
  private readonly narrowQuery = window.matchMedia(NARROW.cssText);
  private current: Sheet | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    for (const query of [this.query, this.narrowQuery]) query.addEventListener("change", this.update);
  }

  hostDisconnected(): void {
    for (const query of [this.query, this.narrowQuery]) query.removeEventListener("change", this.update);
  }

  /** Whether the window is small now. In a large one the sheets have no meaning. */
  get applies(): boolean {
    return this.query.matches;
  }

  /** Whether the labels are a strip below the image now, without a field to search them. */
  get showsStrip(): boolean {
    return this.narrowQuery.matches && !this.isOpen("labels");
  }

  isOpen(sheet: Sheet): boolean {
    return this.current === sheet;
  }

  toggle(sheet: Sheet): void {
    this.open(this.isOpen(sheet) ? null : sheet);
  }

  /** Opens a sheet in place of the open one; null closes that. */
  open(sheet: Sheet | null): void {
    this.current = sheet;
    this.update();
  }

  private readonly update = (): void => this.host.requestUpdate();
}
