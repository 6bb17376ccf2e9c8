import { expect, test } from "vitest";
import { orientationSpans, withoutSpans } from "./orientation.js";

const text = (value: string): number[] => [...value].map((letter) => letter.charCodeAt(0));
const segment = (marker: number, data: number[]): number[] => [0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data];
const chunk = (type: string, data: number[]): number[] => [0, 0, data.length >> 8, data.length & 255, ...text(type), ...data, 1, 2, 3, 4];

const JFIF = segment(0xe0, text("JFIF\0"));
const EXIF = segment(0xe1, text("Exif\0\0II*"));
const XMP = segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0"));
const PIXELS = segment(0xda, [1, 2, 3]);

test("the EXIF segment of a JPEG is found, other segments stay", () => {
  const head = Uint8Array.from([0xff, 0xd8, ...JFIF, ...EXIF, ...XMP, ...PIXELS]);
  const start = 2 + JFIF.length;
  expect(orientationSpans(head)).toEqual([[start, start + EXIF.length]]);
  expect(orientationSpans(Uint8Array.from([0xff, 0xd8, ...JFIF, ...XMP, ...PIXELS]))).toEqual([]);
});

test("the eXIf chunk of a PNG is found", () => {
  const head = [0x89, ...text("PNG\r\n"), 0x1a, 0x0a, ...chunk("IHDR", [1, 2, 3])];
  const exif = chunk("eXIf", text("II*"));
  expect(orientationSpans(Uint8Array.from([...head, ...exif, ...chunk("IDAT", [9])]))).toEqual([[head.length, head.length + exif.length]]);
});

test("other formats, and files whose pixels begin too late, are not known", () => {
  expect(orientationSpans(Uint8Array.from(text("RIFF....WEBP")))).toBeNull();
  expect(orientationSpans(Uint8Array.from([0xff, 0xd8, ...JFIF]))).toBeNull();
  expect(orientationSpans(new Uint8Array())).toBeNull();
});

test("what is left of a file are the parts before, between and after", () => {
  expect(withoutSpans([], 10)).toEqual([[0, 10]]);
  expect(withoutSpans([[2, 4], [6, 7]], 10)).toEqual([[0, 2], [4, 6], [7, 10]]);
});
