/** The words for a shape: "box" and "boxes". */
export interface Nouns {
  readonly one: string;
  readonly many: string;
}

/** "1 box", "2 boxes" */
export function counted(number: number, nouns: Nouns): string {
  return `${number} ${number === 1 ? nouns.one : nouns.many}`;
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
