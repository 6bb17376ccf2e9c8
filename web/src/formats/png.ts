/**
 * Writes the PNG of a mask from its runs: 8 bits for each pixel, and a palette with the exact colours.
 *
 * Decision: its own writer of deflate, not a library's. It knows the runs, so it writes 100 million pixels in about a
 * tenth of a second and in one go, as the live `value` of an element must be. A library that reads each pixel needs
 * seconds for that, and a canvas of this size needs 400 MB. The compressed data has one kind of block: the fixed codes
 * of RFC 1951, in which a run is its first pixel and "repeat the pixel before".
 */
import type { EmitRun } from "../core/raster/runs.js";
import type { Size } from "../core/geometry.js";
import { rgbOf } from "./mask_colours.js";

export interface Indexed {
  readonly size: Size;
  /** Emits the colour numbers of a row, from left to right. */
  readRow(y: number, emit: EmitRun): void;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
const NO_FILTER = 0;
const UP_FILTER = 2;

/** The palette has the colours of the numbers from 0. Number 0 is transparent. At most 256 colours. */
export function writePng(image: Indexed, colours: readonly string[]): Uint8Array {
  const header = [...number32(image.size.width), ...number32(image.size.height), 8, 3, 0, 0, 0];
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", Uint8Array.from(header)),
    chunk("PLTE", Uint8Array.from(colours.flatMap(rgbOf))),
    chunk("tRNS", Uint8Array.of(0)),
    chunk("IDAT", compressRows(image)),
    chunk("IEND", new Uint8Array()),
  ];
  return joinParts(parts);
}

/** Base64 without a stack of arguments that is too deep. */
export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

function compressRows(image: Indexed): Uint8Array {
  const { width, height } = image.size;
  const writer = new ZlibWriter();
  let before: number[] = [];
  for (let y = 0; y < height; y += 1) {
    const runs = readRuns(image, y);
    // A row like the one above is a row of zeros under this filter.
    if (y > 0 && sameRuns(runs, before)) {
      writer.addRun(UP_FILTER, 1);
      writer.addRun(0, width);
    } else {
      writer.addRun(NO_FILTER, 1);
      for (let at = 0; at < runs.length; at += 2) writer.addRun(runs[at] as number, runs[at + 1] as number);
    }
    before = runs;
  }
  return writer.end();
}

/** Number and length of each run, one after the other; neighbours of one number are one run. */
function readRuns(image: Indexed, y: number): number[] {
  const runs: number[] = [];
  image.readRow(y, (number, length) => {
    const last = runs.length - 2;
    if (last >= 0 && runs[last] === number) runs[last + 1] = (runs[last + 1] as number) + length;
    else runs.push(number, length);
  });
  return runs;
}

function sameRuns(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

const LONGEST_MATCH = 258;
const SHORTEST_MATCH = 3;
const END_OF_BLOCK = 256;
const ADLER = 65521;

/** A zlib stream (RFC 1950) of runs of equal bytes. */
class ZlibWriter {
  private bytes = new Uint8Array(1 << 16);
  private used = 0;
  private pending = 0;
  private pendingBits = 0;
  private sum = 1;
  private sumOfSums = 0;

  constructor() {
    this.addByte(0x78);
    this.addByte(0x01);
    this.addBits(0b011, 3); // the last block, with the fixed codes
  }

  addRun(value: number, length: number): void {
    this.addToChecksum(value, length);
    this.addSymbol(value);
    for (let left = length - 1; left > 0; ) {
      // No rest that is too short for a match.
      const match = left > LONGEST_MATCH && left < LONGEST_MATCH + SHORTEST_MATCH ? left - SHORTEST_MATCH : Math.min(left, LONGEST_MATCH);
      if (match < SHORTEST_MATCH) for (let at = 0; at < match; at += 1) this.addSymbol(value);
      else this.addMatch(match);
      left -= match;
    }
  }

  end(): Uint8Array {
    this.addSymbol(END_OF_BLOCK);
    if (this.pendingBits > 0) this.addBits(0, 8 - this.pendingBits);
    for (const byte of [...number16(this.sumOfSums), ...number16(this.sum)]) this.addByte(byte);
    return this.bytes.subarray(0, this.used);
  }

  /** "Repeat the byte before this often." */
  private addMatch(length: number): void {
    const { symbol, extra, extraBits } = MATCHES[length] as Match;
    this.addSymbol(symbol);
    this.addBits(extra, extraBits);
    this.addBits(0, 5); // distance 1
  }

  private addSymbol(symbol: number): void {
    const { code, bits } = CODES[symbol] as Code;
    this.addBits(code, bits);
  }

  /** The lowest bit first. */
  private addBits(value: number, count: number): void {
    this.pending |= value << this.pendingBits;
    this.pendingBits += count;
    while (this.pendingBits >= 8) {
      this.addByte(this.pending & 0xff);
      this.pending >>>= 8;
      this.pendingBits -= 8;
    }
  }

  private addByte(byte: number): void {
    if (this.used === this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.used] = byte;
    this.used += 1;
  }

  /** Adler-32 of a run: the sums that adding its bytes one by one would give. */
  private addToChecksum(value: number, length: number): void {
    for (let left = length; left > 0; left -= ADLER) {
      const count = Math.min(left, ADLER);
      this.sumOfSums = (this.sumOfSums + count * this.sum + value * ((count * (count + 1)) / 2)) % ADLER;
      this.sum = (this.sum + value * count) % ADLER;
    }
  }
}

interface Code {
  readonly code: number;
  readonly bits: number;
}

interface Match {
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

/** The fixed codes of RFC 1951, 3.2.6. Codes are written with their highest bit first, so they are stored reversed. */
const CODES: readonly Code[] = Array.from({ length: 288 }, (_, symbol) => {
  const [code, bits] =
    symbol < 144 ? [0x30 + symbol, 8] : symbol < 256 ? [0x190 + symbol - 144, 9] : symbol < 280 ? [symbol - 256, 7] : [0xc0 + symbol - 280, 8];
  return { code: reversed(code, bits), bits };
});

/** RFC 1951, 3.2.5: the symbol and the extra bits of each length. */
const MATCHES: readonly (Match | undefined)[] = matches();

function matches(): (Match | undefined)[] {
  const found: (Match | undefined)[] = [];
  let length = SHORTEST_MATCH;
  for (let symbol = 257; symbol < 285; symbol += 1) {
    const extraBits = symbol < 265 ? 0 : Math.floor((symbol - 261) / 4);
    for (let extra = 0; extra < 1 << extraBits; extra += 1, length += 1) found[length] = { symbol, extra, extraBits };
  }
  found[LONGEST_MATCH] = { symbol: 285, extra: 0, extraBits: 0 };
  return found;
}

function reversed(code: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result |= ((code >>> bit) & 1) << (bits - 1 - bit);
  return result;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function chunk(type: string, data: Uint8Array): Uint8Array {
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0));
  const body = joinParts([name, data]);
  return joinParts([Uint8Array.from(number32(data.length)), body, Uint8Array.from(number32(crc(body)))]);
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) value = (CRC_TABLE[(value ^ (bytes[at] as number)) & 0xff] as number) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function number32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function number16(value: number): number[] {
  return [value >>> 8, value & 0xff];
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
