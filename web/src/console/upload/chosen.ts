/** The files that were dropped or chosen, with their paths below the folder that they came in. */

export interface Chosen {
  readonly path: string;
  readonly file: File;
}

export const MOST_FILES = 100_000;

/** What a person chose in a dialog: files, or those of a folder. */
export function ofList(list: FileList): Chosen[] {
  return [...list].filter((file) => isWanted(file.name)).map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What was dropped: files, and all files of folders. Call it in the event: the list is gone afterwards. */
export async function ofDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Chosen[] = [];
  for (const entry of entries) await collect(entry, found);
  return found;
}

async function collect(entry: FileSystemEntry, found: Chosen[]): Promise<void> {
  if (found.length >= MOST_FILES) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    if (isWanted(file.name)) found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const each of some) await collect(each, found);
  }
}

/** Files that systems leave in folders are not data. */
export function isWanted(name: string): boolean {
  return !["thumbs.db", "desktop.ini", ".ds_store"].includes(name.toLowerCase());
}
