import { expect, test } from "vitest";
import { uprightFile } from "./upright_file.js";

const address = (bytes: readonly number[]): string => `data:application/octet-stream;base64,${btoa(String.fromCharCode(...bytes))}`;
const EXIF = [0xff, 0xe1, 0, 10, ...[..."Exif\0\0II"].map((letter) => letter.charCodeAt(0))];
const PIXELS = [0xff, 0xda, 0, 4, 1, 2, 3, 4, 5];

test("the file is what is left without its orientation, with the type that its bytes have", async () => {
  const { type, bytes } = await uprightFile(address([0xff, 0xd8, ...EXIF, ...PIXELS]));
  expect(type).toBe("image/jpeg");
  expect([...bytes]).toEqual([0xff, 0xd8, ...PIXELS]);
});

test("a file of another format is refused", async () => {
  await expect(uprightFile(address([..."GIF89a"].map((letter) => letter.charCodeAt(0))))).rejects.toThrow("not known");
});
