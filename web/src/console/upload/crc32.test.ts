import { expect, test } from "vitest";
import { crc32, crc32Text } from "./crc32.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("is the CRC32 that S3 computes, also of bytes in pieces", () => {
  expect(crc32(bytes("123456789")).toString(16)).toBe("cbf43926"); // the check value of the CRC catalogue
  expect(crc32Text(crc32(bytes("123456789")))).toBe("y/Q5Jg==");
  expect(crc32(new Uint8Array(0))).toBe(0);
  const long = bytes("the quick brown fox jumps over the lazy dog ".repeat(50));
  expect(crc32(long.subarray(13), crc32(long.subarray(0, 13)))).toBe(crc32(long));
});
